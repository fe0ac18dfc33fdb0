"""Ops that fold axes away: sums, means, extremes, and running sums."""
from ..config import floatx
from ..graph import Axes, Axis, ShapeError, Tensor, as_tensor, composite, primitive
from ..graph.dtypes import is_float
from ..graph.shapes import reduced
from .elementwise import cast, exp, log, positive_root, square, stop_gradient


def _floats(x):
    x = as_tensor(x)
    return x if is_float(x.dtype) else cast(x, floatx())


def _some(op, x, axis):
    if any_zero := [a for a in axis if x.shape[a] == 0]:
        raise ShapeError(f"{op}: axis {any_zero[0]} of shape {x.shape} is empty; "
                         f"an empty axis has no {op}.")


@primitive
def sum(x: Tensor, axis: Axes = None, keepdims=False):
    """The sum over `axis`.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes. Negative counts from the end.
        keepdims: keep the summed axes, with size 1.

    Shapes    (2, 3, 4), axis=1  ->  (2, 4), or (2, 1, 4) with keepdims
    """
    return reduced(x.shape, axis, keepdims), "int32" if x.dtype == "bool" else x.dtype


@primitive
def prod(x: Tensor, axis: Axes = None, keepdims=False):
    """The product over `axis`.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    return reduced(x.shape, axis, keepdims), x.dtype


@primitive
def average(x: Tensor, axis: Axes = None, keepdims=False):
    """The mean of floats over `axis`.

    Arguments
        x: tensor of floats.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    return reduced(x.shape, axis, keepdims), x.dtype


def mean(x, axis=None, keepdims=False):
    """The mean over `axis`; integers and bools are cast to floatx first.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    return average(_floats(x), axis, keepdims)


@primitive
def max(x: Tensor, axis: Axes = None, keepdims=False):
    """The largest element over `axis`. ShapeError for an empty axis.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    _some("max", x, axis)
    return reduced(x.shape, axis, keepdims), x.dtype


@primitive
def min(x: Tensor, axis: Axes = None, keepdims=False):
    """The smallest element over `axis`. ShapeError for an empty axis.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    _some("min", x, axis)
    return reduced(x.shape, axis, keepdims), x.dtype


@composite
def var(x: Tensor, axis=None, keepdims=False):
    """The variance over `axis`: the mean of (x - mean)².

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    x = _floats(x)
    return mean(square(x - mean(x, axis, True)), axis, keepdims)


@composite
def std(x: Tensor, axis=None, keepdims=False):
    """The standard deviation over `axis`: the root of the variance.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    return positive_root(var(x, axis, keepdims))


@primitive(differentiable=False)
def any(x: Tensor, axis: Axes = None, keepdims=False):
    """Whether some element over `axis` is true (not zero); bool.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    return reduced(x.shape, axis, keepdims), "bool"


@primitive(differentiable=False)
def all(x: Tensor, axis: Axes = None, keepdims=False):
    """Whether every element over `axis` is true (not zero); bool.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    return reduced(x.shape, axis, keepdims), "bool"


@primitive(differentiable=False)
def argmax(x: Tensor, axis: Axis = -1):
    """The index of the largest element along `axis`, the first of equal ones; int64.

    Arguments
        x: tensor.
        axis: int.
    """
    _some("argmax", x, (axis,))
    return reduced(x.shape, (axis,), False), "int64"


@primitive(differentiable=False)
def argmin(x: Tensor, axis: Axis = -1):
    """The index of the smallest element along `axis`, the first of equal ones; int64.

    Arguments
        x: tensor.
        axis: int.
    """
    _some("argmin", x, (axis,))
    return reduced(x.shape, (axis,), False), "int64"


@composite
def logsumexp(x: Tensor, axis=None, keepdims=False):
    """log(sum(exp(x))) over `axis`, without overflow.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
        keepdims: keep the folded axes, with size 1.
    """
    top = stop_gradient(max(x, axis, True))
    total = log(sum(exp(x - top), axis, True)) + top
    return total if keepdims else sum(total, axis)


@primitive
def cumsum(x: Tensor, axis: Axis = 0):
    """The running sum along `axis`.

    Arguments
        x: tensor.
        axis: int.
    """
    return x.shape, x.dtype


@primitive
def cumprod(x: Tensor, axis: Axis = 0):
    """The running product along `axis`.

    Arguments
        x: tensor.
        axis: int.
    """
    return x.shape, x.dtype


@composite
def l2_normalize(x: Tensor, axis=None):
    """x / √(sum of x² over `axis`); the sum counts as at least 1e-12.

    Arguments
        x: tensor.
        axis: int, list of ints, or None for all axes.
    """
    from .elementwise import maximum
    return x / positive_root(maximum(sum(square(x), axis, True), 1e-12))
