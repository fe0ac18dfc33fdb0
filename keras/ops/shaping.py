"""Ops that move elements, or make new tensors of a given shape."""
import builtins
import functools
import math
import operator
from operator import index

import numpy as np

from ..config import normalize_data_format
from ..graph import (
    OPS,
    Axes,
    Axis,
    Dtype,
    DtypeLike,
    Shape,
    ShapeError,
    Tensor,
    Tensors,
    as_tensor,
    composite,
    primitive,
)
from ..graph.declare import axis_of
from ..graph.dtypes import common
from ..graph.shapes import merged, product
from ..graph.sizes import static
from .elementwise import cast

# Shape


@primitive(differentiable=False)
def shape(x: Tensor):
    """The sizes of x as a tensor of integers: `K.shape(x)[0]` is the size of a batch.

    Shapes    any -> (ndim,)
    """
    return (x.ndim,), "int32"


def _resolved(x, wanted):
    """The static shape of `reshape(x, wanted)`: -1 computed, unknown sizes None."""
    if builtins.sum(isinstance(size, int) and size == -1 for size in wanted) > 1:
        raise ShapeError(f"reshape: one size of a shape may be -1; given {tuple(wanted)}.")
    total = product(x.shape)
    rest = product(static([size for size in wanted if not isinstance(size, int) or size != -1]))
    fits = total == rest
    if -1 in wanted and total is not None and rest is not None:
        fits = total % rest == 0 if rest else total == 0
        if fits:
            return tuple(total // builtins.max(rest, 1) if isinstance(s, int) and s == -1 else s
                         for s in wanted)
    if total is not None and rest is not None and not fits:
        raise ShapeError(f"reshape: {x.shape} has {total} elements, {tuple(wanted)} cannot hold "
                         f"them. The product of the sizes must stay the same.")
    return static(wanted)


@primitive
def reshape(x: Tensor, shape: Shape):
    """The elements of x, row by row, in another shape.

    Arguments
        x: tensor.
        shape: tuple of ints or symbolic scalars; one -1 is computed from the others.

    Raises    ShapeError where the number of elements would change.
    """
    unknown = [i for i, size in enumerate(x.shape) if size is None]
    result = _resolved(x, shape)
    # (None, 2, 3) -> (-1, 6): sizes on both sides cancel out, the -1 stands for the None.
    if result.count(None) == 1 and len(unknown) == 1 and shape.count(-1) == 1:
        given = math.prod(size for size in x.shape if size is not None)
        wanted = math.prod(size for size in result if size is not None)
        if builtins.max(wanted, given) and (given % wanted if wanted else given) and (
                wanted % given if given else wanted):
            raise ShapeError(f"reshape: the sizes of {x.shape} cannot be arranged as {shape}.")
    return result, x.dtype


@primitive
def permute_dimensions(x: Tensor, pattern):
    """x with its axes in another order.

    Arguments
        x: tensor.
        pattern: the old axes in their new order: `(0, 2, 1)`.
    """
    if sorted(pattern) != list(range(x.ndim)):
        raise ShapeError(f"permute_dimensions: pattern names each axis of {x.shape} once; "
                         f"given {pattern}.")
    return tuple(x.shape[i] for i in pattern), x.dtype


def transpose(x):
    """x with its axes in the opposite order.

    Arguments
        x: tensor.
    """
    return permute_dimensions(x, tuple(reversed(range(x.ndim))))


def _new_axis(axis, shape, op):
    """`axis`, the index of a new axis, counted from the front."""
    n = len(shape)
    if not -n - 1 <= index(axis) <= n:
        raise ShapeError(f"{op}: axis {axis} cannot be added to shape {shape}; "
                         f"it is {-n - 1}..{n}.")
    return index(axis) % (n + 1)


@primitive
def expand_dims(x: Tensor, axis=-1):
    """x with a new axis of size 1 at index `axis` of the result.

    Arguments
        x: tensor.
        axis: int; -1 is after the last axis.
    """
    place = _new_axis(axis, x.shape, "expand_dims")
    return (*x.shape[:place], 1, *x.shape[place:]), x.dtype


