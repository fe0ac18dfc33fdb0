"""Ops on each element alone: arithmetic, comparison, functions of one number.

Those of two tensors stretch them to a common shape as NumPy does.
"""
from ..config import floatx
from ..graph import Dtype, Tensor, composite, primitive
from ..graph.dtypes import dtype_beside, is_float
from ..graph.shapes import broadcast


def _float_of(x):
    return x.dtype if is_float(x.dtype) else floatx()


# Arithmetic and comparison (the operators of Tensor)


@primitive(promote=True)
def add(x: Tensor, y: Tensor):
    """x + y"""
    return broadcast("add", x.shape, y.shape), x.dtype


@primitive(promote=True)
def subtract(x: Tensor, y: Tensor):
    """x - y"""
    return broadcast("subtract", x.shape, y.shape), x.dtype


@primitive(promote=True)
def multiply(x: Tensor, y: Tensor):
    """x * y"""
    return broadcast("multiply", x.shape, y.shape), x.dtype


@primitive(promote=True)
def divide(x: Tensor, y: Tensor):
    """x / y; floatx for integers."""
    return broadcast("divide", x.shape, y.shape), _float_of(x)


@primitive(promote=True, differentiable=False)
def floor_divide(x: Tensor, y: Tensor):
    """The floor of x / y."""
    return broadcast("floor_divide", x.shape, y.shape), x.dtype


@primitive(promote=True)
def remainder(x: Tensor, y: Tensor):
    """x - y * floor(x / y): the sign is that of y, as in Python."""
    return broadcast("remainder", x.shape, y.shape), x.dtype


@primitive(promote=True)
def pow(x: Tensor, a: Tensor):
    """x to the power `a`, a number or a tensor."""
    return broadcast("pow", x.shape, a.shape), x.dtype


@primitive(promote=True)
def maximum(x: Tensor, y: Tensor):
    """The larger of x and y."""
    return broadcast("maximum", x.shape, y.shape), x.dtype


@primitive(promote=True)
def minimum(x: Tensor, y: Tensor):
    """The smaller of x and y."""
    return broadcast("minimum", x.shape, y.shape), x.dtype


@primitive(promote=True, differentiable=False)
def equal(x: Tensor, y: Tensor):
    """Whether x = y; bool."""
    return broadcast("equal", x.shape, y.shape), "bool"


@primitive(promote=True, differentiable=False)
def not_equal(x: Tensor, y: Tensor):
    """Whether x differs from y; bool."""
    return broadcast("not_equal", x.shape, y.shape), "bool"


@primitive(promote=True, differentiable=False)
def greater(x: Tensor, y: Tensor):
    """Whether x > y; bool."""
    return broadcast("greater", x.shape, y.shape), "bool"


@primitive(promote=True, differentiable=False)
def greater_equal(x: Tensor, y: Tensor):
    """Whether x >= y; bool."""
    return broadcast("greater_equal", x.shape, y.shape), "bool"


@primitive(promote=True, differentiable=False)
def less(x: Tensor, y: Tensor):
    """Whether x < y; bool."""
    return broadcast("less", x.shape, y.shape), "bool"


@primitive(promote=True, differentiable=False)
def less_equal(x: Tensor, y: Tensor):
    """Whether x <= y; bool."""
    return broadcast("less_equal", x.shape, y.shape), "bool"


@primitive(promote=True, differentiable=False)
def logical_and(x: Tensor, y: Tensor):
    """Whether both x and y are true (not zero); bool."""
    return broadcast("logical_and", x.shape, y.shape), "bool"


@primitive(promote=True, differentiable=False)
def logical_or(x: Tensor, y: Tensor):
    """Whether x or y is true (not zero); bool."""
    return broadcast("logical_or", x.shape, y.shape), "bool"


@primitive(differentiable=False)
def logical_not(x: Tensor):
    """Whether x is false (zero); bool."""
    return x.shape, "bool"


# Functions of one number


@primitive
def negative(x: Tensor):
    """-x"""
    return x.shape, x.dtype


@primitive
def abs(x: Tensor):
    """|x|"""
    return x.shape, x.dtype


@primitive(differentiable=False)
def sign(x: Tensor):
    """-1, 0 or 1, the sign of x."""
    return x.shape, x.dtype


@primitive(differentiable=False)
def round(x: Tensor):
    """The whole number nearest to x; halves go to the even one."""
    return x.shape, x.dtype


@primitive
def square(x: Tensor):
    """x squared: x²."""
    return x.shape, x.dtype


@primitive
def positive_root(x: Tensor):
    """√x, for x >= 0."""
    return x.shape, _float_of(x)


