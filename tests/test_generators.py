"""Batches from generators and Sequences: training on them, and workers that go wrong."""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from batches import Faulty, Indices, Large, Noise, Rows, children, faulty
from engines import each_engine  # noqa: F401
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras.callbacks import Callback
from keras.layers import Dense, Input, concatenate
from keras.models import Model, Sequential
from keras.training import processes, supply
from keras.utils import GeneratorEnqueuer, HDF5Matrix, OrderedEnqueuer, Sequence

PROGRAM = Path(__file__).with_name("batches.py")


def model_of(metrics=("mae",)):
    np.random.seed(3)
    K.clear_session()
    model = Sequential([Dense(4, activation="tanh", input_dim=3), Dense(1)])
    model.compile("adam", "mse", metrics=list(metrics))
    return model


def forever(sequence):
    while True:
        yield from (sequence[i] for i in range(len(sequence)))


MODES = [dict(workers=0), dict(workers=1), dict(workers=3),
         dict(workers=2, use_multiprocessing=True)]


# ------------------------------------------------------------------------------ training


def test_any_workers_give_the_same_weights():
    found = []
    for mode in MODES:
        model = model_of()
        rows = Rows()
        history = model.fit_generator(rows, epochs=3, verbose=0, validation_data=Rows(10), **mode)
        assert rows.epochs == 3
        found.append([*model.get_weights(), *history.history.values()])
    for other in found[1:]:
        for got, want in zip(other, found[0]):
            assert_array_equal(got, want)


def test_number_of_worker_processes_does_not_change_random_batches():
    found = []
    for workers in (1, 3):
        model = model_of()
        model.fit_generator(Noise(), epochs=2, verbose=0, workers=workers, use_multiprocessing=True)
        found.append(model.get_weights())
    for got, want in zip(*found):
        assert_array_equal(got, want)


def test_equals_fit_on_arrays():
    rows = Rows(20, shuffles=False)
    x, y = rows.x, rows.x.sum(axis=1)
    one = model_of()
    want = one.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0,
                   validation_data=(x, y)).history
    two = model_of()
    got = two.fit_generator(rows, epochs=2, shuffle=False, verbose=0,
                            validation_data=(x, y)).history
    three = model_of()
    also = three.fit(forever(rows), steps_per_epoch=5, epochs=2, verbose=0, validation_data=rows)
    for name in want:
        assert_allclose(got[name], want[name], rtol=1e-6)
        assert_allclose(also.history[name], want[name], rtol=1e-5)
    for a, b, c in zip(one.get_weights(), two.get_weights(), three.get_weights()):
        assert_array_equal(a, b)
        assert_array_equal(a, c)