@primitive
def squeeze(x: Tensor, axis: Axis):
    """x without its axis `axis`, of size 1.

    Arguments
        x: tensor.
        axis: int.
    """
    if x.shape[axis] not in (1, None):
        raise ShapeError(f"squeeze: axis {axis} of shape {x.shape} has not size 1.")
    return x.shape[:axis] + x.shape[axis + 1:], x.dtype


@composite
def flatten(x: Tensor):
    """All elements of x in one row.

    Shapes    (2, 3) -> (6,)
    """
    return reshape(x, (-1,))


@composite
def batch_flatten(x: Tensor):
    """Each sample of x in one row.

    Shapes    (n, 2, 3) -> (n, 6)
    """
    rest = product(x.shape[1:])
    batch = x.shape[0]
    if rest is None:
        sizes = [shape(x)[i] if size is None else size for i, size in enumerate(x.shape)]
        return reshape(x, (sizes[0], functools.reduce(operator.mul, sizes[1:])))
    # -1 stands for the batch, except where an empty sample would leave it undecided
    return reshape(x, (-1 if rest and batch is None else shape(x)[0] if batch is None else batch,
                       rest))


@primitive
def zero_pad(x: Tensor, padding):
    """x with zeros around it.

    Arguments
        x: tensor.
        padding: a pair (before, after) per axis.
    """
    return tuple(None if size is None else size + a + b
                 for size, (a, b) in zip(x.shape, padding)), x.dtype


def _pad_spatially(op, x, padding, data_format):
    spatial = tuple(tuple(pair) for pair in padding)
    if x.ndim != len(spatial) + 2:
        raise ShapeError(f"{op}: x has {len(spatial) + 2} axes, padding has a pair for each but "
                         f"those of samples and channels; given shape {x.shape} and {padding}.")
    if normalize_data_format(data_format) == "channels_first":
        return zero_pad(x, ((0, 0), (0, 0), *spatial))
    return zero_pad(x, ((0, 0), *spatial, (0, 0)))


@composite
def temporal_padding(x: Tensor, padding=(1, 1)):
    """Zeros before and after the time axis of (samples, time, features).

    Arguments
        x: tensor of 3 axes.
        padding: (before, after), steps.
    """
    return _pad_spatially("temporal_padding", x, (padding,), "channels_last")


@composite
def spatial_2d_padding(x: Tensor, padding=((1, 1), (1, 1)), data_format=None):
    """Zeros around pictures.

    Arguments
        x: tensor of 4 axes.
        padding: ((top, bottom), (left, right)), cells.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
    """
    return _pad_spatially("spatial_2d_padding", x, padding, data_format)


