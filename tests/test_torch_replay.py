"""Replayed passes of torch: they give what autograd gives, in memory that is not written over."""
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from keras import backend as K
from keras.backend import runtime
from keras.layers import Dense, Dropout
from keras.models import Sequential

pytestmark = pytest.mark.skipif(K.backend() != "torch", reason="it is torch that replays")

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def test_dropout_is_drawn_anew_as_without_replay(monkeypatch):
    from keras.backend.torch import replay

    def losses():
        runtime.forget_plans()
        np.random.seed(3)
        model = Sequential([Dense(8, activation="relu", input_dim=4), Dropout(0.5), Dense(1)])
        model.compile("adam", "mse")
        found = [float(model.train_on_batch(X, X[:, :1])) for _ in range(5)]
        programs, = [run.__globals__["core"].programs.values() for f in runtime.alive if f.updates
                     for run in f.plans.values()]
        return found, model.get_weights(), [p.__name__ for p in programs]

    replayed, weights, programs = losses()
    assert programs == ["program"] and len(set(replayed)) == 5
    monkeypatch.setattr(replay, "WORK", 0)
    plain, others, programs = losses()
    assert programs == ["eager"]
    assert_array_equal(replayed, plain)
    for one, other in zip(weights, others, strict=True):
        assert_array_equal(one, other)


def gradients():
    x, w = K.placeholder((None, 4)), K.variable(np.eye(4))
    loss = K.sum(K.square(K.tanh(K.dot(x, w))))
    return K.function([x], [loss, *K.gradients(loss, [w, x])])


def test_results_outlast_the_next_call():
    f = gradients()
    first = f([X])
    copies = [np.copy(y) for y in first]
    f([X + 1])
    second = f([X])
    f([X - 1])
    for one, other, copy in zip(first, second, copies, strict=True):
        assert_array_equal(one, copy)
        assert_array_equal(other, copy)


def test_threads_do_not_share_buffers():
    f = gradients()
    inputs = [X + i for i in range(4)]
    wanted = [f([x]) for x in inputs]
    wrong = []

    def work(x, want):
        for _ in range(100):
            wrong.extend(not np.array_equal(a, b) for a, b in zip(f([x]), want))

    threads = [threading.Thread(target=work, args=pair) for pair in zip(inputs, wanted)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(wrong)
