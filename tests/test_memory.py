"""Using models does not fill the memory: arrays, plans and models go when nobody holds them.

`benchmarks/memory.py` measures the same over thousands of rounds, in megabytes.
"""

import gc
import linecache
import re
import weakref
from collections import Counter

import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from numpy.testing import assert_allclose

from keras import backend as K
from keras.backend import glibc
from keras.backend.engines import engine
from keras.backend.runtime import Function
from keras.layers import LSTM, BatchNormalization, Dense, Dropout, Input, Lambda
from keras.models import Model, Sequential

X = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
Y = (X.sum(1) > 0).astype("float32")


def arrays():
    """The class of the engine's arrays."""
    return type(engine().feed(X, K.placeholder((None, 4))))


def live():
    """How many objects there are of each of our classes, arrays and lines of plans."""
    gc.collect()
    array = arrays()
    counts = Counter()
    for item in gc.get_objects():
        kind = type(item)
        if kind is array:
            counts["array"] += 1
        elif str(kind.__module__).partition(".")[0] == "keras":
            counts[kind.__qualname__] += 1
    counts["sources"] = sum(path.startswith("<keras") for path in linecache.cache)
    return counts


def small():
    model = Sequential(
        [
            Dense(3, activation="relu", input_dim=4),
            Dropout(0.2),
            BatchNormalization(),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def used(model):
    """The model after some training, evaluation and prediction."""
    model.fit(X, Y, 8, verbose=0, validation_split=0.3)
    model.fit(X, Y, 8, verbose=0, sample_weight=Y + 1)
    model.evaluate(X, Y, verbose=0)
    model.train_on_batch(X, Y)
    model.predict(X[:3])
    return model


def same(before, after):
    assert {kind: (before[kind], n) for kind, n in after.items() if n != before[kind]} == {}


def test_predictions_leave_nothing_behind():
    model = used(small())
    for rows in (1, 2):  # 3 it has seen; each number of rows may have a program of its own
        model.predict(X[:rows])
    before = live()
    for i in range(200):
        model.predict(X[: 1 + i % 3])
        model.predict_on_batch(X[:1])
    same(before, live())


def test_models_that_are_built_fitted_and_dropped_leave_nothing_behind():
    for _ in range(2):
        used(small())
    before = live()
    for _ in range(20):
        used(small())
    same(before, live())


def test_a_model_goes_with_all_that_is_its_own():
    model = used(small())
    parts = {
        "model": model,
        "layer": model.layers[0],
        "weight": model.layers[0].kernel,
        "array": model.layers[0].kernel.value,
        "optimizer": model.optimizer,
        "function": model._function("predict"),
        "plan": model._function("predict").plan(False),
        "history": model.history,
    }
    parts = {name: weakref.ref(part) for name, part in parts.items()}
    del model
    gc.collect()
    assert [name for name, part in parts.items() if part() is not None] == []


def test_nested_and_recurrent_models_go_too():
    x = Input((5, 4))
    inner = Sequential([LSTM(3, return_sequences=True, input_shape=(5, 4)), Dropout(0.5)])
    model = Model(x, Dense(1)(LSTM(2)(inner(x))))
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 5, 4)), np.ones(8), verbose=0)
    parts = [weakref.ref(part) for part in (model, inner, *model.layers, *model.weights)]
    del model, inner, x
    gc.collect()
    assert [part() for part in parts if part() is not None] == []


def test_clear_session_drops_what_is_compiled_and_models_go_on():
    model = used(small())
    before = model.predict(X[:3])
    plan = weakref.ref(model._function("predict").plan(False))
    K.get_session().run(K.variable(X) + 1)
    K.clear_session()
    gc.collect()
    assert plan() is None
    assert all(not f.plans for f in gc.get_objects() if type(f) is Function)
    assert (model.predict(X[:3]) == before).all()
    model.fit(X, Y, 8, verbose=0)


