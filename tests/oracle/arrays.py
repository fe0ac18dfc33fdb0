"""What the families share: arrays in float64, axes counted from the front, channels moved last."""

import numpy as np

EPSILON = 1e-7
"""K.epsilon(), the fuzz factor of losses and optimizers."""


def array(x):
    """`x` as an array; floating numbers as float64, whole numbers and booleans as they are."""
    x = np.asarray(x)
    return x.astype("float64") if x.dtype.kind == "f" else x


def counted(axis, ndim):
    """`axis` (int, sequence of ints, or None for all) as a tuple of numbers from 0 to ndim - 1."""
    if axis is None:
        return tuple(range(ndim))
    numbers = (axis,) if np.ndim(axis) == 0 else tuple(axis)
    for number in numbers:
        if not -ndim <= number < ndim:
            raise ValueError(f"axis {number} of an array with {ndim} axes")
    return tuple(int(number) % ndim for number in numbers)


def channels_last(x, data_format):
    """`x` with its channel axis moved to the end. A `data_format` of None is channels_last."""
    x = array(x)
    if data_format == "channels_first":
        return np.moveaxis(x, 1, -1)
    if data_format in (None, "channels_last"):
        return x
    raise ValueError(f"data_format {data_format!r}")


def as_given(y, data_format):
    """The inverse of `channels_last`."""
    return np.moveaxis(y, -1, 1) if data_format == "channels_first" else y
