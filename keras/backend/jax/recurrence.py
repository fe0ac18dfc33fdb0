"""Recurrent layers as a scan, with a derivative of their own.

The gates stand side by side, (samples, gates * units), the form in which XLA takes one product a
step, unless a mask of dropout for each asks for as many. In the loop of the way back is only what
hangs on the step after: factors are computed for all steps at once before it, and the derivative
by the kernels after it, with one product.
"""
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from .lowering import lower, lowers


@lowers
def matrices(x, y):
    """A stack of matrices times another; one matrix times each of a stack is a single product."""
    if x.ndim != 3 or y.ndim != 3 or len(x) != 1 or len(y) == 1:
        return jnp.matmul(x, y)
    return jnp.stack(jnp.split(x[0] @ beside(y), len(y), axis=1))


def beside(kernels):
    """(gates, n, units) -> (n, gates * units)"""
    return kernels.transpose(1, 0, 2).reshape(kernels.shape[1], -1)


# Cells: a list of stages, each with the activations of its gates and what they make of what was
# seen so far: (activation of the candidate, gates, seen) -> seen. The first seen are the states,
# the last the new ones; a stage's product is that of the first seen with the kernels of its gates.


def _simple(act, gates, states):
    return gates


def _lstm(act, gates, states):
    (i, f, made, o), (_, c) = gates, states
    c = f * c + i * made
    return [o * act(c), c]


def _reset(act, gates, states):
    (z, r), (h,) = gates, states
    return [r * h, z, h]


def _gru(act, gates, seen):
    (made,), (_, z, h) = gates, seen
    return [z * h + (1 - z) * made]


def _gru_reset_after(act, gates, states):
    (z, r, x, u), (h,) = gates, states
    return [z * h + (1 - z) * act(x + r * u)]


CELLS = {"simple": [("a", _simple)], "lstm": [("ggag", _lstm)],
         "gru": [("gg", _reset), ("a", _gru)], "gru_reset_after": [("gg--", _gru_reset_after)]}

# Activations, and their derivatives, known from what they give.
ACTIVATIONS = {
    "linear": (lambda x: x, jnp.ones_like),
    "relu": (lower["rectify"], lambda y: (y > 0).astype(y.dtype)),
    "tanh": (lower["tanh"], lambda y: 1 - y * y),
    "sigmoid": (lower["sigmoid"], lambda y: y * (1 - y)),
    "hard_sigmoid": (lambda x: jnp.clip(0.2 * x + 0.5, 0, 1),
                     lambda y: jnp.where((y > 0) & (y < 1), 0.2, 0).astype(y.dtype))}


def product(x, kernel, mask=None):
    """x (..., n), times a mask, times a kernel. XLA takes twice as long for the derivative of a
    product that is not of two matrices."""
    rows = (x if mask is None else x * mask).reshape(-1, x.shape[-1])
    return (rows @ kernel).reshape(*x.shape[:-1], -1)


def products(h, kernels, masks):
    """What a state (..., units) adds to the gates: one array for each kernel."""
    return [product(h, *pair) for pair in zip(kernels, masks)]


