"""Layers and models that users write as classes."""


import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from model_parts import X, Y, dense, lines, names
from numpy.testing import assert_allclose, assert_array_equal

import keras
from keras import backend as K
from keras.layers import (
    BatchNormalization,
    Dense,
    Dropout,
    Embedding,
    Input,
    Layer,
    concatenate,
)
from keras.models import Model, Sequential

# ------------------------------------------------------------------------------ layers of users


class SimpleMLP(keras.Model):
    """The subclass of the manual (000), with a layer more."""

    def __init__(self, use_bn=False, use_dp=False, num_classes=10):
        super().__init__(name="mlp")
        self.use_bn = use_bn
        self.use_dp = use_dp
        self.dense1 = Dense(32, activation="relu")
        self.dense2 = Dense(num_classes, activation="softmax")
        if self.use_dp:
            self.dp = Dropout(0.5)
        if self.use_bn:
            self.bn = BatchNormalization(axis=-1)

    def call(self, inputs):
        x = self.dense1(inputs)
        if self.use_dp:
            x = self.dp(x)
        if self.use_bn:
            x = self.bn(x)
        return self.dense2(x)


def test_a_subclassed_model():
    model = SimpleMLP(True, True, num_classes=2)
    assert names(model) == ["dense_1", "dense_2", "dropout_1", "batch_normalization_1"]
    with pytest.raises(ValueError, match="Build the model first"):
        model.summary()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    targets = np.eye(2)[[0, 1, 1, 0, 1, 0]]
    history = model.fit(X, targets, epochs=2, verbose=0, validation_data=(X, targets)).history
    assert sorted(history) == ["acc", "loss", "val_acc", "val_loss"]
    assert model.predict(X).shape == (6, 2)
    assert_allclose(model.predict(X).sum(-1), np.ones(6), rtol=1e-5)
    assert len(model.evaluate(X, targets, verbose=0)) == 2
    assert model.count_params() == 160 + 66 + 128 and len(model.updates) == 2
    assert len(names(model)) == 4
    assert lines(model)[3].startswith("dense_1 (Dense) ")
    with pytest.raises(NotImplementedError, match="SimpleMLP is a subclass of Model"):
        model.get_config()
    x = Input((4,))
    assert_allclose(Model(x, model(x)).predict(X), model.predict(X), rtol=1e-5)


def test_a_subclassed_model_is_a_layer_and_trains_by_itself():
    class Normed(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = Dense(2, activity_regularizer="l2", kernel_regularizer="l2")
            self.norm = BatchNormalization()

        def call(self, inputs):
            y = self.norm(self.inner(inputs))
            self.add_loss(K.sum(K.square(y)), inputs)
            return y

    model = Normed()
    x = Input((4,))
    outer = Model(x, model(x))
    assert len(outer.losses) == 3 and len(outer.updates) == 2
    for trained in (outer, model, outer):
        trained.compile("sgd", "mse")
        before = model.get_weights()
        trained.fit(X, Y, verbose=0)
        assert all(np.any(p != q) for p, q in zip(before, model.get_weights(), strict=True))
    assert len(model.losses) == 3 and len(model.updates) == 2


def test_a_subclassed_model_of_several_inputs_and_outputs():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.heads = [Dense(3), Dense(1)]

        def call(self, inputs):
            a, b = inputs
            return [self.heads[0](a), self.heads[1](concatenate([a, b]))]

    model = Two()
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit([X, Y], [X[:, :3], Y[:, :1]], verbose=0)
    assert model.metrics_names == [
        "loss",
        "output_1_loss",
        "output_2_loss",
        "output_1_mean_absolute_error",
        "output_2_mean_absolute_error",
    ]
    assert [y.shape for y in model.predict([X, Y])] == [(6, 3), (6, 1)]
    assert len(model.weights) == 4


def test_what_a_subclass_must_do():
    class Early(keras.Model):
        def __init__(self):
            self.inner = Dense(2)

    class Silent(keras.Model):
        pass

    class Numeric(keras.Model):
        def call(self, inputs):
            return np.ones(3)

    with pytest.raises(RuntimeError, match=r"Early.__init__ .* super\(\).__init__\(\)"):
        Early()
    with pytest.raises(NotImplementedError, match="a subclass of Model defines `call`"):
        Silent().predict(X)
    with pytest.raises(TypeError, match="call returns symbolic tensors; it returned array"):
        Numeric().predict(X)


class MyLayer(Layer):
    """The layer of the manual, 5.13."""

    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[1], self.output_dim),
            initializer="uniform",
            trainable=True,
        )
        super().build(input_shape)

    def call(self, x):
        return K.dot(x, self.kernel)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.output_dim)

    def get_config(self):
        return {**super().get_config(), "output_dim": self.output_dim}


