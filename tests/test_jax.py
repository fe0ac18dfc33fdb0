"""What only the jax engine has to promise: one program per set of shapes, arguments in place of
recompilation, donated memory, 64 bits without the global switch."""

import gc
import importlib
import os
import signal
import threading
import time

import numpy as np
import pytest
from engines import optimized, running_on
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras.callbacks import Callback
from keras.layers import Conv1D, Conv2D, Dense, Dropout, Flatten
from keras.models import Sequential
from keras.optimizers import Adam

jax = pytest.importorskip("jax", reason="jax is not installed: extra [jax]")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(100, 8)).astype("float32")
Y = (X.sum(1, keepdims=True) > 0).astype("float32")


@pytest.fixture(autouse=True)
def on_jax():
    np.random.seed(7)
    with optimized(), running_on("jax"):
        yield
    K.clear_session()
    K.set_floatx("float32")


def dense(rate=0.5):
    model = Sequential([Dense(12, activation="relu", input_shape=(8,)), Dropout(rate),
                        Dense(1, activation="sigmoid")])
    model.compile(Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


EVENTS = []  # what jax reports that it spent time on
jax.monitoring.register_event_duration_secs_listener(
    lambda event, duration, **kwargs: EVENTS.append(event))

HITS = []  # programs that jax found in its cache
jax.monitoring.register_event_listener(
    lambda event, **kwargs: HITS.append(event) if event.endswith("/cache_hits") else None)


def compilations(function):
    """The number of programs that jax compiles while `function` runs."""
    before = len(EVENTS)
    function()
    return sum("backend_compile" in event for event in EVENTS[before:])


# Training


def test_a_chunk_of_steps_is_those_steps_one_by_one():
    """A callback that listens to batches makes fit run them one by one."""

    class Listener(Callback):
        def on_batch_end(self, batch, logs=None):
            pass

    found = []
    for callbacks in ([], [Listener()]):
        np.random.seed(3)
        model = dense()
        history = model.fit(X, Y, epochs=3, batch_size=8, verbose=0, callbacks=callbacks)
        found.append([*history.history["loss"], *history.history["acc"], *model.get_weights()])
    for one, other in zip(*found, strict=True):
        assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 100.0])
def test_chunks_of_any_length_give_the_same_bits(monkeypatch, seconds):
    """How long a chunk takes depends on the machine; a seed gives one result."""
    chunks = importlib.import_module("keras.backend.chunks")

    def fitted():
        np.random.seed(3)
        model = dense()
        model.fit(X, Y, epochs=3, batch_size=8, verbose=0)
        return model.get_weights()

    want = fitted()
    monkeypatch.setattr(chunks, "SECONDS", seconds)
    for one, other in zip(fitted(), want, strict=True):
        assert_array_equal(one, other)


def test_an_epoch_is_one_program_where_nobody_looks_at_batches(monkeypatch):
    model = dense()
    model.fit(X, Y, batch_size=2, verbose=0)
    for name, value in {"SECONDS": 100.0, "FASTER": 1000}.items():
        monkeypatch.setattr(importlib.import_module("keras.backend.chunks"), name, value)
    program = importlib.import_module("keras.backend.jax.compile").Program
    counts, stepped = [], program.stepped
    monkeypatch.setattr(program, "stepped", lambda self, jitted, inputs, count: (
        counts.append(count), stepped(self, jitted, inputs, count))[1])
    model.fit(X, Y, epochs=3, batch_size=2, verbose=0)
    assert counts == [50, 50, 50]


def test_evaluate_and_fit_count_an_odd_last_batch():
    model = dense()
    loss = model.evaluate(X, Y, batch_size=8, verbose=0)
    assert_allclose(loss, model.evaluate(X, Y, batch_size=100, verbose=0), rtol=1e-5)
    history = model.fit(X, Y, epochs=1, batch_size=8, verbose=0, shuffle=False)
    assert K.get_value(model.optimizer.iterations) == 13
    assert np.isfinite(history.history["loss"][0])


def test_seeds_fix_a_run():
    def run(seed):
        np.random.seed(seed)
        model = dense()
        model.fit(X, Y, epochs=2, batch_size=8, verbose=0)
        return model.get_weights()

    for one, other in zip(run(1), run(1), strict=True):
        assert_array_equal(one, other)
    assert not np.array_equal(run(1)[0], run(2)[0])


