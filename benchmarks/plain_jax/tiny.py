"""tiny in jax, plainly: a jitted step with donated state, as a jax user writes it."""
from functools import partial

from jax.nn import relu
from jax_program import Plain, adam, binary_cross_entropy


def mean_loss(parameters, key, x, y, dropping):
    w_1, b_1, w_2, b_2, w_3, b_3 = parameters
    h = relu(x @ w_1 + b_1)
    h = relu(h @ w_2 + b_2)
    return binary_cross_entropy(h @ w_3 + b_3, y)


setup = partial(Plain, "tiny", adam, mean_loss)
