"""What is TensorFlow's own: its tensors and data sets, functions, optimizers, devices, files."""

import importlib
import warnings

import numpy as np
import pytest
from engines import running_on
from numpy.testing import assert_allclose

import keras
from keras import backend as K
from keras.backend import chunks, clash
from keras.layers import LSTM, Activation, Dense, Dropout, Embedding, Input, Lambda
from keras.models import Model, Sequential
from keras.optimizers import SGD, TFOptimizer

tf = pytest.importorskip("tensorflow", reason="scripts/tensorflow.txt says how to install it")
RNG = np.random.default_rng(5)
X = RNG.normal(size=(40, 4)).astype("float32")
Y = (X.sum(1, keepdims=True) > 0).astype("float32")


@pytest.fixture(autouse=True)
def engine():
    K.clear_session()
    np.random.seed(2)
    with running_on("tensorflow"):
        yield
    K.clear_session()


def dense(optimizer="sgd"):
    model = Sequential([Dense(3, activation="tanh", input_shape=(4,)), Dense(1)])
    model.compile(optimizer, "mse")
    return model


def test_a_data_set_feeds_fit_evaluate_and_predict():
    model = dense()
    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    history = model.fit(
        batches.repeat(), steps_per_epoch=5, epochs=2, verbose=0,
        validation_data=batches.repeat(), validation_steps=2,
    ).history
    assert history["loss"][1] < history["loss"][0]
    assert len(history["val_loss"]) == 2
    whole = model.evaluate(X, Y, verbose=0)
    assert_allclose(model.evaluate(batches, verbose=0), whole, rtol=1e-5)
    assert_allclose(model.evaluate(batches.repeat(), steps=5, verbose=0), whole, rtol=1e-5)
    found = model.predict(tf.data.Dataset.from_tensor_slices(X).batch(8))
    assert_allclose(found, model.predict(X), rtol=1e-5, atol=1e-6)
    assert_allclose(model.predict(tf.constant(X)), found, rtol=1e-5, atol=1e-6)


def test_a_data_set_whose_end_is_not_known_needs_a_number_of_steps():
    model = dense()
    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    with pytest.raises(ValueError, match="`steps_per_epoch` is needed here: .* infinite"):
        model.fit(batches.repeat())
    some = batches.filter(lambda x, y: True)
    with pytest.raises(ValueError, match="`validation_steps` is needed here: .* unknown"):
        model.fit(batches, validation_data=some, verbose=0)
    assert len(model.fit(some, steps_per_epoch=5, epochs=2, verbose=0).history["loss"]) == 2


def test_tensors_feed_fit_evaluate_and_predict():
    def trained(x, y, **options):
        np.random.seed(1)
        model = dense()
        losses = model.fit(x, y, epochs=2, shuffle=False, verbose=0, **options).history["loss"]
        return [losses, model.evaluate(x, y, verbose=0), model.predict(x)]

    x, y = tf.constant(X), tf.constant(Y)
    for one, other in zip(trained(x, y, batch_size=8), trained(X, Y, batch_size=8), strict=True):
        assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    model = dense()
    history = model.fit(x, y, steps_per_epoch=3, epochs=2, verbose=0, validation_data=(x, y),
                        validation_steps=2).history
    assert history["loss"][1] < history["loss"][0]
    assert history["val_loss"][1] == model.evaluate(x, y, steps=1, verbose=0)
    assert_allclose(model.predict(x, steps=2), np.concatenate([model.predict(X)] * 2), rtol=1e-5)


def test_a_model_begins_with_a_tensor_of_tensorflow():
    x = Input(tensor=tf.constant(X))
    assert K.is_keras_tensor(x) and not K.is_keras_tensor(tf.constant(X))
    with pytest.raises(ValueError, match="symbolic tensor expected"):
        K.is_keras_tensor(X)
    model = Model(x, Dense(1)(x))
    for targets in (K.constant(Y), tf.constant(Y), [tf.constant(Y)]):
        model.compile("sgd", "mse", target_tensors=targets)
        first = model.evaluate(steps=1, verbose=0)
        model.fit(steps_per_epoch=20, epochs=1, verbose=0)
        assert model.evaluate(steps=1, verbose=0) < first
    assert model.predict(steps=1).shape == (40, 1)


