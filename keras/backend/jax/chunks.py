"""Many steps in one program of XLA: a loop over batches.

The number of steps is an argument: chunks of any length are one program.
"""
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..chunks import Chunks


def chunks(program, room, size):
    """Chunks of up to `room` steps of `program`, on batches of `size`."""
    loop = Loop(program, room)
    return Chunks(loop.run, room, size, aligned)


class Loop:
    """A program that runs up to `room` steps of another one."""

    def __init__(self, program, room):
        self.program = program
        self.room = room

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
