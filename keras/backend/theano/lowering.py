"""What each op is in PyTensor: variables of its graph and canonical parameters in, a variable out.

Who calls these casts a result to the declared dtype where PyTensor has another one. Numbers are
written with the dtype of what they meet, for PyTensor would make float64 of a Python float.
"""
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.ifelse import ifelse
from pytensor.printing import Print
from pytensor.tensor import special
from pytensor.tensor.basic import MakeVector

lower = {}
unsupported = {}  # name of a primitive -> why PyTensor cannot have it


def lowers(function):
    """Makes `function` the lowering of the op of its name."""
    lower[function.__name__] = function
    return function


def like(x, number):
    """A number in the dtype of x."""
    return np.asarray(number, x.dtype)


def sizes(x):
    """The sizes of x: ints where they are known, else scalars of the graph."""
    return tuple([x.shape[i] if n is None else n for i, n in enumerate(x.type.shape)])


def static(shape):
    """A shape, of ints and scalars of PyTensor, with None for the scalars."""
    return tuple([n if isinstance(n, int) else None for n in shape])


# Elementwise

lower.update({name: getattr(pt, name) for name in (
    "maximum minimum abs sign exp log log1p sin cos tanh sigmoid softplus pow").split()})
lower.update({name: getattr(pt, theirs) for name, theirs in {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "true_div",
    "floor_divide": "int_div", "remainder": "mod", "equal": "eq", "not_equal": "neq",
    "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le", "negative": "neg",
    "square": "sqr", "positive_root": "sqrt"}.items()})
lower["logical_and"] = lambda x, y: pt.and_(truth(x), truth(y))
lower["logical_or"] = lambda x, y: pt.or_(truth(x), truth(y))
lower["logical_not"] = lambda x: pt.invert(truth(x))
lower["round"] = lambda x: pt.round(x, mode="half_to_even")
lower["rectify"] = lambda x: pt.switch(x > like(x, 0), x, like(x, 0))
lower["identity"] = lambda x: x
lower["detached"] = pytensor.gradient.disconnected_grad


def truth(x):
    """Whether the elements of x are not zero."""
    return x if x.dtype == "bool" else pt.neq(x, like(x, 0))


@lowers
def cast(x, dtype):
    if dtype == "bfloat16":
        raise TypeError("PyTensor has no bfloat16; float16 it has")
    return truth(x) if dtype == "bool" else x.astype(dtype)


@lowers
def bounded(x, low, high):
    inside = x if low is None else pt.maximum(x, like(x, low))
    return inside if high is None or np.isinf(high) else pt.minimum(inside, like(x, high))


# Reductions

lower.update({name: getattr(pt, name) for name in "sum prod max min argmax argmin".split()})
lower["any"] = lambda x, axis, keepdims: pt.any(truth(x), axis, keepdims)
lower["all"] = lambda x, axis, keepdims: pt.all(truth(x), axis, keepdims)
lower["average"] = lambda x, axis, keepdims: pt.mean(x, axis, keepdims=keepdims)
for _name in ("sum", "prod", "max", "min"):
    lower[_name] = lambda x, axis, keepdims, reduce=lower[_name]: reduce(
        x, axis, keepdims=keepdims)
lower["cumsum"] = pt.cumsum


# Shaping

lower["reshape"] = lambda x, shape: pt.reshape(x, shape, ndim=len(shape))
lower["permute_dimensions"] = lambda x, pattern: x.dimshuffle(*pattern)
lower["expand_dims"] = pt.expand_dims
lower["squeeze"] = pt.squeeze
lower["join"] = lambda tensors, axis: pt.concatenate(tensors, axis)
lower["pile"] = pt.stack
lower["tile"] = pt.tile
lower["repeat_elements"] = pt.repeat
lower["reverse"] = lambda x, axes: pt.flip(x, axes)
lower["full"] = lambda shape, value, dtype: pt.full(shape, np.asarray(value, dtype))
lower["zeros_like"] = lambda x, dtype: pt.full(sizes(x), np.asarray(0, dtype))
lower["ones_like"] = lambda x, dtype: pt.full(sizes(x), np.asarray(1, dtype))
lower["count"] = lambda start, stop, step, dtype: pt.arange(start, stop, step, dtype)


@lowers
def zero_pad(x, padding):
    whole = tuple([n + before + after for n, (before, after) in zip(sizes(x), padding)])
    inside = tuple([slice(before, before + n) for n, (before, _) in zip(sizes(x), padding)])
    return pt.zeros(whole, x.dtype)[inside].set(x)


@lowers
def shape(x):
    entries = [np.int32(n) if isinstance(n, int) else n.astype("int32") for n in sizes(x)]
    return MakeVector("int32")(*entries)


@lowers
def select(x, key):
    if x.owner and isinstance(x.owner.op, MakeVector) and isinstance(key[0], int):
        return x.owner.inputs[key[0]]  # which may be known
    return x[tuple([slice(*part) if isinstance(part, tuple) else part for part in key])]


# Matrices


def product(function, x, y, *args):
    """A product of matrices. Halves are added up in float32; NumPy would in float16, and slowly."""
    if x.dtype != "float16":
        return function(x, y, *args)
    return function(x.astype("float32"), y.astype("float32"), *args).astype("float16")


@lowers
def dot(x, y):
    if x.ndim <= 2 and y.ndim <= 2:
        return product(pt.dot, x, y)
    return product(pt.tensordot, x, y, ([x.ndim - 1], [max(y.ndim - 2, 0)]))


lower["matrices"] = lambda x, y: product(pt.matmul, x, y)

# Networks

lower["softmax"] = special.softmax
lower["log_softmax"] = special.log_softmax
lower["gather"] = lambda x, indices: x[indices]
lower["moments"] = lambda x, axes: (pt.mean(x, axes), pt.var(x, axes))


@lowers
def pick(x, indices):
    rows = pt.arange(pt.prod(indices.shape))
    found = x.reshape((-1, x.shape[-1]))[rows, indices.flatten()]
    return found.reshape(indices.shape, ndim=indices.ndim)


@lowers
def in_top_k(predictions, targets, k):
    inside = (targets >= 0) & (targets < predictions.shape[1])
    own = pick(predictions, pt.switch(inside, targets, like(targets, 0)))
    above = pt.sum(predictions > own[:, None], 1)
    return (above < k) & inside & ~(pt.isnan(own) | pt.isinf(own))


# Control

lower["where"] = lambda condition, x, y: pt.switch(truth(condition), x, y)


@lowers
def choose(condition, then, otherwise):
    """Only one of the two is computed."""
    return ifelse(truth(condition).reshape(()), then, otherwise)


@lowers
def print_tensor(x, message):
    return Print(message, global_fn=_print)(x)


def _print(op, value):
    print(op.message, value, file=sys.stderr)


@lowers
def opaque(function, xs, results):
    return [pt.as_tensor_variable(y) for y in function(*xs)]
