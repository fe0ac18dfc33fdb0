"""Variables, constants and placeholders, and questions about tensors."""
import numpy as np

from ..graph.dtypes import dtype_name
from ..graph.shapes import product
from ..graph.tensor import Constant, Placeholder, Tensor, Variable
from ..ops.elementwise import identity
from ..ops.random import random_normal, random_uniform
from ..ops.shaping import full
from .native import is_native


def variable(value, dtype=None, name=None, constraint=None):
    """A variable: it keeps its value between runs.

    Arguments
        value: array, number, SciPy sparse matrix, or a tensor that gives the first value.
        dtype: name; None means floatx.
        name: string.
        constraint: function applied to its new value after an optimizer's step.
    """
    if isinstance(value, Tensor):
        dtype = dtype or value.dtype
    sparse = hasattr(value, "tocoo")  # a SciPy matrix; engines keep variables dense
    made = Variable(value.toarray() if sparse else value, dtype, name, constraint)
    made.sparse = sparse
    return made


def constant(value, dtype=None, shape=None, name=None):
    """A constant.

    Arguments
        value: number or array.
        dtype: name; None means floatx.
        shape: tuple of ints, filled with the value; None for its own shape.
        name: string.
    """
    value = np.asarray(value)
    if shape is not None:
        value = np.broadcast_to(value, shape) if value.size == 1 else value.reshape(shape)
    return Constant(value, dtype_name(dtype), name and f"{name}:0")


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None):
    """A tensor that is fed when a function runs.

    Arguments
        shape: tuple of ints; None for unknown sizes.
        ndim: int, the number of axes where no shape is given. One of the two is needed.
        dtype: name; None means floatx.
        sparse: whether SciPy sparse matrices are fed.
        name: string.
    """
    if shape is None and ndim is None:
        raise ValueError("placeholder: give its shape, with None for unknown sizes, or ndim, the "
                         "number of its axes; shape=() is a single number.")
    if shape is None:
        shape = (None,) * ndim
    return Placeholder(tuple(shape), dtype, name, sparse)


def _filled(value, shape, dtype, name):
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if any(not isinstance(size, (int, np.integer)) for size in shape):
        return full(shape, value, dtype)
    return variable(np.broadcast_to(np.asarray(value), shape), dtype, name)


def zeros(shape, dtype=None, name=None):
    """A variable of zeros; a plain tensor where a size is symbolic.

    Arguments
        shape: tuple of ints.
        dtype: name; None means floatx.
        name: string.
    """
    return _filled(0, shape, dtype, name)


def ones(shape, dtype=None, name=None):
    """A variable of ones; a plain tensor where a size is symbolic.

    Arguments
        shape: tuple of ints.
        dtype: name; None means floatx.
        name: string.
    """
    return _filled(1, shape, dtype, name)


def eye(size, dtype=None, name=None):
    """A variable that is the identity matrix.

    Arguments
        size: int, its number of rows and columns.
        dtype: name; None means floatx.
        name: string.
    """
    return variable(np.eye(size), dtype, name)


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable with numbers spread evenly over low <= x < high.

    Arguments
        shape: tuple of ints.
        low: the least value.
        high: the upper end.
        dtype: name; None means floatx.
        name: string.
        seed: int, or None to draw one from np.random.
    """
    return variable(random_uniform(shape, low, high, dtype, seed), dtype, name)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable with normally distributed numbers.

    Arguments
        shape: tuple of ints.
        mean: their mean.
        scale: their standard deviation.
        dtype: name; None means floatx.
        name: string.
        seed: int, or None to draw one from np.random.
    """
    return variable(random_normal(shape, mean, scale, dtype, seed), dtype, name)


# Questions


def int_shape(x):
    """The static shape of x: a tuple of ints, None where a size is unknown.

    Arguments
        x: tensor.
    """
    return tuple(x.shape)


def ndim(x):
    """The number of axes of x.

    Arguments
        x: tensor.
    """
    return len(x.shape)


def dtype(x):
    """The name of the dtype of x.

    Arguments
        x: tensor.
    """
    return x.dtype


def count_params(x):
    """The number of elements of x.

    Arguments
        x: tensor or variable whose sizes are known.
    """
    return product(x.shape)


def is_keras_tensor(x):
    """Whether x is the output of a layer or of `Input`.

    Arguments
        x: tensor; also one of the engine's own library, which is not.

    Raises
        ValueError: if x is no tensor of this backend at all.
    """
    if is_native(x):
        return False
    if not isinstance(x, Tensor):
        raise ValueError(f"is_keras_tensor: a symbolic tensor expected; "
                         f"given an object of type {type(x).__name__}.")
    return x.keras_history is not None


def is_placeholder(x):
    """Whether x is fed when a function runs.

    Arguments
        x: tensor.
    """
    return isinstance(x, Placeholder)


def is_tensor(x):
    """Whether x is a symbolic tensor of this backend.

    Arguments
        x: anything.
    """
    return isinstance(x, Tensor)


def is_sparse(tensor):
    """Whether SciPy sparse matrices are fed for a tensor.

    Arguments
        tensor: tensor.
    """
    return tensor.sparse


def to_dense(tensor):
    """A sparse tensor as a dense one.

    Arguments
        tensor: tensor; a dense one is returned as it is.
    """
    if not tensor.sparse:
        return tensor
    return identity(tensor)
