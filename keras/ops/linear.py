"""Products of matrices."""
from ..graph import ShapeError, Tensor, primitive
from ..graph.dtypes import common
from ..graph.shapes import broadcast
from .elementwise import cast
from .shaping import expand_dims, permute_dimensions, reshape, shape, squeeze


def _same_size(a, b):
    return a is None or b is None or a == b


@primitive(promote=True)
def dot(x: Tensor, y: Tensor):
    """The matrix product: the last axis of x with the last but one of y (its only one where y
    is a vector).

    Arguments
        x: tensor of at least 1 axis.
        y: tensor of at least 1 axis.

    Shapes    (2, 3), (3, 4) -> (2, 4);  (2, 3), (4, 3, 5) -> (2, 4, 5)
    Source: Keras 2.1.6 manual, Backend (Theano's rule for more axes).
    """
    if not x.ndim or not y.ndim:
        raise ShapeError(f"dot: both tensors have at least one axis; given {x.shape} and "
                         f"{y.shape}. Use * for a scalar.")
    meet = y.ndim - 2 if y.ndim > 1 else 0
    if not _same_size(x.shape[-1], y.shape[meet]):
        raise ShapeError(
            f"dot: the last axis of x must match the second to last of y; given {x.shape} and "
            f"{y.shape}. Transpose one of them, or check the layer before.")
    return x.shape[:-1] + y.shape[:meet] + y.shape[meet + 1:], x.dtype


@primitive(promote=True)
def matrices(x: Tensor, y: Tensor):
    """The product of each matrix in x with the one in y: (..., n, m), (..., m, k) -> (..., n, k).
    """
    if not _same_size(x.shape[-1], y.shape[-2]):
        raise ShapeError(f"matrices: sizes {x.shape[-1]} and {y.shape[-2]} of {x.shape} and "
                         f"{y.shape} must match.")
    batch = broadcast("matrices", x.shape[:-2], y.shape[:-2])
    return (*batch, x.shape[-2], y.shape[-1]), x.dtype


def _contracted(x, y, axes):
    """The two axes of `batch_dot` counted from the front, or a ShapeError."""
    if axes is None:
        axes = (1, 1) if x.ndim == y.ndim == 2 else (x.ndim - 1, y.ndim - 2 if y.ndim > 2 else 1)
    if isinstance(axes, int):
        axes = (axes, axes)
    if len(axes) != 2 or not all(isinstance(axis, int) for axis in axes):
        raise ShapeError(f"batch_dot: axes is an int or a pair of ints, one axis of each tensor; "
                         f"given {axes}.")
    a, b = (axis % t.ndim if -t.ndim <= axis < t.ndim else -1 for axis, t in zip(axes, (x, y)))
    if a < 1 or b < 1:
        raise ShapeError(f"batch_dot: axes {axes} must exist in {x.shape} and {y.shape} and "
                         f"cannot be 0, the axis of samples.")
    if not _same_size(x.shape[a], y.shape[b]):
        raise ShapeError(f"batch_dot: axis {a} of {x.shape} and axis {b} of {y.shape} must be "
                         f"equally long.")
    return a, b


def _matrix(x, axis, last):
    """x as (samples, others, size of axis), the axis last; or first of the two."""
    others = [i for i in range(1, x.ndim) if i != axis]
    order = [0, *others, axis] if last else [0, axis, *others]
    turned = x if order == list(range(x.ndim)) else permute_dimensions(x, tuple(order))
    if len(others) == 1:
        return turned
    if not others:
        return expand_dims(turned, 1 if last else 2)
    sizes = _sizes(x)
    middle = (-1, sizes[axis]) if last else (sizes[axis], -1)
    return reshape(turned, (sizes[0], *middle))


def _sizes(x):
    """The sizes of x: ints where known, symbolic scalars elsewhere."""
    symbolic = None
    result = []
    for i, size in enumerate(x.shape):
        if size is None:
            symbolic = shape(x) if symbolic is None else symbolic
            size = symbolic[i]
        result.append(size)
    return result


def batch_dot(x, y, axes=None):
    """The product of each sample of x with that of y, summed over one axis of each.

    Arguments
        x: tensor (samples, ...), at least 2 axes.
        y: tensor (samples, ...), at least 2 axes.
        axes: int or pair of ints, the axes that are summed over; None for the last of x and
            the last but one of y.

    Shapes    (32, 20), (32, 30, 20), axes=(1, 2) -> (32, 30);  two vectors give (n, 1)
    Source: Keras 2.1.6 manual, Backend.
    """
    if x.ndim < 2 or y.ndim < 2:
        raise ShapeError(f"batch_dot: x and y have at least 2 axes (samples, ...); given "
                         f"{x.shape} and {y.shape}.")
    a, b = _contracted(x, y, axes)
    if not _same_size(x.shape[0], y.shape[0]):
        raise ShapeError(f"batch_dot: x and y hold equally many samples; given {x.shape} and "
                         f"{y.shape}.")
    dtype = common([x.dtype, y.dtype])
    x, y = (t if t.dtype == dtype else cast(t, dtype) for t in (x, y))
    product = matrices(_matrix(x, a, last=True), _matrix(y, b, last=False))
    rows = [i for i in range(1, x.ndim) if i != a]
    columns = [i for i in range(1, y.ndim) if i != b]
    if not rows and not columns:
        return squeeze(product, 2)
    if not rows:
        product = squeeze(product, 1)
    elif not columns:
        product = squeeze(product, 2)
    if len(rows) > 1 or len(columns) > 1:
        sx, sy = _sizes(x), _sizes(y)
        product = reshape(product, (sx[0], *(sx[i] for i in rows), *(sy[i] for i in columns)))
        product.set_shape((x.shape[0], *(x.shape[i] for i in rows),
                           *(y.shape[i] for i in columns)))
    return product
