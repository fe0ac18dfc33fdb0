"""Variables as torch tensors."""
import math

import numpy as np
import torch

from .devices import current_device, default_device, device_named
from .lowering import DTYPES


def place_of(x):
    """The device on which a variable lives."""
    return device_named(x.place) if x.place else default_device()


def array_of(value, dtype, device=None):
    """A NumPy value as a torch tensor."""
    value = np.asarray(value)
    if not value.dtype.isnative:
        value = value.astype(value.dtype.newbyteorder("="))
    if not value.flags.writeable or any(step < 0 for step in value.strides):
        value = value.copy()
    return torch.from_numpy(value).to(device or current_device(), DTYPES[dtype])


def write(x, value):
    """Set a variable to a NumPy array; the first time this makes its tensor."""
    if x.host:
        x.value = array_of(value, x.dtype, torch.device("cpu")).item()
        return
    with torch.no_grad():
        if x.value is None:
            x.value = laid_out(array_of(np.array(value), x.dtype, place_of(x)))
        else:
            in_place(x.value, array_of(value, x.dtype, x.value.device))


def take(x, value):
    """Set a variable to an array that may become its own."""
    if x.host or x.value is not None:
        return write(x, value)
    x.value = laid_out(array_of(value, x.dtype, place_of(x)))


def laid_out(value):
    """A variable's tensor in the memory order its kernels want: those of convolutions,
    (window..., in, out), with `out` outermost. The shape stays."""
    n = value.ndim
    if n < 4:
        return value
    *window, out = value.shape
    made = empty((out, *window), value).permute(*range(1, n), 0)
    in_place(made, value)
    return made


def in_order(value):
    """A tensor in NumPy's memory order: what `laid_out` did undone."""
    if value.is_contiguous():
        return value
    *window, out = value.shape
    made = empty(value.shape, value)
    in_place(made, value)
    return made


def in_place(old, new):
    """Write one tensor into another, either of them laid out or not. torch transposes matrices
    eight times as fast as it permutes four axes, if the one that it writes is contiguous."""
    if old.ndim >= 4:
        old, new = matrix(old), matrix(new)
        if not old.is_contiguous():
            old, new = old.t(), new.t()
    old.copy_(new)


def matrix(value):
    """A kernel as a matrix with a column for each output, in the same memory."""
    *window, out = value.shape
    if value.is_contiguous():
        return value.view(math.prod(window), out)
    n = value.ndim
    return value.permute(n - 1, *range(n - 1)).reshape(out, math.prod(window)).t()


def empty(shape, like):
    """A tensor, not filled, whose memory comes from NumPy on the CPU: that is in large pages."""
    if like.device.type != "cpu" or like.dtype == torch.bfloat16:
        return torch.empty(shape, dtype=like.dtype, device=like.device)
    return torch.from_numpy(np.empty(shape, str(like.dtype).removeprefix("torch.")))


def read(x):
    """The value of a variable as a NumPy array of its own."""
    if x.host:
        return np.asarray(x.value, x.dtype)
    own = memory(x)
    return in_order(x.value.detach().cpu()).numpy() if own is None else own.copy()


def memory(x):
    """The memory of a variable as a NumPy array, for the moment; None where it is not the host's or
    in another order."""
    if x.host or x.value.device.type != "cpu" or not x.value.is_contiguous():
        return None
    return x.value.detach().numpy()


def tracked(x):
    """A variable's tensor as a leaf that autograd follows; it shares the memory."""
    if x.leaf is None:
        x.leaf = x.value.detach().requires_grad_()
    return x.leaf
