"""Callbacks: what they do to a fit, what they write, and their messages, word by word."""

import csv
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras import callbacks as cbks
from keras.layers import Dense, Embedding, Flatten, Input, Lambda
from keras.models import Model, Sequential, load_model
from keras.optimizers import SGD

X = np.random.RandomState(0).rand(20, 3).astype("float32")
Y = X.sum(axis=1)


def model_of(lr=0.1, metrics=()):
    model = Sequential([Dense(2, activation="tanh", input_dim=3, name="hidden"),
                        Dense(1, name="out")])
    model.compile(SGD(lr=lr), "mse", metrics=list(metrics))
    return model


class Script(cbks.Callback):
    """Puts given values of a quantity into the logs, epoch by epoch."""

    def __init__(self, values, name="val_loss"):
        super().__init__()
        self.values, self.name = values, name

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


def fitted(*callbacks, epochs=None, model=None, **kwargs):
    model = model or model_of()
    epochs = epochs or len(callbacks[0].values)
    return model.fit(X, Y, epochs=epochs, verbose=0, callbacks=list(callbacks), **kwargs)


# ------------------------------------------------------------------------------ what a fit shows


def test_hooks_and_logs():
    seen = []

    class Spy(cbks.Callback):
        def on_train_begin(self, logs=None):
            seen.append(("train_begin", logs))

        def on_epoch_begin(self, epoch, logs=None):
            seen.append(("epoch_begin", epoch))

        def on_batch_begin(self, batch, logs=None):
            seen.append(("batch_begin", batch, dict(logs)))

        def on_batch_end(self, batch, logs=None):
            seen.append(("batch_end", batch, sorted(logs), type(logs["loss"])))

        def on_epoch_end(self, epoch, logs=None):
            seen.append(("epoch_end", epoch, sorted(logs), {type(v) for v in logs.values()}))

        def on_train_end(self, logs=None):
            seen.append(("train_end", logs))

    spy = Spy()
    model = model_of(metrics=["mae"])
    history = model.fit(X, Y, batch_size=12, epochs=1, verbose=0, callbacks=[spy],
                        validation_data=(X, Y))
    names = ["loss", "mean_absolute_error"]
    assert seen == [
        ("train_begin", {}), ("epoch_begin", 0),
        ("batch_begin", 0, {"batch": 0, "size": 12}),
        ("batch_end", 0, ["batch", *names, "size"], float),
        ("batch_begin", 1, {"batch": 1, "size": 8}),
        ("batch_end", 1, ["batch", *names, "size"], float),
        ("epoch_end", 0, [*names, "val_loss", "val_mean_absolute_error"], {float}),
        ("train_end", {})]
    assert spy.model is model and spy.params["metrics"] == [*names, *("val_" + n for n in names)]
    assert history is model.history and history.epoch == [0]
    assert_array_equal(spy.validation_data[0], X)


def test_lambda_callback_and_laziness():
    calls = []
    lazy = cbks.LambdaCallback(on_epoch_end=lambda epoch, logs: calls.append((epoch, len(logs))))
    eager = cbks.LambdaCallback(on_batch_end=lambda batch, logs: calls.append(batch))
    assert not cbks.CallbackList([lazy]).listening("on_batch_end")
    assert cbks.CallbackList([eager]).listening("on_batch_end")
    fitted(lazy, eager, epochs=2)
    assert calls == [0, (0, 1), 0, (1, 1)]


@pytest.mark.parametrize("hook", ["on_batch_begin", "on_batch_end", "on_epoch_begin"])
def test_stop_training(hook):
    def stop(i, logs):
        model.stop_training = True

    model = model_of()
    steps = []
    history = fitted(cbks.LambdaCallback(**{hook: stop}),
                     cbks.LambdaCallback(on_batch_end=lambda i, logs: steps.append(i)),
                     epochs=5, model=model, batch_size=5)
    assert history.epoch == [0]
    assert len(steps) == 1


# ------------------------------------------------------------------------------ EarlyStopping


