"""Arrays on their way into PyTensor, whole data sets and batches, and results on their way out."""
import numpy as np

from ..fed import checked

WHOLE = 1 << 28  # bytes up to which a data set of another dtype is converted at once


def feed(value, x):
    """What the user fed for the placeholder x, as an array of its dtype."""
    return np.asarray(checked(value, x), x.dtype)


def fetch(value, x):
    """A result as a NumPy array of its own, or a NumPy scalar."""
    array = np.array(value)
    return array if array.ndim else array[()]


def table(rows):
    """Rows of scalar results as a NumPy matrix."""
    return np.array([[float(value) for value in row] for row in rows])


def hold(array, x):
    """A data set ready to be cut into batches for the placeholder x. What a file holds stays
    there."""
    if hasattr(array, "tocoo"):
        return array.tocsr()
    if isinstance(array, np.ndarray) and array.dtype != x.dtype and array.nbytes <= WHOLE:
        return array.astype(x.dtype)
    return array


def batches(held, placeholders, order, size):
    """A tuple of arrays for each batch.

    Arguments
        held: what `hold` made of the arrays.
        placeholders: what they are fed to.
        order: indices of the samples, or None for their own order.
        size: samples per batch.
    """
    files = not all(isinstance(h, np.ndarray) for h in held)
    for start in range(0, held[0].shape[0] if order is None else len(order), size):
        rows = slice(start, start + size) if order is None else order[start:start + size]
        if files and order is not None:  # files want their rows in rising order
            rows = np.sort(rows)
        yield tuple([feed(h[rows], x) for h, x in zip(held, placeholders)])
