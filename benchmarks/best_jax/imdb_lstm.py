"""imdb_lstm in jax, as fast as we know: all steps of a call are one program, and the derivative of
the recurrence is written out.

What jax makes of the scan adds the derivative by the kernels up in the loop back, a product and a
sum over 65,000 numbers a step, and computes there what is a function of the forward pass alone.
Here the loop has only what hangs on the step after; the rest is computed before it for all steps
at once, the derivative by the kernels after it with one product for each gate.
"""
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jax_program import Best, adam, binary_cross_entropy, kept
from plain_jax.imdb_lstm import hard_sigmoid

RATE = 0.2


def slope(y):
    """The derivative of hard_sigmoid, known from what it gives."""
    return jnp.where((y > 0) & (y < 1), 0.2, 0)


def rows(x):
    """(steps, samples, n) -> (steps * samples, n). XLA takes twice as long for a product that is
    not of two matrices."""
    return x.reshape(-1, x.shape[-1])


def forward(sums, kernels, masks):
    """(the last output, what the way back needs). `sums`: what the inputs add to the gates, four
    arrays (steps, samples, units); `kernels`, `masks`: for each gate."""
    def step(before, now):
        h, c_before = before
        i, f, g, o = [x + (h * mask) @ k for x, mask, k in zip(now, masks, kernels)]
        i, f, g, o = hard_sigmoid(i), hard_sigmoid(f), jnp.tanh(g), hard_sigmoid(o)
        c = f * c_before + i * g
        shown = jnp.tanh(c)
        return (o * shown, c), (i, f, g, o, h, c_before, shown)

    zeros = jnp.zeros_like(sums[0][0])
    (h, _), saved = lax.scan(step, (zeros, zeros), sums)
    return h, (saved, kernels, masks)


def backward(saved, d_h):
    """The derivatives by the arguments of `forward`."""
    (i, f, g, o, h, c, shown), kernels, masks = saved
    # What d_c is multiplied with for i, f and g, and d_h for o; the share of d_h in d_c.
    factors = g * slope(i), c * slope(f), i * (1 - g * g), shown * slope(o)
    shares = o * (1 - shown * shown)
    transposed = [k.T for k in kernels]

    def step(after, now):
        d_h, d_c = after
        (by_i, by_f, by_g, by_o), share, f = now
        d_c = d_c + d_h * share
        d_sums = [d_c * by_i, d_c * by_f, d_c * by_g, d_h * by_o]
        d_h = sum(d @ k * mask for d, k, mask in zip(d_sums, transposed, masks))
        return (d_h, d_c * f), d_sums

    _, d_sums = lax.scan(step, (d_h, jnp.zeros_like(d_h)), (factors, shares, f), reverse=True)
    d_kernels = [rows(h * mask).T @ rows(d) for mask, d in zip(masks, d_sums)]
    return d_sums, d_kernels, jnp.zeros_like(masks)


recurrence = jax.custom_vjp(lambda *args: forward(*args)[0])
recurrence.defvjp(forward, backward)


def mean_loss(parameters, key, x, y, dropping):
    embedding, kernel, recurrent_kernel, bias, w, b = parameters
    x = embedding[x.T]  # (steps, samples, n)
    ones = jnp.ones((4, *x.shape[1:]), x.dtype)
    x_masks, h_masks = [kept(own, ones.shape, RATE) if dropping else ones
                        for own in jax.random.split(key)]
    sums = [(rows(x * mask) @ k + b).reshape(*x.shape[:2], -1) for mask, k, b in zip(
        x_masks, jnp.split(kernel, 4, axis=1), jnp.split(bias, 4))]
    h = recurrence(sums, jnp.split(recurrent_kernel, 4, axis=1), h_masks)
    return binary_cross_entropy(h @ w + b, y)


setup = partial(Best, "imdb_lstm", adam, mean_loss)