@composite
def sqrt(x: Tensor):
    """√x; 0 where x < 0."""
    return positive_root(maximum(x, 0))


@primitive
def exp(x: Tensor):
    """e to the power x."""
    return x.shape, _float_of(x)


@primitive
def log(x: Tensor):
    """The natural logarithm of x."""
    return x.shape, _float_of(x)


@primitive
def log1p(x: Tensor):
    """log(1 + x), exact for small x."""
    return x.shape, _float_of(x)


@primitive
def sin(x: Tensor):
    """The sine of x, in radians."""
    return x.shape, _float_of(x)


@primitive
def cos(x: Tensor):
    """The cosine of x, in radians."""
    return x.shape, _float_of(x)


@primitive
def tanh(x: Tensor):
    """The hyperbolic tangent of x."""
    return x.shape, _float_of(x)


@primitive
def sigmoid(x: Tensor):
    """1 / (1 + exp(-x))"""
    return x.shape, _float_of(x)


@primitive
def bounded(x: Tensor, low=None, high=None):
    """x, but at least the number `low` and at most the number `high`, where given."""
    return x.shape, x.dtype


@composite
def clip(x: Tensor, min_value, max_value):
    """x moved into [min_value, max_value].

    Arguments
        x: tensor of any shape.
        min_value: the least value, a number or a tensor.
        max_value: the greatest value; a smaller one than `min_value` counts as `min_value`.
    """
    for bound in (min_value, max_value):
        if not isinstance(bound, Tensor | None) and dtype_beside(bound, x.dtype) != x.dtype:
            x = cast(x, floatx())  # whole numbers between bounds with fractions
    if isinstance(min_value, Tensor) or isinstance(max_value, Tensor):
        return minimum(maximum(x, min_value), maximum(max_value, min_value))
    if max_value is not None and min_value is not None and max_value < min_value:
        max_value = min_value
    return bounded(x, min_value, float("inf") if max_value is None else max_value)


@primitive
def cast(x: Tensor, dtype: Dtype):
    """x as another dtype; fractions are cut off for integers.

    Arguments
        x: tensor.
        dtype: 'float16', 'float32', 'float64', an integer dtype, or 'bool'.
    """
    return x.shape, dtype


@primitive
def identity(x: Tensor, name=None):
    """A tensor with the values of x.

    Arguments
        x: tensor.
        name: string, the name of the new tensor.
    """
    return x.shape, x.dtype


@primitive(differentiable=False)
def detached(x: Tensor):
    """As `stop_gradient`, for one tensor x."""
    return x.shape, x.dtype


def stop_gradient(variables):
    """The same values, but constants to every gradient.

    Arguments
        variables: tensor, or a list of tensors.

    Returns
        tensor, or a list of them as given.  Source: Keras 2.1.6 manual, Backend.
    """
    if isinstance(variables, (list, tuple)):
        return [detached(x) for x in variables]
    return detached(variables)


# Activations


@primitive
def rectify(x: Tensor):
    """max(x, 0)"""
    return x.shape, x.dtype


@composite
def relu(x: Tensor, alpha=0.0, max_value=None, threshold=0.0):
    """max(x, 0), and its variants.

    f(x) = max_value for x >= max_value, x for threshold <= x < max_value,
    alpha * (x - threshold) below.

    Arguments
        x: tensor.
        alpha: the slope below the threshold.
        max_value: the largest value, or None.
        threshold: where the slope changes.

    Source: Keras 2.1.6 manual, Backend; `threshold` from 2.2.
    """
    if threshold:
        y = x * cast(greater(x, threshold), x.dtype)
        y = y if max_value is None else minimum(y, max_value)
        below = rectify(threshold - x)
    else:
        y = rectify(x) if max_value is None else bounded(x, 0.0, max_value)
        below = rectify(-x) if isinstance(alpha, Tensor) or alpha else None
    if isinstance(alpha, Tensor) or alpha:
        y = y - alpha * below
    return y


@composite
def elu(x: Tensor, alpha=1.0):
    """x for x > 0, else alpha * (exp(x) - 1).

    Arguments
        x: tensor.
        alpha: a number, minus the limit far below zero.
    """
    below = alpha * (exp(bounded(x, None, 0.0)) - 1)
    return rectify(x) + below


@primitive
def softplus(x: Tensor):
    """log(1 + exp(x))"""
    return x.shape, _float_of(x)


@composite
def softsign(x: Tensor):
    """x / (1 + |x|): between -1 and 1."""
    return x / (abs(x) + 1)


@composite
def hard_sigmoid(x: Tensor):
    """0.2 x + 0.5, cut off at 0 and 1: a sigmoid made of three lines."""
    return bounded(0.2 * x + 0.5, 0.0, 1.0)
