"""What a user feeds, checked before an engine sees it; data sets that stay on the host."""
import numpy as np

WHOLE = 1 << 28  # bytes up to which a data set of another dtype is converted at once


def checked(value, x):
    """What was fed for the placeholder x as a dense NumPy array.

    Raises
        TypeError: for what does not hold numbers.
        ValueError: for another shape than that of x.
    """
    if hasattr(value, "tocoo"):
        value = value.toarray()
    value = np.asarray(value)
    if value.dtype.kind not in "fiub":
        raise TypeError(f"{x.name}: an array of numbers expected; given dtype {value.dtype}.")
    if value.ndim != x.ndim or any(s is not None and s != v for s, v in zip(x.shape, value.shape)):
        raise ValueError(f"{x.name}: an array of shape {x.shape} expected; given shape "
                         f"{value.shape}.")
    return value


def fetch(value, x):
    """A result as a NumPy array of its own, or a NumPy scalar."""
    array = np.array(value)
    return array if array.ndim else array[()]


def hold(array, x):
    """A data set ready to be cut into batches for the placeholder x. What a file holds stays
    there."""
    if isinstance(array, np.ndarray):
        small = array.dtype != x.dtype and array.nbytes <= WHOLE
        return array.astype(x.dtype) if small else array
    return array


def batches(feed, held, placeholders, order, size):
    """A tuple of arrays for each batch.

    Arguments
        feed: the engine's function of an array and a placeholder.
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


def table(rows):
    """Rows of scalar results as a NumPy matrix; the only place where training waits for them.
    A row may hold the results of several steps, an array for each value."""
    return np.concatenate([np.stack([np.atleast_1d(np.asarray(value, "float64"))
                                     for value in row], 1) for row in rows])
