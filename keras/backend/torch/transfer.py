"""Arrays on their way to a GPU: through pinned memory, on a stream of their own.

An ordinary copy lets the host wait until the GPU has done all that it was asked before. Here the
host goes on at once, so it is a step or more ahead, and the next batch is under way while the
step before is computed.
"""
import functools
from collections import deque

import torch

STAGED = 1 << 16  # bytes up to which CUDA itself keeps a copy until the GPU has fetched it
AHEAD = 8  # arrays under way at a time: bounds the memory that a host far ahead takes


def sent(x, device):
    """A tensor of the host as one on `device`. The host may write to x as soon as this returns."""
    if device.type != "cuda":
        return x.to(device)
    return x.to(device, non_blocking=True) if x.nbytes <= STAGED else lane(device).sent(x)


@functools.cache
def lane(device):
    """The way to a GPU."""
    return Lane(device)


class Lane:
    """A stream of copies to one GPU."""

    def __init__(self, device):
        self.device = device
        self.stream = torch.cuda.Stream(device)
        self.reached = deque()  # events: what the GPU had been asked before each of the last copies

    def sent(self, x):
        """As the function of this name."""
        working = torch.cuda.current_stream(self.device)
        self.reached.append(working.record_event())
        if len(self.reached) > AHEAD:
            self.reached.popleft().synchronize()
        # torch keeps the pinned memory for the next array once this copy is made.
        with torch.cuda.stream(self.stream):
            y = x.pin_memory().to(self.device, non_blocking=True)
        working.wait_stream(self.stream)
        y.record_stream(working)  # its memory is not given to the next one before that has used it
        return y
