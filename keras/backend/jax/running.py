"""Running programs: what becomes of jax's errors."""
from contextlib import contextmanager

import jax

from ..told import no_memory, sized


@contextmanager
def running(run, samples):
    """Around runs of the program `run` on `samples` samples each: what was wrong with the data is
    found out, and an error of memory becomes Python's own."""
    try:
        yield
        run.check()
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error) and "Out of memory" not in str(error):
            raise
        plan = run.plan
        fed = [sized(x.shape, samples) for x in plan.inputs]
        raise no_memory("the program", plan.order, fed) from error
