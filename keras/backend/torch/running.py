"""Running plans: how many threads they get, and what becomes of torch's errors."""
import torch

from .explain import CAUGHT, explained
from .threads import alone


class running:
    """Around runs of the plan `run` on `samples` samples each: small plans get one thread, and
    errors of torch name the layer and the op they came from."""

    def __init__(self, run, samples):
        self.run = run
        self.threads = torch.get_num_threads()
        self.alone = self.threads > 1 and alone(run, samples)

    def __enter__(self):
        if self.alone:
            torch.set_num_threads(1)

    def __exit__(self, kind, error, trace):
        if self.alone:
            torch.set_num_threads(self.threads)
        if isinstance(error, CAUGHT):
            better = explained(error, self.run)
            if better is not error:
                raise better from error