def apart(arrays, gates):
    """An array for each gate, out of arrays with several side by side."""
    return [one for x in arrays for one in jnp.split(x, gates // len(arrays), axis=-1)]


def together(gates, count):
    """`count` arrays with several gates side by side."""
    each = len(gates) // count
    return [jnp.concatenate(gates[i:i + each], axis=-1) for i in range(0, len(gates), each)]


class Cell:
    """A kind of cell with its activations."""

    def __init__(self, kind, activations):
        names = dict(zip("ag", activations), **{"-": "linear"})
        self.act = ACTIVATIONS[names["a"]][0]
        self.stages = [([ACTIVATIONS[names[gate]] for gate in gates], partial(made, self.act))
                       for gates, made in CELLS[kind]]

    def along(self, sums, states, kernels, masks, moves, saving=False):
        """(outputs, last states, what the way back needs of each step).

        Arguments
            sums: for each stage, arrays (steps, samples, gates * units): what the inputs add.
            states: list of arrays (samples, units).
            kernels, masks: for each stage, one for each array of the sums.
            moves: where the states move on, (steps, samples, 1); None for everywhere.
        """

        def step(before, now):
            (sums, moved), seen, saved = now, before, []
            for (activations, made), x, *weights in zip(self.stages, sums, kernels, masks):
                added = [a + b for a, b in zip(x, products(seen[0], *weights))]
                gates = [activation(z) for (activation, _), z in zip(
                    activations, apart(added, len(activations)))]
                saved.append((gates, seen))
                seen = made(gates, seen)
            if moved is not None:
                seen = [jnp.where(moved, new, old) for new, old in zip(seen, before)]
            return seen, (seen[0], saved if saving else None)

        last, (outputs, saved) = lax.scan(step, states, (sums, moves))
        return outputs, last, saved

    def back(self, kernels, masks, moves, saved, d_outputs, d_states):
        """The derivatives by sums, states and kernels."""
        factors = [([slope(y) for (_, slope), y in zip(activations, gates)],
                    jax.vmap(lambda *given, made=made: jax.vjp(made, *given)[1])(gates, seen))
                   for (activations, made), (gates, seen) in zip(self.stages, saved)]

        def step(d_states, now):
            d_output, factors, moved = now
            d_seen = [d_states[0] + d_output, *d_states[1:]]
            if moved is not None:
                stayed = [jnp.where(moved, 0, d) for d in d_seen]
                d_seen = [jnp.where(moved, d, 0) for d in d_seen]
            d_sums = []
            for (slopes, past), own, mask in reversed([*zip(factors, kernels, masks)]):
                d_gates, d_seen = past(d_seen)
                d_sums.append(together([d * s for d, s in zip(d_gates, slopes)], len(own)))
                by_first, = jax.linear_transpose(
                    partial(products, kernels=own, masks=mask), d_seen[0])(d_sums[-1])
                d_seen = [d_seen[0] + by_first, *d_seen[1:]]
            if moved is not None:
                d_seen = [a + b for a, b in zip(d_seen, stayed)]
            return d_seen, d_sums[::-1]

        d_states, d_sums = lax.scan(step, d_states, (d_outputs, factors, moves), reverse=True)
        d_kernels = [jax.linear_transpose(partial(products, seen[0], masks=mask), own)(d)[0]
                     for (_, seen), own, mask, d in zip(saved, kernels, masks, d_sums)]
        return d_sums, d_states, d_kernels


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def along(kind, activations, *args):
    """(outputs, last states) of a cell; its arguments are those of `Cell.along`."""
    return Cell(kind, activations).along(*args)[:2]


def _forward(kind, activations, *args):
    *results, saved = Cell(kind, activations).along(*args, saving=True)
    return tuple(results), (*args[2:], saved)


def _backward(kind, activations, kept, derivatives):
    return *Cell(kind, activations).back(*kept, *derivatives), None, None


along.defvjp(_forward, _backward)


def projected(x, kernels, bias, mask):
    """What the inputs (steps, samples, n) add to some gates: an array, or one for each gate where
    each has its mask."""
    if mask is None or len(mask) == 1:
        sums = product(x, beside(kernels), None if mask is None else mask[0])
        return [sums if bias is None else sums + bias.reshape(-1)]
    sums = [product(x, *pair) for pair in zip(kernels, mask)]
    return sums if bias is None else [s + b for s, b in zip(sums, bias)]


def with_products_apart(kernels, recurrent_kernels, bias, state_bias, input_mask, state_masks):
    """The arguments for gru_reset_after with four gates, z, r, and the products of the candidate:
    one with the inputs, one with the state."""

    def of_inputs(x):
        return x if x is None or len(x) == 1 else jnp.stack([*x, jnp.zeros_like(x[0])])

    def of_state(x):
        return x if x is None or len(x) == 1 else jnp.stack([*x[:2], jnp.zeros_like(x[0]), x[2]])

    if state_bias is not None:
        bias = of_inputs(bias) + of_state(state_bias)
    return (of_inputs(kernels), of_state(recurrent_kernels), bias, of_inputs(input_mask),
            [of_state(mask) for mask in state_masks])


@lowers
def recurrence(kind, x, states, kernels, recurrent_kernels, bias, state_bias, activations,
               backwards, body, input_mask, state_masks, mask):
    if not x.shape[1]:
        nothing = jnp.zeros_like(states[0])
        return nothing, nothing[:, None][:, :0], *states
    x, moves = x.transpose(1, 0, 2), None
    if mask is not None:
        moves = mask.reshape(mask.shape[:2]).T[:, :, None] != 0
    if backwards:
        x, moves = jnp.flip(x, 0), None if moves is None else jnp.flip(moves, 0)
    if kind == "gru_reset_after":
        kernels, recurrent_kernels, bias, input_mask, state_masks = with_products_apart(
            kernels, recurrent_kernels, bias, state_bias, input_mask, state_masks)
    stages, start = [], 0
    for (gates, _), mask in zip(CELLS[kind], state_masks or [None] * len(CELLS[kind])):
        part = slice(start, start + len(gates))
        start = part.stop
        own, masks = [beside(recurrent_kernels[part])], [None if mask is None else mask[0]]
        if mask is not None and len(mask) > 1:
            own, masks = list(recurrent_kernels[part]), list(mask)
        each = input_mask is not None and len(input_mask) > 1
        sums = projected(x, kernels[part], None if bias is None else bias[part],
                         input_mask[part] if each else input_mask)
        if len(sums) != len(own):
            sums = together(apart(sums, len(gates)), len(own))
        stages.append((sums, own, masks))
    sums, own, masks = map(list, zip(*stages))
    outputs, last = along(kind, tuple(activations), sums, list(states), own, masks, moves)
    return last[0], outputs.transpose(1, 0, 2), *last