def test_random_numbers_go_on_from_call_to_call():
    f = K.function([], [K.random_normal((1000,), seed=5), K.random_uniform((1000,), seed=5)])
    first, second = f([]), f([])
    assert not np.array_equal(first[0], second[0])
    assert_array_equal(K.function([], [K.random_normal((1000,), seed=5)])([])[0], first[0])
    assert abs(first[0].mean()) < 0.1 and 0.9 < first[0].std() < 1.1


def test_dropout_keeps_the_share_and_the_mean():
    x = K.placeholder((None, 1000))
    y, = K.function([x], [K.dropout(x, 0.3, seed=1)])([np.ones((100, 1000))])
    assert abs((y == 0).mean() - 0.3) < 0.01
    assert_allclose(y[y > 0], 1 / 0.7, rtol=1e-6)


# Programs


def test_a_new_learning_rate_compiles_nothing():
    model = dense()
    model.train_on_batch(X, Y)
    before = model.get_weights()

    def change():
        K.set_value(model.optimizer.lr, 0.0)
        model.train_on_batch(X, Y)
        K.set_value(model.optimizer.lr, 0.5)
        model.train_on_batch(X, Y)

    assert compilations(change) == 0
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_each_set_of_shapes_is_compiled_once():
    model = dense()
    model.train_on_batch(X, Y)
    assert compilations(lambda: model.train_on_batch(X[:32], Y[:32])) >= 1
    assert compilations(lambda: model.train_on_batch(X, Y)) == 0
    model.fit(X, Y, epochs=1, batch_size=16, verbose=0)
    assert compilations(lambda: model.fit(X, Y, epochs=3, batch_size=16, verbose=0)) == 0


def test_a_program_that_was_compiled_before_comes_from_the_cache():
    """jax's cache in a folder, here that of the tests; docs/env_vars.md says how to ask for it."""

    def step():
        K.clear_session()
        dense(rate=0.125).train_on_batch(X, Y)

    step()
    before = len(HITS)
    step()
    assert len(HITS) > before


def test_programs_are_bounded(monkeypatch):
    monkeypatch.setattr(importlib.import_module("keras.backend.jax.compile"), "PROGRAMS", 3)
    x = K.placeholder((None,))
    f = K.function([x], [K.sum(x)])
    for n in (1, 2, 3, 4, 5, 1):
        assert f([np.ones(n)])[0] == n
    assert len(f.plan(0).programs) == 3


# Memory and interruption


def test_a_step_writes_in_place():
    w = K.variable(np.zeros((256, 256)))
    step = K.function([], [], updates=[K.update_add(w, 1.0)])
    step([])
    before = w.value.unsafe_buffer_pointer()
    step([])
    assert w.value.unsafe_buffer_pointer() == before
    assert_array_equal(K.get_value(w), np.full((256, 256), 2.0))


def test_what_is_fetched_or_fed_shares_no_memory_with_variables():
    given = np.zeros((64, 64), "float32")
    w, v = K.variable(np.ones((64, 64))), K.variable(np.ones((64, 64)))
    x = K.placeholder((64, 64))
    # Each becomes what the other was: old values are read, none is lost.
    old, = K.function([x], [w], updates=[K.update(w, v), K.update(v, x)])([given])
    for _ in range(2):
        K.function([], [], updates=[K.update_add(w, 1.0), K.update_add(v, 1.0)])([])
    assert_array_equal(old, np.ones((64, 64)))
    assert_array_equal(given, np.zeros((64, 64)))
    assert_array_equal(K.get_value(w), np.full((64, 64), 3.0))
    assert_array_equal(K.get_value(v), np.full((64, 64), 2.0))


def test_a_value_that_was_set_is_a_copy():
    given = np.zeros((256, 256), "float32")
    w = K.variable(given)
    K.set_value(w, given)
    K.function([], [], updates=[K.update_add(w, 1.0)])([])
    assert_array_equal(given, 0)