def test_averages_weigh_batches_by_their_size():
    rows = Rows(6, shuffles=False)  # batches of 4 and of 2
    model = model_of()
    model.optimizer.lr = 0.0
    want = model.evaluate(rows.x, rows.x.sum(axis=1), batch_size=6, verbose=0)
    assert_allclose(model.evaluate_generator(rows), want, rtol=1e-6)
    assert_allclose(model.evaluate(rows), want, rtol=1e-6)
    assert_allclose(model.evaluate_generator(forever(rows), steps=2), want, rtol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_predictions_keep_the_order(mode):
    model = model_of()
    rows = Rows(22)
    want = model.predict(rows.x)
    got = model.predict_generator(rows, **mode)
    assert_allclose(got, want, rtol=1e-5)
    assert_array_equal(got, model.predict(rows))
    assert rows.epochs == 0  # else the order that the user still needs would change


def test_a_generator_is_not_read_further_than_needed():
    model = model_of()
    finite = iter([Rows()[i % 3] for i in range(10)])
    model.fit_generator(finite, steps_per_epoch=4, epochs=2, verbose=0)
    assert len(list(finite)) == 2


def test_shuffle_is_of_batches_and_drawn_from_numpy():
    seen = []

    class See(Callback):
        def on_batch_end(self, batch, logs=None):
            seen.append(logs["loss"])

    for shuffle in (False, True, True):
        model = model_of()
        K.set_value(model.optimizer.lr, 0.0)
        model.fit_generator(Indices(), epochs=2, verbose=0, shuffle=shuffle, callbacks=[See()])
    plain, one, two = np.reshape(seen, (3, 2, 6))
    assert_array_equal(plain[0], plain[1])
    assert_array_equal(one, two)
    assert not np.array_equal(one[0], plain[0]) and not np.array_equal(one[0], one[1])
    assert_allclose(np.sort(one[1]), np.sort(plain[0]))


def test_weights_and_class_weight():
    rows, weighted = Rows(shuffles=False), Rows(weights=True)
    plain = model_of().evaluate_generator(rows)
    assert_allclose(model_of().evaluate_generator(weighted)[0], 2 * plain[0], rtol=1e-6)

    def labelled():
        while True:
            yield np.ones((4, 3)), np.array([0, 1, 1, 0])

    losses = []
    for weight in (None, {0: 3.0, 1: 3.0}):
        model = model_of()
        history = model.fit_generator(labelled(), 1, verbose=0, class_weight=weight)
        losses.append(history.history["loss"][0])
    assert_allclose(losses[1], 3 * losses[0], rtol=1e-5)


def test_weights_that_come_and_go():
    model = model_of()
    x, y, w = np.ones((4, 3)), np.ones((4, 1)), np.ones(4)
    model.fit_generator(iter([(x, y, w), (x, y)]), 2, verbose=0)
    with pytest.raises(ValueError, match="Batch 1 of .* has sample weights, the first batch had"):
        model.fit_generator(iter([(x, y), (x, y, w)]), 2, verbose=0)


def test_names_of_several_inputs_and_outputs():
    a, b = Input((1,), name="a"), Input((2,), name="b")
    joined = concatenate([a, b])
    model = Model([a, b], [Dense(1, name="p")(joined), Dense(2, name="q")(joined)])
    model.compile("sgd", "mse")

    def batches():
        while True:
            yield ({"b": np.ones((3, 2)), "a": np.ones((3, 1))},
                   {"q": np.ones((3, 2)), "p": np.ones((3, 1))}, {"q": np.ones(3)})

    history = model.fit_generator(batches(), 2, validation_data=batches(), validation_steps=1,
                                  verbose=0)
    assert set(history.history) == {"loss", "p_loss", "q_loss", "val_loss", "val_p_loss",
                                    "val_q_loss"}
    assert [y.shape for y in model.predict_generator(batches(), 2)] == [(6, 1), (6, 2)]


def test_validation_begins_anew_each_epoch():
    model = model_of()
    K.set_value(model.optimizer.lr, 0.0)
    history = model.fit(np.ones((4, 3)), np.ones((4, 1)), epochs=3, verbose=0,
                        validation_data=Indices(), validation_steps=2)
    values = history.history["val_loss"]
    assert values[0] == values[1] == values[2]


def test_initial_epoch_and_stop_training():
    class Stop(Callback):
        def on_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    model = model_of()
    history = model.fit_generator(Rows(), epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]
    model.fit_generator(Rows(), epochs=5, verbose=0, callbacks=[Stop()])
    assert model.history.epoch == [0]
    assert model.fit_generator(Rows(), epochs=2, initial_epoch=2, verbose=0).epoch == []


def test_loaders_of_other_libraries():
    class Loader:
        """Can be gone through again and again; batches are lists, like torch's."""

        def __len__(self):
            return 3

        def __iter__(self):
            return iter([[np.ones((2, 3)), np.ones((2, 1))]] * 3)

    model = model_of()
    history = model.fit(Loader(), epochs=2, verbose=0, validation_data=Loader())
    assert len(history.history["val_loss"]) == 2
    assert model.predict(Loader()).shape == (6, 1)


def kinds_of_arrays(x, tmp_path):
    """The rows of x in other containers than NumPy's, by name."""
    import h5py
    import pandas
    import scipy.sparse
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = x
    found = {"hdf5": HDF5Matrix(str(tmp_path / "x.h5"), "x"),
             "sparse": scipy.sparse.csr_matrix(x), "list": x.tolist(),
             "pandas": pandas.DataFrame(x)}
    if K.backend() == "torch":
        import torch
        found["torch"] = torch.from_numpy(x)
    return found


def test_labels_in_a_file(tmp_path):
    """A data set of one dimension is a column, as an array of one dimension is."""
    import h5py
    x, y = np.random.rand(8, 3).astype("float32"), np.arange(8)
    with h5py.File(tmp_path / "xy.h5", "w") as file:
        file["x"], file["y"] = x, y
    model, path = model_of(), str(tmp_path / "xy.h5")
    want = model.evaluate(x, y, verbose=0)[0]
    fitted = model.fit(HDF5Matrix(path, "x"), HDF5Matrix(path, "y"), batch_size=8, verbose=0)
    assert fitted.history["loss"] == [pytest.approx(want, rel=1e-5)]


def test_other_kinds_of_arrays(tmp_path):
    x, y = np.random.rand(8, 3).astype("float32"), np.random.rand(8, 1)
    want = model_of().fit(x, y, batch_size=4, epochs=2, shuffle="batch", verbose=0).history["loss"]
    for kind, given in kinds_of_arrays(x, tmp_path).items():
        model = model_of()
        history = model.fit(given, y, batch_size=4, epochs=2, shuffle="batch", verbose=0)
        assert_allclose(history.history["loss"], want, rtol=1e-4, err_msg=kind)
        assert_allclose(model.predict(given), model.predict(x), rtol=1e-4, err_msg=kind)
        batches = iter([(given[:4], y[:4]), (given[4:], y[4:])])
        assert_allclose(model.evaluate_generator(batches, 2), model.evaluate(x, y, verbose=0),
                        rtol=1e-4, err_msg=kind)


def test_sparse_matrices_without_rows():
    import scipy.sparse
    x, y = np.random.rand(8, 3), np.random.rand(8, 1)
    want, got = (model_of().fit(given, y, 4, shuffle=False, validation_split=0.5, verbose=0)
                 for given in (x, scipy.sparse.coo_matrix(x)))
    assert_allclose(got.history["val_loss"], want.history["val_loss"], rtol=1e-5)


# ------------------------------------------------------------------------------ errors


@pytest.mark.parametrize("batch, message", [
    (np.ones((2, 3)), r"Batch 0 of list_iterator: Output of generator should be a tuple"),
    ((np.ones((2, 3)),), "of 1 items"),
    ((np.ones((2, 4)), np.ones((2, 1))), r"Batch 0 .* to have shape \(3,\) but got"),
    ((np.ones((2, 3)), np.ones((3, 1))), "2 input samples, 3 target samples"),
    ((np.ones((0, 3)), np.ones((0, 1))), "0 samples"),
])
def test_wrong_batches(batch, message):
    with pytest.raises(ValueError, match=message):
        model_of().fit_generator(iter([batch]), 1, verbose=0)


def test_wrong_arguments():
    model = model_of()
    for call, message in [
            (lambda: model.fit_generator(iter([])), "`steps_per_epoch=None` is only valid"),
            (lambda: model.predict_generator(iter([])), "`steps=None` is only valid"),
            (lambda: model.fit_generator(Indices(0)), "Indices has no batches"),
            (lambda: model.fit_generator(Indices(), workers=-1), "workers is the number"),
            (lambda: model.fit_generator(Indices(), 0), "steps_per_epoch is an int"),
            (lambda: model.fit(Indices(), np.ones(3)), "`y` cannot be given with a generator"),
            (lambda: model.fit_generator(iter([Indices()[0]] * 3), 2, 2, verbose=0),
             r"ended after 3 batches; more are needed, 2 for each epoch")]:
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(RuntimeError, match="You must compile"):
        Sequential([Dense(1, input_dim=3)]).fit_generator(Indices())
    with pytest.raises(NotImplementedError, match="Sequence needs a method __len__"):
        len(Sequence())


# ------------------------------------------------------------------------------ enqueuers


def test_enqueuers():
    enqueuer = OrderedEnqueuer(Indices(3))
    assert not enqueuer.is_running()
    with pytest.raises(RuntimeError, match=r"start\(\) it first"):
        next(enqueuer.get())
    enqueuer.start(workers=2, max_queue_size=3)
    batches = enqueuer.get()
    assert [next(batches)[0][0, 0] for _ in range(7)] == [0, 1, 2, 0, 1, 2, 0]
    enqueuer.stop()
    assert not enqueuer.is_running()
    assert list(batches) == []
    other = GeneratorEnqueuer(iter(range(4)), wait_time=0.1)
    other.start(workers=3)
    assert list(other.get()) == [0, 1, 2, 3]
    other.stop()
    assert workers() == []


def test_what_is_not_picklable_uses_threads():
    class Local(Indices):
        pass

    with pytest.warns(UserWarning, match="Local is read by threads: Local cannot be pickled"):
        model_of().fit_generator(Local(), verbose=0, use_multiprocessing=True)
    with pytest.warns(UserWarning, match="a plain generator cannot be sent to another process"):
        model_of().fit_generator(forever(Indices()), 3, verbose=0, use_multiprocessing=True)


def test_guard(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("print(1)\n")
    assert not processes.is_guarded(program)
    program.write_text("if __name__ == '__main__':\n    print(1)\n")
    assert processes.is_guarded(program)


UNGUARDED = """
import warnings
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from keras.utils import Sequence

class Ones(Sequence):
    def __len__(self):
        return 4
    def __getitem__(self, i):
        return np.ones((2, 3)), np.ones((2, 1))

model = Sequential([Dense(1, input_dim=3)])
model.compile('sgd', 'mse')
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter('always')
    model.fit_generator(Ones(), workers=2, use_multiprocessing=True, verbose=0)
print([str(w.message) for w in told])
"""


def test_unguarded_programs_run(tmp_path):
    program = tmp_path / "unguarded.py"
    program.write_text(UNGUARDED)
    run = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=300,
                         env={**os.environ, "KERAS_HOME": str(tmp_path)})
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("Ones is read by threads") == 1


# ------------------------------------------------------------------------------ faults

WORKERS = [("sequence", "process"), ("sequence", "thread"), ("generator", "thread")]


def source_of(kind, fault):
    return Faulty(fault) if kind == "sequence" else faulty(fault)


def fit(kind, mode, fault, interrupt=False):
    """Train on batches of which number 3 goes wrong; after batch 2 Ctrl-C is pressed, if it is."""
    class Press(Callback):
        def on_batch_end(self, batch, logs=None):
            if batch == 2 and interrupt:
                threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

    model_of().fit_generator(source_of(kind, fault), 8, 2, verbose=0, workers=2, shuffle=False,
                             use_multiprocessing=mode == "process", callbacks=[Press()])


def workers():
    return [t for t in threading.enumerate() if t.name.startswith("keras")]


@pytest.fixture
def impatient(monkeypatch):
    """Hanging threads of other tests are not seen; waiting is short."""
    monkeypatch.setattr(supply, "SILENCE", 0.2)
    monkeypatch.setattr(supply, "GRACE", 0.2)


@pytest.mark.parametrize("kind, mode", WORKERS)
def test_an_exception_arrives(kind, mode):
    before, start = set(workers()), time.time()
    with pytest.raises(KeyError, match="no such file") as caught:
        fit(kind, mode, "exception")
    cause = str(caught.value.__cause__)
    assert "batch 3" in cause and 'raise KeyError("no such file")' in cause
    assert time.time() - start < 10 and not children() and set(workers()) <= before


@pytest.mark.parametrize("fault, message", [
    ("SIGKILL", r"process \d+ was killed by signal 9 \(SIGKILL\) while it made batch 3, Faulty"),
    # A crash may take long to end a process, until its neighbour has come to the same item again.
    ("SIGSEGV", r"process \d+ was killed by signal 11 \(SIGSEGV\) while it made batch (3|11), Fau"),
    ("exit", r"process \d+ ended with exit code 7 while it made batch 3, Faulty\[3\]")])
def test_a_dead_worker_is_named(fault, message):
    before, start = set(workers()), time.time()
    with pytest.raises(processes.WorkerDied, match=message):
        fit("sequence", "process", fault)
    assert time.time() - start < 10 and not children() and set(workers()) <= before


def test_a_dead_server_is_named():
    enqueuer = OrderedEnqueuer(Faulty("hang"), use_multiprocessing=True)
    enqueuer.start(workers=2)
    batches = enqueuer.get()
    next(batches)
    os.kill(enqueuer.supply.server.pid, signal.SIGKILL)
    with pytest.raises(processes.WorkerDied, match=r"The server .* was killed by signal 9"):
        for _ in range(4):
            next(batches)
    enqueuer.stop()
    assert not children()


@pytest.mark.parametrize("kind, mode", WORKERS)
def test_hang_is_told_and_ctrl_c_ends_it(kind, mode, impatient):
    start = time.time()
    with pytest.warns(UserWarning, match="Waiting for batch 3 of ") as told, \
            pytest.raises(KeyboardInterrupt):
        fit(kind, mode, "hang", interrupt=True)
    text = str(told[0].message)
    assert "In the making: batch 3, " in text and ("process" in text) == (mode == "process")
    if mode == "thread":
        assert "batches.py" in text and "trouble" in text
    assert not children() and time.time() - start < 10


@pytest.mark.parametrize("kind, mode", WORKERS)
def test_ctrl_c_ends_at_once(kind, mode):
    before, start = set(workers()), time.time()

    class Press(Callback):
        def on_batch_end(self, batch, logs=None):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        model_of().fit_generator(source_of(kind, ""), 8, 2, verbose=0, workers=2,
                                 use_multiprocessing=mode == "process", callbacks=[Press()])
    assert not children() and set(workers()) <= before and time.time() - start < 10


@pytest.mark.parametrize("kind, mode", WORKERS)
def test_a_forgotten_enqueuer_ends_its_workers(kind, mode):
    before = set(workers())
    made = OrderedEnqueuer if kind == "sequence" else GeneratorEnqueuer
    enqueuer = made(source_of(kind, ""), use_multiprocessing=mode == "process")
    enqueuer.start(workers=2)
    batches = enqueuer.get()
    next(batches)
    del enqueuer, batches
    gc.collect()
    assert not children() and set(workers()) <= before


def test_children_die_with_their_parent():
    run = subprocess.Popen([sys.executable, PROGRAM], text=True, stdout=subprocess.PIPE)
    with run.stdout:
        pids = json.loads(run.stdout.readline())
    assert len(pids) == 3  # the server and two workers
    assert run.wait(30) == -signal.SIGKILL
    until = time.time() + 5
    while any(os.path.exists(f"/proc/{pid}") for pid in pids) and time.time() < until:
        time.sleep(0.05)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_large_batches_go_through_pipes():
    enqueuer = OrderedEnqueuer(Large(), use_multiprocessing=True)
    enqueuer.start(workers=2, max_queue_size=2)
    batches = enqueuer.get()
    assert [next(batches)[0][-1, -1] for _ in range(8)] == [0, 1, 2, 3, 4, 5, 0, 1]
    enqueuer.stop()


def test_nothing_is_left():
    before, files = set(workers()), os.listdir("/proc/self/fd")
    for mode in MODES:
        model_of().fit_generator(Indices(), epochs=2, verbose=0, validation_data=Indices(), **mode)
    assert not children() and set(workers()) <= before
    assert len(os.listdir("/proc/self/fd")) <= len(files)


# ------------------------------------------------------------------------------ threads


def test_predict_in_many_threads():
    models = [model_of() for _ in range(4)]
    for model in models:
        model.set_weights([np.random.rand(*w.shape) for w in model.get_weights()])
    x = [np.random.rand(n, 3).astype("float32") for n in (1, 7, 40)]
    want = [[np.tanh(rows @ a + b) @ c + d for rows in x]
            for a, b, c, d in (model.get_weights() for model in models)]
    wrong = []

    def use(i):
        try:
            for round in range(12):
                model, rows = (i + round) % 4, round % 3
                got = models[model].predict(x[rows])
                if not np.allclose(got, want[model][rows], atol=1e-5):
                    wrong.append((i, model, rows))
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=use, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
