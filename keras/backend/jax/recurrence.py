"""Recurrent layers as a scan with the gates side by side: (samples, gates * units) is the form in
which XLA takes one product a step, and passes over memory once."""
import jax.numpy as jnp
from jax import lax

from .lowering import lower, lowers


@lowers
def matrices(x, y):
    """A stack of matrices times another; one matrix times each of a stack is a single product."""
    if x.ndim != 3 or y.ndim != 3 or len(x) != 1 or len(y) == 1:
        return jnp.matmul(x, y)
    return stacked(x[0] @ beside(y), len(y))


def beside(kernels):
    """(gates, n, units) -> (n, gates * units)"""
    return kernels.transpose(1, 0, 2).reshape(kernels.shape[1], -1)


def stacked(flat, gates):
    """(rows, gates * units) -> (gates, rows, units)"""
    return flat.reshape(len(flat), gates, -1).transpose(1, 0, 2)


def product(h, kernels, mask):
    """What a state (samples, units) adds to some gates, (samples, gates * units)."""
    if mask is None or len(mask) == 1:
        return (h if mask is None else h * mask[0]) @ beside(kernels)
    return jnp.concatenate([(h * m) @ kernel for m, kernel in zip(mask, kernels)], axis=1)


# A step of each cell: (activation, gate, x, states, kernels, masks, bias) -> the new states


def _simple(act, gate, x, states, kernels, masks, bias):
    return [act(x + product(states[0], kernels, masks[0]))]


def _lstm(act, gate, x, states, kernels, masks, bias):
    h, c = states
    i, f, made, o = jnp.split(x + product(h, kernels, masks[0]), 4, axis=1)
    c = gate(f) * c + gate(i) * act(made)
    return [gate(o) * act(c), c]


def _gru(act, gate, x, states, kernels, masks, bias):
    h, = states
    z, r, x_made = jnp.split(x, 3, axis=1)
    h_z, h_r = jnp.split(product(h, kernels[:2], masks[0]), 2, axis=1)
    z, r = gate(z + h_z), gate(r + h_r)
    return [z * h + (1 - z) * act(x_made + product(r * h, kernels[2:], masks[1]))]


def _gru_reset_after(act, gate, x, states, kernels, masks, bias):
    h, = states
    z, r, x_made = jnp.split(x, 3, axis=1)
    h_z, h_r, u = jnp.split(product(h, kernels, masks[0]) + bias.reshape(-1), 3, axis=1)
    z, r = gate(z + h_z), gate(r + h_r)
    return [z * h + (1 - z) * act(x_made + r * u)]


CELLS = {"simple": _simple, "lstm": _lstm, "gru": _gru, "gru_reset_after": _gru_reset_after}
ACTIVATIONS = {"linear": lambda x: x, "relu": lower["rectify"], "tanh": lower["tanh"],
               "sigmoid": lower["sigmoid"],
               "hard_sigmoid": lambda x: jnp.clip(0.2 * x + 0.5, 0, 1)}


@lowers
def recurrence(kind, sums, states, weights, activations, backwards, body, masks, mask):
    gates, steps, samples, units = sums.shape
    along = sums.transpose(1, 2, 0, 3).reshape(steps, samples, gates * units)
    moves = None if mask is None else mask.reshape(samples, steps).T[:, :, None] != 0
    if backwards:
        along, moves = jnp.flip(along, 0), None if moves is None else jnp.flip(moves, 0)
    kernels, bias = (*weights, None)[:2]
    act, gate = (ACTIVATIONS[name] for name in activations)

    def step(before, now):
        x, moved = now
        new = CELLS[kind](act, gate, x, before, kernels, masks or (None, None), bias)
        if moved is not None:
            new = [jnp.where(moved, a, b) for a, b in zip(new, before)]
        return new, new[0]

    last, outputs = lax.scan(step, list(states), (along, moves))
    return last[0] if steps else jnp.zeros_like(last[0]), outputs.transpose(1, 0, 2), *last