def test_early_stopping(capsys):
    history = fitted(Script([3, 2, 2.5, 2.4, 1]),
                     cbks.EarlyStopping(patience=2, verbose=1))
    assert history.epoch == [0, 1, 2, 3]
    assert capsys.readouterr().out == "Epoch 00004: early stopping\n"


@pytest.mark.parametrize("values, options, epochs", [
    ([1, 1, 1], {}, 2),
    ([3, 2.95, 2.9, 2.8], dict(min_delta=0.2), 2),
    ([3, 2.95, 2.9, 2.75, 2.7, 2.7], dict(min_delta=0.2, patience=3), 6),
    ([5, 4, 3], dict(baseline=1, patience=2), 2),
    ([5, 0.5, 3, 3], dict(baseline=1, patience=2), 4),
    ([1, 2, 3, 3], dict(mode="max"), 4),
    ([float("nan"), 2, float("nan"), 1], dict(patience=2), 4),
    ([float("nan")] * 4, dict(patience=2), 2),
])
def test_early_stopping_counts(values, options, epochs):
    assert len(fitted(Script(values), cbks.EarlyStopping(**options)).epoch) == epochs


def test_best_weights_come_back(capsys):
    model, kept = model_of(), []
    keep = cbks.LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(model.get_weights()))
    fitted(Script([3, 1, 2, 2]), keep, cbks.EarlyStopping(
        patience=2, restore_best_weights=True, verbose=1), model=model)
    for got, want in zip(model.get_weights(), kept[1]):
        assert_array_equal(got, want)
    assert capsys.readouterr().out == ("Restoring model weights from the end of the best epoch\n"
                                       "Epoch 00004: early stopping\n")


@pytest.mark.parametrize("key, monitor", [("val_acc", "val_accuracy"), ("val_accuracy", "val_acc"),
                                          ("acc", "accuracy"), ("out_acc", "out_accuracy")])
def test_acc_is_accuracy(key, monitor):
    stopping = cbks.EarlyStopping(monitor)
    assert stopping.monitor_op is np.greater
    assert len(fitted(Script([1, 2, 3, 2, 4], key), stopping).epoch) == 4


@pytest.mark.parametrize("callback, message", [
    (lambda: cbks.EarlyStopping("val_f1"), "Early stopping conditioned on metric `val_f1` which is "
     "not available. Available metrics are: loss Give fit validation_data or a validation_split."),
    (lambda: cbks.ReduceLROnPlateau("f1"), "Reduce LR on plateau conditioned on metric `f1` which "
     "is not available. Available metrics are: loss,lr"),
    (lambda: cbks.ModelCheckpoint("x", "f1", save_best_only=True),
     "Can save best model only with `f1` which is not available. Available metrics are: loss"),
])
def test_missing_quantities(callback, message):
    with pytest.warns(RuntimeWarning) as told:
        fitted(callback(), epochs=1)
    assert str(told[0].message) == message


@pytest.mark.parametrize("make, who", [
    (lambda mode: cbks.EarlyStopping(mode=mode), "EarlyStopping"),
    (lambda mode: cbks.ModelCheckpoint("x", mode=mode), "ModelCheckpoint"),
    (lambda mode: cbks.ReduceLROnPlateau(mode=mode), "Learning Rate Plateau Reducing")])
def test_unknown_modes(make, who):
    with pytest.warns(RuntimeWarning, match=f"^{who} mode best is unknown, fallback to auto mode."):
        make("best")


# ------------------------------------------------------------------------------ TerminateOnNaN


def test_terminate_on_nan(capsys):
    model = model_of()
    x = X.copy()
    x[13] = np.nan
    history = model.fit(x, Y, batch_size=5, epochs=3, shuffle=False, verbose=0,
                        callbacks=[cbks.TerminateOnNaN()])
    assert history.epoch == [0]
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "Batch 2: Invalid loss, terminating training"
    assert out[1].startswith("  epoch 1: the loss is nan; the first value that is not finite was "
                             "in what was fed as hidden_input:0; weights that are not finite, the "
                             "first one hidden/kernel:0 and 3 more.")


