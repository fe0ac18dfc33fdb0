"""What the tests of models share: data, a model of two inputs and outputs, what models tell."""

import numpy as np

from keras.layers import Dense, Input, concatenate
from keras.models import Model

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4)).astype("float32")
Y = RNG.normal(size=(6, 2)).astype("float32")


def dense(x, layer):
    """What a Dense layer without activation computes, in NumPy."""
    kernel, bias = layer.get_weights()
    return x @ kernel + bias


def names(model):
    return [layer.name for layer in model.layers]


def lines(model, **options):
    found = []
    model.summary(print_fn=found.append, **options)
    return found


def two_by_two():
    """Two inputs, a shared layer, two outputs."""
    a, b = Input((4,), name="a"), Input((3,), name="b")
    shared = Dense(5, name="shared", kernel_regularizer="l2", activity_regularizer="l2")
    x, y = shared(a), shared(Dense(4, name="widened")(b))
    both = concatenate([x, y], name="both")
    return Model([a, b], [Dense(1, name="one")(both), Dense(2, name="two")(both)], name="net")
