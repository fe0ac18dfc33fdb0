"""Derivatives by central differences in float64, to judge those of an engine.

    f, x, weights = projected(getattr(oracle, name), case)
    ...                 # the engine's gradients of sum(weights * outputs) with respect to x
    assert_gradient(f, x, gradients)

`f` computes with the oracle, so nothing of the engine enters the numeric side.
"""

import numpy as np
from oracle.cases.case import leaves

STEP = 1e-5
"""Errors of order STEP ** 2 from the third derivative, and 1e-16 / STEP from rounding."""


def projection(outputs, seed=0):
    """Random weights, one array for each array of `outputs` (nested lists or tuples)."""
    rng = np.random.default_rng([seed, 7])
    return [rng.normal(size=np.shape(output)) for output in leaves(outputs)]


def projected(function, case, seed=0):
    """(f, x, weights): the sum of weights * outputs of a case, as a function of its variables.

    x: the arrays of the case's differentiable arguments in order, lists laid out flat.
    weights: one array for each output, in the order of `leaves`.
    """
    arguments = case.arrays("float64")
    variables = [leaves(arguments[position]) for position in case.grad]
    weights = projection(function(*arguments, **case.params), seed)

    def f(x):
        x = iter(x)
        changed = list(arguments)
        for position, old in zip(case.grad, variables, strict=True):
            new = [next(x) for _ in old]
            changed[position] = new if isinstance(arguments[position], list) else new[0]
        outputs = leaves(function(*changed, **case.params))
        return sum(np.sum(w * y) for w, y in zip(weights, outputs, strict=True))

    return f, [array for group in variables for array in group], weights


def slope(f, x, direction, step=STEP):
    """The central difference quotient of `f` at the arrays `x` in the direction of arrays."""
    ahead = f([a + step * d for a, d in zip(x, direction, strict=True)])
    behind = f([a - step * d for a, d in zip(x, direction, strict=True)])
    return (ahead - behind) / (2 * step)


def gradient(f, x, step=STEP):
    """The central difference quotient of `f` for each element of each array of `x`."""
    found = [np.zeros(a.shape) for a in x]
    for number, a in enumerate(x):
        for place in np.ndindex(a.shape):
            direction = [np.zeros(b.shape) for b in x]
            direction[number][place] = 1.0
            found[number][place] = slope(f, x, direction, step)
    return found


def directions(x, number, seed=0):
    """Random directions of x[number] alone, each element's share between 1/2 and 1."""
    rng = np.random.default_rng([seed, number])
    while True:
        direction = [np.zeros(a.shape) for a in x]
        shares = rng.uniform(0.5, 1.0, size=x[number].shape)
        direction[number] = shares * rng.choice([-1.0, 1.0], size=x[number].shape)
        yield direction


def assert_gradient(f, x, gradients, rtol=1e-6, atol=1e-7, tries=2, seed=0):
    """Compare `gradients`, one array for each of `x`, with the slopes of `f`.

    First along random directions, two evaluations each; if one fails, element by element, so
    that the message shows where.
    """
    gradients = [np.asarray(g, "float64") for g in gradients]
    assert [g.shape for g in gradients] == [a.shape for a in x]
    right = all(
        np.isclose(
            np.sum(gradients[number] * direction[number]), slope(f, x, direction), rtol, atol
        )
        for number in range(len(x))
        for direction, _ in zip(directions(x, number, seed), range(tries), strict=False)
    )
    if right:
        return
    for number, (given, found) in enumerate(zip(gradients, gradient(f, x), strict=True)):
        np.testing.assert_allclose(
            given, found, rtol, atol, err_msg=f"gradient with respect to variable {number}"
        )
    raise AssertionError("the gradients fail along a direction, but each element is within bounds")
