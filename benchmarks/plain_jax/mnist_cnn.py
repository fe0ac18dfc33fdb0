"""mnist_cnn in jax, plainly: XLA's convolutions and windows, channels last."""
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jax.nn import relu
from jax_program import Plain, adadelta, cross_entropy
from plain_jax.mnist_mlp import dropout


def convolved(x, kernel, bias):
    y = lax.conv_general_dilated(x, kernel, (1, 1), "VALID",
                                 dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return relu(y + bias)


def mean_loss(parameters, key, x, y, dropping):
    w_1, b_1, w_2, b_2, w_3, b_3, w_4, b_4 = parameters
    first, second = jax.random.split(key)
    h = convolved(convolved(x, w_1, b_1), w_2, b_2)
    h = lax.reduce_window(h, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    h = dropout(first, h.reshape(len(x), -1), 0.25, dropping)
    h = dropout(second, relu(h @ w_3 + b_3), 0.5, dropping)
    return cross_entropy(h @ w_4 + b_4, y)


setup = partial(Plain, "mnist_cnn", adadelta, mean_loss)