def test_a_model_can_be_used_after_an_error_in_a_step():
    model = dense()
    model.train_on_batch(X, Y)
    before = model.get_weights()
    with pytest.raises(ValueError, match="expected"):
        model.train_on_batch(X[:, :3], Y)
    x = K.placeholder((None, None))
    w = model.layers[0].kernel
    step = K.function([x], [], updates=[K.update_add(w, K.dot(x, w))])
    with pytest.raises(ValueError, match="dot"):
        step([np.ones((8, 5))])
    for one, other in zip(before, model.get_weights(), strict=True):
        assert_array_equal(one, other)
    model.train_on_batch(X, Y)


def test_a_keyboard_interrupt_leaves_whole_variables():
    """Ctrl-C while a program runs: Python raises it when the program returns, at the moment
    when the old values are gone."""
    size = 600
    w, v = K.variable(np.eye(size)), K.variable(np.eye(size))
    product = w
    for _ in range(12):
        product = K.dot(product, v)
    step = K.function([], [], updates=[K.update(w, product), K.update_add(v, 0.0)])
    step([])
    interrupted = 0
    for delay in np.linspace(0.0005, 0.02, 12):
        signal.setitimer(signal.ITIMER_REAL, delay)
        previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
        try:
            for _ in range(200):
                step([])
        except KeyboardInterrupt:
            interrupted += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
        assert_array_equal(K.get_value(w), np.eye(size))
        assert_array_equal(K.get_value(v), np.eye(size))
    assert interrupted


def test_ctrl_c_loses_at_most_a_chunk():
    """An epoch takes seconds, a chunk a fifth of one, or a little more on a busy machine."""
    x, y = (np.tile(array, (8000, 1)) for array in (X, Y))
    model = dense()
    begin = time.monotonic()
    model.fit(x, y, batch_size=8, verbose=0)
    epoch = time.monotonic() - begin
    pressed = []

    def press():
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(0.2, press).start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            model.fit(x, y, batch_size=8, epochs=1000, verbose=0)
        waited = time.monotonic() - pressed[0]
    finally:
        signal.signal(signal.SIGINT, before)
    assert waited < epoch / 2
    assert K.get_value(model.optimizer.iterations) > len(x) / 8
    assert np.isfinite(model.predict(X)).all()


def test_memory_stays_flat():
    model = dense()
    model.fit(X, Y, epochs=1, batch_size=16, verbose=0)
    model.predict(X)

    def live():
        gc.collect()
        return len(jax.live_arrays())

    before = live()
    for _ in range(20):
        model.fit(X, Y, epochs=1, batch_size=16, verbose=0)
        model.predict(X)
    assert live() <= before


# Numbers of 64 bits


def test_float64_needs_no_global_switch():
    K.set_floatx("float64")
    x = K.placeholder((None,))
    y, i = K.function([x], [x + 1e-12, K.argmax(x)])([np.arange(3.0)])
    assert y.dtype == "float64" and i.dtype == "int64" and y[0] == 1e-12
    assert jax.numpy.ones(3).dtype == "float32" and not jax.config.jax_enable_x64


# Shapes that depend on values


def test_sizes_that_depend_on_values():
    x = K.placeholder((None,))
    n = K.cast(K.sum(x), "int32")
    counted, filled, doubled = K.function(
        [x], [K.arange(n), K.reshape(K.ones_like(x), (n, -1)), K.arange(n) * 2])([np.ones(4)])
    assert_array_equal(counted, np.arange(4))
    assert filled.shape == (4, 1)
    assert_array_equal(doubled, np.arange(4) * 2)


