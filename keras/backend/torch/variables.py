"""Variables as torch tensors."""
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
            x.value.copy_(array_of(value, x.dtype, x.value.device))


def take(x, value):
    """Set a new variable to an array that becomes its own."""
    if x.host:
        return write(x, value)
    x.value = laid_out(array_of(value, x.dtype, place_of(x)))


def laid_out(value):
    """A variable's tensor in the memory order its kernels want: those of convolutions,
    (window..., in, out), with `out` outermost. The shape stays."""
    n = value.ndim
    if n < 4:
        return value
    outermost = value.permute(n - 1, *range(n - 1)).contiguous()
    return outermost.permute(*range(1, n), 0)


def read(x):
    """The value of a variable as a NumPy array of its own."""
    if x.host:
        return np.asarray(x.value, x.dtype)
    return x.value.to("cpu", copy=True).contiguous().numpy()


def tracked(x):
    """A variable's tensor as a leaf that autograd follows; it shares the memory."""
    if x.leaf is None:
        x.leaf = x.value.detach().requires_grad_()
    return x.leaf
