"""Arrays on their way into torch, whole data sets and batches, and results on their way out."""
import numpy as np
import torch

from ..fed import checked
from .devices import current_device, default_device
from .lowering import DTYPES
from .transfer import sent
from .variables import array_of

CPU = torch.device("cpu")
WHOLE = 1 << 28  # bytes up to which a data set of another dtype is converted at once
SMALL = 1 << 16  # bytes of a batch that NumPy gathers in less time than torch


def _converted(value, x, device=CPU):
    """A NumPy array as a tensor of the dtype of placeholder x; shares memory where it can."""
    if value.dtype == x.dtype and value.flags.writeable and device is CPU:
        try:
            return torch.from_numpy(value)
        except ValueError:  # negative strides
            value = value.copy()
    return array_of(value, x.dtype, device)


def feed(value, x):
    """What the user fed for the placeholder x, as a tensor of its dtype."""
    device = current_device()
    if isinstance(value, torch.Tensor):
        return value.detach().to(device, DTYPES[x.dtype])
    array = _converted(checked(value, x), x)
    return array if device.type == "cpu" else sent(array, device)


def fetch(value, x):
    """A result as a NumPy array, or a NumPy scalar; small plans give such."""
    array = value if isinstance(value, (np.ndarray, np.generic)) else value.detach().cpu().numpy()
    return array if array.ndim else array[()]


def table(rows):
    """Rows of scalar results as a NumPy matrix; the only place where training waits for them."""
    flat = [value for row in rows for value in row]
    if all(isinstance(value, np.generic) for value in flat):
        return np.array(flat, "float64").reshape(len(rows), -1)
    flat = torch.stack([torch.as_tensor(value) for value in flat])
    return flat.to("cpu", torch.float64).numpy().reshape(len(rows), -1)


def hold(array, x):
    """A data set ready to be cut into batches for the placeholder x. What a file holds stays
    there; a small one goes to the accelerator whole."""
    if isinstance(array, torch.Tensor):
        return array.detach().to(default_device(), DTYPES[x.dtype])
    if not isinstance(array, np.ndarray):
        return array
    device = default_device()
    if array.nbytes > WHOLE:
        return array if array.dtype != x.dtype else torch.from_numpy(array)
    return _converted(array, x, CPU if device.type == "cpu" else device)


def batches(held, placeholders, order, size):
    """A tuple of tensors for each batch.

    Arguments
        held: what `hold` made of the arrays.
        placeholders: what they are fed to.
        order: indices of the samples, or None for their own order.
        size: samples per batch.
    """
    if all(isinstance(h, torch.Tensor) for h in held):
        cut, device = _in_memory(held, order, size), default_device()
        if all(h.device == device for h in held):
            return cut
        return (tuple([b if b.device == device else sent(b, device) for b in batch])
                for batch in cut)
    return _piecewise(held, placeholders, order, size)


def _in_memory(held, order, size):
    if size >= len(held[0]) and order is None:
        return iter([tuple(held)])
    if order is None:
        return zip(*(h.split(size) for h in held))
    if all(h.device.type == "cpu" and h.dtype is not torch.bfloat16 for h in held) and (
            size * sum(h[:1].nbytes for h in held) <= SMALL):
        return _gathered([h.numpy() for h in held], order, size)
    if len({h.device for h in held}) == 1:
        order = torch.from_numpy(order).to(held[0].device)
    if len(held) == 2:
        x, y = held
        return ((x.index_select(0, rows), y.index_select(0, rows)) for rows in order.split(size))
    return (tuple([h.index_select(0, rows.to(h.device)) for h in held])
            for rows in order.split(size))


def _gathered(arrays, order, size):
    """Small batches, one after the other in the same memory."""
    batch = None
    for start in range(0, len(order), size):
        rows = order[start:start + size]
        if batch is None or len(rows) < size:
            parts = [np.empty((len(rows), *array.shape[1:]), array.dtype) for array in arrays]
            batch = tuple([torch.from_numpy(part) for part in parts])
        for array, part in zip(arrays, parts):
            array.take(rows, 0, part, "clip")  # mode: 'raise' makes a copy first
        yield batch


def _piecewise(held, placeholders, order, size):
    """Batches from files and sparse matrices. Files want their rows in rising order."""
    samples = held[0].shape[0] if order is None else len(order)
    for start in range(0, samples, size):
        rows = slice(start, start + size) if order is None else np.sort(order[start:start + size])
        yield tuple([feed(_rows(h, rows), x) for h, x in zip(held, placeholders)])


def _rows(held, rows):
    if isinstance(held, torch.Tensor) and not isinstance(rows, slice):
        return held[torch.from_numpy(rows)]
    return held[rows]
