"""Convolution and pooling: a window that slides over arrays with their channels last.

PyTensor has neither. Convolutions are products of matrices over patches of x, pooling combines the
cells of each patch. Two ops, each the derivative of the other, take patches and sum them up again.
"""
import itertools
from math import prod
from types import SimpleNamespace

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from ...graph.shapes import same_padding, window_length
from ...ops.convolution import windowed
from .lowering import like, lowers, product, sizes, static


class Window(Op):
    """What both ops know.

    Arguments
        window, strides, dilation: tuples of ints, one for each spatial axis.
        padding: 'valid' or 'same'.
        fill: the number in cells beside x.
        told: (name of the op, words for what the user gave as the window), for errors.
    """

    __props__ = ("window", "strides", "padding", "dilation", "fill", "told")

    def __init__(self, window, strides, padding, dilation, fill, told):
        self.window = tuple(window)
        self.strides = tuple(strides)
        self.padding = padding
        self.dilation = tuple(dilation)
        self.fill = fill
        self.told = told
        self.cells = prod(self.window)

    def counts(self, shape):
        """The numbers of patches along the spatial axes of an array of that shape."""
        name, given = self.told
        return windowed(name, SimpleNamespace(shape=shape), self.window, self.strides,
                        self.padding, self.dilation, given)

    def pairs(self, size):
        """Cells before and after each spatial axis."""
        if self.padding == "valid":
            return [(0, 0)] * len(size)
        return [same_padding(*each) for each in zip(
            size, self.window, self.strides, self.dilation)]

    def places(self, counts):
        """For each cell of the window, in C order, what it sees of an array, padding included."""
        for offset in itertools.product(*map(range, self.window)):
            yield (slice(None), *(slice(o * d, o * d + (n - 1) * s + 1 if n else o * d, s)
                                  for o, d, n, s in zip(
                                      offset, self.dilation, counts, self.strides)))


class Patches(Window):
    """(samples, places..., cells of the window x channels) of x."""

    def make_node(self, x):
        """As `Op.make_node`."""
        samples, *_, channels = x.type.shape
        last = None if channels is None else self.cells * channels
        shape = samples, *self.counts(x.type.shape), last
        return Apply(self, [x], [pt.TensorType(x.dtype, shape)()])

    def perform(self, node, inputs, output_storage):
        """As `Op.perform`."""
        x, = inputs
        counts, pairs = self.counts(x.shape), self.pairs(x.shape[1:-1])
        if any(map(any, pairs)):
            x = np.pad(x, ((0, 0), *pairs, (0, 0)), constant_values=self.fill)
        result = np.empty((len(x), *counts, self.cells, x.shape[-1]), x.dtype)
        for i, place in enumerate(self.places(counts)):
            result[..., i, :] = x[place]
        output_storage[0][0] = result.reshape((len(x), *counts, self.cells * x.shape[-1]))

    def infer_shape(self, fgraph, node, shapes):
        """As `Op.infer_shape`."""
        (samples, *size, channels), = shapes
        counts = [window_length(n, w, self.padding, s, d) for n, w, s, d in zip(
            size, self.window, self.strides, self.dilation)]
        return [(samples, *counts, channels * self.cells)]

    def pullback(self, inputs, outputs, gradients):
        """As `Op.pullback`."""
        return [summed(self, gradients[0], sizes(inputs[0])[1:-1])]


class Summed(Window):
    """An array in which each place has the sum of what the patches hold of it, from patches and a
    vector of its spatial sizes. `static`: those that are known."""

    __props__ = (*Window.__props__, "static")

    def __init__(self, *window, static):
        super().__init__(*window)
        self.static = static

    def make_node(self, y, size):
        """As `Op.make_node`."""
        samples, *_, last = y.type.shape
        shape = samples, *self.static, None if last is None else last // self.cells
        return Apply(self, [y, size], [pt.TensorType(y.dtype, shape)()])

    def perform(self, node, inputs, output_storage):
        """As `Op.perform`."""
        y, size = inputs
        counts, pairs = y.shape[1:-1], self.pairs(size.tolist())
        y = y.reshape((*y.shape[:-1], self.cells, y.shape[-1] // self.cells))
        whole = [n + sum(pair) for n, pair in zip(size, pairs)]
        result = np.zeros((len(y), *whole, y.shape[-1]), y.dtype)
        for i, place in enumerate(self.places(counts)):
            result[place] += y[..., i, :]
        inside = (slice(a, a + n) for n, (a, _) in zip(size, pairs))
        output_storage[0][0] = result[(slice(None), *inside)]

    def infer_shape(self, fgraph, node, shapes):
        """As `Op.infer_shape`."""
        size = [node.inputs[1][i] for i in range(len(self.window))]
        return [(shapes[0][0], *size, shapes[0][-1] // self.cells)]

    def pullback(self, inputs, outputs, gradients):
        """As `Op.pullback`."""
        window = [getattr(self, name) for name in Window.__props__]
        return [Patches(*window)(gradients[0]), disconnected_type()]

    def connection_pattern(self, node):
        """Sizes have no derivative."""
        return [[True], [False]]


def summed(window, y, size):
    """An array of spatial sizes `size`, ints or scalars, of the patches y of a `Window`."""
    known = [getattr(window, name) for name in Window.__props__]
    length = pt.stack([pt.cast(n, "int64") for n in size])
    return Summed(*known, static=static(size))(y, length)


# Convolution


@lowers
def convolution(x, kernel, strides, padding, dilation, groups):
    *window, channels, filters = kernel.type.shape
    told = "convolution", f"a kernel of shape {kernel.type.shape}"
    seen = Patches(window, strides, padding, dilation, 0, told)(x)
    if groups == 1:
        return product(pt.tensordot, seen, kernel.reshape((-1, filters)), ([x.ndim - 1], [0]))
    rows = seen.reshape((-1, prod(window), groups, channels)).dimshuffle(2, 0, 1, 3)
    weights = kernel.reshape((prod(window), channels, groups, filters // groups))
    y = product(pt.matmul, rows.reshape((groups, -1, prod(window) * channels)),
                weights.dimshuffle(2, 0, 1, 3).reshape((groups, -1, filters // groups)))
    return y.dimshuffle(1, 0, 2).reshape((*sizes(seen)[:-1], filters))


@lowers
def transposed_convolution(x, kernel, output_shape, strides, padding, dilation):
    *window, filters, channels = kernel.type.shape
    told = "conv_transpose", f"a kernel of shape {kernel.type.shape}"
    y = product(pt.tensordot, x, kernel.reshape((-1, channels)), ([x.ndim - 1], [1]))
    return summed(Patches(window, strides, padding, dilation, 0, told), y, output_shape[1:-1])


# Pooling


@lowers
def pool(x, window, strides, padding, mode):
    least = -np.inf if "float" in x.dtype else np.iinfo(x.dtype).min

    def cells(x, fill):
        one, told = (1,) * len(window), ("pool", f"a pool_size of {window}")
        seen = Patches(window, strides, padding, one, fill, told)(x)
        return seen.reshape((*sizes(seen)[:-1], prod(window), sizes(x)[-1]))

    if mode == "max":  # its derivative goes to the first of equal cells
        seen = cells(x, least)
        first = pt.argmax(seen, -2, keepdims=True)
        chosen = pt.eq(pt.arange(prod(window))[:, None], first)
        return pt.switch(chosen, seen, like(x, 0)).sum(-2)
    counts = cells(pt.ones((1, *sizes(x)[1:-1], 1), x.dtype), 0).sum(-2)
    return cells(x, 0).sum(-2) / counts
