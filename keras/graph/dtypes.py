"""Dtype names and the rule by which two of them meet in one operation."""
import numpy as np

from ..config import floatx
from .errors import DtypeError

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
RANK = {name: i for i, name in enumerate(INTEGERS + FLOATS)}
# Keras 2's TensorFlow engine fed int64 and float64 arrays as they are, strings never.


def dtype_name(dtype):
    """The canonical name of `dtype`: a string, a NumPy dtype or type, None (floatx), or an
    engine's dtype object, which has its `name` or a text that ends in it (`torch.float32`)."""
    if dtype is None:
        return floatx()
    if isinstance(dtype, str) and dtype in RANK:
        return dtype
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = getattr(dtype, "name", str(dtype).rpartition(".")[2])
    if name not in RANK:
        raise DtypeError(f"unknown dtype {dtype!r}; known are {', '.join(INTEGERS + FLOATS)}.")
    return name


def is_float(name):
    """Whether the dtype called `name` holds fractions."""
    return name in FLOATS


def common(names):
    """The dtype in which arrays of the dtypes `names` meet: the widest float, which beats every
    int; else the integer that holds them all, int64 where none does."""
    widest = max(names, key=RANK.__getitem__)
    if widest in FLOATS:
        return widest
    held = np.result_type(*names)
    return "int64" if held.kind == "f" else held.name


def dtype_beside(value, dtype):
    """The dtype for a bare number or array `value` that stands beside a tensor of `dtype`.

    Returns `dtype`, or floatx where the value has fractions that `dtype` cannot hold.
    """
    if is_float(dtype) or np.asarray(value).dtype.kind != "f":
        return dtype
    return floatx()
