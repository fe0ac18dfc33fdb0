"""Models whose products are made in half precision."""

import numpy as np
import pytest
from engines import each_engine  # noqa: F401

import keras
from keras import backend as K
from keras.layers import (
    LSTM,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    add,
)
from keras.mixed_precision import global_policy, set_global_policy
from keras.models import Model, Sequential, load_model

RANDOM = np.random.RandomState(0)
X = RANDOM.rand(64, 8, 8, 2).astype("float32")
Y = (X[:, :4].sum((1, 2, 3)) > X[:, 4:].sum((1, 2, 3))).astype("float32")
POLICIES = ["mixed_bfloat16", "mixed_float16"]


@pytest.fixture(autouse=True)
def float32_again():
    yield
    set_global_policy("float32")


def convolutional(policy):
    set_global_policy(policy)
    np.random.seed(1)
    model = Sequential(
        [
            Conv2D(8, 3, activation="relu", input_shape=(8, 8, 2)),
            MaxPooling2D(),
            BatchNormalization(),
            Flatten(),
            Dropout(0.1),
            Dense(16, activation="relu"),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["acc"])
    return model


@pytest.mark.parametrize("policy", POLICIES)
def test_it_learns_as_float32_does(policy):
    ends = []
    for one in (policy, "float32"):
        K.clear_session()
        model = convolutional(one)
        history = model.fit(X, Y, 16, epochs=12, verbose=0).history
        ends.append(history["loss"][-1])
        assert all(w.dtype == "float32" for w in model.get_weights())
        assert model.predict(X).dtype == "float32"
        assert history["loss"][-1] < 0.85 * history["loss"][0]
    assert abs(ends[0] - ends[1]) < 0.05


@pytest.mark.parametrize("policy", POLICIES)
def test_products_are_rounded_and_sums_are_not(policy):
    set_global_policy(policy)
    a = Input((300,))
    model = Model(a, [Dense(4, use_bias=False)(a), add([a, a])])
    x = RANDOM.rand(5, 300).astype("float32")
    kernel = model.get_weights()[0]
    product, total = model.predict(x)
    exact = x.astype("float64") @ kernel.astype("float64")
    digits = 2.0**-9 if policy == "mixed_bfloat16" else 2.0**-12
    error = np.abs(product - exact).max() / (np.abs(x) @ np.abs(kernel)).max()
    assert digits / 100 < error < 4 * digits
    np.testing.assert_array_equal(total, x + x)


@pytest.mark.parametrize("policy", POLICIES)
def test_recurrent_and_joined_models(policy):
    set_global_policy(policy)
    a = Input((5, 3))
    model = Model(a, Dense(1)(add([LSTM(4)(a), LSTM(4)(a)])))
    model.compile("sgd", "mse")
    x, y = RANDOM.rand(32, 5, 3), RANDOM.rand(32)
    losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_float16_scales_the_loss_and_the_file_knows_it(tmp_path):
    model = convolutional("mixed_float16")
    assert model.optimizer.loss_scale == "dynamic"
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.h5")
    set_global_policy("float32")
    again = load_model(tmp_path / "model.h5")
    np.testing.assert_allclose(again.predict(X), model.predict(X), atol=5e-3)
    assert convolutional("mixed_bfloat16").optimizer.loss_scale is None


def test_compile_takes_the_policy_down():
    model = convolutional("mixed_bfloat16")
    rounded = model.predict(X)
    set_global_policy("float32")
    model._functions.clear()
    np.testing.assert_array_equal(model.predict(X), rounded)
    model.compile("adam", "binary_crossentropy")
    assert not np.array_equal(model.predict(X), rounded)


def test_names_of_policies():
    assert keras.mixed_precision.global_policy() == global_policy() == "float32"
    with pytest.raises(ValueError, match="mixed_bfloat16; given 'float16'"):
        set_global_policy("float16")