@pytest.mark.parametrize("data", ["arrays", "generator"])
@pytest.mark.parametrize("function, bad, where", [
    (lambda x: K.log(x), -1.0, "the output of odd"),
    (lambda x: K.pow(x, 0.5), 0.0, "the gradient of first/bias:0 in the batch before"),
    (lambda x: x * x * x, 1e20, "the output of odd"),
    (lambda x: x, 1e30, "the loss"),
], ids=["not a number", "a steep slope", "too large", "too large for the loss"])
def test_terminate_on_nan_names_the_first(data, function, bad, where, capsys):
    """In the second batch, where the input is `bad`, something goes wrong."""
    model = Sequential([Dense(1, name="first", input_dim=1), Lambda(function, name="odd"),
                        Dense(1, name="last")])
    model.compile(SGD(1e-9), "mse")
    model.set_weights([np.ones((1, 1)), np.zeros(1), np.ones((1, 1)), np.zeros(1)])
    x = np.array([[1.0], [1.0], [bad], [bad], [1.0], [1.0]], "float32")
    y = np.ones((6, 1), "float32")
    watch = cbks.TerminateOnNaN()
    if data == "arrays":
        model.fit(x, y, 2, shuffle=False, verbose=0, callbacks=[watch])
    else:
        batches = ((x[i:i + 2], y[i:i + 2]) for i in (0, 2, 4))
        model.fit_generator(batches, 3, verbose=0, callbacks=[watch])
    out = capsys.readouterr().out
    assert f"the first value that is not finite was in {where};" in out
    assert f"Batch {2 if 'before' in where else 1}: Invalid loss" in out


# ------------------------------------------------------------------------------ ModelCheckpoint


def test_checkpoint_keeps_the_best(tmp_path, capsys):
    path = tmp_path / "best.h5"
    model, kept = model_of(), []
    keep = cbks.LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(model.get_weights()))
    fitted(Script([float("nan"), 3.0, 1.0, float("nan"), 2.0]), keep,
           cbks.ModelCheckpoint(path, verbose=1, save_best_only=True), model=model)
    for got, want in zip(load_model(str(path)).get_weights(), kept[2]):
        assert_array_equal(got, want)
    assert capsys.readouterr().out == (
        f"\nEpoch 00001: val_loss did not improve from inf\n"
        f"\nEpoch 00002: val_loss improved from inf to 3.00000, saving model to {path}\n"
        f"\nEpoch 00003: val_loss improved from 3.00000 to 1.00000, saving model to {path}\n"
        f"\nEpoch 00004: val_loss did not improve from 1.00000\n"
        f"\nEpoch 00005: val_loss did not improve from 1.00000\n")
    assert os.listdir(tmp_path) == ["best.h5"]


def test_checkpoint_names_and_periods(tmp_path, capsys):
    pattern = str(tmp_path / "w.{epoch:02d}-{val_accuracy:.2f}.h5")
    fitted(Script([0.5, 0.25, 0.75, 1.0], "val_acc"),
           cbks.ModelCheckpoint(pattern, save_weights_only=True, period=2, verbose=1))
    assert sorted(os.listdir(tmp_path)) == ["w.02-0.25.h5", "w.04-1.00.h5"]
    assert capsys.readouterr().out.startswith(
        f"\nEpoch 00002: saving model to {tmp_path / 'w.02-0.25.h5'}\n")
    with pytest.raises(KeyError, match="names 'f1'; it may name epoch, loss"):
        fitted(cbks.ModelCheckpoint("{f1}.h5"), epochs=1)


