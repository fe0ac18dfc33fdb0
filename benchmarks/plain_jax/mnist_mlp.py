"""mnist_mlp in jax, plainly: one jitted step with donated state, a loop over slices of shuffled
indices, the loss read back each step; as a jax user writes it."""
from functools import partial

import jax
import jax.numpy as jnp
from jax.nn import relu
from jax_program import Plain, cross_entropy, rmsprop


def dropout(key, x, rate, dropping):
    if not dropping:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def mean_loss(parameters, key, x, y, dropping):
    w_1, b_1, w_2, b_2, w_3, b_3 = parameters
    first, second = jax.random.split(key)
    h = dropout(first, relu(x @ w_1 + b_1), 0.2, dropping)
    h = dropout(second, relu(h @ w_2 + b_2), 0.2, dropping)
    return cross_entropy(h @ w_3 + b_3, y)


setup = partial(Plain, "mnist_mlp", rmsprop, mean_loss)
