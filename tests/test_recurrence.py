"""Recurrent layers in one piece against the loop that they stand for, whose derivative is the
engine's own."""
import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from numpy.testing import assert_allclose

from keras import backend as K
from keras.backend import engines, plan
from keras.layers import GRU, LSTM, Input, SimpleRNN

N, T, D, U = 3, 5, 4, 2
MASK = np.array([[1, 1, 0, 1, 1], [0, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)
LAYERS = {"simple": (SimpleRNN, {}), "lstm": (LSTM, {"recurrent_activation": "sigmoid"}),
          "gru": (GRU, {}), "gru-after": (GRU, {"reset_after": True})}
DROPOUT = {"dropout": 0.4, "recurrent_dropout": 0.3}
OPTIONS = [{"activation": "relu"}, {"activation": "linear", "go_backwards": True}, DROPOUT,
           {**DROPOUT, "implementation": 2, "activation": "hard_sigmoid"}]


@pytest.fixture(autouse=True)
def float64(each_engine):  # noqa: F811
    if "recurrence" not in engines.engine().keeps:
        pytest.skip(f"{K.backend()} runs the loop")
    K.set_floatx("float64")
    yield
    K.set_floatx("float32")


@pytest.fixture
def pieces(monkeypatch):
    """A list that grows with each recurrence that an engine has in one piece."""
    made, lower = [], engines.engine().lower
    piece = lower["recurrence"]
    monkeypatch.setitem(lower, "recurrence", lambda *args: made.append(args[0]) or piece(*args))
    return made


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", LAYERS)
def test_equals_the_loop(name, options, masked, monkeypatch, pieces):
    cls, own = LAYERS[name]
    rng = np.random.default_rng(0)
    starts = [Input((U,)) for _ in range(2 if cls is LSTM else 1)]
    x, mask = Input((T, D)), Input((T,), dtype="bool")
    if K.backend() == "jax" and (
            [*LAYERS].index(name) + OPTIONS.index(options) + 2 * masked) % 4:
        pytest.skip("compiling takes long, so a quarter of the cases")
    options = {**own, **options}
    if cls is SimpleRNN:
        options.pop("implementation", None)
    layer = cls(U, return_sequences=True, return_state=True, **options)
    results = layer(x, initial_state=starts, **({"mask": [mask, *[None] * len(starts)]}
                                                if masked else {}))
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    loss = sum(K.sum(y * K.constant(rng.normal(size=(N, *K.int_shape(y)[1:])))) for y in results)
    gradients = K.gradients(loss, [x, *starts, *layer.weights])
    arrays = [rng.normal(size=(N, T, D)), MASK, *rng.normal(size=(len(starts), N, U))]
    found = []
    for opened in (False, True):
        monkeypatch.setattr(plan, "twice_differentiated", lambda targets, opened=opened: opened)
        function = K.function([x, mask, *starts, K.learning_phase()], [*results, *gradients])
        for stream in function.streams():
            stream.draws = 0
        pieces.clear()
        found.append(function([*arrays, 1]))
        assert bool(pieces) is not opened
    for one, other in zip(*found, strict=True):
        assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", LAYERS)
def test_second_derivatives(name):
    """The derivative of |dy/dx|^2 by differences; the piece itself has one derivative only."""
    cls, options = LAYERS[name]
    x = Input((T, D))
    layer = cls(U, **options)
    y = layer(x)
    first, = K.gradients(K.sum(y), [x])
    second, = K.gradients(K.sum(K.square(first)), [x])
    f = K.function([x], [K.sum(K.square(first)), second])
    at, step = np.random.default_rng(1).normal(size=(N, T, D)), 1e-5
    along = np.random.default_rng(2).normal(size=at.shape)
    want = (f([at + step * along])[0] - f([at - step * along])[0]) / (2 * step)
    assert_allclose(np.sum(f([at])[1] * along), want, rtol=1e-4)
