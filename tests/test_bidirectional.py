"""Bidirectional: two recurrent layers, one along time and one against it."""

import json

import numpy as np
import pytest
from engines import each_engine  # noqa: F401 (every test runs on every engine)
from numpy.testing import assert_allclose

from keras import backend as K
from keras.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    ConvLSTM2D,
    CuDNNLSTM,
    Dense,
    Input,
    Layer,
    LSTMCell,
    Masking,
    SimpleRNN,
    TimeDistributed,
)
from keras.models import Model, Sequential

N, T, D, U = 3, 5, 4, 2
X = np.random.default_rng(0).normal(size=(N, T, D))
MERGED = {"sum": lambda a, b: a + b, "mul": lambda a, b: a * b, "ave": lambda a, b: (a + b) / 2,
          "concat": lambda a, b: np.concatenate([a, b], axis=-1)}
KINDS = {
    "SimpleRNN": lambda **options: SimpleRNN(U, **options),
    "GRU": lambda **options: GRU(U, **options),
    "LSTM": lambda **options: LSTM(U, **options),
    "CuDNNLSTM": lambda **options: CuDNNLSTM(U, **options),
    "RNN": lambda **options: RNN([LSTMCell(3), LSTMCell(U)], **options),
}


def as_list(x):
    return list(x) if isinstance(x, (list, tuple)) else [x]


def run(inputs, outputs, arrays):
    return K.function(as_list(inputs), as_list(outputs))(arrays)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_equals_two_runs(kind, sequences, masked):
    options = {"return_sequences": sequences, "return_state": True}
    x = Input((T, D))
    seen = Masking(9.0)(x) if masked else x
    values = X.copy()
    values[1, 3:] = values[2, 1] = 9.0  # masked
    along, against = KINDS[kind](**options), KINDS[kind](go_backwards=True, **options)
    alone = along(seen) + against(seen)
    half = len(alone) // 2
    (a, *first), (b, *second) = [run(x, alone, [values])[i:i + half] for i in (0, half)]
    b = b[:, ::-1] if sequences else b
    results, wanted = [], []
    for mode in (*MERGED, None):
        layer = Bidirectional(KINDS[kind](**options), merge_mode=mode)
        own = layer(seen)
        layer.set_weights(along.get_weights() + against.get_weights())
        want = [a, b] if mode is None else [MERGED[mode](a, b)]
        passes = [masked and sequences] * len(want) + [False] * len(first + second)
        assert [r.keras_mask is not None for r in own] == passes
        want += first + second
        assert [tuple(s) for s in layer.compute_output_shape((N, T, D))] == [w.shape for w in want]
        results += own
        wanted += want
    for tensor, array, want in zip(results, run(x, results, [values]), wanted, strict=True):
        assert_allclose(array, want, rtol=1e-4, atol=1e-5)
        assert K.int_shape(tensor)[1:] == want.shape[1:]


def test_in_a_model():
    model = Sequential([Bidirectional(LSTM(U, return_sequences=True), input_shape=(T, D)),
                        Bidirectional(GRU(U, dropout=0.1)), Dense(1)])
    assert model.output_shape == (None, 1)
    names = [w.name for w in model.layers[0].weights]
    assert names[0] == "bidirectional_1/forward_lstm_1/kernel:0"
    assert names[3] == "bidirectional_1/backward_lstm_1/kernel:0"
    model.compile("adam", "mse")
    K.set_value(model.optimizer.lr, 0.05)
    losses = model.fit(X, np.ones((N, 1)), epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]


def test_initial_states():
    x, starts = Input((T, D)), [Input((U,)) for _ in range(4)]
    layer = Bidirectional(LSTM(U))
    y = layer(x, initial_state=starts)
    model = Model([x, *starts], y)
    rng = np.random.default_rng(2)
    states = [rng.normal(size=(N, U)) for _ in range(4)]
    along, against = LSTM(U), LSTM(U, go_backwards=True)
    singles = [along(x, initial_state=starts[:2]), against(x, initial_state=starts[2:])]
    weights = layer.get_weights()
    along.set_weights(weights[:3])
    against.set_weights(weights[3:])
    got, a, b = run([x, *starts], [y, *singles], [X, *states])
    assert_allclose(got, np.concatenate([a, b], axis=-1), rtol=1e-5, atol=1e-6)
    again = Model.from_config(json.loads(json.dumps(model.get_config())))
    again.set_weights(weights)
    assert_allclose(again.predict([X, *states]), got, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="states along time, then those against it; given 3"):
        layer(x, initial_state=starts[:3])


class Adding(Layer):
    """A cell that adds a constant."""

    state_size = U

    def build(self, input_shape):
        assert [shape[-1] for shape in input_shape] == [D, U]

    def call(self, inputs, states, constants):
        return states[0] + constants[0], [states[0] + constants[0]]


def test_constants():
    x, constant = Input((T, D)), Input((U,))
    layer = Bidirectional(RNN(Adding()), merge_mode="sum")
    model = Model([x, constant], layer(x, constants=constant))
    want = np.full((N, U), 2.0 * T)
    assert_allclose(model.predict([X, np.ones((N, U))]), want)
    again = Model.from_config(json.loads(json.dumps(model.get_config())), {"Adding": Adding})
    assert_allclose(again.predict([X, np.ones((N, U))]), want)


def test_stateful():
    x = Input(batch_shape=(N, T, D))
    layer = Bidirectional(LSTM(U, stateful=True))
    model = Model(x, layer(x))
    first, second = model.predict(X, batch_size=N), model.predict(X, batch_size=N)
    assert abs(first - second)[:, :U].max() > 1e-4 and abs(first - second)[:, U:].max() > 1e-4
    model.reset_states()
    assert_allclose(model.predict(X, batch_size=N), first, rtol=1e-6)


def test_first_weights():
    values = [np.full(shape, i) for i, shape in enumerate([(D, U), (U, U), (U,)] * 2)]
    layer = Bidirectional(SimpleRNN(U), weights=values)
    layer(Input((T, D)))
    for got, want in zip(layer.get_weights(), values, strict=True):
        assert_allclose(got, want)


def test_trainable():
    layer = Bidirectional(LSTM(U))
    layer(Input((T, D)))
    assert len(layer.trainable_weights) == 6
    layer.trainable = False
    assert not layer.trainable_weights and len(layer.non_trainable_weights) == 6


def test_around_pictures_and_inside_time():
    x = Input((3, 5, 6, 2))
    assert K.int_shape(Bidirectional(ConvLSTM2D(4, 3))(x)) == (None, 3, 4, 8)
    nested = Input((7, T, D))
    model = Model(nested, TimeDistributed(Bidirectional(LSTM(U)))(nested))
    assert model.predict(np.zeros((2, 7, T, D))).shape == (2, 7, 2 * U)


def test_refusals():
    with pytest.raises(ValueError, match="Invalid merge mode"):
        Bidirectional(LSTM(U), merge_mode="best")
