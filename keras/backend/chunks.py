"""Many steps in one call of a program, for engines that gain by it: the batches of a chunk of
steps are gathered before it.

A chunk lasts at most a fifth of a second, so that a progress bar moves and Ctrl-C is heard.
"""
from time import perf_counter

import numpy as np

SECONDS = 0.2  # of a chunk
BYTES = 1 << 24  # of the batches of a chunk
FEW = 4  # steps that are not worth a program of their own
FASTER = 8  # a chunk has at most so many times the steps of the one before: clocks err


def many(batches, run, held, placeholders, order, size, start=0):
    """The results of `run` on the batches from number `start` on.

    Arguments
        batches: the engine's; it takes the arguments from `held` to `size`.
        run: a compiled plan. `run.chunks(room, size)` gives Chunks of up to `room` steps; None
            where steps are better run one by one.

    Returns
        iterator over (outputs, sizes): the results of several steps, an array for each output,
        and the list of the sizes of their batches.
    """
    samples = held[0].shape[0]
    whole, rest = divmod(samples, size)
    room = capacity(held, placeholders, size)
    if order is None and start:
        order = np.arange(samples)
    chunks = run.chunks(room, size) if whole >= FEW and room >= FEW else None
    if chunks is None:
        for batch in batches(held, placeholders, order if order is None else order[start * size:],
                             size):
            yield run(*batch), [len(batch[0])]
        return
    if order is None:
        order = np.arange(samples)
    yield from chunks.steps(held, order[start * size:], whole - start)
    if rest:
        yield run(*(h[order[-rest:]] for h in held)), [rest]


def capacity(held, placeholders, size):
    """The number of steps for which there is room in a chunk; 0 for data that are not in memory
    as they are fed."""
    if not all(isinstance(h, np.ndarray) and h.dtype == x.dtype
               for h, x in zip(held, placeholders)):
        return 0
    samples = held[0].shape[0]
    step = sum(h.nbytes for h in held) / samples * size
    steps = 1
    while steps < samples // size and 2 * steps * step <= BYTES:
        steps *= 2  # powers of two, so that data sets of about one size share a program
    return steps


class Chunks:
    """What runs up to `room` steps on batches of `size`.

    Arguments
        run: function of (arrays with the batches of `room` steps, the number of steps to make)
            that gives an array for each output, with an entry for each step at least.
        empty: function of a shape and a dtype: an array that the engine reads without a copy.
    """

    def __init__(self, run, room, size, empty=np.empty):
        self.run = run
        self.room = room
        self.size = size
        self.empty = empty
        self.pace = None  # seconds per step; the first run does not tell, for it compiles

    def steps(self, held, order, whole):
        """The results of `whole` steps, chunk by chunk, as `many` gives them."""
        batches = [self.empty((self.room, self.size, *h.shape[1:]), h.dtype) for h in held]
        done, count = 0, self.longest()
        while done < whole:
            count = min(count, whole - done)
            rows = order[done * self.size:(done + count) * self.size].reshape(count, -1)
            for h, batch in zip(held, batches):
                np.take(h, rows, 0, batch[:count], "clip")
            begin = perf_counter()
            results = [np.asarray(y)[:count] for y in self.run(batches, count)]
            known = self.pace is not None
            self.pace = (perf_counter() - begin) / count if known else SECONDS
            yield results, [self.size] * count
            done += count
            count = min(self.longest(), count * FASTER)

    def longest(self):
        """The number of steps for which there is time and room."""
        return max(1, min(int(SECONDS / self.pace), self.room)) if self.pace else 1