def test_checkpoint_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "model.h5"
    model = model_of()
    fitted(cbks.ModelCheckpoint(path), epochs=1, model=model)
    before = path.read_bytes()
    monkeypatch.setattr(type(model), "get_config", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fitted(cbks.ModelCheckpoint(path), epochs=1, model=model)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["model.h5"]


# ------------------------------------------------------------------------------ learning rates


@pytest.mark.parametrize("schedule", [
    lambda epoch: 0.5 / (epoch + 1),
    lambda epoch, drop=0.5: drop / (epoch + 1),
    lambda epoch, lr: 0.5 if epoch == 0 else lr * epoch / (epoch + 1),
    np.vectorize(lambda epoch: 0.5 / (epoch + 1), otypes=["float64"])])
def test_schedules(schedule):
    model = model_of()
    if isinstance(schedule, np.vectorize):
        history = fitted(cbks.LearningRateScheduler(lambda epoch: schedule(epoch)[()]), epochs=3,
                         model=model)
    else:
        history = fitted(cbks.LearningRateScheduler(schedule), epochs=3, model=model)
    assert_allclose(history.history["lr"], [0.5, 0.25, 0.5 / 3], rtol=1e-6)
    assert_allclose(K.get_value(model.optimizer.lr), 0.5 / 3, rtol=1e-6)


def test_schedule_messages(capsys):
    fitted(cbks.LearningRateScheduler(lambda epoch: 0.25, verbose=1), epochs=1)
    assert capsys.readouterr().out == (
        "\nEpoch 00001: LearningRateScheduler setting learning rate to 0.25.\n")
    with pytest.raises(ValueError, match='output of the "schedule" function should be float; it '
                                         "returned None for epoch 0"):
        fitted(cbks.LearningRateScheduler(lambda epoch: None), epochs=1)


@pytest.mark.parametrize("values, options, want", [
    ([3, 3, 3, 3, 3], dict(patience=2), [1, 1, 0.1, 0.1, 0.01]),
    ([3, 3, 3, 3, 3], dict(patience=1, cooldown=2), [1, 0.1, 0.1, 0.01, 0.01]),
    ([3, 2, 1, 1, 1], dict(patience=1, min_lr=0.05), [1, 1, 1, 0.1, 0.05]),
    ([3, 2.9, 2.8, 2.7], dict(patience=1, min_delta=0.5, factor=0.5), [1, 0.5, 0.25, 0.125]),
    ([3, 4, 5, 5], dict(patience=1, mode="max"), [1, 1, 1, 0.1]),
])
def test_plateaus(values, options, want):
    model, seen = model_of(1.0), []
    see = cbks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(
        float(K.get_value(model.optimizer.lr))))
    history = fitted(Script(values), cbks.ReduceLROnPlateau(**options), see, model=model)
    assert_allclose(seen, want, rtol=1e-5)
    assert_allclose(history.history["lr"], [1.0, *want[:-1]], rtol=1e-5)


def test_plateau_messages(capsys):
    fitted(Script([1, 1, 1]), cbks.ReduceLROnPlateau(factor=0.5, patience=2, verbose=1),
           model=model_of(0.5))
    assert capsys.readouterr().out == (
        "\nEpoch 00003: ReduceLROnPlateau reducing learning rate to 0.25.\n")
    with pytest.raises(ValueError, match="does not support a factor >= 1.0"):
        cbks.ReduceLROnPlateau(factor=1.0)
    with pytest.warns(UserWarning, match="`epsilon` argument is deprecated"):
        assert cbks.ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5
    with pytest.raises(TypeError, match="unknown argument 'patince'"):
        cbks.ReduceLROnPlateau(patince=1)


# ------------------------------------------------------------------------------ CSVLogger


def test_csv_logger(tmp_path):
    path = tmp_path / "log.csv"
    fitted(Script([3, 2]), cbks.CSVLogger(path))
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["epoch", "loss", "val_loss"]
    assert [row[0::2] for row in rows[1:]] == [["0", "3"], ["1", "2"]]
    fitted(Script([5, 4], "extra"), Script([9, 8]), cbks.CSVLogger(path, append=True))
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    assert [len(row) for row in rows] == [3] * 5 and [row[2] for row in rows[3:]] == ["9", "8"]
    fitted(Script([np.array([1, 2])]), cbks.CSVLogger(path, separator=";"))
    lines = path.read_text().splitlines()
    assert lines[0] == "epoch;loss;val_loss" and lines[1].endswith(";[1, 2]")


