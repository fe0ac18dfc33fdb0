"""What the tests of training share: data, a small model and the same in NumPy, a callback."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from perceptron import Perceptron

import keras
from keras import backend as K
from keras.callbacks import Callback
from keras.layers import Dense
from keras.models import Sequential

RNG = np.random.default_rng(1)
X = RNG.normal(size=(11, 4))
Y = RNG.normal(size=(11, 2))
B = (Y[:, :1] > 0).astype(float)
CLASSES = np.array([0, 1, 1, 2, 0, 2, 1, 0, 0, 2, 1])
WEIGHTS = np.array([1.0, 0.5, 0, 2, 1, 0, 3, 1, 1, 0.25, 1])


@pytest.fixture(autouse=True)
def float64():
    """Numbers of the model in double precision, so that they agree to the last digits."""
    K.set_floatx("float64")
    yield
    K.set_floatx("float32")


def perceptron(units=2, l2=0.0, activation=None):
    """A small model, and the same in NumPy."""
    regularizer = keras.regularizers.l2(l2) if l2 else None
    model = Sequential(
        [
            Dense(3, activation="tanh", input_dim=4, kernel_regularizer=regularizer),
            Dense(units, activation=activation),
        ]
    )
    model.set_weights([RNG.normal(size=w.shape) for w in model.get_weights()])
    return model, Perceptron(model.get_weights(), l2=l2)


def close(got, want):
    assert_allclose(got, want, rtol=1e-9, atol=1e-12)


class Recorder(Callback):
    """Keeps what the hooks of a callback are given."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_begin(self, logs=None):
        self.calls.append(("train begin", None, logs))

    def on_train_end(self, logs=None):
        self.calls.append(("train end", None, logs))

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(("epoch begin", epoch, logs))

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(("epoch end", epoch, logs))

    def on_batch_begin(self, batch, logs=None):
        self.calls.append(("batch begin", batch, dict(logs)))

    def on_batch_end(self, batch, logs=None):
        self.calls.append(("batch end", batch, logs))

    def logs(self, kind):
        return [logs for name, _, logs in self.calls if name == kind]
