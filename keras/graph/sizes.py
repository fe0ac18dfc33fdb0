"""What is known of symbolic sizes before a graph is run."""
import operator

import numpy as np

from .tensor import Constant, Tensor

FOLDED = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "floor_divide": operator.floordiv,
    "negative": operator.neg,
    "cast": lambda x, dtype: x,
    "prod": lambda x, axis, keepdims: np.prod(x, axis, keepdims=keepdims),
    "pile": lambda xs, axis: np.stack(xs, axis),
    "select": lambda x, key: x[tuple([slice(*k) if isinstance(k, tuple) else k for k in key])],
}


def static(sizes):
    """A shape argument as a static shape: symbolic sizes that are not known are None."""
    sizes = [known(size) if isinstance(size, Tensor) else size for size in sizes]
    return tuple([None if size is None or size < 0 else size for size in sizes])


def known(x):
    """The value of a symbolic size that follows from constants and known sizes; else None."""
    try:
        return None if (value := np.asarray(_value(x)).item()) is None else int(value)
    except (TypeError, KeyError):  # arithmetic with None; another op
        return None


def _value(x):
    """The value of an argument as an array of objects, in which an unknown size is None."""
    if isinstance(x, Constant):
        return np.asarray(x.value, object)
    if not isinstance(x, Tensor):
        return [_value(part) for part in x] if isinstance(x, tuple) and any(
            isinstance(part, Tensor) for part in x) else x
    if x.node is None:
        raise TypeError
    name, args = x.node.op.name, x.node.args
    if name == "shape":
        return np.array(args[0].shape, object)
    return FOLDED[name](*map(_value, args))