def test_a_users_layer():
    model = Sequential([MyLayer(3, input_shape=(4,)), MyLayer(2, name="mine")])
    assert names(model) == ["my_layer_1", "mine"] and model.output_shape == (None, 2)
    kernels = model.get_weights()
    assert_allclose(model.predict(X), X @ kernels[0] @ kernels[1], rtol=1e-4, atol=1e-6)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert all(np.any(a != b) for a, b in zip(kernels, model.get_weights(), strict=True))
    with pytest.raises(ValueError, match="Unknown layer: 'MyLayer'.*custom_objects"):
        Sequential.from_config(model.get_config())
    again = Sequential.from_config(model.get_config(), custom_objects={"MyLayer": MyLayer})
    again.set_weights(model.get_weights())
    assert_array_equal(again.predict(X), model.predict(X))


def test_a_users_layer_of_several_inputs():
    class Pair(Layer):
        def build(self, input_shape):
            assert isinstance(input_shape, list)
            self.kernel = self.add_weight("kernel", (input_shape[0][1], 2))
            super().build(input_shape)

        def call(self, x):
            assert isinstance(x, list)
            return [K.dot(x[0], self.kernel) + x[1], K.mean(x[1], axis=-1)]

        def compute_output_shape(self, shapes):
            return [(shapes[0][0], 2), shapes[1][:-1]]

    a, b = Input((4,)), Input((2,))
    outputs = Pair()([a, b])
    assert [K.int_shape(y) for y in outputs] == [(None, 2), (None,)]
    got = Model([a, b], outputs).predict([X, Y])
    assert_allclose(got[1], Y.mean(-1), rtol=1e-5)


def test_a_shape_that_is_told_fills_and_does_no_harm():
    class Told(Layer):
        def __init__(self, told, **kwargs):
            super().__init__(**kwargs)
            self.told = told

        def call(self, x):
            return K.reshape(x, (-1, K.shape(x)[1]))

        def compute_output_shape(self, input_shape):
            return self.told

    x = Input((None,))
    assert K.int_shape(Told((None, 4))(x)) == (None, 4)
    with pytest.warns(UserWarning, match=r"told_2 \(Told\): compute_output_shape says \(None, 4,"):
        assert K.int_shape(Told((None, 4, 1))(x)) == (None, None)


def test_a_users_shape_may_build_on_that_of_the_class_below():
    """What `super().compute_output_shape` tells is not changed by the user's own `call`."""
    class WithWeights(Embedding):
        def call(self, inputs):
            return [super().call(inputs), self.embeddings + 0.0]

        def compute_output_shape(self, input_shape):
            return [super().compute_output_shape(input_shape), (self.input_dim, self.output_dim)]

        def compute_mask(self, inputs, mask=None):
            return [super().compute_mask(inputs, mask), None]

    assert WithWeights(5, 2).compute_output_shape((None, 3)) == [(None, 3, 2), (5, 2)]
    x = Input((3,))
    rows, weights = WithWeights(5, 2, mask_zero=True)(x)
    assert K.int_shape(rows) == (None, 3, 2) and K.int_shape(weights) == (5, 2)
    assert rows.keras_mask is not None and weights.keras_mask is None


def test_a_users_subclass_of_a_layer():
    class MyDense(Dense):
        def call(self, inputs):
            return 2 * super().call(inputs)

    class Scaled(Dense):
        def __init__(self, units, factor=3, **kwargs):
            super().__init__(units, **kwargs)
            self.factor = factor

        def call(self, inputs):
            return self.factor * super().call(inputs)

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    custom = {"MyDense": MyDense, "Scaled": Scaled}
    model = Sequential([MyDense(3, input_dim=4), Scaled(2, factor=5)])
    assert isinstance(model.layers[0], Dense) and names(model) == ["my_dense_1", "scaled_1"]
    first, second = model.layers
    assert_allclose(model.predict(X), 5 * dense(2 * dense(X, first), second), rtol=1e-4, atol=1e-5)
    again = Sequential.from_config(model.get_config(), custom)
    assert again.layers[1].factor == 5
    again.set_weights(model.get_weights())
    assert_array_equal(again.predict(X), model.predict(X))
