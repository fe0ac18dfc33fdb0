"""What was trained on one engine goes on on another: weights, files, state of the optimizer."""

import itertools

import numpy as np
import pytest
from engines import ENGINES, optimized, running_on
from numpy.testing import assert_allclose

from keras import backend as K
from keras.layers import (
    LSTM,
    BatchNormalization,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    MaxPooling2D,
)
from keras.models import Sequential, load_model, model_from_json

PAIRS = list(itertools.permutations(ENGINES, 2))
RNG = np.random.default_rng(3)
STEPS = 6


@pytest.fixture(autouse=True)
def anew():
    K.clear_session()
    np.random.seed(1)
    with optimized():
        yield
    K.clear_session()


def convolutional():
    return [
        Conv2D(4, 3, activation="relu", padding="same", input_shape=(6, 6, 2)),
        BatchNormalization(),
        MaxPooling2D(),
        Flatten(),
        Dense(3, activation="softmax", kernel_regularizer="l2"),
    ]


def recurrent():
    return [
        Embedding(9, 4, input_length=5, mask_zero=True),
        LSTM(5),
        Dense(3, activation="softmax"),
    ]


CLASSES = np.eye(3)[RNG.integers(3, size=16)]
WORK = {
    "convolutional": (convolutional, "adam", RNG.normal(size=(16, 6, 6, 2))),
    "recurrent": (recurrent, "rmsprop", RNG.integers(9, size=(16, 5))),
}


def losses(model, x):
    return [model.train_on_batch(x, CLASSES) for _ in range(STEPS)]


@pytest.mark.parametrize("here, there", PAIRS)
@pytest.mark.parametrize("work", WORK)
def test_training_goes_on_from_a_file_of_another_engine(work, here, there, tmp_path):
    layers, optimizer, x = WORK[work]
    with running_on(here):
        model = Sequential(layers())
        model.compile(optimizer, "categorical_crossentropy")
        before = losses(model, x)
        model.save(tmp_path / "model.h5")
        architecture, weights = model.to_json(), model.get_weights()
        outputs, after = model.predict(x), losses(model, x)
    assert after[-1] < before[0]
    with running_on(there):
        loaded = load_model(tmp_path / "model.h5")
        bare = model_from_json(architecture)
        bare.set_weights(weights)
        assert_allclose(bare.predict(x), outputs, rtol=1e-4, atol=1e-6)
        assert_allclose(losses(loaded, x), after, rtol=1e-4)


@pytest.mark.parametrize("here, there", PAIRS)
def test_one_seed_gives_one_first_value_on_each_engine(here, there):
    """Weights are drawn by NumPy: runs differ by their dropout masks alone."""
    found = []
    for engine in (here, there):
        np.random.seed(4)
        with running_on(engine):
            found.append(Sequential(convolutional()).get_weights())
    for one, other in zip(*found, strict=True):
        assert_allclose(one, other, rtol=1e-6)
