"""How many calls a training step makes, against the numbers in calls_per_step.py."""
import gc
import sys

import numpy as np
import pytest
from calls_per_step import CALLS, VERSION

from keras import backend as K
from keras.layers import (
    LSTM,
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    add,
)
from keras.models import Model

torch = pytest.importorskip("torch")
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402 (after the check)

READ_BACK = ("aten::_local_scalar_dense", "aten::item")


def tiny(x):
    return Dense(8, activation="relu")(Dense(12, activation="relu")(x))


def cnn(x):
    x = Conv2D(8, 3, activation="relu")(Conv2D(4, 3, activation="relu")(x))
    x = Dropout(0.25)(MaxPooling2D()(x))
    return Dropout(0.5)(Dense(16, activation="relu")(Flatten()(x)))


def lstm(x):
    return LSTM(8, dropout=0.2, recurrent_dropout=0.2)(Embedding(20, 8)(x))


def resnet(x):
    x = Activation("relu")(BatchNormalization()(Conv2D(8, 3, padding="same")(x)))
    for _ in range(2):
        y = Activation("relu")(BatchNormalization()(Conv2D(8, 3, padding="same")(x)))
        y = BatchNormalization()(Conv2D(8, 3, padding="same")(y))
        x = Activation("relu")(add([x, y]))
    return GlobalAveragePooling2D()(x)


MODELS = {"tiny": (tiny, (8,), "adam"), "cnn": (cnn, (12, 12, 1), "adadelta"),
          "lstm": (lstm, (5,), "adam"), "resnet": (resnet, (8, 8, 3), "sgd")}


class Seen(TorchDispatchMode):
    """Counts the calls that reach torch's kernels, and those that read a value back."""

    def __init__(self):
        super().__init__()
        self.kernels = self.read_back = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.kernels += 1
        self.read_back += function._schema.name in READ_BACK
        return function(*args, **(kwargs or {}))


def calls_of(name):
    """(kernels, Python calls, values read back) of one more step of a warm fit."""
    body, shape, optimizer = MODELS[name]
    x = Input(shape)
    model = Model(x, Dense(1, activation="sigmoid")(body(x)))
    model.compile(optimizer, "binary_crossentropy")

    def fit(steps):
        rows = np.ones((4 * steps, *shape), "float32")
        model.fit(rows, rows.reshape(len(rows), -1)[:, :1], batch_size=4, verbose=0, shuffle=False)

    def counted(steps):
        with Seen() as seen:
            fit(steps)
        python = 0

        def profile(frame, event, argument):
            nonlocal python
            python += event == "call"

        gc.collect()  # or its callbacks are counted
        gc.disable()
        sys.setprofile(profile)
        try:
            fit(steps)
        finally:
            sys.setprofile(None)
            gc.enable()
        return np.array([seen.kernels, python, seen.read_back])

    fit(5)
    # The difference: what a fit does once is not counted.
    few, many = counted(2), counted(12)
    per_step, rest = np.divmod(many - few, 10)
    assert not rest.any(), f"steps differ: {many - few} calls in 10"
    return tuple(per_step.tolist())


@pytest.mark.parametrize("name", MODELS)
def test_calls_of_a_step(name):
    if not torch.__version__.startswith(VERSION):
        pytest.skip(f"the numbers are of torch {VERSION}; here is {torch.__version__}")
    K.clear_session()
    assert calls_of(name) == CALLS[name]
