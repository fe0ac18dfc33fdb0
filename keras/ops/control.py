"""Choices, gradients, updates, printing: the ops that steer a computation."""
from ..graph import ShapeError, Tensor, Tensors, as_tensor, primitive
from ..graph.shapes import broadcast, merged
from ..graph.tensor import Variable
from ..graph.walk import ancestors, dependents
from .elementwise import cast
from .reduction import sum
from .shaping import expand_dims, ones_like

# Choices


@primitive
def choose(condition: Tensor, then: Tensor, otherwise: Tensor):
    """One of two tensors; only that one is computed where the condition is known before the run
    (the learning phase).

    Arguments
        condition: tensor of one element.
        then: tensor, the choice if it is true.
        otherwise: tensor of that shape, the choice if not.
    """
    shape = then.shape if then.shape == otherwise.shape else tuple(
        a if a == b else None for a, b in zip(then.shape, otherwise.shape))
    return shape, then.dtype


@primitive
def where(condition: Tensor, x: Tensor, y: Tensor):
    """Elements of x where the condition is true, of y elsewhere; all three broadcast."""
    return broadcast("where", condition.shape, x.shape, y.shape), x.dtype


def _called(branch):
    return branch() if callable(branch) else branch


def _paired(x, y):
    """Two values as tensors of one dtype."""
    like = x if isinstance(x, Tensor) else y if isinstance(y, Tensor) else None
    x, y = (as_tensor(v, None if like is None else like.dtype) for v in (x, y))
    return (x, y) if x.dtype == y.dtype else (x, cast(y, x.dtype))


def switch(condition, then_expression, else_expression):
    """One of two tensors: the first where the condition is true.

    Arguments
        condition: scalar, or a tensor of at most as many axes as the expressions: then the
            choice is made element by element, or sample by sample.
        then_expression: tensor, or a function without arguments that returns one.
        else_expression: likewise, of the same shape.

    Source: Keras 2.1.6 manual, Backend.
    """
    condition = as_tensor(condition)
    then, otherwise = _paired(_called(then_expression), _called(else_expression))
    if not condition.ndim:
        if then.ndim != otherwise.ndim:
            raise ShapeError(f"switch: the expressions have one shape; given {then.shape} and "
                             f"{otherwise.shape}.")
        return choose(condition, then, otherwise)
    if condition.ndim > then.ndim:
        raise ShapeError(f"switch: the condition, of shape {condition.shape}, has more axes than "
                         f"the expressions, of shape {then.shape}.")
    while condition.ndim < then.ndim:
        condition = expand_dims(condition)
    return where(cast(condition, "bool"), then, otherwise)


# Gradients and updates


@primitive
def gradients_of(loss: Tensor, xs: Tensors):
    """The derivatives of the sum of `loss` with respect to each of `xs`, computed by the engine's
    own differentiation over the same forward pass."""
    return [(x.shape, x.dtype) for x in xs]


def gradients(loss, variables):
    """The derivatives of a loss.

    Arguments
        loss: tensor, or a list of them; what is not a scalar is summed.
        variables: tensor or list of tensors: variables, placeholders, or anything in between.

    Returns
        list of tensors of their shapes; None for one that the loss does not depend on.
        They can be used further, also in other gradients.
    """
    losses = loss if isinstance(loss, (list, tuple)) else [loss]
    xs = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    for x in (*losses, *xs):
        if not isinstance(x, Tensor):
            raise TypeError(f"gradients: loss and variables are tensors; given {x!r}.")
    total = sum(losses[0]) if losses[0].ndim else losses[0]
    for other in losses[1:]:
        total = total + sum(other)
    order = ancestors([total])
    used = [x for x in xs if total in dependents(order, [x])]
    found = dict(zip(used, gradients_of(total, used))) if used else {}
    return [found.get(x) for x in xs]


@primitive(pure=False, differentiable=False)
def assign(x: Tensor, value: Tensor, how):
    """An update of variable x: 'set' it to value, 'add' value, 'subtract' it, or move it to
    value by the share 1 - `how`, a number (a moving average)."""
    merged("update", x.shape, value.shape)
    return x.shape, x.dtype


def _assign(op, x, value, how):
    if not isinstance(x, Variable):
        raise TypeError(f"{op}: x is a variable (K.variable); given {x!r}.")
    value = as_tensor(value, x.dtype)
    if value.dtype != x.dtype:
        value = cast(value, x.dtype)
    if value.ndim < x.ndim:
        value = value * ones_like(x)
    new = assign(x, value, how)
    new.node.expansion = (_after(x, value, how),)
    return new


def _after(x, value, how):
    """What an update is to those who read it: the new value of x."""
    if how == "set":
        return value
    if how in ("add", "subtract"):
        return x + value if how == "add" else x - value
    return x * how + value * (1 - how)


def update(x, new_x):
    """Set a variable, when the function that holds this update runs.

    Arguments
        x: variable.
        new_x: tensor of its shape, computed from the values before the run.
    """
    return _assign("update", x, new_x, "set")


def update_add(x, increment):
    """Add to a variable.

    Arguments
        x: variable.
        increment: tensor of its shape, or a number.
    """
    return _assign("update_add", x, increment, "add")


def update_sub(x, decrement):
    """Subtract from a variable.

    Arguments
        x: variable.
        decrement: tensor of its shape, or a number.
    """
    return _assign("update_sub", x, decrement, "subtract")


def moving_average_update(x, value, momentum):
    """x = x momentum + value (1 - momentum)

    Arguments
        x: variable.
        value: tensor of its shape.
        momentum: number, 0..1.
    """
    return _assign("moving_average_update", x, value, float(momentum))


@primitive(pure=False)
def print_tensor(x: Tensor, message=""):
    """x itself; its values are printed to standard error whenever it is computed.

    Arguments
        x: tensor.
        message: string, printed before the values.
    """
    return x.shape, x.dtype


@primitive(pure=False)
def opaque(function, xs: Tensors, results):
    """What a function of the engine's own library gives; `backend/native.py` makes such nodes.

    Arguments
        function: called with a list of the engine's arrays, returns a list of them.
        xs: its arguments.
        results: (shape, dtype) of each array that it returns.
    """
    return list(results)
