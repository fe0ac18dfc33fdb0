"""Random ops: NumPy's generators, from a key (seed, number of the draw, turns of loops around it).

The keys are inputs of a program, so that no draw compiles anew, and a draw that is made again (in
the gradient of a loop) gives the same numbers.
"""
from types import SimpleNamespace

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from .. import draws
from .lowering import like, lower, lowers, sizes, static


def set_random_seed(seed):
    """There is no generator to seed: every draw has a key."""


def random_state():
    """None: there is no state."""


def set_random_state(state):
    """As `set_random_seed`."""


def inner_key(key, turn):
    """The key for one turn of a loop."""
    return pt.concatenate([key, turn[None]])


class Draw(Op):
    """Random numbers of a kind: from a shape and a key, both vectors, and numbers.

    Arguments
        name: of a function of draws.py, or 'kept'.
        dtype, static: of the result, as far as they are known.
    """

    __props__ = ("name", "dtype", "static")

    def __init__(self, name, dtype, static):
        self.name = name
        self.dtype = dtype
        self.static = static

    def make_node(self, shape, key, *numbers):
        """As `Op.make_node`; `numbers`: the arguments of the function after the shape."""
        return Apply(self, [shape, key, *map(pt.as_tensor_variable, numbers)],
                     [pt.TensorType(self.dtype, self.static)()])

    def perform(self, node, inputs, output_storage):
        """As `Op.perform`."""
        shape, (seed, draw, *turns), *numbers = inputs
        for turn in turns:
            seed = (int(turn) + 1) << 64 | int(seed)
        stream = SimpleNamespace(seed=int(seed), draws=int(draw))
        draw = kept if self.name == "kept" else getattr(draws, self.name)
        numbers = [x.item() for x in numbers]
        output_storage[0][0] = np.asarray(draw(shape, *numbers, self.dtype, stream), self.dtype)

    def infer_shape(self, fgraph, node, shapes):
        """As `Op.infer_shape`: the entries of the shape."""
        return [tuple([node.inputs[0][i] for i in range(len(self.static))])]

    def connection_pattern(self, node):
        """No gradient goes through."""
        return [[False] for _ in node.inputs]


def kept(shape, level, dtype, stream):
    """Bools, False with the probability `level`. Sixteen bits an element are half the work of a
    float."""
    bits = draws.source(stream).integers(0, 65536, tuple(map(int, shape)), "uint16")
    return bits >= min(round(level * 65536), 65535)


def drawn(name, shape, numbers, dtype, key):
    """A `Draw` of a shape whose entries, as the numbers, are Python's or scalars of the graph."""
    known = static(shape)
    shape = pt.stack([pt.cast(n, "int64") for n in shape]) if shape else np.zeros(0, "int64")
    numbers = [np.asarray(n) if isinstance(n, (int, float)) else n for n in numbers]
    return Draw(name, dtype, known)(pt.as_tensor_variable(shape), key, *numbers)


for _name in ("normal", "uniform", "clipped_normal"):
    lower[_name] = lambda shape, a, b, dtype, key, name=_name: drawn(
        name, shape, (a, b), dtype, key)
lower["bernoulli"] = lambda shape, p, dtype, key: drawn("bernoulli", shape, (p,), dtype, key)


@lowers
def drop(x, level, noise_shape, key):
    shape = sizes(x) if noise_shape is None else tuple([
        size if given is None or isinstance(given, int) and given == -1 else given
        for given, size in zip(noise_shape, sizes(x))])
    kept = drawn("kept", shape, (level,), "bool", key)
    return pt.switch(kept, x / like(x, 1 - level), like(x, 0))
