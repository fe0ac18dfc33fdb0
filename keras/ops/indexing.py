"""Parts of a tensor: `x[...]`, blocks, rows by their numbers, and numbers as rows."""
import builtins
from operator import index

import numpy as np

from ..config import floatx
from ..graph import OPS, ShapeError, Tensor, as_tensor, composite, primitive
from ..graph.sizes import static
from .elementwise import cast, equal
from .shaping import expand_dims


def _span(part, size):
    """The number of elements that the slice `(start, stop, step)` takes of `size`."""
    if part == (None, None, None):
        return size
    if size is None or builtins.any(isinstance(v, Tensor) for v in part):
        return None
    return len(range(*builtins.slice(*part).indices(size)))


def _canonical(x, key):
    """`key` as a tuple of ints, None, symbolic scalars, and slices as (start, stop, step);
    Ellipsis is written out."""
    key = key if isinstance(key, tuple) else (key,)
    taken = builtins.sum(part is not None and part is not Ellipsis for part in key)
    if taken > x.ndim:
        raise ShapeError(f"{taken} indices for a tensor of shape {x.shape}.")
    full = []
    for part in key:
        if part is Ellipsis:
            full.extend([(None, None, None)] * (x.ndim - taken))
        elif isinstance(part, builtins.slice):
            full.append((part.start, part.stop, part.step))
        else:
            full.append(part if part is None or isinstance(part, Tensor) else index(part))
    return tuple(full)


@primitive
def select(x: Tensor, key):
    """x[key]; `key` holds ints, None, symbolic scalars, and slices as (start, stop, step)."""
    sizes, axis = [], 0
    for part in key:
        if part is None:
            sizes.append(1)
            continue
        size = x.shape[axis]
        axis += 1
        if isinstance(part, tuple):
            sizes.append(_span(part, size))
        elif isinstance(part, int) and size is not None and not -size <= part < size:
            raise ShapeError(f"index {part} is out of range for axis {axis - 1} of {x.shape}.")
    return tuple(sizes) + x.shape[axis:], x.dtype


def getitem(x, key):
    """x[key]: ints, slices, None, Ellipsis, symbolic scalars, or one list of indices.

    Arguments
        x: tensor.
        key: what stands between the brackets.
    """
    if isinstance(key, list) and any(x is None or isinstance(x, builtins.slice) for x in key):
        key = tuple(key)
    listed = key.ndim > 0 if isinstance(key, Tensor) else isinstance(key, (list, np.ndarray))
    return gather(x, key) if listed else select(x, _canonical(x, key))


OPS["getitem"] = getitem


def slice(x, start, size):
    """A block of x.

    Arguments
        x: tensor.
        start: list of ints or symbolic scalars, where the block begins on each axis.
        size: likewise, its size; -1 goes on to the end of the axis.

    Shapes    (4, 5), start=(1, 2), size=(2, -1) -> (2, 3)
    """
    x = as_tensor(x)
    start, size = tuple(start), tuple(size)
    if not len(start) == len(size) == x.ndim:
        raise ShapeError(f"slice: start and size have a number for each axis of {x.shape}; "
                         f"given {start} and {size}.")
    y = x[tuple(builtins.slice(first, None if isinstance(n, int) and n == -1 else first + n)
                for first, n in zip(start, size))]
    if builtins.any(isinstance(first, Tensor) for first in start):
        y.set_shape(static(size))
    return y


@primitive
def gather(reference: Tensor, indices: Tensor):
    """Rows of a tensor by their numbers.

    Arguments
        reference: tensor of at least 1 axis.
        indices: integer tensor of any shape.

    Shapes    (10, 4), (2, 3) -> (2, 3, 4)
    """
    if not reference.ndim:
        raise ShapeError("gather: reference is a scalar, it has no rows.")
    return indices.shape + reference.shape[1:], reference.dtype


@composite
def one_hot(indices: Tensor, num_classes):
    """Integers as rows with a single 1; all zeros for numbers outside the classes.

    Arguments
        indices: integer tensor of any shape.
        num_classes: int.

    Shapes    (n, ...) -> (n, ..., num_classes), floatx
    """
    classes = np.arange(num_classes, dtype="int64")
    return cast(equal(cast(expand_dims(indices), "int64"), classes), floatx())
