"""Running programs: what becomes of TensorFlow's errors."""
from contextlib import contextmanager

import tensorflow as tf

from ..told import no_memory, sized


@contextmanager
def running(run, samples):
    """Around runs of the program `run` on `samples` samples each: what was wrong is found out, and
    an error of memory becomes Python's own."""
    try:
        yield
        run.check()
    except tf.errors.ResourceExhaustedError as error:
        fed = [sized(x.shape, samples) for x in run.plan.inputs]
        raise no_memory("the program", run.plan.order, fed) from error
