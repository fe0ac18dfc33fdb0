"""Running programs: what becomes of jax's errors."""
from contextlib import contextmanager

import jax


@contextmanager
def running(run, samples):
    """Around runs of the program `run` on `samples` samples each: what was wrong with the data is
    found out, and an error of memory becomes Python's own."""
    try:
        yield
        run.check()
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        raise MemoryError(f"out of memory with {samples} samples at a time; use smaller batches "
                          f"({str(error).splitlines()[0]}).") from error