@composite
def spatial_3d_padding(x: Tensor, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Zeros around volumes.

    Arguments
        x: tensor of 5 axes.
        padding: a pair (before, after) for each of the three axes, cells.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
    """
    return _pad_spatially("spatial_3d_padding", x, padding, data_format)


# Several tensors into one


@primitive
def join(tensors: Tensors, axis: Axis = -1):
    """As `concatenate` along an axis, for tensors of one dtype."""
    x = tensors[0]
    for y in tensors[1:]:
        if y.ndim != x.ndim:
            raise ShapeError(f"concatenate: shapes {[t.shape for t in tensors]} differ in rank.")
    sizes = [t.shape[axis] for t in tensors]
    try:
        rest = merged("concatenate", *[t.shape[:axis] + t.shape[axis + 1:] for t in tensors])
    except ShapeError:
        raise ShapeError(f"concatenate: shapes {', '.join(str(t.shape) for t in tensors)} must "
                         f"agree on every axis except {axis}.") from None
    total = None if None in sizes else builtins.sum(sizes)
    return (*rest[:axis], total, *rest[axis:]), x.dtype


def _one_dtype(tensors):
    tensors = [as_tensor(t) for t in tensors]
    dtype = common([t.dtype for t in tensors])
    return [t if t.dtype == dtype else cast(t, dtype) for t in tensors]


def concatenate(tensors, axis=-1):
    """Tensors one after the other along `axis`.

    Arguments
        tensors: list of tensors, of equal shape but for `axis`.
        axis: int.

    Shapes    [(2, 3), (2, 5)] -> (2, 8)
    """
    tensors = _one_dtype(tensors)
    first = next((t for t in tensors if t.ndim), None)
    if first is None:
        raise ShapeError("concatenate: scalars have no axis; K.stack joins them.")
    return join(tensors, axis_of(axis, first, "concatenate"))


@primitive
def pile(x: Tensors, axis=0):
    """As `stack` along an axis, for a list x of tensors of one dtype."""
    rest = merged("stack", *[t.shape for t in x])
    place = _new_axis(axis, x[0].shape, "stack")
    return (*rest[:place], len(x), *rest[place:]), x[0].dtype


def stack(x, axis=0):
    """Tensors of one shape side by side along a new axis.

    Arguments
        x: list of tensors.
        axis: int, the index of the new axis.

    Shapes    3 tensors of (4, 5) -> (3, 4, 5)
    """
    return pile(_one_dtype(x), axis)


OPS["stack"] = stack


# One tensor repeated or turned round


@primitive
def tile(x: Tensor, n: Shape):
    """x repeated along its axes.

    Arguments
        x: tensor.
        n: list of ints or symbolic scalars, how often along each axis; an int for a vector.
    """
    if len(n) != x.ndim:
        raise ShapeError(f"tile: n has a number for each axis of {x.shape}; given {n}.")
    return tuple(size * times if isinstance(times, int) and size is not None else None
                 for size, times in zip(x.shape, n)), x.dtype


@primitive
def repeat_elements(x: Tensor, rep, axis: Axis):
    """Each element repeated `rep` times along `axis`.

    Arguments
        x: tensor.
        rep: int.
        axis: int.

    Shapes    (2, 3), rep=2, axis=1 -> (2, 6)
    """
    size = x.shape[axis]
    size = None if size is None else size * rep
    return (*x.shape[:axis], size, *x.shape[axis + 1:]), x.dtype


@composite
def repeat(x: Tensor, n):
    """Each row of a matrix, n times along a new axis.

    Arguments
        x: tensor (samples, features).
        n: int.

    Shapes    (samples, features) -> (samples, n, features)
    """
    if x.ndim != 2:
        raise ShapeError(f"repeat: x has 2 axes (samples, features); given shape {x.shape}.")
    return repeat_elements(expand_dims(x, 1), n, 1)


@primitive
def reverse(x: Tensor, axes: Axes):
    """x turned round along `axes`.

    Arguments
        x: tensor.
        axes: int or list of ints.
    """
    return x.shape, x.dtype


# New tensors


@primitive(differentiable=False)
def full(shape: Shape, value, dtype: Dtype):
    """A tensor of one value.

    Arguments
        shape: tuple of sizes.
        value: a number.
        dtype: of the new tensor.
    """
    return static(shape), dtype


@primitive(differentiable=False)
def zeros_like(x: Tensor, dtype: DtypeLike = None, name=None):
    """Zeros in the shape of x.

    Arguments
        x: tensor.
        dtype: of the new tensor; None for that of x.
        name: string, the name of the new tensor.
    """
    return x.shape, dtype


@primitive(differentiable=False)
def ones_like(x: Tensor, dtype: DtypeLike = None, name=None):
    """Ones in the shape of x.

    Arguments
        x: tensor.
        dtype: of the new tensor; None for that of x.
        name: string, the name of the new tensor.
    """
    return x.shape, dtype


@primitive(differentiable=False)
def count(start: Tensor, stop: Tensor, step: Tensor, dtype: Dtype):
    """As `arange`, with symbolic start, stop and step, and the dtype of the result."""
    return (None,), dtype


def arange(start, stop=None, step=1, dtype="int32"):
    """The numbers start, start + step, ... before stop; from 0 where only one is given.

    Arguments
        start: int, or a symbolic scalar.
        stop: int or None.
        step: int.
        dtype: of the result.
    """
    if stop is None:
        start, stop = 0, start
    if not builtins.any(isinstance(v, Tensor) for v in (start, stop, step)):
        return as_tensor(np.arange(start, stop, step).astype(dtype))
    return count(start, stop, step, dtype)
