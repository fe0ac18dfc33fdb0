"""What the manual's questions and answers (3.3) promise, where no other test has it."""

import random

import numpy as np
import pytest
from batches import Rows
from engines import each_engine  # noqa: F401

import keras
from keras import backend as K
from keras.callbacks import Callback
from keras.layers import Dense, Dropout
from keras.models import Model, Sequential, clone_model

X = np.random.RandomState(0).rand(20, 4).astype("float32")
Y = X.sum(1, keepdims=True)


def line():
    model = Sequential([Dense(3, activation="tanh", input_dim=4, name="first"), Dropout(0.5),
                        Dense(1, name="last")])  # fmt: skip
    model.compile("adam", "mse")
    return model


def test_the_held_out_samples_are_the_last_ones_of_the_data_as_given():
    """3.3.10: validation_split is taken before any shuffling."""
    seen = []

    class Look(Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append([a.copy() for a in self.validation_data[:2]])

    model = line()
    history = model.fit(X, Y, 4, epochs=2, validation_split=0.25, verbose=0, callbacks=[Look()])
    for x, y in seen:
        np.testing.assert_array_equal(x, X[15:])
        np.testing.assert_array_equal(y, Y[15:])
    np.testing.assert_allclose(
        history.history["val_loss"][1], model.evaluate(X[15:], Y[15:], verbose=0), rtol=1e-5
    )


def test_outputs_of_layers_between():
    """3.3.8: by a model that ends there, or a function, in either phase."""
    model = line()
    between = Model(model.input, model.get_layer("first").output)
    kernel, bias = model.layers[0].get_weights()
    want = np.tanh(X @ kernel + bias)
    np.testing.assert_allclose(between.predict(X), want, rtol=1e-5, atol=1e-6)
    get = K.function([model.layers[0].input, K.learning_phase()], [model.layers[1].output])
    np.testing.assert_allclose(get([X, 0])[0], want, rtol=1e-5, atol=1e-6)
    dropped = get([X, 1])[0]
    kept = dropped != 0
    assert 0.2 < kept.mean() < 0.8
    np.testing.assert_allclose(dropped[kept], 2 * want[kept], rtol=1e-5)


class Inner(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.units = units
        self.dense = Dense(units, activation="tanh")

    def call(self, inputs):
        return self.dense(inputs)


class Outer(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [Inner(3), Inner(2)]
        self.drop = Dropout(0.5)
        self.last = Dense(1)

    def call(self, inputs):
        for block in self.blocks:
            inputs = block(inputs)
        return self.last(self.drop(inputs))


def test_subclassed_models_in_one_another():
    """2.2: layers of inner models are the outer one's."""
    model = Outer()
    model.compile("adam", "mse")
    losses = model.fit(X, Y, 5, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert [w.shape for w in model.get_weights()] == [(4, 3), (3,), (3, 2), (2,), (2, 1), (1,)]
    assert model.count_params() == 15 + 8 + 3
    hidden = X
    for kernel, bias in zip(*[iter(model.get_weights()[:4])] * 2):
        hidden = np.tanh(hidden @ kernel + bias)
    kernel, bias = model.get_weights()[4:]
    np.testing.assert_allclose(model.predict(X), hidden @ kernel + bias, rtol=1e-4, atol=1e-5)
    told = []
    model.summary(print_fn=told.append)
    assert any(text.startswith("inner_1 (Inner)") for text in told)
    assert any(text.startswith("Total params: 26") for text in told)
    model.blocks[0].trainable = False
    model.compile("adam", "mse")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights())]
    assert sorted(changed) == [False] * 2 + [True] * 4


def test_what_needs_a_config_is_refused_by_subclassed_models(tmp_path):
    model = Outer()
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    for attempt in (model.get_config, model.to_json, model.to_yaml, lambda: clone_model(model),
                    lambda: model.save(tmp_path / "model.h5")):  # fmt: skip
        with pytest.raises((NotImplementedError, ValueError), match="Outer|subclass"):
            attempt()
    assert list(tmp_path.iterdir()) == []
    model.save_weights(tmp_path / "weights.h5")
    again = Outer()
    again(X)
    again.load_weights(tmp_path / "weights.h5")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize("options", [{"workers": 0}, {"workers": 3}, {"use_multiprocessing": True}])
def test_one_call_seeds_everything(options):
    """3.3.20: initializers, dropout, the order of batches, whatever the workers are."""
    found = []
    for _ in range(2):
        K.clear_session()
        keras.utils.set_random_seed(5)
        model = Sequential([Dense(3, input_dim=3), Dropout(0.5), Dense(1)])
        model.compile("adam", "mse")
        history = model.fit_generator(Rows(20), epochs=2, verbose=0, **options).history
        found.append([*model.get_weights(), history["loss"], random.random(), np.random.rand()])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_seeds_are_checked():
    for wrong in (-1, 2**32, 0.5, None, True):
        with pytest.raises(ValueError, match="set_random_seed: an int"):
            keras.utils.set_random_seed(wrong)