def test_functions_of_tensorflow_take_symbolic_tensors():
    x = K.placeholder((None, 4))
    rows = tf.reduce_mean(tf.square(x), axis=-1)
    both = tf.concat([x, tf.nn.relu(x)], 1) + tf.ones(8)
    assert K.int_shape(rows) == (None,) and K.int_shape(both) == (None, 8)
    (slope,) = K.gradients(K.sum(rows), x)
    got = K.function([x], [rows, both, slope])([X])
    assert_allclose(got[0], (X**2).mean(1), rtol=1e-5)
    assert_allclose(got[1], np.concatenate([X, np.maximum(X, 0)], 1) + 1, rtol=1e-5)
    assert_allclose(got[2], X / 2, rtol=1e-5)
    assert K.tf is tf
    assert importlib.import_module("keras.backend.tensorflow_backend").tf is tf


def test_its_dtypes_and_its_functions_of_functions():
    """They ask no dispatcher what a symbolic tensor is; a Lambda becomes one node then."""
    x = Input((5, 3), dtype=tf.int32)
    assert K.dtype(x) == "int32"
    y = Lambda(lambda rows: tf.map_fn(lambda row: tf.reduce_max(row, axis=0), rows))(x)
    assert K.int_shape(y) == (None, 3)
    values = RNG.integers(9, size=(4, 5, 3))
    assert (Model(x, y).predict(values) == values.max(1)).all()


def test_its_functions_where_layers_losses_and_metrics_take_one():
    def error(y_true, y_pred):
        return tf.reduce_mean(tf.math.squared_difference(y_true, y_pred), -1)

    layers = [Dense(3, activation=tf.nn.tanh, input_shape=(4,)), Activation(tf.nn.softsign),
              Lambda(lambda x: tf.clip_by_value(x, -0.5, 0.5)), Dense(1)]
    model = Sequential(layers)
    def error_of_version_1(y_true, y_pred):  # it asks for methods of TensorFlow's shapes
        return tf.compat.v1.losses.mean_squared_error(y_true, y_pred)

    model.compile("sgd", error, metrics=[error, error_of_version_1, "mse"])
    history = model.fit(X, Y, epochs=2, verbose=0).history
    assert_allclose(history["error"], history["mean_squared_error"], rtol=1e-5)
    assert_allclose(history["error_of_version_1"], history["mean_squared_error"], rtol=1e-5)
    assert history["loss"][1] < history["loss"][0]


@pytest.mark.parametrize("theirs, ours", [
    (lambda: tf.compat.v1.train.GradientDescentOptimizer(0.1), lambda: SGD(0.1)),
    (lambda: tf.compat.v1.train.MomentumOptimizer(0.1, 0.9), lambda: SGD(0.1, momentum=0.9)),
    (lambda: tf.compat.v1.train.AdamOptimizer(0.01, epsilon=1e-7),
     lambda: keras.optimizers.Adam(0.01, epsilon=1e-7)),
])
def test_an_optimizer_of_tensorflow_makes_the_same_steps(theirs, ours):
    found = []
    for optimizer in (TFOptimizer(theirs()), ours()):
        np.random.seed(1)
        model = dense(optimizer)
        model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        assert K.get_value(model.optimizer.iterations) == 10
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_compile_takes_an_optimizer_of_tensorflow():
    model = dense(tf.compat.v1.train.RMSPropOptimizer(0.01))
    assert isinstance(model.optimizer, TFOptimizer)
    losses = model.fit(X, Y, epochs=2, verbose=0).history["loss"]
    assert losses[1] < losses[0]


