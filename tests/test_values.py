"""Layers and models called on arrays."""

import numpy as np
import pytest
from engines import each_engine  # noqa: F401

from keras import backend as K
from keras.backend.engines import engine
from keras.layers import (
    LSTM,
    Add,
    BatchNormalization,
    Dense,
    Dropout,
    Embedding,
    Input,
    Layer,
    add,
    concatenate,
)
from keras.models import Model, Sequential

X = np.random.RandomState(0).rand(6, 3).astype("float32")


def test_a_layer_on_an_array_is_built_and_gives_values():
    layer = Dense(4, activation="relu")
    found = layer(X)
    kernel, bias = layer.get_weights()
    assert type(found) is np.ndarray and found.dtype == "float32"
    np.testing.assert_allclose(found, np.maximum(X @ kernel + bias, 0), rtol=1e-5, atol=1e-6)
    layer.set_weights([kernel * 2, bias + 1])
    want = np.maximum(X[:2] @ (kernel * 2) + 1, 0)
    np.testing.assert_allclose(layer(X[:2]), want, rtol=1e-5, atol=1e-6)
    assert layer._inbound_nodes == [] and len(layer._array_functions) == 1
    out = layer(Input((3,)))  # and symbolic tensors as ever
    assert K.is_keras_tensor(out) and layer.output is out


def test_lists_of_arrays_and_arrays_of_the_engine():
    own = engine().feed(X, K.placeholder((None, 3)))
    np.testing.assert_array_equal(Add()([X, own]), X + X)
    np.testing.assert_array_equal(Add()([own, own]), X + X)
    numbers = np.array([[1, 2], [3, 0]])
    layer = Embedding(5, 2)
    np.testing.assert_array_equal(layer(numbers), layer.get_weights()[0][numbers])
    assert LSTM(2, return_sequences=True)(np.ones((2, 5, 3))).shape == (2, 5, 2)


def test_models_on_arrays():
    a, b = Input((3,)), Input((3,))
    model = Model([a, b], [add([a, b]), Dense(2)(concatenate([a, b]))])
    found = model([X, 2 * X])
    for one, other in zip(found, model.predict([X, 2 * X])):
        np.testing.assert_array_equal(one, other)
    late = Sequential([Dense(2)])
    np.testing.assert_array_equal(late(X), late.predict(X))
    line = Sequential([Dense(2, input_dim=3)])
    first = line(X)
    line.add(Dense(1))
    assert first.shape == (6, 2)
    np.testing.assert_array_equal(line(X), line.predict(X))
    assert len(line.layers[0]._inbound_nodes) == 1


def test_a_subclassed_model_on_arrays():
    class Small(Model):
        def __init__(self):
            super().__init__()
            self.dense = Dense(2)
            self.drop = Dropout(0.5)

        def call(self, inputs):
            return self.drop(self.dense(inputs))

    model = Small()
    found = model(X)
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(found, X @ kernel + bias, rtol=1e-5, atol=1e-6)
    model.compile("sgd", "mse")
    model.fit(X, np.ones((6, 2)), verbose=0)
    np.testing.assert_allclose(model(X), model.predict(X), rtol=1e-5, atol=1e-6)


def test_training_or_not():
    drop = Dropout(0.5)
    np.testing.assert_array_equal(drop(X), X)
    kept = drop(X, training=True)
    assert set(np.unique(kept == 0)) == {False, True}
    normal = BatchNormalization()
    np.testing.assert_allclose(normal(X, training=True).mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(normal(X), X, rtol=1e-3)  # no average has moved
    assert normal.updates == []

    class Told(Layer):
        def call(self, inputs, training=None):
            return inputs + (1.0 if training else 0.0)

    layer = Told()
    np.testing.assert_array_equal(layer(X, training=True), X + 1)
    np.testing.assert_array_equal(layer(X), X)


def test_what_is_neither_is_refused():
    for wrong in (3, "x", [X, Input((3,))], [[1.0, 2.0]]):
        with pytest.raises(ValueError, match="not a symbolic tensor|expects|symbolic"):
            Dense(2)(wrong)
    with pytest.raises(ValueError, match="expected ndim|expected min_ndim"):
        LSTM(2)(X)
