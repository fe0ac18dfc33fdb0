"""Several threads: predictions, new functions and values that do not disturb one another."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from engines import each_engine
from numpy.testing import assert_allclose

from keras import backend as K
from keras.layers import GRU, BatchNormalization, Conv1D, Dense, Dropout, Flatten
from keras.models import Sequential

__all__ = ["each_engine"]
THREADS = 16


def together(work, count=THREADS):
    """The results of `work(number)` for as many threads at once."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def test_sixteen_threads_predict_with_four_models_as_one_does():
    models = [
        Sequential([Dense(16, activation="relu", input_shape=(6, 4)), Flatten(), Dense(3)]),
        Sequential([Conv1D(8, 3, input_shape=(6, 4)), BatchNormalization(), Flatten(), Dense(2)]),
        Sequential([GRU(5, input_shape=(6, 4)), Dropout(0.5), Dense(1)]),
        Sequential([Flatten(input_shape=(6, 4)), Dense(8, activation="softmax")]),
    ]
    data = [np.random.normal(size=(n, 6, 4)) for n in (1, 7, 40, 33)]
    asked = [(model, x) for model in models for x in data]

    def work(number):  # no model has predicted before: the threads compile, too
        order = np.random.default_rng(number).permutation(len(asked) * 2) % len(asked)
        return [(i, asked[i][0].predict(asked[i][1], batch_size=16)) for i in order]

    found = together(work)
    alone = [model.predict(x, batch_size=16) for model, x in asked]
    assert sum(len(results) for results in found) == THREADS * 32
    for results in found:
        for i, got in results:
            assert_allclose(got, alone[i], rtol=1e-5, atol=1e-6)


def test_threads_build_and_run_functions_of_their_own():
    def work(number):
        x = K.placeholder((None, 3))
        v = K.variable(np.full(3, number))
        f = K.function([x], [K.sum(x * v)], [K.update_add(v, K.ones_like(v))])
        return [float(f([np.ones((2, 3))])[0]) for _ in range(5)]

    assert together(work) == [[6.0 * (n + i) for i in range(5)] for n in range(THREADS)]


def test_a_session_is_cleared_while_threads_make_functions():
    x = K.placeholder((None, 3))

    def work(number):
        if number % 2:
            return [K.clear_session() for _ in range(100)]
        return [K.function([x], [x]) for _ in range(1000)]

    assert len(together(work, 8)) == 8