def test_functions_and_values_go():
    x = K.placeholder((None, 4))
    function = K.function([x], [K.sum(K.variable(X) * x)])
    function([X])
    before = live()
    for _ in range(50):
        K.eval(K.sum(K.variable(X) + 1))
        K.function([x], [x * 2])([X])
    same(before, live())
    gone = weakref.ref(function)
    del function
    gc.collect()
    assert gone() is None and live()["Function"] == before["Function"] - 1


def test_errors_hold_no_model_back():
    model = small()
    with pytest.raises(ValueError):
        model.fit(X[:, :3], Y)
    with pytest.raises(ValueError):
        model.add(Dense(2, input_dim=3, name="dense_1"))
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_a_function_is_compiled_once_for_each_phase():
    model = used(small())
    plans = [len(f.plans) for f in gc.get_objects() if type(f) is Function]
    used(model)
    assert [len(f.plans) for f in gc.get_objects() if type(f) is Function] == plans


# ------------------------------------------------------------------------------ too little memory


@pytest.mark.skipif(not glibc.library(), reason="only glibc is told what to keep")
def test_freed_memory_is_there_for_the_next_step():
    resource = pytest.importorskip("resource")
    if K.backend() not in ("torch", "jax"):
        pytest.skip("the memory of the other engines is their libraries' own")
    x = K.placeholder((None, 1000))
    function = K.function([x], [K.sum(K.exp(K.dot(x, K.transpose(x))))])
    rows = [np.zeros((3000, 1000), "float32")]  # 36 MB, 8,800 pages, come and go

    def pages():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    for _ in range(3):
        function(rows)
    before = pages()
    for _ in range(3):
        function(rows)
    assert pages() - before < 8800


def test_out_of_memory_is_told_and_the_model_lives_on():
    """The output of the wide layer would take 400 TB, more than an address space has."""
    if K.backend() == "jax":
        pytest.skip("XLA computes the mean without making what it is of")
    if K.backend() == "tensorflow":
        pytest.skip("its product of matrices, oneDNN's, ends the process where memory is refused")
    n = 10**7
    model = Sequential([Dense(n, input_dim=1, kernel_initializer="zeros", name="wide"),
                        Lambda(lambda x: K.mean(x, -1, keepdims=True))])
    model.compile("sgd", "mse")
    x = np.zeros((n, 1), "float32")
    for attempt in (lambda: model.fit(x, x, n, verbose=0), lambda: model.predict(x, n)):
        with pytest.raises(MemoryError) as caught:
            attempt()
        text = str(caught.value)
        assert "out of memory in" in text and "(10000000, 1)" in text
        assert re.search(r"takes about [\d,]+ TB in all, \d+ MB per sample", text), text
        assert "smaller batches (batch_size;" in text and "gradient_accumulation_steps" in text
    assert int(K.get_value(model.optimizer.iterations)) == 0
    model.fit(x[:2], x[:2] + 1, verbose=0)
    assert int(K.get_value(model.optimizer.iterations)) == 1
    assert np.isfinite(model.get_weights()[1]).all()


def test_a_step_without_memory_changes_nothing():
    """The product of two tensors takes 5 TB, whatever a compiler makes of it."""
    n = 400_000

    def square(x):
        tall = K.reshape(K.repeat_elements(x, n, axis=1), (-1, 1))
        return K.sum(x, 1, keepdims=True) + 1e-30 * K.sum(K.exp(K.dot(tall, K.ones((1, n)))))

    model = Sequential([Dense(4, input_dim=3), Lambda(square, output_shape=(1,))])
    model.compile("adam", "mse")
    before = model.get_weights()
    for _ in range(2):
        with pytest.raises(MemoryError, match="out of memory in"):
            model.fit(np.ones((2, 3)), np.ones((2, 1)), verbose=0)
    for old, new in zip(before, model.get_weights()):
        assert_allclose(new, old)
    assert int(K.get_value(model.optimizer.iterations)) == 0
