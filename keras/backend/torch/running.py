"""Running plans: how many threads they get, and what becomes of torch's errors."""
from contextlib import contextmanager

import torch

from .explain import explained
from .threads import SMALL

CAUGHT = (RuntimeError, IndexError)


@contextmanager
def running(run, samples):
    """Around runs of the plan `run` on `samples` samples each: small plans get one thread, and
    errors of torch name the layer and the op they came from."""
    threads = torch.get_num_threads()
    alone = threads > 1 and run.work * samples < SMALL
    if alone:
        torch.set_num_threads(1)
    try:
        yield
    except CAUGHT as error:
        better = explained(error, run)
        if better is error:
            raise
        raise better from error
    finally:
        if alone:
            torch.set_num_threads(threads)
