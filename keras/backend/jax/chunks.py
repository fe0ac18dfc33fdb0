"""Many steps in one program: a loop over batches that are gathered before it.

A chunk of steps lasts at most a fifth of a second, so that a progress bar moves and Ctrl-C is
heard. The number of steps is an argument: chunks of any length are one program.
"""
from time import perf_counter

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .compile import Program
from .data import batches

SECONDS = 0.2  # of a chunk
BYTES = 1 << 24  # of the batches of a chunk
FEW = 4  # steps that are not worth a program of their own
FASTER = 8  # a chunk has at most so many times the steps of the one before: clocks err


def many(run, held, placeholders, order, size, start=0):
    """The results of `run` on the batches from number `start` on; the other arguments are those of
    `batches`.

    Returns
        iterator over (outputs, sizes): the results of several steps, an array for each output,
        and the list of the sizes of their batches.
    """
    samples = held[0].shape[0]
    whole, rest = divmod(samples, size)
    room = capacity(held, placeholders, size)
    if order is None and start:
        order = np.arange(samples)
    if whole < FEW or room < FEW or not (isinstance(run, Program) and run.loops_well):
        for batch in batches(held, placeholders, order if order is None else order[start * size:],
                             size):
            yield run(*batch), [len(batch[0])]
        return
    if order is None:
        order = np.arange(samples)
    chunks = run.loops.setdefault((room, size), Chunks(run, room, size))
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
    """A program that runs up to `room` steps of another one on batches of `size`."""

    def __init__(self, program, room, size):
        self.program = program
        self.room = room
        self.size = size
        self.pace = None  # seconds per step; the first run does not tell, for it compiles

    def steps(self, held, order, whole):
        """The results of `whole` steps, chunk by chunk, as `many` gives them."""
        batches = [aligned((self.room, self.size, *h.shape[1:]), h.dtype) for h in held]
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

    def run(self, batches, count):
        """The results of `count` steps: an array with room for all for each output."""
        fed = tuple([batch.shape[1:] for batch in batches])
        outputs = self.program.run(self.traced, fed, (batches, count), self.room, count)
        self.program.check()
        return outputs

    def traced(self, old, values, draws, inputs):
        """As `Program.traced`, for many steps; each output has an entry per step."""
        batches, count = inputs
        step = jax.jit(self.program.traced)  # traced once for its shapes and for the loop
        first = [b[0] for b in batches]
        *_, shapes, wrong = jax.eval_shape(step, old, values, draws, first)

        def turn(i, before):
            variables, results, outside = before
            batch = [lax.dynamic_index_in_dim(b, i, keepdims=False) for b in batches]
            now = draws.at[:, 1].add(i.astype(draws.dtype))
            *variables, outputs, wrong = step(variables, values, now, batch)
            results = [y.at[i].set(one) for y, one in zip(results, outputs)]
            return variables, results, outside | wrong

        room = [jnp.zeros((self.room, *y.shape), y.dtype) for y in shapes]
        start = old, room, jnp.zeros(wrong.shape, "bool")
        variables, results, outside = lax.fori_loop(0, count, turn, start)
        return *variables, results, outside


def aligned(shape, dtype):
    """An empty array where jax can read it without a copy."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 64, "uint8")
    start = -memory.ctypes.data % 64
    return memory[start:start + size].view(dtype).reshape(shape)
