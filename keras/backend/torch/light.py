"""NumPy's forms of torch's calls, for arrays of a few kilobytes: there a call costs more than its
work, and one of NumPy takes a third of the time and leaves more of the caches to the next one.

A form is source: {0}, {1}, ... are what the aten op of its name takes, {out} an array that its
result is written to, or a name that it binds. All arrays hold float32.
"""
from functools import cache
from math import prod

import numpy as np
import torch

MOST = 1 << 13  # elements of an array beyond which torch's kernels are as fast
DEEP = 32  # multiplications of a product that take as long as an element of another op
COSTS = {"softplus": 32}  # of an element of ops that take longer

NAMES = {name: getattr(np, name) for name in (
    "absolute add divide exp less log logaddexp maximum minimum multiply negative reciprocal "
    "sign square subtract tanh").split()}
# Python's own numbers, and NumPy's scalars, would be made arrays at each call.
NAMES.update(zero=np.array(0, "float32"), one=np.array(1, "float32"))

FORMS = {
    "abs": "absolute({0}, {out})",
    "add.Tensor": "add({0}, {1}, {out})",
    "addmm": "{1}.dot({2}, {out}); add({out}, {0}, {out})",
    "div.Tensor": "divide({0}, {1}, {out})",
    "exp": "exp({0}, {out})",
    "hardtanh": "maximum({0}, {1}, out={out}); minimum({out}, {2}, out={out})",
    "hardtanh_backward": "multiply({0}, less({2}, {1}), {out}); "
                         "multiply({out}, less({1}, {3}), {out})",
    "log": "log({0}, {out})",
    "mean": "{out} = {0}.ravel().dot({weights})",
    "mm": "{0}.dot({1}, {out})",
    "mul.Tensor": "multiply({0}, {1}, {out})",
    "neg": "negative({0}, {out})",
    "relu_": "maximum({0}, zero, out={0})",
    "sigmoid": "negative({0}, {out}); exp({out}, {out}); add({out}, one, {out}); "
               "reciprocal({out}, {out})",
    "sigmoid_backward": "subtract(one, {1}, {out}); multiply({out}, {1}, {out}); "
                        "multiply({out}, {0}, {out})",
    "softplus": "logaddexp({0}, zero, {out})",
    "sub.Tensor": "subtract({0}, {1}, {out})",
    "sum": "{out} = {0}.ravel().dot({weights})",
    "t": "{out} = {0}.T",
    "tanh": "tanh({0}, {out})",
    "tanh_backward": "square({1}, {out}); subtract(one, {out}, {out}); "
                     "multiply({0}, {out}, {out})",
    # {1} is what relu gave, nowhere below 0; a product with bools takes three times as long.
    "threshold_backward": "sign({1}, {out}); multiply({0}, {out}, {out})",
}
VARIANTS = {  # forms for special arguments
    ("addcmul", -1): "multiply({1}, {2}, {out}); subtract({0}, {out}, {out})",
    ("pow.Tensor_Scalar", 2): "square({0}, {out})",
    # A product with a row of ones takes a third of the time of a sum.
    ("sum.dim_IntList", 0): "{weights}.dot({0}, {out})",
}


def name_of(function):
    """The name of an aten op here: with its overload, where that is not the default one."""
    return str(function).removeprefix("aten.").removesuffix(".default")


def special(name, args, kwargs):
    """What picks among the variants of an op; None for no variant."""
    if name == "addcmul":
        return kwargs.get("value")
    if name == "pow.Tensor_Scalar":
        return args[1]
    if name == "sum.dim_IntList" and args[0].ndim == 2 and args[2] and len(args[1]) == 1:
        return args[1][0]
    return None


def form(function, args, kwargs, result):
    """The form of a call that gave `result`; None where there is none, or torch's call is better.
    """
    name = name_of(function)
    found = FORMS.get(name) if not kwargs else None
    found = found or VARIANTS.get((name, special(name, args, kwargs)))
    tensors = [x for x in (*args, result) if isinstance(x, torch.Tensor)]
    if found is None or any(x.dtype is not torch.float32 or x.device.type != "cpu"
                            for x in tensors):
        return None
    cost = COSTS.get(name, 1) * max(x.numel() for x in tensors)
    if name in ("mm", "addmm"):
        cost = max(cost, result.numel() * args[-1].shape[0] // DEEP)
    return found if cost <= MOST else None


@cache
def weights(name, shape):
    """What the values of an array are weighted with in a sum or a mean, as a product takes it."""
    if name == "sum.dim_IntList":
        return np.ones((1, shape[0]), "float32")
    n = prod(shape)
    return np.full(n, 1 / n if name == "mean" else 1, "float32")
