"""Convolution and pooling: a window that slides over arrays with their channels last.

On the CPU XLA's own convolution of many channels takes up to three times as long as products of
matrices over patches, its maximum pooling backwards fourteen times as long as maxima of slices,
its depthwise convolution five times as long as a sum of products (jax 0.10, 2 cores, AVX-512).
"""
import functools
from contextvars import ContextVar
from itertools import product
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ...graph.shapes import same_padding, window_length
from ...ops.convolution import windowed
from .lowering import lowers

LAYOUTS = {1: ("NWC", "WIO", "NWC"), 2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}
CHANNELS = 16  # of the input, from which products over patches are faster
CELLS = 64  # of a window that is taken apart
BLOCK = 800_000  # elements of patches that are made at a time: they stay in the cache


looping = ContextVar("looping", default=False)  # whether the body of a loop is being traced


def padded(x, window, strides, padding, dilation, value=0):
    """x with what the padding adds to its spatial axes."""
    if padding == "valid":
        return x
    pairs = [same_padding(*sizes) for sizes in zip(x.shape[1:-1], window, strides, dilation)]
    return jnp.pad(x, [(0, 0), *pairs, (0, 0)], constant_values=value)


def cells(x, window, strides, dilation):
    """For each cell of the window, in C order, what it sees of x."""
    for offset in product(*map(range, window)):
        starts = [o * d for o, d in zip(offset, dilation)]
        yield x[(slice(None), *(slice(a, a + (n - 1) * s + 1, s) for a, n, s in zip(
            starts, counts(x, window, strides, dilation), strides)))]


def counts(x, window, strides, dilation):
    """The places of a window along the spatial axes of x."""
    return [window_length(size, w, "valid", s, d) for size, w, s, d in zip(
        x.shape[1:-1], window, strides, dilation)]


@lowers
def convolution(x, kernel, strides, padding, dilation, groups):
    window = kernel.shape[:-2]
    spatial = windowed("convolution", x, window, strides, padding, dilation,
                       f"a kernel of shape {kernel.shape}")
    how = None
    if jax.default_backend() == "cpu" and min(spatial) > 0:
        how = _way(kernel.shape, groups)
    how = how or functools.partial(_by_xla, groups=groups)
    return how(x, kernel, strides, padding, dilation)


def _way(kernel, groups):
    """What is faster on the CPU than XLA's own convolution with a kernel of such a shape, if
    anything is."""
    *window, channels, filters = kernel
    if prod(window) > CELLS:
        return None
    if groups > 1:
        return _by_channel if channels == 1 else None
    wide = len(window) > 1 and channels >= CHANNELS
    return _by_patches if wide or prod(window) == 1 or looping.get() else None


def slow_in_loops(node):
    """Whether XLA's own convolution is best for a node: in a loop it runs on one core by a
    simple kernel, thirty times slower."""
    if (node.op.name not in ("convolution", "transposed_convolution")
            or jax.default_backend() != "cpu"):
        return False
    kernel = node.args[1].shape
    groups = dict(zip(node.op.names, node.args)).get("groups", 1)
    return None in kernel or _way(kernel, groups) is None


def _by_xla(x, kernel, strides, padding, dilation, groups):
    return lax.conv_general_dilated(
        x, kernel, strides, padding.upper(), rhs_dilation=dilation,
        dimension_numbers=LAYOUTS[kernel.ndim - 2], feature_group_count=groups)


def _by_patches(x, kernel, strides, padding, dilation):
    window = kernel.shape[:-2]
    x = padded(x, window, strides, padding, dilation)
    weights = kernel.reshape(-1, kernel.shape[-1])

    def convolved(x):
        patches = jnp.concatenate(list(cells(x, window, strides, dilation)), -1)
        return patches @ weights

    if prod(window) == 1:
        return convolved(x)
    size = prod(counts(x, window, strides, dilation)) * len(weights)
    return in_blocks(convolved, x, size, max(BLOCK, 2 * weights.size))


def in_blocks(function, x, size, most):
    """function(x), a few samples at a time.

    Arguments
        function: of samples, each for itself.
        size: elements that it makes in between for each sample; computed again backwards.
        most: of them at a time.
    """
    samples = len(x)
    blocks = -(-samples // max(1, most // max(1, size)))
    if blocks <= 1:
        return function(x)
    each = -(-samples // blocks)
    blocks = -(-samples // each)
    x = jnp.pad(x, [(0, blocks * each - samples), *[(0, 0)] * (x.ndim - 1)])
    y = lax.map(jax.checkpoint(function), x.reshape(blocks, each, *x.shape[1:]))
    return y.reshape(-1, *y.shape[2:])[:samples]


def _by_channel(x, kernel, strides, padding, dilation):
    window, filters = kernel.shape[:-2], kernel.shape[-1]
    x = padded(x, window, strides, padding, dilation)
    x = jnp.repeat(x, filters // x.shape[-1], -1)
    seen = cells(x, window, strides, dilation)
    return sum(cell * weight for cell, weight in zip(seen, kernel.reshape(-1, filters)))


@lowers
def transposed_convolution(x, kernel, output_shape, strides, padding, dilation):
    shape = (len(x), *(int(size) for size in output_shape[1:-1]), kernel.shape[-2])
    adjoint = jax.linear_transpose(
        lambda y: convolution(y, kernel, strides, padding, dilation, 1),
        jax.ShapeDtypeStruct(shape, x.dtype))
    return adjoint(x)[0]


@lowers
def pool(x, window, strides, padding, mode):
    ones = (1,) * len(window)
    windowed("pool", x, window, strides, padding, ones, f"a pool_size of {window}")
    if mode == "max":
        least = -np.inf if jnp.issubdtype(x.dtype, jnp.floating) else np.iinfo(x.dtype).min
        x = padded(x, window, strides, padding, ones, least)
        return slid(x, window, strides, jnp.maximum, lax.max, np.asarray(least, x.dtype))
    known = [inside(*sizes, padding) for sizes in zip(x.shape[1:-1], window, strides)]
    x = padded(x, window, strides, padding, ones)
    total = slid(x, window, strides, jnp.add, lax.add, np.zeros((), x.dtype))
    return total / functools.reduce(np.multiply.outer, known)[..., None].astype(x.dtype)


def slid(x, window, strides, combine, monoid, start):
    """x with the cells of each window combined, axis by axis."""
    for axis, (w, s) in enumerate(zip(window, strides), 1):
        count = window_length(x.shape[axis], w, "valid", s)
        if w > CELLS:
            x = lax.reduce_window(x, start, monoid, *(
                [n if i == axis else 1 for i in range(x.ndim)] for n in (w, s)), "VALID")
            continue
        parts = [lax.slice_in_dim(x, i, i + (count - 1) * s + 1, s, axis) for i in range(w)]
        x = functools.reduce(combine, parts)
    return x


def inside(size, window, stride, padding):
    """How many cells of each window along an axis are cells of x, not of padding."""
    before = same_padding(size, window, stride)[0] if padding == "same" else 0
    starts = np.arange(window_length(size, window, padding, stride)) * stride - before
    return np.minimum(starts + window, size) - np.maximum(starts, 0)
