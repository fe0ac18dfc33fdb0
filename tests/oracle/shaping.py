"""Functions that move, repeat, join or pick elements."""

import numpy as np

from .arrays import array, as_given, channels_last, counted


def concatenate(tensors, axis=-1):
    """The arrays of the list, one after the other along `axis`."""
    return np.concatenate([array(x) for x in tensors], axis=axis)


def stack(x, axis=0):
    """The arrays of the list, side by side along a new `axis`."""
    return np.stack([array(y) for y in x], axis=axis)


def reshape(x, shape):
    """The elements of `x` in the same order, in another shape; one size may be -1."""
    return np.reshape(array(x), tuple(shape))


def permute_dimensions(x, pattern):
    """Axis i of the result is axis pattern[i] of `x`."""
    return np.transpose(array(x), tuple(pattern))


def expand_dims(x, axis=-1):
    """`x` with a new axis of size 1."""
    return np.expand_dims(array(x), axis)


def squeeze(x, axis):
    """`x` without its `axis` of size 1."""
    return np.squeeze(array(x), axis)


def flatten(x):
    """The elements of `x` in a vector."""
    return array(x).reshape(-1)


def batch_flatten(x):
    """The elements of each sample in a row."""
    x = array(x)
    return x.reshape(x.shape[0], int(np.prod(x.shape[1:])))


def repeat_elements(x, rep, axis):
    """Each slice along `axis`, `rep` times in a row."""
    x = array(x)
    (axis,) = counted(axis, x.ndim)
    return np.take(x, [i // rep for i in range(x.shape[axis] * rep)], axis=axis)


def repeat(x, n):
    """(samples, dim) -> (samples, n, dim): each row, n times."""
    return np.stack([array(x)] * n, axis=1)


def tile(x, n):
    """`x` laid out n[i] times along axis i."""
    x = array(x)
    for axis, times in enumerate([n] if np.ndim(n) == 0 else n):
        x = np.take(x, list(range(x.shape[axis])) * int(times), axis=axis)
    return x


def reverse(x, axes):
    """`x` with the order along each of `axes` turned round."""
    x = array(x)
    for axis in counted(axes, x.ndim):
        x = np.take(x, range(x.shape[axis])[::-1], axis=axis)
    return x


def slice(x, start, size):
    """The block of `x` that begins at `start`; a size of -1 reaches to the end (Keras 2.2)."""
    x = array(x)
    for axis, (begin, length) in enumerate(zip(start, size, strict=True)):
        end = x.shape[axis] if length == -1 else begin + length
        x = np.take(x, range(begin, end), axis=axis)
    return x


def gather(reference, indices):
    """The slices of `reference` along axis 0 that `indices` name; indices.shape comes first."""
    reference, indices = array(reference), np.asarray(indices, "int64")
    picked = np.empty(indices.shape + reference.shape[1:], reference.dtype)
    for place in np.ndindex(indices.shape):
        picked[place] = reference[indices[place]]
    return picked


def one_hot(indices, num_classes):
    """A last axis that is 1 at the index and 0 elsewhere; all 0 if there is no such class."""
    indices = array(indices)
    return (indices[..., None] == np.arange(num_classes)).astype("float64")


def padded(x, padding):
    """`x` with padding[i] = (before, after) zeros along axis i."""
    sizes = [n + before + after for n, (before, after) in zip(x.shape, padding, strict=True)]
    inside = [range(before, before + n) for n, (before, _) in zip(x.shape, padding, strict=True)]
    y = np.zeros(sizes, x.dtype)
    y[np.ix_(*inside)] = x
    return y


def temporal_padding(x, padding=(1, 1)):
    """Zeros before and after the middle axis of a 3-D array."""
    return padded(array(x), [(0, 0), tuple(padding), (0, 0)])


def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    """Zeros around rows and columns."""
    x = channels_last(x, data_format)
    return as_given(padded(x, [(0, 0), *padding, (0, 0)]), data_format)


def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Zeros around the three spatial axes."""
    return spatial_2d_padding(x, padding, data_format)


def enlarged(x, factors, data_format):
    """Each cell repeated factors[i] times along spatial axis i."""
    x = channels_last(x, data_format)
    for axis, factor in enumerate(factors, start=1):
        x = repeat_elements(x, factor, axis)
    return as_given(x, data_format)


def interpolated(x, factor, axis):
    """Linear interpolation along `axis`; cell i of the result lies at i / factor (TensorFlow 1)."""
    x = np.moveaxis(x, axis, 0)
    y = np.zeros((len(x) * factor,) + x.shape[1:])
    for i in range(len(y)):
        low = i // factor
        high = low + 1 if low + 1 < len(x) else low
        share = i / factor - low
        y[i] = (1 - share) * x[low] + share * x[high]
    return np.moveaxis(y, 0, axis)


def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    """Rows and columns enlarged by whole factors; 'bilinear' is of Keras 2.2.4."""
    if interpolation == "nearest":
        return enlarged(x, (height_factor, width_factor), data_format)
    x = channels_last(x, data_format)
    x = interpolated(interpolated(x, height_factor, 1), width_factor, 2)
    return as_given(x, data_format)


def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """The three spatial axes enlarged by whole factors."""
    return enlarged(x, (depth_factor, height_factor, width_factor), data_format)
