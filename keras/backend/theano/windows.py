"""Convolution and pooling: a window that slides over arrays with their channels last.

PyTensor has neither. Convolutions are products of matrices over patches of x; pooling combines
slices of x, axis by axis.
"""
import functools
import itertools
from types import SimpleNamespace

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.builders import OpFromGraph

from ...graph.shapes import same_padding, window_length
from ...ops.convolution import windowed
from .lowering import known, like, lower, lowers, product, sizes


def padded(x, window, strides, padding, dilation, value=0):
    """x with what the padding adds to its spatial axes."""
    if padding == "valid":
        return x
    pairs = [same_padding(*each) for each in zip(spatial(x), window, strides, dilation)]
    return around(x, pairs, value)


def spatial(x):
    """The spatial sizes of x, ints."""
    return known(*x.type.shape[1:-1])


def fits(op, x, *window):
    """ShapeError if a window does not fit into x, as `windowed` says it."""
    windowed(op, SimpleNamespace(shape=(0, *spatial(x), 0)), *window)


def around(x, pairs, value=0):
    """x with `value` around its spatial axes, as many cells as the pairs say."""
    if not any(map(any, pairs)):
        return x
    if not value:
        return lower["zero_pad"](x, ((0, 0), *pairs, (0, 0)))
    whole = [n + sum(pair) for n, pair in zip(spatial(x), pairs)]
    inside = [slice(a, a + n) for n, (a, _) in zip(spatial(x), pairs)]
    batch, channels = sizes(x)[0], sizes(x)[-1]
    return pt.full((batch, *whole, channels), like(x, value))[(slice(None), *inside)].set(x)


def places(size, window, strides, dilation):
    """For each cell of the window, in C order, the slices of the spatial axes, of sizes `size`,
    that it sees."""
    counts = [window_length(*each[:2], "valid", *each[2:]) for each in zip(
        size, window, strides, dilation)]
    for offset in itertools.product(*map(range, window)):
        starts = [o * d for o, d in zip(offset, dilation)]
        yield (slice(None), *(slice(a, a + (n - 1) * s + 1, s)
                              for a, n, s in zip(starts, counts, strides)))


# Patches, and what is summed back into an array: each is the derivative of the other


def patches(x, window, strides, dilation):
    """(samples, places..., cells of the window x channels) of x without padding."""
    size, slices = spatial(x), list(places(spatial(x), window, strides, dilation))

    def made(x):
        return pt.concatenate([x[place] for place in slices], -1)

    return linear(made, lambda y: summed(y, size, window, strides, dilation), x)


def summed(y, size, window, strides, dilation):
    """An array with the spatial sizes `size` in which each place gets the sum of what patches y
    hold of it."""
    slices = list(places(size, window, strides, dilation))
    channels, = known(y.type.shape[-1])
    channels //= len(slices)

    def made(y):
        x = pt.zeros((sizes(y)[0], *size, channels), y.dtype)
        for i, place in enumerate(slices):
            x = x[place].inc(y[..., i * channels:(i + 1) * channels])
        return x

    return linear(made, lambda x: patches(x, window, strides, dilation), y)


def linear(made, adjoint, x):
    """made(x), whose derivative takes what comes back through `adjoint`. PyTensor's own would fill
    an array of zeros for each slice, and add them all."""
    given = x.type()
    op = OpFromGraph([given], [made(given)], inline=True, name="linear",
                     pullback=lambda inputs, outputs, gradients: [adjoint(gradients[0])])
    return op(x)


# Convolution


@lowers
def convolution(x, kernel, strides, padding, dilation, groups):
    *window, channels, filters = known(*kernel.type.shape)
    fits("convolution", x, window, strides, padding, dilation,
         f"a kernel of shape {kernel.type.shape}")
    x = padded(x, window, strides, padding, dilation)
    if groups == 1:
        return product(pt.tensordot, patches(x, window, strides, dilation),
                       kernel.reshape((-1, filters)), ([x.ndim - 1], [0]))
    if channels == 1:
        return by_channel(x, kernel, window, strides, dilation)
    each = filters // groups
    return pt.concatenate([
        convolution(x[..., g * channels:(g + 1) * channels], kernel[..., g * each:(g + 1) * each],
                    strides, "valid", dilation, 1) for g in range(groups)], -1)


def by_channel(x, kernel, window, strides, dilation):
    """A convolution in which each channel makes channels of its own."""
    filters = kernel.type.shape[-1]
    channels, = known(x.type.shape[-1])
    x = pt.repeat(x, filters // channels, -1) if filters > channels else x
    seen = [x[place] for place in places(spatial(x), window, strides, dilation)]
    weights = kernel.reshape((-1, filters))
    return functools.reduce(pt.add, [cell * weights[i] for i, cell in enumerate(seen)])


@lowers
def transposed_convolution(x, kernel, output_shape, strides, padding, dilation):
    *window, filters, channels = known(*kernel.type.shape)
    size = known(*map(plain, output_shape[1:-1]))
    pairs = [same_padding(*each) if padding == "same" else (0, 0)
             for each in zip(size, window, strides, dilation)]
    y = product(pt.tensordot, x, kernel.reshape((-1, channels)), ([x.ndim - 1], [1]))
    whole = tuple([n + sum(pair) for n, pair in zip(size, pairs)])
    y = summed(y, whole, window, strides, dilation)
    return y[(slice(None), *(slice(a, a + n) for n, (a, _) in zip(size, pairs)))]


def plain(size):
    """An int for a size that is known."""
    return size if isinstance(size, int) else int(size.data) if hasattr(size, "data") else size


# Pooling


@lowers
def pool(x, window, strides, padding, mode):
    one = (1,) * len(window)
    fits("pool", x, window, strides, padding, one, f"a pool_size of {window}")
    if mode == "max":
        least = -np.inf if "float" in x.dtype else np.iinfo(x.dtype).min
        return slid(padded(x, window, strides, padding, one, least), window, strides, larger)
    counts = [inside(*each, padding) for each in zip(spatial(x), window, strides)]
    total = slid(padded(x, window, strides, padding, one), window, strides, pt.add)
    counts = functools.reduce(np.multiply.outer, counts)[..., None].astype(x.dtype)
    return total / counts


def larger(x, y):
    """The larger of two arrays; the derivative goes to the first of equal ones."""
    return pt.switch(x >= y, x, y)


def slid(x, window, strides, combine):
    """x with the cells of each window combined, axis by axis."""
    for axis, (w, s) in enumerate(zip(window, strides), 1):
        count = window_length(known(x.type.shape[axis])[0], w, "valid", s)
        before = (slice(None),) * axis
        x = functools.reduce(combine, [x[(*before, slice(i, i + (count - 1) * s + 1, s))]
                                       for i in range(w)])
    return x


def inside(size, window, stride, padding):
    """How many cells of each window along an axis are cells of x, not of padding."""
    before = same_padding(size, window, stride)[0] if padding == "same" else 0
    starts = np.arange(window_length(size, window, padding, stride)) * stride - before
    return np.minimum(starts + window, size) - np.maximum(starts, 0)
