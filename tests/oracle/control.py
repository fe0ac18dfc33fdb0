"""Choice and loops. Functions handed in take and return arrays."""

import numpy as np

from .arrays import array


def chosen(expression):
    """The array, or what a callable returns."""
    return array(expression() if callable(expression) else expression)


def switch(condition, then_expression, else_expression):
    """`then_expression` where the condition is not zero, `else_expression` elsewhere.

    The condition's axes are the first ones of the expressions; what is missing is repeated.
    """
    condition = array(condition) != 0
    yes, no = chosen(then_expression), chosen(else_expression)
    if condition.ndim > yes.ndim:
        raise ValueError(f"a condition of {condition.ndim} axes for expressions of {yes.ndim}")
    condition = condition.reshape(condition.shape + (1,) * (yes.ndim - condition.ndim))
    return np.where(condition, yes, no)


def in_train_phase(x, alt, training=None):
    """`x` if `training` is true, `alt` if it is false or None (the phase not being fed is 0)."""
    return chosen(x if training is not None and bool(training) else alt)


def in_test_phase(x, alt, training=None):
    """`alt` if `training` is true, else `x`."""
    return in_train_phase(alt, x, training)


def selected(keep, new, old):
    """Rows of `new` where `keep` (n,) holds, of `old` elsewhere."""
    return np.where(keep.reshape((-1,) + (1,) * (new.ndim - 1)), new, old)


def rnn(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
):
    """(last output, outputs (n, time, ...) in the order of processing, last states).

    step_function(input (n, ...), states + constants) -> (output, new states). Where the mask,
    (n, time) or (n, time, 1), is 0, the states stay, and the output is the first of the states
    before the step; with `unroll` it is the output before, or zeros at the first step.
    """
    inputs, states = array(inputs), [array(state) for state in initial_states]
    constants = [array(constant) for constant in constants or []]
    times = range(inputs.shape[1])
    outputs = []
    for t in reversed(times) if go_backwards else times:
        output, after = step_function(inputs[:, t], states + constants)
        if mask is not None:
            keep = array(mask)[:, t].reshape(-1) != 0
            if not unroll:
                before = states[0]
            else:
                before = outputs[-1] if outputs else np.zeros_like(output)
            output = selected(keep, output, before)
            after = [selected(keep, new, old) for new, old in zip(after, states, strict=True)]
        outputs.append(output)
        states = list(after)
    return outputs[-1], np.stack(outputs, axis=1), states


def map_fn(fn, elems, name=None, dtype=None):
    """fn of each slice along axis 0, stacked. For a list of arrays fn takes a list of slices."""
    if isinstance(elems, (list, tuple)):
        return np.stack([fn(list(rows)) for rows in zip(*map(array, elems), strict=True)])
    results = np.stack([fn(row) for row in array(elems)])
    return results if dtype is None else results.astype(dtype)


def foldl(fn, elems, initializer=None, name=None):
    """fn(fn(fn(start, e0), e1), e2) ...; without a start, e0 is it."""
    rows = list(array(elems))
    total = rows.pop(0) if initializer is None else array(initializer)
    for row in rows:
        total = fn(total, row)
    return np.asarray(total)


def foldr(fn, elems, initializer=None, name=None):
    """`foldl` from the last element to the first; fn takes the accumulator first here too."""
    return foldl(fn, array(elems)[::-1], initializer)