def test_csv_logger_when_validation_is_left_out(tmp_path):
    path = tmp_path / "log.csv"
    model = model_of()
    stop = cbks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(model, "stop_training", epoch == 1))
    fitted(stop, cbks.CSVLogger(path), epochs=3, model=model, validation_data=(X, Y))
    assert path.read_text().splitlines()[2].endswith(",NA")


# ------------------------------------------------------------------------------ RemoteMonitor


class Server:
    """A web server that keeps what it is sent."""

    def __enter__(self):
        got = self.got = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                got.append((self.path, self.headers, body))
                self.send_response(500 if "broken" in self.path else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.mark.parametrize("library", ["requests", "urllib"])
def test_remote_monitor(library, monkeypatch):
    if library == "urllib":
        monkeypatch.setitem(sys.modules, "requests", None)
    else:
        pytest.importorskip("requests")
    with Server() as server:
        fitted(Script([np.float32(0.5)]), cbks.RemoteMonitor(server.root, headers={"X-Run": "7"}))
        fitted(Script([0.5]), cbks.RemoteMonitor(server.root, "/j", send_as_json=True))
        fitted(Script([0.5]), cbks.RemoteMonitor(server.root, "/broken"))
        root = server.root
    (path, headers, body), (_, kinds, json_body), _ = server.got
    assert path == "/publish/epoch/end/" and headers["X-Run"] == "7"
    sent = json.loads(urllib.parse.parse_qs(body)["data"][0])
    assert sent["epoch"] == 0 and sent["val_loss"] == 0.5 and sent["loss"] > 0
    assert kinds["Content-Type"] == "application/json" and json.loads(json_body)["val_loss"] == 0.5
    with pytest.warns(UserWarning, match="could not reach RemoteMonitor root server at http"):
        fitted(Script([0.5]), cbks.RemoteMonitor(root))


# ------------------------------------------------------------------------------ progress


def test_progress_lines(capsys):
    model = model_of()
    model.fit(X, Y, epochs=2, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2" and lines[2] == "Epoch 2/2" and len(lines) == 4
    assert " - loss: " in lines[1]
    with pytest.raises(ValueError, match="count_mode is 'samples' or 'steps'; given 'x'"):
        cbks.ProgbarLogger("x")


# ------------------------------------------------------------------------------ TensorBoard


def accumulated(folder):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    found = EventAccumulator(str(folder), size_guidance={"histograms": 0, "images": 0})
    found.Reload()
    return found


def tensorboard(*args, **kwargs):
    pytest.importorskip("tensorboard")
    return cbks.TensorBoard(*map(str, args), **kwargs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard(tmp_path):
    board = tensorboard(tmp_path, histogram_freq=2, write_grads=True, write_images=True,
                        batch_size=8)
    model = model_of()
    history = fitted(board, epochs=3, model=model, validation_data=(X, Y)).history
    found = accumulated(tmp_path)
    assert sorted(found.Tags()["scalars"]) == ["loss", "val_loss"]
    assert_allclose([event.value for event in found.Scalars("loss")], history["loss"], rtol=1e-6)
    histograms = found.Tags()["histograms"]
    assert set(histograms) == {
        *(f"{name}_0{end}" for name in ("hidden/kernel", "hidden/bias", "out/kernel", "out/bias")
          for end in ("", "_grad")), "hidden_out", "out_out"}
    written = found.Histograms("hidden_out")
    assert [event.step for event in written] == [0, 2]
    values = Model(model.inputs, model.layers[0].output).predict(X)
    got = written[-1].histogram_value
    assert got.num == values.size == sum(got.bucket)
    assert_allclose([got.min, got.max, got.sum, got.sum_squares],
                    [values.min(), values.max(), values.sum(), (values**2).sum()], rtol=1e-4)
    assert found.Images("hidden/kernel_0/0")[0].encoded_image_string.startswith(b"\x89PNG")
    names = {node.name: list(node.input) for node in found.Graph().node}
    assert names == {"hidden_input": [], "hidden": ["hidden_input"], "out": ["hidden"]}


def test_tensorboard_graph_of_nested_models(tmp_path):
    pytest.importorskip("tensorboard")
    from keras.callbacks import events
    inner = Sequential([Dense(2, input_dim=3, name="a"), Dense(2, name="b")], name="inner")
    x = Input((3,), name="x")
    model = Model(x, Dense(1, name="y")(inner(x)))
    names = {node.name: list(node.input) for node in events.graph(model).node}
    assert names == {"x": [], "inner/a_input": ["x"], "inner/a": ["inner/a_input"],
                     "inner/b": ["inner/a"], "y": ["inner/b"]}


def test_tensorboard_embeddings(tmp_path):
    model = Sequential([Embedding(5, 2, input_length=3, name="words"), Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    (tmp_path / "words.tsv").write_text("\n".join("abcde"))
    board = tensorboard(tmp_path, embeddings_freq=1, embeddings_metadata="words.tsv")
    model.fit(np.ones((4, 3)), np.ones(4), verbose=0, callbacks=[board])
    assert_allclose(np.loadtxt(tmp_path / "words_embedding.tsv"), model.get_weights()[0], rtol=1e-4)
    config = (tmp_path / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "words_embedding.tsv"' in config
    assert 'metadata_path: "words.tsv"' in config


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard_by_batches(tmp_path):
    fitted(tensorboard(tmp_path, update_freq="batch", write_graph=False), epochs=2, batch_size=5)
    steps = [event.step for event in accumulated(tmp_path).Scalars("loss")]
    assert steps == [5, 10, 15, 20, 20, 25, 30, 35, 40, 40]


def test_tensorboard_wants_arrays_for_histograms(tmp_path):
    with pytest.raises(ValueError, match="validation_data must be provided"):
        fitted(tensorboard(tmp_path, histogram_freq=1), epochs=1)


def test_tensorboard_names_what_is_missing(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras.callbacks.events", raising=False)
    monkeypatch.delattr(cbks, "events", raising=False)
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    with pytest.raises(ImportError, match=r"pip install 'keras-classic\[tensorboard\]'"):
        cbks.TensorBoard()


def fetched(url, until):
    """What a server sends, once it is there."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read()
        except OSError:
            if time.time() > until:
                raise
            time.sleep(0.1)


def test_the_tensorboard_program_shows_it(tmp_path):
    model = Sequential([Embedding(5, 2, input_length=3, name="words"), Flatten(),
                        Dense(1, name="out")])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 3)), np.ones(4)
    board = tensorboard(tmp_path, histogram_freq=1, write_images=True, embeddings_freq=1)
    history = model.fit(x, y, verbose=0, callbacks=[board], validation_data=(x, y)).history
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tensorboard.main", "--logdir", tmp_path, "--port",
         str(port), "--load_fast", "false"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        data, until = f"http://127.0.0.1:{port}/data/plugin", time.time() + 60
        while not json.loads(fetched(f"{data}/scalars/tags", until)) and time.time() < until:
            time.sleep(0.1)
        (_, step, value), = json.loads(fetched(f"{data}/scalars/scalars?run=.&tag=loss", until))
        assert step == 0 and value == pytest.approx(history["loss"][0], rel=1e-5)
        tags = json.loads(fetched(f"{data}/histograms/tags", until))["."]
        assert {"out/kernel_0", "out_out", "words_out"} <= tags.keys()
        assert json.loads(fetched(f"{data}/histograms/histograms?run=.&tag=out_out", until))
        assert b'name: "words"' in fetched(f"{data}/graphs/graph?run=.", until)
        picture, = json.loads(fetched(f"{data}/images/images?run=.&tag=words/embeddings_0/0&"
                                      f"sample=0", until))
        shown = fetched(f"{data}/images/individualImage?{picture['query']}", until)
        assert struct.unpack(">II", shown[16:24]) == (5, 2)  # width and height, as PNG has them
        assert b"words_embedding" in fetched(f"{data}/projector/info?run=.", until)
        vectors = fetched(f"{data}/projector/tensor?run=.&name=words_embedding", until)
        assert_allclose(np.frombuffer(vectors, "float32").reshape(5, 2), model.get_weights()[0],
                        rtol=1e-4)
    finally:
        program.kill()
        program.wait()
