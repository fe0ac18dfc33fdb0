"""What fit and its kin take, tell callbacks and print; Ctrl-C."""

import os
import subprocess
import sys
import textwrap

import h5py
import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from numpy.testing import assert_allclose, assert_array_equal
from training_parts import CLASSES, RNG, WEIGHTS, B, Recorder, X, Y, close, float64, perceptron  # noqa: F401

from keras import backend as K
from keras.backend.engines import engine
from keras.callbacks import Callback
from keras.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Input,
)
from keras.models import Model, Sequential
from keras.optimizers import SGD

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
