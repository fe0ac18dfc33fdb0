"""Functions that take away axes, or accumulate along one."""

import numpy as np

from .arrays import array, counted


def max(x, axis=None, keepdims=False):
    """The largest element."""
    x = array(x)
    return np.asarray(np.max(x, axis=counted(axis, x.ndim), keepdims=keepdims))


def min(x, axis=None, keepdims=False):
    """The smallest element."""
    x = array(x)
    return np.asarray(np.min(x, axis=counted(axis, x.ndim), keepdims=keepdims))


def sum(x, axis=None, keepdims=False):
    """The sum of the elements, in their dtype; int32 for booleans."""
    x = array(x)
    x = x.astype("int32") if x.dtype == bool else x
    return np.asarray(np.sum(x, axis=counted(axis, x.ndim), keepdims=keepdims), x.dtype)


def prod(x, axis=None, keepdims=False):
    """The product of the elements."""
    x = array(x)
    return np.asarray(np.prod(x, axis=counted(axis, x.ndim), keepdims=keepdims))


def count(x, axis):
    """How many elements of `x` go into one reduced element."""
    return np.prod([x.shape[a] for a in counted(axis, x.ndim)], dtype="int64")


def mean(x, axis=None, keepdims=False):
    """The sum of the elements over their number; booleans count as 0 and 1."""
    x = array(x)
    return sum(x, axis, keepdims) / np.float64(count(x, axis))


def var(x, axis=None, keepdims=False):
    """The mean squared distance from the mean (divided by n, not by n - 1)."""
    x = array(x)
    distance = x - mean(x, axis, keepdims=True)
    return mean(distance * distance, axis, keepdims)


def std(x, axis=None, keepdims=False):
    """The root of the variance."""
    return np.sqrt(var(x, axis, keepdims))


def any(x, axis=None, keepdims=False):
    """Whether an element is not zero."""
    return sum(array(x) != 0, axis, keepdims) > 0


def all(x, axis=None, keepdims=False):
    """Whether no element is zero."""
    return sum(array(x) == 0, axis, keepdims) == 0


def argmax(x, axis=-1):
    """The place of the largest element along `axis`, the first of equal ones."""
    return np.argmax(array(x), axis=axis)


def argmin(x, axis=-1):
    """The place of the smallest element along `axis`, the first of equal ones."""
    return np.argmin(array(x), axis=axis)


def logsumexp(x, axis=None, keepdims=False):
    """log(sum(e ** x)), taken relative to the largest element so that nothing overflows."""
    x = array(x)
    top = max(x, axis, keepdims=True)
    total = np.log(sum(np.exp(x - top), axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, counted(axis, x.ndim))


def accumulated(x, axis, join):
    """`x` with each element along `axis` joined to the result before it."""
    x = array(x)
    (axis,) = counted(axis, x.ndim)
    y = np.moveaxis(x.copy(), axis, 0)
    for i in range(1, len(y)):
        y[i] = join(y[i - 1], y[i])
    return np.moveaxis(y, 0, axis)


def cumsum(x, axis=0):
    """The running sum along `axis`."""
    return accumulated(x, axis, np.add)


def cumprod(x, axis=0):
    """The running product along `axis`."""
    return accumulated(x, axis, np.multiply)
