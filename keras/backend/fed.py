"""What a user feeds, checked before an engine sees it."""
import numpy as np


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
