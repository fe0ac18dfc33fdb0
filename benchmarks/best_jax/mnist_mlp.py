"""mnist_mlp in jax, as fast as we know: all steps of a call are one program, and a mask of dropout
takes 16 random bits an element."""
from functools import partial

import jax
from jax.nn import relu
from jax_program import Best, cross_entropy, kept, rmsprop

RATE = 0.2


def mean_loss(parameters, key, x, y, dropping):
    w_1, b_1, w_2, b_2, w_3, b_3 = parameters
    h = x
    for own, w, b in zip(jax.random.split(key), (w_1, w_2), (b_1, b_2)):
        h = relu(h @ w + b)
        if dropping:
            h = h * kept(own, h.shape, RATE)
    return cross_entropy(h @ w_3 + b_3, y)


setup = partial(Best, "mnist_mlp", rmsprop, mean_loss)