def test_devices_of_tensorflow_are_those_of_the_graph():
    with tf.device("/cpu:0"):
        v = K.variable(X)
        y = K.square(v)
    assert y.device == v.place and "CPU:0" in y.device
    assert K.square(v).device is None
    with tf.device("/cpu:0"), K.device("/gpu:7"):
        assert K.square(v).device == "/gpu:7"
    assert_allclose(K.eval(y), X**2, rtol=1e-5)
    assert "CPU:0" in v.value.device


@pytest.mark.parametrize("seconds", [0.0, 100.0])
def test_steps_of_a_chunk_are_those_of_single_steps(monkeypatch, seconds):
    def fitted(callbacks=()):
        np.random.seed(3)
        layers = [Dense(6, input_shape=(4,)), Dropout(0.5), Dense(1)]
        model = Sequential(layers)
        model.compile("adam", "mse", metrics=["mae"])
        history = model.fit(X, Y, epochs=3, batch_size=6, verbose=0, callbacks=list(callbacks))
        return [history.history["loss"], history.history["mean_absolute_error"],
                *model.get_weights()]

    single = fitted([keras.callbacks.LambdaCallback(on_batch_end=lambda batch, logs: None)])
    monkeypatch.setattr(chunks, "SECONDS", seconds)
    for one, other in zip(fitted(), single, strict=True):
        assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_saved_model_is_read_by_tensorflow(tmp_path):
    words = Input((5,), name="words", dtype="int32")
    numbers = Input((4,), name="numbers")
    h = keras.layers.concatenate([LSTM(3)(Embedding(9, 2)(words)), Dropout(0.5)(numbers)])
    model = Model([words, numbers], [Dense(2, name="one")(h), Dense(1, name="two")(h)])
    model.export(tmp_path / "model")
    given = RNG.integers(9, size=(3, 5)).astype("int32"), X[:3]
    signature = tf.saved_model.load(str(tmp_path / "model")).signatures["serving_default"]
    found = signature(words=tf.constant(given[0]), numbers=tf.constant(given[1]))
    for name, want in zip(["one", "two"], model.predict(list(given)), strict=True):
        assert_allclose(found[name], want, rtol=1e-5, atol=1e-6)
    with running_on("torch"), pytest.raises(NotImplementedError, match="KERAS_BACKEND=tensorflow"):
        keras.export_saved_model(Sequential([Dense(1, input_shape=(2,))]), tmp_path / "other")


def test_an_error_names_the_layer():
    x = K.placeholder((None, None))
    with K.name_scope("head"):
        y = K.dot(x, K.variable(np.ones((4, 2))))
    with pytest.raises(ValueError, match=r"dot in head cannot compute.*\(3, 5\)"):
        K.function([x], [y])([np.ones((3, 5))])


def test_an_array_without_samples_keeps_its_shape():
    """oneDNN's convolution gives it that of the input."""
    x = K.placeholder((None, 6, 6, 2))
    f = K.function([x], [K.conv2d(x, K.variable(np.ones((3, 3, 2, 4))))])
    assert f([np.ones((0, 6, 6, 2))])[0].shape == (0, 4, 4, 4)
    assert f([np.ones((1, 6, 6, 2))])[0].shape == (1, 4, 4, 4)


def test_another_keras_is_told_of(tmp_path):
    for name in ("keras-3.15.0", "keras_classic-0.1.0", "keras_tuner-1"):
        (tmp_path / f"{name}.dist-info").mkdir()
    assert clash.others([str(tmp_path), str(tmp_path / "missing")]) == [("3.15.0", str(tmp_path))]
    with pytest.warns(UserWarning, match="Keras 3.15.0 is installed.*pip uninstall -y keras"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clash.sys, "path", [str(tmp_path)])
            clash.check()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert clash.others([str(tmp_path / "keras_tuner-1.dist-info")]) == []
