"""fit, evaluate, predict and their kin against a re-computation in NumPy."""

import os
import subprocess
import sys
import textwrap

import h5py
import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from numpy.testing import assert_allclose, assert_array_equal
from perceptron import Perceptron, reduced

import keras
from keras import backend as K
from keras.backend.engines import engine
from keras.callbacks import Callback
from keras.layers import (
    Activation,
    ActivityRegularization,
    BatchNormalization,
    Dense,
    Dropout,
    Input,
    Layer,
    Masking,
)
from keras.models import Model, Sequential
from keras.optimizers import SGD

RNG = np.random.default_rng(1)
X = RNG.normal(size=(11, 4))
Y = RNG.normal(size=(11, 2))
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


# ------------------------------------------------------------------------------ fit


@pytest.mark.parametrize("shuffle", [True, False, "batch"])
def test_fit_is_what_the_formulas_say(shuffle):
    model, own = perceptron(l2=0.1)
    model.compile(SGD(lr=0.1), "mse", metrics=["mae"])
    np.random.seed(5)
    seen = Recorder()
    history = model.fit(
        X, Y, batch_size=4, epochs=3, shuffle=shuffle, validation_split=0.25, verbose=0,
        callbacks=[seen],
    )  # fmt: skip
    n = int(11 * (1 - 0.25))
    assert n == 8 and history is model.history and history.epoch == [0, 1, 2]
    n, held_out = 8, (X[8:], Y[8:])
    order = np.arange(n)
    np.random.seed(5)
    for epoch in range(3):
        if shuffle == "batch":
            blocks = order.reshape(-1, 4)
            np.random.shuffle(blocks)
        elif shuffle:
            np.random.shuffle(order)
        means = np.zeros(2)
        for start in range(0, n, 4):
            rows = order[start : start + 4]
            error = np.abs(own.predict(X[rows]) - Y[rows]).mean()
            values = np.array([own.step(X[rows], Y[rows], lr=0.1), error])
            means += values * len(rows) / n
            logs = seen.logs("batch end")[epoch * 2 + start // 4]
            close([logs["loss"], logs["mean_absolute_error"]], values)
        close(history.history["loss"][epoch], means[0])
        close(history.history["mean_absolute_error"][epoch], means[1])
        close(history.history["val_loss"][epoch], own.loss(*held_out))
    for got, want in zip(model.get_weights(), own.weights, strict=True):
        close(got, want)
    close(model.predict(X, batch_size=3), own.predict(X))


def test_a_smaller_last_batch_counts_for_less():
    model, own = perceptron()
    model.compile(SGD(lr=0.1), "mse")
    got = model.fit(X, Y, batch_size=4, shuffle=False, verbose=0).history["loss"][0]
    values = [own.step(X[i : i + 4], Y[i : i + 4], lr=0.1) for i in (0, 4, 8)]
    close(got, np.dot(values, [4, 4, 3]) / 11)
    values = [own.loss(X[i : i + 4], Y[i : i + 4]) for i in (0, 4, 8)]
    close(model.evaluate(X, Y, batch_size=4, verbose=0), np.dot(values, [4, 4, 3]) / 11)


def test_blocks_are_shuffled_and_the_rest_stays_last():
    from keras.training.loop import shuffled

    np.random.seed(1)
    order = np.arange(11)
    for _ in range(3):
        mixed = shuffled(order, "batch", 3)
        assert list(mixed[9:]) == [9, 10]
        assert all(list(block) == sorted(block) for block in mixed[:9].reshape(3, 3))
    assert sorted(order) == list(range(11))


def test_on_batch_methods_tell_the_loss_before_the_step():
    model, own = perceptron()
    model.compile(SGD(lr=0.1), "mse", metrics=["mae"])
    for _ in range(3):
        loss, error = model.train_on_batch(X, Y)
        close(error, np.abs(own.predict(X) - Y).mean())
        close(loss, own.step(X, Y, lr=0.1))
    close(model.test_on_batch(X, Y)[0], own.loss(X, Y))
    close(model.predict_on_batch(X), own.predict(X))
    model.compile("sgd", "mse")
    assert np.ndim(model.train_on_batch(X, Y)) == 0
    assert isinstance(model.evaluate(X, Y, verbose=0), float)


def test_epochs_are_numbered_from_the_initial_one():
    model, _ = perceptron()
    model.compile("sgd", "mse")
    history = model.fit(X, Y, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4] and len(history.history["loss"]) == 2
    assert model.fit(X, Y, epochs=2, initial_epoch=2, verbose=0).history == {}


def test_weighted_and_unweighted_steps_share_the_state_of_the_optimizer():
    model, own = perceptron()
    model.compile(SGD(lr=0.1, momentum=0.9), "mse")
    velocity = [np.zeros_like(w) for w in own.weights]
    for weights in (None, WEIGHTS, None, WEIGHTS):
        model.train_on_batch(X, Y, sample_weight=weights)
        for w, v, g in zip(own.weights, velocity, own.gradients(X, Y, weights), strict=True):
            v *= 0.9
            v -= 0.1 * g
            w += v
    for got, want in zip(model.get_weights(), own.weights, strict=True):
        close(got, want)


# ------------------------------------------------------------------------------ weights, masks


def test_sample_weights():
    model, own = perceptron(l2=0.1)
    model.compile(SGD(lr=0.1), "mse", metrics=["mse"], weighted_metrics=["mse"])
    assert model.metrics_names == ["loss", "mean_squared_error", "weighted_mean_squared_error"]
    history = model.fit(X, Y, 6, epochs=2, sample_weight=WEIGHTS, shuffle=False, verbose=0).history
    for epoch in range(2):
        values = []
        for rows in (slice(6), slice(6, None)):
            plain = ((own.predict(X[rows]) - Y[rows]) ** 2).mean()
            loss = own.step(X[rows], Y[rows], lr=0.1, weights=WEIGHTS[rows])
            values.append([loss, plain])
        want = np.average(values, axis=0, weights=[6, 5])
        close(history["loss"][epoch], want[0])
        close(history["mean_squared_error"][epoch], want[1])
    score = ((own.predict(X) - Y) ** 2).mean(-1)
    got = model.evaluate(X, Y, sample_weight=WEIGHTS, verbose=0)
    close(got[1:], [score.mean(), reduced(score, weights=WEIGHTS)])
    close(got[0], got[2] + own.penalty())
    # twice the weights, twice the loss: it is not divided by their sum
    twice = model.evaluate(X, Y, sample_weight=2 * WEIGHTS, verbose=0)
    close(twice[2], 2 * got[2])


@pytest.mark.parametrize("targets", ["one hot", "numbers"])
def test_class_weights(targets):
    by_class = {0: 1.0, 1: 0.5, 2: 3.0}
    y = np.eye(3)[CLASSES] if targets == "one hot" else CLASSES
    loss = ("" if targets == "one hot" else "sparse_") + "categorical_crossentropy"
    model, own = perceptron(3, activation="softmax")
    model.compile(SGD(lr=0.1), loss)
    logits = own.predict(X)
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    score = -np.log(shares[np.arange(11), CLASSES])
    weights = np.array([by_class[c] for c in CLASSES])
    before = model.get_weights()
    close(model.train_on_batch(X, y, class_weight=by_class), reduced(score, weights=weights))
    model.set_weights(before)
    history = model.fit(X, y, batch_size=11, class_weight=by_class, verbose=0,
                        validation_data=(X, y)).history  # fmt: skip
    close(history["loss"], [reduced(score, weights=weights)])
    model.set_weights(before)
    close(model.test_on_batch(X, y), score.mean())
    with pytest.warns(UserWarning, match="`class_weight` argument will be ignored"):
        both = model.train_on_batch(X, y, class_weight=by_class, sample_weight=WEIGHTS)
    close(both, reduced(score, weights=WEIGHTS))


def masked_model():
    """A model of sequences, whose steps of zeros are masked."""
    model = Sequential([Masking(input_shape=(5, 3)), Dense(2, kernel_initializer="ones")])
    x = RNG.normal(size=(4, 5, 3))
    x[0, 3:] = x[2, 1:] = x[3, 2] = 0
    return model, x, RNG.normal(size=(4, 5, 2)), (x != 0).any(-1).astype(float)


def test_masks_and_weights_by_step():
    model, x, y, mask = masked_model()
    steps = RNG.choice([0.0, 1.0, 2.5], size=(4, 5))
    score = ((model.predict(x) - y) ** 2).mean(-1)
    model.compile("sgd", "mse", metrics=["mse"], weighted_metrics=["mse"])
    got = model.test_on_batch(x, y)
    close(got, [reduced(score, mask)] * 3)
    samples = np.array([1.0, 0, 2, 3])
    got = model.test_on_batch(x, y, sample_weight=samples)
    close(got, [reduced(score, mask, w) for w in (samples, None, samples)])
    model.compile("sgd", "mse", sample_weight_mode="temporal", weighted_metrics=["mse"])
    close(model.test_on_batch(x, y), [reduced(score, mask)] * 2)
    got = model.test_on_batch(x, y, sample_weight=steps)
    close(got, [reduced(score, mask, steps)] * 2)
    history = model.fit(x, y, batch_size=4, sample_weight=steps, verbose=0).history
    close(history["loss"][0], reduced(score, mask, steps))


def test_losses_of_layers_are_sums_and_are_added():
    x = Input((4,))
    y = ActivityRegularization(l2=0.5)(Dense(2, kernel_regularizer="l1")(x))
    model = Model(x, y)
    model.add_loss(3 * K.mean(y))
    model.compile("sgd", "mse")
    kernel, bias = model.get_weights()
    p = X @ kernel + bias
    want = ((p - Y) ** 2).mean() + 0.5 * (p**2).sum() + 0.01 * np.abs(kernel).sum() + 3 * p.mean()
    close(model.test_on_batch(X, Y), want)


def test_a_model_may_learn_from_added_losses_alone():
    x = Input((4,))
    code = Dense(2)(x)
    again = Dense(4)(code)
    model = Model(x, again)
    model.add_loss(K.mean(K.square(again - x)))
    for options in ({}, {"loss": None}):
        model.compile("sgd", **options)
        want = ((model.predict(X) - X) ** 2).mean()
        history = model.fit(X, batch_size=11, validation_data=(X, None), verbose=0).history
        close(history["loss"], [want])
        assert model.metrics_names == ["loss"] and sorted(history) == ["loss", "val_loss"]


# ------------------------------------------------------------------------------ several outputs


def two_outputs():
    x = Input((4,), name="x")
    return Model(x, [Dense(2, name="p")(x), Dense(1, activation="sigmoid", name="q")(x)])


B = (Y[:, :1] > 0).astype(float)


@pytest.mark.parametrize("form", ["list", "dict"])
def test_losses_metrics_and_weights_by_output(form):
    model = two_outputs()
    given = {
        "loss": ["mse", "binary_crossentropy"],
        "loss_weights": [2.0, 0.5],
        "metrics": [["mae"], ["accuracy"]],
    }
    data, weights = [Y, B], [None, WEIGHTS]
    if form == "dict":
        given = {key: dict(zip("pq", value, strict=True)) for key, value in given.items()}
        data, weights = dict(zip("pq", data, strict=True)), {"q": WEIGHTS}
    model.compile("sgd", **given)
    assert model.metrics_names == ["loss", "p_loss", "q_loss", "p_mean_absolute_error", "q_acc"]
    p, q = model.predict(X)
    first = ((p - Y) ** 2).mean()
    second = reduced(-(B * np.log(q) + (1 - B) * np.log(1 - q)).mean(-1), weights=WEIGHTS)
    want = [2 * first + 0.5 * second, first, second]
    want += [np.abs(p - Y).mean(), (np.round(q) == B).mean()]
    close(model.test_on_batch({"x": X}, data, sample_weight=weights), want)
    close(model.evaluate(X, data, sample_weight=weights, batch_size=11, verbose=0), want)
    history = model.fit(X, data, batch_size=11, sample_weight=weights, verbose=0).history
    assert list(history) == model.metrics_names
    close([values[0] for values in history.values()], want)


def test_an_output_without_a_loss_is_not_trained():
    model = two_outputs()
    with pytest.raises(ValueError, match="`None` for gradient: the loss does not depend on q/ker"):
        model.compile("sgd", ["mse", None])
        model.fit(X, Y, verbose=0)
    model.get_layer("q").trainable = False
    with pytest.warns(UserWarning, match='Output "q" missing from loss dictionary'):
        model.compile("sgd", {"p": "mse"}, metrics={"p": "mae", "q": "mae"})
    for _ in range(2):
        assert model.metrics_names == ["loss", "p_loss", "p_mean_absolute_error"]
        before = model.get_layer("q").get_weights()
        model.fit(X, Y, verbose=0)
        model.fit(X, {"p": Y}, verbose=0)
        assert_array_equal(model.get_layer("q").get_weights()[0], before[0])
        model.compile("sgd", ["mse", None], metrics={"p": "mae"})


def test_class_weights_by_output():
    model = two_outputs()
    model.compile("sgd", ["mse", "binary_crossentropy"], sample_weight_mode={"p": None})
    p, q = model.predict(X)
    by_class = {0: 1.0, 1: 3.0}
    score = -(B * np.log(q) + (1 - B) * np.log(1 - q))[:, 0]
    weights = np.where(B[:, 0] == 1, 3.0, 1.0)
    want = [((p - Y) ** 2).mean(), reduced(score, weights=weights)]
    before = model.get_weights()
    for given in ({"q": by_class}, [None, by_class]):
        model.set_weights(before)
        got = model.train_on_batch(X, [Y, B], class_weight=given)
        close(got, [sum(want), *want])
    for message, given in {
        "list of 2, or a dict by output name": [by_class],
        "Unknown entry in class_weight dictionary: 0": by_class,
    }.items():
        with pytest.raises(ValueError, match=message):
            model.train_on_batch(X, [Y, B], class_weight=given)


def test_one_loss_and_one_list_of_metrics_for_all_outputs():
    model = two_outputs()
    model.compile("sgd", "mse", metrics=["mae", "acc"], weighted_metrics=["mae"])
    assert model.metrics_names == [
        "loss",
        "p_loss",
        "q_loss",
        "p_mean_absolute_error",
        "p_acc",
        "p_weighted_mean_absolute_error",
        "q_mean_absolute_error",
        "q_acc",
        "q_weighted_mean_absolute_error",
    ]


# ------------------------------------------------------------------------------ metrics


def mean_pred(y_true, y_pred):
    return K.mean(y_pred)


def test_names_of_metrics():
    model, _ = perceptron()
    model.compile("sgd", "mse", metrics=["acc", "mse", mean_pred, "mse", "ce", keras.losses.mae])
    assert model.metrics_names == [
        "loss",
        "acc",
        "mean_squared_error",
        "mean_pred",
        "mean_squared_error_1",
        "ce",
        "mean_absolute_error",
    ]
    close(model.test_on_batch(X, Y)[3], model.predict(X).mean())


def rounded(y, p):
    return np.mean(np.round(p) == y)


def largest(y, p):
    return np.mean(y.argmax(-1) == p.argmax(-1))


ACCURACIES = {  # units, activation, loss -> targets, what 'accuracy' is
    (1, "sigmoid", "binary_crossentropy"): (B, rounded),
    (1, None, "mse"): (B, rounded),
    (3, "sigmoid", "binary_crossentropy"): (np.eye(3)[CLASSES], rounded),
    (3, "softmax", "categorical_crossentropy"): (np.eye(3)[CLASSES], largest),
    (3, "softmax", "mse"): (np.eye(3)[CLASSES], largest),
    (3, "softmax", "sparse_categorical_crossentropy"): (
        CLASSES,
        lambda y, p: np.mean(y == p.argmax(-1)),
    ),
}


@pytest.mark.parametrize("case", ACCURACIES, ids=str)
def test_accuracy_suits_itself_to_the_output(case):
    units, activation, loss = case
    y, accuracy = ACCURACIES[case]
    model, _ = perceptron(units, activation=activation)
    for given in (loss, getattr(keras.losses, loss, None)):
        model.compile("sgd", given, metrics=["accuracy"])
        assert model.metrics_names == ["loss", "acc"]
        close(model.test_on_batch(X, y)[1], accuracy(y, model.predict(X)))


class Counted(Layer):
    """A stateful metric: the number of positive predictions since the last reset."""

    stateful = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.count = K.variable(0, dtype="int32")

    def reset_states(self):
        K.set_value(self.count, 0)

    def __call__(self, y_true, y_pred):
        more = K.sum(K.cast(y_pred > 0, "int32"))
        self.add_update(K.update_add(self.count, more), inputs=[y_true, y_pred])
        return self.count + more


def test_stateful_metrics_tell_their_last_value():
    model, own = perceptron(1)
    model.compile(SGD(lr=0.0), "mse", metrics=["mae", Counted(name="positive")])
    assert model.metrics_names == ["loss", "mean_absolute_error", "positive"]
    seen = Recorder()
    history = model.fit(
        X, B, 4, epochs=2, shuffle=False, validation_data=(X[:5], B[:5]), verbose=0,
        callbacks=[seen],
    ).history  # fmt: skip
    positive = (own.predict(X) > 0)[:, 0]
    assert history["positive"] == [positive.sum()] * 2
    assert history["val_positive"] == [positive[:5].sum()] * 2
    running = np.add.accumulate(positive)[[3, 7, 10]]
    assert [logs["positive"] for logs in seen.logs("batch end")] == [*running, *running]
    assert model.evaluate(X, B, batch_size=2, verbose=0)[2] == positive.sum()


# ------------------------------------------------------------------------------ kinds of data


def test_data_may_be_symbolic():
    x = Input(tensor=K.variable(X))
    model = Model(x, Dense(2, kernel_initializer="ones")(x))
    target = K.variable(Y)
    name = model.output_names[0]
    for given in (target, [target], {name: target}):
        model.compile(SGD(lr=0.1), "mse", metrics=["mae"], target_tensors=given)
        before = model.get_weights()
        history = model.fit(
            epochs=2, steps_per_epoch=3, validation_steps=2, verbose=0
        ).history
        assert list(history) == ["loss", "mean_absolute_error", "val_loss",
                                 "val_mean_absolute_error"]  # fmt: skip
        after = model.get_weights()
        model.set_weights(before)
        losses = [model.train_on_batch(None, None)[0] for _ in range(6)]
        for got, want in zip(model.get_weights(), after, strict=True):
            close(got, want)
        close(history["loss"], [np.mean(losses[:3]), np.mean(losses[3:])])
        close(history["val_loss"][1], model.evaluate(steps=2, verbose=0)[0])
    assert model.predict(steps=2).shape == (22, 2)
    model.compile("sgd", "mse")
    assert list(model.fit(None, Y, verbose=0, batch_size=11).history) == ["loss"]
    with pytest.raises(ValueError, match="say how many steps to make"):
        model.predict(None)


def test_arrays_in_steps_are_taken_whole():
    model, own = perceptron()
    model.compile(SGD(lr=0.1), "mse")
    history = model.fit(X, Y, steps_per_epoch=3, verbose=0).history
    close(history["loss"][0], np.mean([own.step(X, Y, lr=0.1) for _ in range(3)]))


def test_hdf5_data_sets(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        x, y = file.create_dataset("x", data=X), file.create_dataset("y", data=Y[:, 0])
        for shuffle in ("batch", True, False):
            model, own = perceptron(1)
            model.compile(SGD(lr=0.1), "mse")
            np.random.seed(3)
            got = model.fit(x, y, 4, epochs=2, shuffle=shuffle, verbose=0).history["loss"]
            losses = model.evaluate(x, y, batch_size=4, verbose=0), model.predict(x, batch_size=4)
            model.set_weights(own.weights)
            np.random.seed(3)
            want = model.fit(X, Y[:, 0], 4, epochs=2, shuffle=shuffle, verbose=0).history["loss"]
            close(got, want)
            close(losses[0], model.evaluate(X, Y[:, 0], batch_size=4, verbose=0))
            close(losses[1], model.predict(X, batch_size=4))
        history = model.fit(x, y, validation_split=0.2, shuffle="batch", verbose=0).history
        assert list(history) == ["loss", "val_loss"]


def test_sparse_matrices():
    sparse = pytest.importorskip("scipy.sparse")
    data = np.where(RNG.random((11, 4)) < 0.5, X, 0)
    x = Input((4,), sparse=True)
    assert K.is_sparse(x)
    model = Model(x, Dense(2)(x))
    model.compile(SGD(lr=0.1), "mse")
    before = model.get_weights()
    for kind in (sparse.csr_matrix, sparse.coo_matrix, sparse.csc_matrix):
        model.set_weights(before)
        close(model.predict(kind(data)), data @ before[0] + before[1])
        got = model.fit(kind(data), Y, 4, shuffle=False, verbose=0).history["loss"]
        model.set_weights(before)
        close(got, model.fit(data, Y, 4, shuffle=False, verbose=0).history["loss"])


def test_lists_and_other_arrays():
    model, own = perceptron(1)
    model.compile("sgd", "mse")
    want = own.predict(X)
    for x in (X.tolist(), tuple(X.tolist()), [X], (X,), [X.tolist()], X.astype("float32")):
        assert_allclose(model.predict(x), want, rtol=1e-5, atol=1e-6)
    close(model.predict(X[:1].tolist()), want[:1])
    loss = ((want - B) ** 2).mean()
    for y in (B, B[:, 0], B[:, 0].tolist(), [B], B.astype(bool), B.astype("uint8")):
        close(model.evaluate(X, y, verbose=0), loss)


def test_pandas():
    import pandas
    model, own = perceptron(1)
    model.compile("sgd", "mse")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    close(model.predict(frame), own.predict(X))
    close(model.evaluate(frame, pandas.Series(B[:, 0]), verbose=0), own.loss(X, B))
    frame["a"] = frame["a"] > 0  # beside the floats a column of bools, as get_dummies makes them
    close(model.predict(frame), own.predict(np.hstack([X[:, :1] > 0, X[:, 1:]])))
    with pytest.raises(TypeError, match="dtype object; numbers are expected. Encode words"):
        model.predict(frame.assign(a="word"))


def test_data_is_never_written():
    x, y, w = X.copy(), Y.copy(), WEIGHTS.copy()
    for array in (x, y, w):
        array.flags.writeable = False
    model = Sequential([Activation("relu", input_shape=(4,)), Dense(2)])
    model.compile("sgd", "mse")
    model.fit(x, y, 4, epochs=2, sample_weight=w, verbose=0)
    x, y = X.copy(), Y.copy()
    model.fit(x, y, 4, epochs=2, verbose=0)
    model.predict(x)
    assert_array_equal(x, X)
    assert_array_equal(y, Y)
    predicted = model.predict(X)
    predicted += 100
    close(model.predict(X), predicted - 100)


# ------------------------------------------------------------------------------ callbacks


def test_callbacks_are_called_in_order_with_plain_floats():
    model, _ = perceptron()
    model.compile("sgd", "mse", metrics=["mae"])
    seen = Recorder()
    model.fit(X, Y, 8, epochs=2, validation_data=(X[:3], Y[:3]), verbose=0, callbacks=[seen])
    epoch = ["batch begin", "batch end"] * 2 + ["epoch end"]
    assert [(name, i) for name, i, _ in seen.calls] == [
        ("train begin", None),
        *[("epoch begin", 0), *zip(epoch, [0, 0, 1, 1, 0], strict=True)],
        *[("epoch begin", 1), *zip(epoch, [0, 0, 1, 1, 1], strict=True)],
        ("train end", None),
    ]
    assert seen.logs("batch begin")[:2] == [{"batch": 0, "size": 8}, {"batch": 1, "size": 3}]
    assert list(seen.logs("batch end")[0]) == ["batch", "size", "loss", "mean_absolute_error"]
    assert list(seen.logs("epoch end")[0]) == [
        "loss",
        "mean_absolute_error",
        "val_loss",
        "val_mean_absolute_error",
    ]
    for logs in (*seen.logs("batch end"), *seen.logs("epoch end")):
        assert type(logs) is dict
        assert {type(value) for value in logs.values()} <= {float, int}
    assert seen.model is model
    assert seen.params == {
        "batch_size": 8,
        "epochs": 2,
        "steps": None,
        "samples": 11,
        "verbose": 0,
        "do_validation": True,
        "metrics": ["loss", "mean_absolute_error", "val_loss", "val_mean_absolute_error"],
    }


def test_callbacks_see_the_validation_data():
    model = Sequential([Dense(2, input_dim=4), Dropout(0.5)])
    model.compile("sgd", "mse")
    seen = Recorder()
    model.fit(X, Y, validation_data=(X[:3], Y[:3], WEIGHTS[:3]), verbose=0, callbacks=[seen])
    x, y, weights, phase = seen.validation_data
    assert_array_equal(x, X[:3])
    assert_array_equal(y, Y[:3])
    assert_array_equal(weights, WEIGHTS[:3])
    assert phase == 0.0
    model.fit(X, Y, validation_split=0.3, verbose=0, callbacks=[seen])
    assert_array_equal(seen.validation_data[0], X[7:])
    assert_array_equal(seen.validation_data[2], np.ones(4))


def test_a_callback_may_stop_training():
    class Stop(Callback):
        def on_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    model, _ = perceptron()
    model.compile("sgd", "mse")
    seen = Recorder()
    history = model.fit(X, Y, 2, epochs=5, verbose=0, callbacks=[Stop(), seen],
                        validation_data=(X, Y))  # fmt: skip
    assert history.epoch == [0] and list(history.history) == ["loss"]
    assert len(seen.logs("batch end")) == 2


def test_nothing_is_read_back_before_the_epoch_ends_if_nobody_listens(monkeypatch):
    reads, table = [], engine().table
    monkeypatch.setattr(engine(), "table", lambda rows: (reads.append(len(rows)), table(rows))[1])

    class Ends(Callback):
        def on_epoch_end(self, epoch, logs=None):
            reads.append(f"end {epoch}")

    class Batches(Callback):
        def on_batch_end(self, batch, logs=None):
            pass

    model, _ = perceptron()
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, Y, 2, epochs=2, verbose=0, callbacks=[Ends()])
    assert [read for read in reads if isinstance(read, str)] == ["end 0", "end 1"]
    assert len(reads) == 4 and reads[1] == "end 0"
    reads.clear()
    model.fit(X, Y, 2, verbose=0, callbacks=[Batches()])
    assert len(reads) == 6 + 1


def test_one_seed_one_run():
    def run():
        K.clear_session()
        np.random.seed(1337)
        model = Sequential(
            [
                Dense(8, activation="relu", input_dim=4),
                Dropout(0.5),
                BatchNormalization(),
                Dense(2),
            ]
        )
        model.compile("adam", "mse")
        history = model.fit(X, Y, 4, epochs=3, verbose=0, validation_split=0.2).history
        return [*history.values(), *model.get_weights(), model.predict(X)]

    for first, second in zip(run(), run(), strict=True):
        assert_array_equal(first, second)


def test_dropout_and_moving_averages_belong_to_training():
    model = Sequential([Dropout(0.5, input_shape=(4,)), BatchNormalization(momentum=0.0)])
    model.compile(SGD(lr=0.0), "mse")
    x = np.ones((400, 4)) + RNG.normal(size=(400, 4)) * 1e-3
    before = model.predict(x)
    assert_allclose(before, x / np.sqrt(1 + 1e-3), rtol=1e-6)
    model.train_on_batch(x, x)
    mean = model.get_weights()[2]
    # half of the ones were dropped, the others doubled
    assert_allclose(mean, np.ones(4), atol=0.2)
    assert_allclose(model.get_weights()[3], np.ones(4), atol=0.2)
    assert np.all(model.predict(x).std(0) < 0.01)


# ------------------------------------------------------------------------------ progress


def fitted(verbose, epochs=2, copies=40, **options):
    model, _ = perceptron()
    model.compile("sgd", "mse")
    x, y = np.tile(X, (copies, 1)), np.tile(Y, (copies, 1))
    model.fit(x, y, 4, epochs=epochs, verbose=verbose, **options)
    return model


def test_in_a_file_there_is_a_line_per_epoch(capsys):
    fitted(1, validation_split=0.5)
    lines = capsys.readouterr().out.split("\n")
    assert lines[:2] == ["Train on 220 samples, validate on 220 samples", "Epoch 1/2"]
    assert lines[2].startswith("220/220 [==============================] - ")
    assert " - loss: " in lines[2] and " - val_loss: " in lines[2]
    assert lines[3] == "Epoch 2/2" and lines[5:] == [""]
    assert "\r" not in "".join(lines)


def test_verbose_2_has_no_bar_and_0_is_silent(capsys):
    fitted(2)
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 5 and lines[0] == "Epoch 1/2"
    assert lines[1].startswith(" - ") and " - loss: " in lines[1] and "=" not in lines[1]
    model = fitted(0)
    model.evaluate(X, Y, verbose=0)
    assert capsys.readouterr().out == ""
    model.evaluate(X, Y)
    model.predict(X, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == [f"11/11 [{'=' * 30}]"] * 2


@pytest.fixture
def one_by_one(monkeypatch):
    """An engine that can run hundreds of tiny steps between two drawings of a bar does not."""
    monkeypatch.setattr(engine(), "many", None)


def test_on_a_terminal_the_bar_moves(monkeypatch, one_by_one):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with open(ours, "rb", 0) as output, open(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setattr("keras.training.progress.time.time", iter(np.arange(1e6)).__next__)
        fitted(1, epochs=1, copies=4)
        terminal.flush()
        text = ""
        while text.count("\n") < 2:
            text += output.read(4096).decode()
    drawn = text.replace("\r\n", "\n").split("\n")[1].split("\r")
    assert text.startswith("Epoch 1/1") and len(drawn) > 10
    assert drawn[1].startswith(" 4/44 [") and " - ETA: " in drawn[1] and ">" in drawn[-2]
    assert drawn[-1].startswith("44/44 [==============================] - ")


def test_in_a_notebook_the_bar_moves(monkeypatch, one_by_one):
    class OutStream:
        """As ipykernel's: no terminal, but what is written over is shown so."""

        encoding = "utf-8"
        text = ""

        def isatty(self):
            return False

        def write(self, text):
            self.text += text

        def flush(self):
            pass

    OutStream.__module__ = "ipykernel.iostream"
    stream = OutStream()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr("keras.training.progress.time.time", iter(np.arange(1e6)).__next__)
    fitted(1, epochs=1)
    assert stream.text.count("\r") > 10


# ------------------------------------------------------------------------------ Ctrl-C

INTERRUPTED = """
    import os, signal, threading, time
    import numpy as np
    from keras import backend as K
    from keras.callbacks import Callback
    from keras.layers import Dense, Dropout
    from keras.models import Sequential

    x, y = np.random.RandomState(0).rand(64, 8), np.random.RandomState(1).rand(64, 1)

    def built():
        K.clear_session()
        np.random.seed(7)
        model = Sequential([Dense(16, input_dim=8), Dropout(0.5), Dense(1)])
        model.compile("adam", "mse")
        return model

    class Listening(Callback):
        def on_batch_end(self, batch, logs=None):
            pass

    for callbacks in ([], [Listening()]):
        model = built()
        model.fit(x, y, 16, verbose=0, callbacks=callbacks)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        ended = False
        try:
            model.fit(x, y, 16, epochs=10**9, shuffle=False, verbose=0, callbacks=callbacks)
        except KeyboardInterrupt:
            ended = True
        steps = int(K.get_value(model.optimizer.iterations))
        again = built()
        again.fit(x, y, 16, verbose=0, callbacks=callbacks)
        for i in range(steps - 4):
            again.train_on_batch(*(a[i % 4 * 16 :][:16] for a in (x, y)))
        same = all(map(np.array_equal, model.get_weights(), again.get_weights()))
        history = model.fit(x, y, 16, epochs=2, verbose=0)
        print(ended, steps > 8, same, history.epoch)
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


def test_ctrl_c_leaves_the_weights_of_the_last_whole_step(each_engine):  # noqa: F811
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(INTERRUPTED)],
        env={**os.environ, "KERAS_QUIET": "1", "KERAS_BACKEND": K.backend()},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.splitlines() == ["True True True [0, 1]", "True"] * 2, done.stderr
