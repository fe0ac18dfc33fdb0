"""Replayed passes of torch: they give what autograd gives, in memory that is not written over."""
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras.backend import runtime
from keras.layers import Dense, Dropout, Input
from keras.models import Model, Sequential

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
    assert_allclose(replayed, plain, rtol=1e-5)
    for one, other in zip(weights, others, strict=True):
        assert_allclose(one, other, rtol=1e-4, atol=1e-6)


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


A, B = (np.random.default_rng(i).normal(size=(6, 4)).astype("float32") for i in (1, 2))
RELU = np.maximum(B, 0)
CALLS = {  # the arguments of each op that NumPy has a form of
    "abs": [A], "add.Tensor": [A, B[0]], "addmm": [A[0], A, B[:4]], "div.Tensor": [A, B],
    "exp": [A], "hardtanh": [A, -0.5, 0.7], "hardtanh_backward": [A, B, -0.5, 0.7],
    "log": [np.abs(A)], "mean": [A], "mm": [A, B.T], "mul.Tensor": [A, 0.3], "neg": [A],
    "relu_": [A], "sigmoid": [A], "sigmoid_backward": [A, RELU], "softplus": [A * 30, 1, 20],
    "sub.Tensor": [A, B], "sum": [A], "t": [A], "tanh": [A], "tanh_backward": [A, B],
    "threshold_backward": [A, RELU, 0], "addcmul": [A, B, A, {"value": -1}],
    "pow.Tensor_Scalar": [A, 2], "sum.dim_IntList": [A, [0], True]}


@pytest.mark.parametrize("name", CALLS)
def test_numpy_gives_what_torch_does(name):
    import torch

    from keras.backend.torch import light

    base, _, overload = name.partition(".")
    function = getattr(getattr(torch.ops.aten, base), overload or "default")
    given = list(CALLS[name])
    kwargs = given.pop() if isinstance(given[-1], dict) else {}
    args = [torch.from_numpy(a.copy()) if isinstance(a, np.ndarray) else a for a in given]
    form = light.form(function, args, kwargs, args[0])
    want = function(*args, **kwargs).numpy()
    places = {"weights": "weights"} if "{weights}" in form else {}
    scope = {**light.NAMES, "out": np.empty(want.shape, "float32"),
             "weights": light.weights(name, A.shape)}
    scope.update((f"x{i}", np.array(a, "float32") if np.isscalar(a) else a)
                 for i, a in enumerate(given))
    in_place = name.endswith("_")
    scope["x0"] = scope["x0"].copy()
    exec(form.format(*[f"x{i}" for i in range(len(given))], out="out", **places), scope)
    assert_allclose(scope["x0" if in_place else "out"], want, rtol=1e-5, atol=1e-6)


def test_each_form_of_numpy_is_tried():
    from keras.backend.torch import light

    assert CALLS.keys() == {*light.FORMS, *(name for name, _ in light.VARIANTS)}


def test_small_passes_are_numpy_s_and_large_ones_torch_s():
    x = Input((4,))
    model = Model(x, Dense(3, activation="tanh")(Dense(8, activation="sigmoid")(x)))
    small, large = (model.predict(np.tile(X, (n, 1)), batch_size=6 * n) for n in (1, 1000))
    run, = model._function("predict").plans.values()
    sources = [program.source for program in run.__globals__["core"].programs.values()]
    assert ["tanh(" in source for source in sources] == [True, True]
    assert ["inference(" in source for source in sources] == [False, True]
    assert_allclose(small, large[:6], rtol=1e-5, atol=1e-6)


def test_numbers_that_overflow_warn_no_more_than_torch_does():
    model = Sequential([Dense(2, activation="sigmoid", input_dim=4), Dense(1)])
    model.compile("sgd", "mse")
    assert np.isnan([model.train_on_batch(X * 1e30, X[:, :1] * 1e30) for _ in range(4)][-1])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_first_samples_that_are_no_numbers(value):
    model = Sequential([Dense(8, activation="relu", input_dim=4), Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.where(np.arange(6)[:, None] == 0, value, X)
    for _ in range(2):
        found = model.predict(x)
        assert np.isnan(found[0]).all() or np.isinf(found[0]).all()
        assert np.isfinite(found[1:]).all()
    assert not np.isfinite(model.train_on_batch(x, X[:, :1])[0])