def test_sizes_of_what_was_fed_are_known():
    x = K.placeholder((None, None))
    n = K.shape(x)
    y = K.reshape(x, (n[0] * n[1] // 2, 2))
    assert K.function([x], [y])([np.ones((4, 3))])[0].shape == (6, 2)


# Control


def test_a_choice_computes_one_side_only(capfd):
    x = K.placeholder(())
    w = K.variable(2.0)
    then, otherwise = K.print_tensor(K.log(x) * w, "then"), K.print_tensor(-x * w, "otherwise")
    y = K.switch(K.greater(x, 0), then, otherwise)
    f = K.function([x], [y, *K.gradients(y, [x, w])])
    assert_allclose(f([1.0]), [0, 2, 0], atol=1e-7)
    assert "then" in capfd.readouterr().err
    assert_allclose(f([-1.0]), [2, -2, 1])  # the gradient of log at -1 is no part of it
    printed = capfd.readouterr().err
    assert "otherwise" in printed and "then" not in printed


def test_a_gradient_and_the_loss_see_one_dropout_mask():
    x = K.placeholder((None,))
    y = K.dropout(x, 0.5, seed=1)
    out, g = K.function([x], [y, K.gradients(K.sum(y), x)[0]])([np.ones(100)])
    assert_array_equal(out, g)


def test_a_source_that_depends_on_another_source():
    x = K.placeholder((3,))
    y = x * x
    loss = K.sum(y * y)
    a, b = K.function([x], K.gradients(loss, [x, y]))([np.arange(3.0)])
    assert_allclose(a, 4 * np.arange(3.0) ** 3)
    assert_allclose(b, 2 * np.arange(3.0) ** 2)


# Threads


def test_predictions_while_another_thread_trains():
    model = dense()
    model.train_on_batch(X, Y)
    model.predict(X)
    found, stop = [], threading.Event()

    def predict():
        while not stop.is_set():
            try:
                found.append(np.isfinite(model.predict(X)).all())
            except Exception as error:
                found.append(error)

    threads = [threading.Thread(target=predict) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        model.train_on_batch(X, Y)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(found) > 10 and all(each in (True,) for each in found), found[:3]


# Convolutions


@pytest.mark.parametrize("options", [
    {}, {"padding": "same"}, {"padding": "same", "strides": (2, 2)}, {"dilation_rate": (2, 2)}])
@pytest.mark.parametrize("block", [1, 900, 10**9])
def test_patches_in_blocks_are_the_convolution(monkeypatch, options, block):
    """7 samples do not divide into equal blocks."""
    windows = importlib.import_module("keras.backend.jax.windows")
    monkeypatch.setattr(windows, "BLOCK", block)
    monkeypatch.setattr(windows, "CHANNELS", 1)
    x, kernel = K.placeholder((None, 8, 9, 2)), K.placeholder((3, 2, 2, 3))
    values = [RNG.normal(size=(7, 8, 9, 2)), RNG.normal(size=(3, 2, 2, 3))]

    def results():
        y = K.conv2d(x, kernel, **options)
        if not options:
            y = K.conv2d_transpose(y, kernel, (7, 8, 9, 2))
        return K.function([x, kernel], [y, *K.gradients(K.sum(K.square(y)), [x, kernel])])(values)

    got = results()
    monkeypatch.setattr(windows, "CELLS", 0)  # XLA's own
    for one, other in zip(got, results(), strict=True):
        assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layers, shape, looped", [
    ([Conv1D(3, 3, input_shape=(9, 4)), Flatten()], (9, 4), False),
    ([Conv1D(3, 1, input_shape=(9, 4)), Flatten()], (9, 4), True),
    ([Conv2D(2, 3, input_shape=(5, 5, 3)), Flatten()], (5, 5, 3), False),
    ([Conv2D(2, 3, input_shape=(5, 5, 16)), Flatten()], (5, 5, 16), True),
], ids=["one_axis", "a_product", "few_channels", "many_channels"])
def test_steps_with_convolutions_of_xla_run_one_by_one(layers, shape, looped):
    """In a loop they take thirty times as long on the CPU."""
    model = Sequential([*layers, Dense(1)])
    model.compile("sgd", "mse")
    x = RNG.normal(size=(24, *shape)).astype("float32")
    model.fit(x, Y[:24], batch_size=4, verbose=0)
    function, = model._functions.values()
    assert bool(function.plan(True).loops) == looped


def test_a_convolution_inside_a_loop_is_none_of_xla(monkeypatch):
    x, kernel = RNG.normal(size=(2, 3, 9, 4)), K.variable(RNG.normal(size=(3, 4, 5)))
    want = [K.eval(K.conv1d(K.constant(part), kernel)) for part in x]
    monkeypatch.setattr(importlib.import_module("keras.backend.jax.windows"), "_by_xla", None)
    y = K.map_fn(lambda part: K.conv1d(part, kernel), K.constant(x))
    assert_allclose(K.eval(y), want, rtol=1e-4, atol=1e-5)
