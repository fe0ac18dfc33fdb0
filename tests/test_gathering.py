"""Gradients gathered over several batches, and losses that are scaled."""

import numpy as np
import pytest
from engines import each_engine  # noqa: F401

from keras import backend as K
from keras import optimizers
from keras.constraints import non_neg
from keras.layers import Dense, Lambda
from keras.models import Sequential, load_model

X = np.random.RandomState(0).rand(24, 3).astype("float32")
Y = X @ np.float32([[1.0], [-2.0], [0.5]])
NAMES = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam")


def model(optimizer, constraint=None):
    K.clear_session()
    np.random.seed(3)
    made = Sequential(
        [
            Dense(4, activation="tanh", input_dim=3, kernel_constraint=constraint),
            Dense(1),
        ]
    )
    made.compile(optimizer, "mse")
    return made


def trained(optimizer, batch_size, **options):
    made = model(optimizer, **options)
    made.fit(X, Y, batch_size, epochs=3, shuffle=False, verbose=0)
    return made.get_weights(), int(K.get_value(made.optimizer.iterations))


def close(given, wanted):
    for one, other in zip(given, wanted):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_four_batches_are_one_of_four_times_the_size(name):
    make = getattr(optimizers, name)
    options = {"constraint": non_neg(), "batch_size": 4}
    given, steps = trained(make(clipnorm=0.5, gradient_accumulation_steps=3), **options)
    options["batch_size"] = 12
    wanted, as_many = trained(make(clipnorm=0.5), **options)
    assert steps == as_many == 6
    close(given, wanted)


def test_weights_stand_still_between_steps():
    made = model(optimizers.Adam(gradient_accumulation_steps=2))
    before = made.get_weights()
    made.train_on_batch(X, Y)
    assert all(map(np.array_equal, before, made.get_weights()))
    made.train_on_batch(X, Y)
    assert not any(map(np.array_equal, before, made.get_weights()))


def test_what_is_gathered_is_saved(tmp_path):
    made = model(optimizers.Adam(gradient_accumulation_steps=2))
    made.fit(X, Y, 8, verbose=0)  # three batches: one is waiting
    made.save(tmp_path / "model.h5")
    again = load_model(tmp_path / "model.h5")
    assert again.optimizer.get_config()["gradient_accumulation_steps"] == 2
    for one in (made, again):
        one.train_on_batch(X[:5], Y[:5])
    assert all(map(np.array_equal, made.get_weights(), again.get_weights()))


@pytest.mark.parametrize("scale", [1024.0, "dynamic"])
@pytest.mark.parametrize("name", ["SGD", "Nadam"])
def test_a_scaled_loss_makes_the_same_steps(name, scale):
    make = getattr(optimizers, name)
    given, steps = trained(make(loss_scale=scale), 8)
    wanted, as_many = trained(make(), 8)
    assert steps == as_many == 9
    close(given, wanted)


def overflowing(optimizer):
    """A model whose gradients overflow where its input is 100."""
    K.clear_session()
    np.random.seed(3)
    made = Sequential([Dense(1, input_dim=3), Lambda(lambda x: K.exp(x))])
    made.compile(optimizer, "mse")
    made.layers[0].set_weights([np.ones((3, 1)), np.zeros(1)])
    return made


def scale_of(made):
    return next(
        float(K.get_value(w)) for w in made.optimizer.weights if "loss_scale" in w.name
    )


@pytest.mark.parametrize("steps", [None, 2])
def test_no_step_is_made_where_a_gradient_overflows(steps):
    made = overflowing(
        optimizers.SGD(0.01, loss_scale="dynamic", gradient_accumulation_steps=steps)
    )
    before = made.get_weights()
    made.train_on_batch(np.full((4, 3), 100.0), np.ones((4, 1)))
    assert scale_of(made) == 2.0**14
    assert all(map(np.array_equal, before, made.get_weights()))
    made.train_on_batch(X[:4], Y[:4])
    assert np.isfinite(made.get_weights()[0]).all()
    assert not np.array_equal(before[0], made.get_weights()[0])
    assert scale_of(made) == 2.0**14


def test_the_scale_grows_again(monkeypatch):
    monkeypatch.setattr("keras.gathering.PATIENCE", 2)
    made = model(optimizers.SGD(loss_scale="dynamic"))
    seen = []
    for _ in range(5):
        made.train_on_batch(X, Y)
        seen.append(scale_of(made) / 2.0**15)
    assert seen == [1, 2, 2, 4, 4]


def test_wrong_options():
    for wrong in (0, 1.5, "2", True):
        with pytest.raises(ValueError, match="gradient_accumulation_steps is an int >= 1"):
            optimizers.SGD(gradient_accumulation_steps=wrong)
    for wrong in (0, -1.0, "auto", True):
        with pytest.raises(ValueError, match="loss_scale is a number > 0, 'dynamic' or None"):
            optimizers.SGD(loss_scale=wrong)
