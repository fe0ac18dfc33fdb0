"""Products of matrices and of batches of them."""

import numpy as np

from .arrays import array, counted


def dot(x, y):
    """The last axis of x summed against the second to last of y; the other axes stay in order.

    (2, 3), (4, 3, 5) -> (2, 4, 5)
    """
    x, y = array(x), array(y)
    y = np.moveaxis(y, -2, 0) if y.ndim > 1 else y
    product = np.zeros(x.shape[:-1] + y.shape[1:])
    for i in np.ndindex(x.shape[:-1]):
        for j in np.ndindex(y.shape[1:]):
            product[i + j] = np.sum(x[i] * y[(slice(None), *j)])
    return product


def batch_dot(x, y, axes=None):
    """One axis of each sample of x summed against one of the same sample of y.

    The shape is that of x without the summed axis, then that of y without the batch and the
    summed axis; (batch,) becomes (batch, 1). Without `axes`: the last axis of x, the second to
    last of y (its last if it has only two).
    """
    x, y = array(x), array(y)
    if axes is None:
        axes = (-1, -1 if y.ndim == 2 else -2)
    first, second = (axes, axes) if np.ndim(axes) == 0 else axes
    x = np.moveaxis(x, counted(first, x.ndim)[0], -1)
    y = np.moveaxis(y, counted(second, y.ndim)[0], -1)
    product = np.zeros(x.shape[:-1] + y.shape[1:-1])
    for n in range(len(x)):
        for i in np.ndindex(x.shape[1:-1]):
            for j in np.ndindex(y.shape[1:-1]):
                product[(n, *i, *j)] = np.sum(x[(n, *i)] * y[(n, *j)])
    return product[:, None] if product.ndim == 1 else product


def transpose(x):
    """`x` with its axes in reverse order."""
    x = array(x)
    return np.transpose(x, range(x.ndim)[::-1])
