"""imdb_lstm in jax, plainly: a scan over time, each gate with its own masks of dropout on inputs
and state, as Keras 2 has it; all inputs are projected before it. jax makes the derivative."""
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jax_program import Plain, adam, binary_cross_entropy

RATE = 0.2


def hard_sigmoid(x):
    """Keras 2's: slope 0.2."""
    return jnp.clip(0.2 * x + 0.5, 0, 1)


def masks(key, shape, dropping):
    """One for each gate, (4, samples, size)."""
    if not dropping:
        return jnp.ones((4, *shape))
    return jax.random.bernoulli(key, 1 - RATE, (4, *shape)) / (1 - RATE)


def mean_loss(parameters, key, x, y, dropping):
    embedding, kernel, recurrent_kernel, bias, w, b = parameters
    first, second = jax.random.split(key)
    x = embedding[x].transpose(1, 0, 2)  # (steps, samples, n)
    steps, samples, n = x.shape
    units = len(recurrent_kernel)
    x_masks = masks(first, (samples, n), dropping)
    h_masks = masks(second, (samples, units), dropping)
    projected = [x * mask @ k + b for mask, k, b in zip(
        x_masks, jnp.split(kernel, 4, axis=1), jnp.split(bias, 4))]
    recurrent_kernels = jnp.split(recurrent_kernel, 4, axis=1)

    def step(before, now):
        h, c = before
        i, f, g, o = [x + (h * mask) @ k for x, mask, k in zip(now, h_masks, recurrent_kernels)]
        c = hard_sigmoid(f) * c + hard_sigmoid(i) * jnp.tanh(g)
        return (hard_sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros((samples, units))
    (h, _), _ = lax.scan(step, (zeros, zeros), projected)
    return binary_cross_entropy(h @ w + b, y)


setup = partial(Plain, "imdb_lstm", adam, mean_loss)
