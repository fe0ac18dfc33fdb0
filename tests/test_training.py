"""fit, evaluate, predict and their kin against a re-computation in NumPy."""


import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from numpy.testing import assert_array_equal
from perceptron import reduced
from training_parts import CLASSES, RNG, WEIGHTS, B, Recorder, X, Y, close, float64, perceptron  # noqa: F401

import keras
from keras import backend as K
from keras.layers import (
    ActivityRegularization,
    Dense,
    Input,
    Lambda,
    Layer,
    Masking,
)
from keras.models import Model, Sequential
from keras.optimizers import SGD

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


def test_a_model_may_compute_its_loss_itself():
    """As detectors did: the output is the loss of the batch, the targets say nothing."""
    x, y = Input((4,)), Input((2,))
    p = Dense(2)(x)
    loss = Lambda(lambda xs: K.mean(K.square(xs[0] - xs[1])), name="loss")([p, y])
    model, own = Model([x, y], loss), Model(x, p)
    model.compile("sgd", {"loss": lambda y_true, y_pred: y_pred})
    for zeros in (np.zeros(11), np.zeros((11, 1))):
        want = ((own.predict(X) - Y) ** 2).mean()
        close(model.predict_on_batch([X, Y]), want)
        close(model.evaluate([X, Y], zeros, batch_size=11, verbose=0), want)
        close(model.fit([X, Y], zeros, batch_size=11, verbose=0).history["loss"], [want])
        assert ((own.predict(X) - Y) ** 2).mean() < want


# ------------------------------------------------------------------------------ several outputs


def two_outputs():
    x = Input((4,), name="x")
    return Model(x, [Dense(2, name="p")(x), Dense(1, activation="sigmoid", name="q")(x)])


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
