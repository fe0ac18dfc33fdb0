"""Tensors from sizes and constants, and the functions that return what they are given."""

import numpy as np

from .arrays import array


def constant(value, dtype=None, shape=None, name=None):
    """`value`, spread over `shape` if one is given; float unless `dtype` says otherwise."""
    filled = np.asarray(value, dtype=dtype or "float64")
    return filled if shape is None else np.broadcast_to(filled, shape).copy()


def zeros(shape, dtype=None, name=None):
    """An array of zeros."""
    return np.zeros(shape, dtype or "float64")


def ones(shape, dtype=None, name=None):
    """An array of ones."""
    return np.ones(shape, dtype or "float64")


def eye(size, dtype=None, name=None):
    """The identity matrix with `size` rows."""
    matrix = np.zeros((size, size), dtype or "float64")
    for i in range(size):
        matrix[i, i] = 1
    return matrix


def zeros_like(x, dtype=None, name=None):
    """Zeros of the shape of `x`, and of its dtype unless another is given."""
    x = array(x)
    return np.zeros(x.shape, dtype or x.dtype)


def ones_like(x, dtype=None, name=None):
    """Ones of the shape of `x`, and of its dtype unless another is given."""
    x = array(x)
    return np.ones(x.shape, dtype or x.dtype)


def arange(start, stop=None, step=1, dtype="int32"):
    """start, start + step, ... short of `stop`; with one argument, 0 ... start - 1."""
    if stop is None:
        start, stop = 0, start
    values = []
    value = start
    while (value < stop) if step > 0 else (value > stop):
        values.append(value)
        value = value + step
    return np.array(values, dtype)


def identity(x, name=None):
    """`x` itself."""
    return array(x)


def stop_gradient(variables):
    """`variables` itself (one array or a list); only its derivative is another."""
    return (
        [array(x) for x in variables] if isinstance(variables, (list, tuple)) else array(variables)
    )


def print_tensor(x, message=""):
    """`x` itself."""
    return array(x)


def to_dense(tensor):
    """`tensor` itself: the oracle holds every tensor densely."""
    return array(tensor)


def cast(x, dtype):
    """`x` in another dtype; floating numbers lose their fraction (toward zero) as integers."""
    return array(x).astype(dtype)


def cast_to_floatx(x):
    """`x` as floating numbers."""
    return np.asarray(x, "float64")


def shape(x):
    """The sizes of `x`, an integer vector."""
    return np.array(array(x).shape, "int32")


def int_shape(x):
    """The sizes of `x`, a tuple."""
    return array(x).shape


def ndim(x):
    """The number of axes of `x`."""
    return len(array(x).shape)


def count_params(x):
    """The number of elements of `x`."""
    count = 1
    for size in array(x).shape:
        count *= size
    return count


def update(x, new_x):
    """The value of the variable `x` after the update: `new_x`."""
    return array(new_x)


def update_add(x, increment):
    """The value of the variable `x` after the update."""
    return array(x) + array(increment)


def update_sub(x, decrement):
    """The value of the variable `x` after the update."""
    return array(x) - array(decrement)


def moving_average_update(x, value, momentum):
    """x * momentum + value * (1 - momentum): the plain form, without zero debiasing (DESIGN.md)."""
    return array(x) * momentum + array(value) * (1 - momentum)
