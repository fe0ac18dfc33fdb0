"""Recurrent layers: values against plain NumPy loops, and what ways of running them have in
common."""

import numpy as np
import pytest
import recurrent_oracle as oracle
from engines import each_engine  # noqa: F401 (every test runs on every engine)
from numeric import assert_gradient
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras import layers
from keras.layers import (
    GRU,
    LSTM,
    RNN,
    ConvLSTM2D,
    CuDNNGRU,
    CuDNNLSTM,
    Dense,
    Embedding,
    GRUCell,
    Input,
    LSTMCell,
    Masking,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
)
from keras.models import Model, Sequential

N, T, D, U = 3, 5, 4, 2
X = np.random.default_rng(0).normal(size=(N, T, D))
MASK = np.array([[1, 1, 0, 1, 1], [0, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)

# name -> (layer, options, step of the oracle)
KINDS = {
    "simple": (SimpleRNN, {}, oracle.simple_rnn),
    "simple-bare": (SimpleRNN, {"use_bias": False}, oracle.simple_rnn),
    "gru": (GRU, {}, oracle.gru),
    "gru-bare": (GRU, {"use_bias": False}, oracle.gru),
    "gru-after": (GRU, {"reset_after": True}, oracle.gru_reset_after),
    "gru-after-bare": (GRU, {"reset_after": True, "use_bias": False}, oracle.gru_reset_after),
    "gru-library": (
        GRU, {"reset_after": True, "recurrent_activation": "sigmoid"},
        lambda weights: oracle.gru_reset_after(weights, oracle.sigmoid)),
    "lstm": (LSTM, {}, oracle.lstm),
    "lstm-bare": (LSTM, {"use_bias": False}, oracle.lstm),
    "lstm-library": (LSTM, {"recurrent_activation": "sigmoid"},
                     lambda weights: oracle.lstm(weights, oracle.sigmoid)),
    "lstm-library-bare": (LSTM, {"recurrent_activation": "sigmoid", "use_bias": False},
                          lambda weights: oracle.lstm(weights, oracle.sigmoid)),
}
EACH = pytest.mark.parametrize("kind", KINDS)
MAIN = pytest.mark.parametrize("kind", ["simple", "gru", "gru-after", "lstm", "lstm-library"])


@pytest.fixture(autouse=True)
def floatx():
    yield
    K.set_floatx("float32")


def values_for(layer, seed=1):
    """Random weights for a built layer; also set in it."""
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=w.shape) * 0.7 for w in layer.weights]
    layer.set_weights(values)
    return values


def states_for(kind, seed=2):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(N, U)) for _ in range(2 if kind.startswith("lstm") else 1)]


def as_list(x):
    return list(x) if isinstance(x, (list, tuple)) else [x]


def run(inputs, outputs, arrays, phase=0):
    """The values of tensors, in a list."""
    return K.function([*as_list(inputs), K.learning_phase()], as_list(outputs))([*arrays, phase])


# ------------------------------------------------------------------------------------- values


@EACH
@pytest.mark.parametrize("masked", [False, True])
def test_values(kind, masked):
    """All ways to go along time, compiled together."""
    cls, options, step = KINDS[kind]
    mask, starts = Input((T,), dtype="bool"), [Input((U,)) for _ in states_for(kind)]
    arguments = {"mask": [mask] + [None] * len(starts)} if masked else {}
    inputs, results, wanted, weights = [], [], [], None
    for steps, backwards, unroll in [(T, False, False), (T, True, False), (None, False, False),
                                     (None, True, False), (T, False, True), (T, True, True)]:
        inputs.append(Input((steps, D)))
        layer = cls(U, return_sequences=True, return_state=True, go_backwards=backwards,
                    unroll=unroll, **options)
        results += layer(inputs[-1], initial_state=starts, **arguments)
        weights = values_for(layer)
        _, outputs, states = oracle.along(step(weights), X, states_for(kind),
                                          MASK if masked else None, backwards, unroll)
        wanted += [outputs, *states]
    arrays = [*[X] * len(inputs), MASK, *states_for(kind)]
    got = run([*inputs, mask, *starts], results, arrays)
    for tensor, array, want in zip(results, got, wanted, strict=True):
        assert_allclose(array, want, rtol=1e-4, atol=1e-5)
        assert all(a in (None, b) for a, b in zip(K.int_shape(tensor), want.shape, strict=True))


@EACH
def test_what_is_returned(kind):
    cls, options, step = KINDS[kind]
    zeros = [np.zeros((N, U)) for _ in states_for(kind)]
    x = Input((T, D))
    results, wanted = [], []
    for sequences in (False, True):
        for states in (False, True):
            layer = cls(U, return_sequences=sequences, return_state=states, **options)
            shape = layer.compute_output_shape((N, T, D))
            results += as_list(layer(x))
            last, outputs, new = oracle.along(step(values_for(layer)), X, zeros)
            own = [outputs if sequences else last, *(new if states else [])]
            assert [w.shape for w in own] == (shape if isinstance(shape, list) else [shape])
            wanted += own
    for got, want in zip(run(x, results, [X]), wanted, strict=True):
        assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@EACH
def test_gradients(kind):
    K.set_floatx("float64")
    cls, options, step = KINDS[kind]
    x, *starts = tensors = [Input((None, D)), *(Input((U,)) for _ in states_for(kind))]
    layer = cls(U, return_sequences=True, **options)
    y = layer(x, initial_state=starts)
    weights = values_for(layer)
    share = np.random.default_rng(3).normal(size=(N, T, U))
    gradients = K.gradients(K.sum(y * K.constant(share)), [*tensors, *layer.weights])
    arrays = [X, *states_for(kind)]

    def f(values):
        x, *rest = values
        count = len(starts)
        _, outputs, _ = oracle.along(step(rest[count:]), x, rest[:count])
        return np.sum(share * outputs)

    assert_gradient(f, [*arrays, *weights], run(tensors, gradients, arrays))


@MAIN
def test_gradients_under_a_mask(kind):
    K.set_floatx("float64")
    cls, options, step = KINDS[kind]
    x, mask = Input((T, D)), Input((T,), dtype="bool")
    layer = cls(U, **options)
    y = layer(x, mask=mask)
    weights = values_for(layer)
    zeros = [np.zeros((N, U)) for _ in states_for(kind)]
    gradients = K.gradients(K.sum(y), [x, *layer.weights])

    def f(values):
        return oracle.along(step(values[1:]), values[0], zeros, MASK)[0].sum()

    assert_gradient(f, [X, *weights], run([x, mask], gradients, [X, MASK]))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("backwards", [False, True])
def test_conv_lstm(padding, backwards):
    pictures = np.random.default_rng(4).normal(size=(2, 3, 5, 6, 2))
    x = Input((3, 5, 6, 2))
    layer = ConvLSTM2D(2, (3, 2), padding=padding, go_backwards=backwards, return_sequences=True,
                       return_state=True)
    results = layer(x)
    weights = values_for(layer)
    shape = (2, 5, 6, 2) if padding == "same" else (2, 3, 5, 2)
    assert layer.compute_output_shape((2, 3, 5, 6, 2)) == [(2, 3, *shape[1:]), shape, shape]
    _, outputs, states = oracle.along(oracle.conv_lstm(weights, padding), pictures,
                                      [np.zeros(shape)] * 2, backwards=backwards)
    for got, want in zip(run(x, results, [pictures]), [outputs, *states], strict=True):
        assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_conv_lstm_with_channels_first_strides_and_unknown_sizes():
    pictures = np.random.default_rng(5).normal(size=(2, 3, 7, 6, 2))
    options = {"strides": 2, "return_sequences": True}
    x, turned = Input((3, 7, 6, 2)), Input((3, 2, 7, 6))
    last = ConvLSTM2D(2, 3, **options)
    first = ConvLSTM2D(2, 3, data_format="channels_first", **options)
    want, = run(x, last(x), [pictures])
    y = first(turned)
    first.set_weights(last.get_weights())
    got, = run(turned, y, [pictures.transpose(0, 1, 4, 2, 3)])
    assert_allclose(got.transpose(0, 1, 3, 4, 2), want, rtol=1e-4, atol=1e-5)
    open_sizes = Input((None, None, None, 2))
    assert_allclose(run(open_sizes, last(open_sizes), [pictures])[0], want, rtol=1e-4, atol=1e-5)


def test_conv_lstm_drops_only_in_training():
    pictures = np.random.default_rng(6).normal(size=(2, 3, 5, 6, 2))
    x = Input((3, 5, 6, 2))
    plain, dropping = ConvLSTM2D(2, 3), ConvLSTM2D(2, 3, dropout=0.5, recurrent_dropout=0.5)
    both = [plain(x), dropping(x)]
    plain.set_weights(dropping.get_weights())
    a, b = run(x, both, [pictures])
    assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    a, b = run(x, both, [pictures], phase=1)
    assert abs(a - b).max() > 1e-3


# ------------------------------------------------------------------------- the same, otherwise


@MAIN
def test_implementation_2_equals_1(kind):
    cls, options, _ = KINDS[kind]
    if cls is SimpleRNN:
        pytest.skip("it has one only")
    x = Input((T, D))
    one, two = cls(U, implementation=1, **options), cls(U, implementation=2, **options)
    outputs = [one(x), two(x)]
    two.set_weights(one.get_weights())
    a, b = run(x, outputs, [X])
    assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@MAIN
def test_the_cell_called_step_by_step_equals_the_layer(kind):
    """A cell of one's own class goes through `call`, ours take a shorter way."""
    cls, options, _ = KINDS[kind]
    cell_class = getattr(layers, cls.__name__ + "Cell")

    class Cell(cell_class):
        def call(self, inputs, states, training=None):
            return super().call(inputs, states, training)

    x = Input((T, D))
    layer, own = cls(U, return_sequences=True, **options), RNN(Cell(U, **options), True)
    outputs = [layer(x), own(x)]
    own.set_weights(layer.get_weights())
    a, b = run(x, outputs, [X])
    assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@MAIN
def test_masked_equals_the_shorter_sequence(kind):
    cls, options, _ = KINDS[kind]
    x = Input((None, D))
    layer = cls(U, **options)
    y, short = layer(Masking(7.0)(x)), layer(x)
    padded = np.concatenate([X, np.full((N, 3, D), 7.0)], axis=1)
    assert_allclose(run(x, y, [padded])[0], run(x, short, [X])[0], rtol=1e-5, atol=1e-6)


def test_masks_pass_on():
    x = Input((6,))
    masked = Embedding(5, 3, mask_zero=True)(x)
    assert LSTM(2)(masked).keras_mask is None
    sequences = LSTM(2, return_sequences=True)(masked)
    assert sequences.keras_mask is masked.keras_mask
    output, h, c = LSTM(2, return_sequences=True, return_state=True)(masked)
    assert output.keras_mask is masked.keras_mask and h.keras_mask is c.keras_mask is None


@pytest.mark.parametrize("library, plain, options", [
    (CuDNNGRU, GRU, {"reset_after": True}), (CuDNNLSTM, LSTM, {})])
def test_the_library_layers_have_their_own_arrangement_of_the_same_weights(library, plain,
                                                                            options):
    x = Input((None, D))
    ours = library(U, return_sequences=True, return_state=True)
    theirs = plain(U, recurrent_activation="sigmoid", return_sequences=True, return_state=True,
                   **options)
    results = ours(x) + theirs(x)
    gates = 4 if plain is LSTM else 3
    kernel, recurrent, bias = values_for(ours)
    assert bias.shape == (2 * gates * U,)

    def arranged(kernel):
        parts = np.split(kernel, gates, axis=1)
        return np.concatenate([k.T.reshape(k.shape, order="F") for k in parts], axis=1)

    bias = bias.reshape(2, -1)
    theirs.set_weights([arranged(kernel), arranged(recurrent),
                        bias.sum(0) if plain is LSTM else bias])
    got = run(x, results, [X])
    half = len(got) // 2
    for a, b in zip(got[:half], got[half:], strict=True):
        assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_first_biases():
    def bias(layer, part=None):
        layer(Input((T, D)))
        return layer.get_weights()[2].reshape(-1, U).mean(1).tolist()

    assert bias(LSTM(U)) == [0, 1, 0, 0]
    assert bias(LSTM(U, unit_forget_bias=False)) == [0, 0, 0, 0]
    assert bias(LSTM(U, unit_forget_bias=False, bias_initializer="ones")) == [1, 1, 1, 1]
    assert bias(CuDNNLSTM(U)) == [0, 0, 0, 0, 0, 1, 0, 0]
    assert bias(GRU(U)) == [0, 0, 0]
    assert bias(CuDNNGRU(U, bias_initializer="ones")) == [1] * 6


# ------------------------------------------------------------------------------------- states


@MAIN
def test_stateful_equals_one_long_sequence(kind):
    cls, options, _ = KINDS[kind]
    whole, x = Input(batch_shape=(N, 2 * T, D)), Input(batch_shape=(N, T, D))
    layer, long = cls(U, stateful=True, **options), cls(U, **options)
    model, at_once = Model(x, layer(x)), Model(whole, long(whole))
    long.set_weights(layer.get_weights())
    both = np.concatenate([X, X[::-1]], axis=1)
    want = at_once.predict(both, batch_size=N)
    for _ in range(2):
        first = model.predict(both[:, :T], batch_size=N)
        assert_allclose(model.predict(both[:, T:], batch_size=N), want, rtol=1e-4, atol=1e-5)
        model.reset_states()
    assert_allclose(model.predict(both[:, :T], batch_size=N), first, rtol=1e-6)
    layer.reset_states()
    assert all(not K.get_value(state).any() for state in layer.states)


def test_states_move_in_training_and_evaluation_too():
    x = Input(batch_shape=(N, T, D))
    layer = LSTM(U, stateful=True)
    model = Model(x, layer(x))
    model.compile("sgd", "mse")

    def moved():
        before = [K.get_value(state) for state in layer.states]
        yield
        after = [K.get_value(state) for state in layer.states]
        assert all(abs(a - b).max() > 1e-4 for a, b in zip(before, after, strict=True))

    y = np.zeros((N, U))
    for step in (lambda: model.train_on_batch(X, y), lambda: model.test_on_batch(X, y),
                 lambda: model.predict_on_batch(X)):
        check = moved()
        next(check)
        step()
        assert next(check, None) is None


def test_states_can_be_given_as_numbers():
    x = Input(batch_shape=(N, T, D))
    layer = LSTM(U, stateful=True, return_state=True)
    starts = states_for("lstm")
    model = Model(x, layer(x))
    layer.reset_states(starts)
    weights = layer.get_weights()
    last, _, states = oracle.along(oracle.lstm(weights), X, starts)
    for got, want in zip(model.predict(X, batch_size=N), [last, *states], strict=True):
        assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_a_stateful_layer_used_in_another_model_leaves_the_first_alone():
    x, y = Input(batch_shape=(N, T, D)), Input(batch_shape=(N, 1, D))
    layer = GRU(U, stateful=True)
    first, second = Model(x, layer(x)), Model(y, layer(y))
    a = first.predict(X, batch_size=N)
    b = second.predict(X[:, :1], batch_size=N)
    assert abs(a - b).max() > 1e-4
    first.reset_states()
    assert_allclose(first.predict(X, batch_size=N), a, rtol=1e-6)


@pytest.mark.parametrize("how", ["tensors", "arrays", "in the list of inputs"])
def test_initial_state(how):
    starts = states_for("lstm")
    x, h, c = Input((T, D)), Input((U,)), Input((U,))
    layer = LSTM(U)
    if how == "tensors":
        y = layer(x, initial_state=[h, c])
    elif how == "arrays":
        y = layer(x, initial_state=starts)
    else:
        y = layer([x, h, c])
    weights = values_for(layer)
    want = oracle.along(oracle.lstm(weights), X, starts)[0]
    given, arrays = ([x], [X]) if how == "arrays" else ([x, h, c], [X, *starts])
    assert_allclose(Model(given, y).predict(arrays), want, rtol=1e-4, atol=1e-5)


def test_states_of_an_encoder_begin_a_decoder():
    source, target = Input((None, D)), Input((None, D))
    _, *states = LSTM(U, return_state=True, name="encoder")(source)
    y = LSTM(U, return_sequences=True, name="decoder")(target, initial_state=states)
    model = Model([source, target], Dense(3, activation="softmax")(y))
    model.compile("rmsprop", "categorical_crossentropy")
    labels = np.eye(3)[np.zeros((N, T), int)]
    losses = [model.train_on_batch([X, X], labels) for _ in range(5)]
    assert losses[-1] < losses[0]
    again = Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    assert_allclose(again.predict([X, X]), model.predict([X, X]), rtol=1e-5, atol=1e-6)
    # The model as a layer: its decoder takes the states of the new inputs.
    a, b = Input((None, D)), Input((None, D))
    outer = Model([a, b], model([a, b]))
    assert_allclose(outer.predict([X, X]), model.predict([X, X]), rtol=1e-5, atol=1e-6)


# ------------------------------------------------------------------------------------ dropout


ONES = {"kernel_initializer": "identity", "activation": "linear", "use_bias": False}


def test_one_mask_for_all_steps_of_the_inputs():
    x = Input((T, 30))
    layer = SimpleRNN(30, dropout=0.5, return_sequences=True, recurrent_initializer="zeros", **ONES)
    y = layer(x)
    ones = np.ones((N, T, 30))
    first, second = (run(x, y, [ones], phase=1)[0] for _ in range(2))
    assert_array_equal(first, np.repeat(first[:, :1], T, axis=1))
    assert set(np.unique(first)) == {0, 2}
    assert (first != second).any() and (first[0] != first[1]).any()
    assert_array_equal(run(x, y, [ones])[0], ones)


def test_one_mask_for_all_steps_of_the_state():
    x = Input((3, 30))
    layer = SimpleRNN(30, recurrent_dropout=0.5, return_sequences=True,
                      recurrent_initializer="identity", **ONES)
    y = layer(x)
    pulse = np.zeros((N, 3, 30))
    pulse[:, 0] = 1
    got, = run(x, y, [pulse], phase=1)
    assert set(np.unique(got[:, 1])) == {0, 2}
    assert_array_equal(got[:, 2], got[:, 1] ** 2)
    assert_array_equal(run(x, y, [pulse])[0], np.ones((N, 3, 30)))


@pytest.mark.parametrize("cell", [LSTMCell, GRUCell])
@pytest.mark.parametrize("implementation", [1, 2])
def test_masks_of_the_gates(cell, implementation):
    """With implementation 1 each gate has masks of its own, with 2 they share one."""
    x = Input((T, 30))
    layer = RNN(cell(30, dropout=0.5, recurrent_dropout=0.5, implementation=implementation))
    y = layer(x)
    cell = layer.cell
    _, inputs, *state = run(x, [y, cell._dropout_mask, *cell._recurrent_dropout_masks],
                            [np.ones((N, T, 30))], phase=1)
    for masks in (inputs, np.concatenate(state)):
        assert masks.shape[1:] == (N, 30)
        different = len({mask.tobytes() for mask in masks})
        assert different == (1 if implementation == 2 else cell.gates)


@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize("cls", [LSTM, GRU])
def test_each_gate_sees_what_its_masks_leave(cls, implementation):
    x = Input((T, D))
    layer = cls(U, dropout=0.5, recurrent_dropout=0.5, implementation=implementation)
    y = layer(x)
    w, u, b = oracle.split(values_for(layer), layer.cell.gates)
    got, inputs, *state = run(x, [y, layer.cell._dropout_mask,
                                  *layer.cell._recurrent_dropout_masks], [X], phase=1)
    inputs, state = (np.broadcast_to(m, (len(w), *m.shape[1:]))
                     for m in (inputs, np.concatenate(state[:None if implementation == 1 else 1])))
    h = c = np.zeros((N, U))
    for t in range(T):
        def total(gate, h, t=t):
            return (X[:, t] * inputs[gate]) @ w[gate] + b[gate] + (h * state[gate]) @ u[gate]

        if cls is LSTM:
            i, f, o = (oracle.hard_sigmoid(total(gate, h)) for gate in (0, 1, 3))
            c = f * c + i * np.tanh(total(2, h))
            h = o * np.tanh(c)
        else:
            z, r = (oracle.hard_sigmoid(total(gate, h)) for gate in (0, 1))
            h = z * h + (1 - z) * np.tanh(total(2, r * h))
    assert_allclose(got, h, rtol=1e-4, atol=1e-5)


def test_one_mask_in_cells_of_any_make():
    """Also in stacked cells, and in the user's that keep masks as those of Keras 2 did."""
    class Keeping(SimpleRNNCell):
        kept = None

        def call(self, inputs, states, training=None):
            if self.kept is None:
                self.kept = K.dropout(K.ones_like(inputs), 0.5)
            return super().call(inputs * self.kept, states, training)

    options = {"recurrent_initializer": "zeros", **ONES}
    x = Input((T, 30))
    stacked = RNN([SimpleRNNCell(30, **options), SimpleRNNCell(30, dropout=0.5, **options)], True)
    ones = np.ones((N, T, 30))
    for y in (stacked(x), stacked(x), RNN(Keeping(30, **options), True)(x)):
        got, = run(x, y, [ones], phase=1)
        assert set(np.unique(got)) == {0, 2}
        assert_array_equal(got, np.repeat(got[:, :1], T, axis=1))


@MAIN
def test_dropout_without_training_changes_nothing(kind):
    cls, options, _ = KINDS[kind]
    x = Input((T, D))
    plain, dropping = cls(U, **options), cls(U, dropout=0.5, recurrent_dropout=0.5, **options)
    outputs = [plain(x), dropping(x), dropping(x, training=False), dropping(x, training=True)]
    dropping.set_weights(plain.get_weights())
    want, never, off, on = run(x, outputs, [X])
    assert_allclose(never, want, rtol=1e-5, atol=1e-6)
    assert_allclose(off, want, rtol=1e-5, atol=1e-6)
    assert abs(on - want).max() > 1e-3


# ----------------------------------------------------------------------------- cells of others


class Minimal(layers.Layer):
    """The cell of the manual, 5.6.1."""

    def __init__(self, units, **kwargs):
        self.units = units
        self.state_size = units
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="uniform",
                                      name="kernel", regularizer="l2")
        self.recurrent_kernel = self.add_weight(shape=(self.units, self.units),
                                                initializer="uniform", name="recurrent_kernel")
        self.built = True

    def call(self, inputs, states):
        output = K.dot(inputs, self.kernel) + K.dot(states[0], self.recurrent_kernel)
        return output, [output]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Attending(Minimal):
    """A cell that gets a constant."""

    def build(self, input_shape):
        assert isinstance(input_shape, list) and len(input_shape) == 2
        super().build(input_shape[0])

    def call(self, inputs, states, constants):
        output, _ = super().call(inputs, states)
        return output + constants[0], [output + constants[0]]


class Plain:
    """A cell that is no layer."""

    state_size = D

    def call(self, inputs, states):
        return inputs + states[0], [inputs + states[0]]


def test_a_cell_of_the_manual():
    x = Input((None, D))
    layer = RNN(Minimal(U), return_sequences=True)
    model = Model(x, layer(x))
    kernel, recurrent = values_for(layer)
    h, want = np.zeros((N, U)), []
    for t in range(T):
        h = X[:, t] @ kernel + h @ recurrent
        want.append(h)
    assert_allclose(model.predict(X), np.stack(want, 1), rtol=1e-4, atol=1e-5)
    assert [w.name for w in layer.weights] == ["rnn_1/kernel:0", "rnn_1/recurrent_kernel:0"]
    assert len(layer.losses) == 1
    model.compile("sgd", "mse")
    assert model.train_on_batch(X, np.zeros((N, T, U))) > np.mean(np.stack(want) ** 2)


def test_a_cell_that_is_no_layer():
    x = Input((None, D))
    layer = RNN(Plain())
    assert_allclose(Model(x, layer(x)).predict(X), X.sum(1), rtol=1e-4, atol=1e-5)
    assert layer.weights == [] and layer.losses == []


def test_constants():
    x, constant = Input((None, D)), Input((U,))
    layer = RNN(Attending(U))
    model = Model([x, constant], layer(x, constants=constant))
    extra = np.random.default_rng(8).normal(size=(N, U))
    kernel, recurrent = values_for(layer)
    h = np.zeros((N, U))
    for t in range(T):
        h = X[:, t] @ kernel + h @ recurrent + extra
    assert_allclose(model.predict([X, extra]), h, rtol=1e-4, atol=1e-5)
    config = model.get_config()
    again = Model.from_config(config, custom_objects={"Attending": Attending})
    again.set_weights(model.get_weights())
    assert again.layers[-1]._num_constants == 1
    assert_allclose(again.predict([X, extra]), h, rtol=1e-4, atol=1e-5)
    # Beside an initial state, and in a model that is called on other inputs.
    state = Input((U,))
    both = Model([x, state, constant], layer(x, initial_state=state, constants=constant))
    assert_allclose(both.predict([X, np.zeros((N, U)), extra]), h, rtol=1e-4, atol=1e-5)
    a, b, c = Input((None, D)), Input((U,)), Input((U,))
    outer = Model([a, b, c], both([a, b, c]))
    assert_allclose(outer.predict([X, np.zeros((N, U)), extra]), h, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("reverse", [False, True])
def test_stacked_cells_equal_layers_one_after_the_other(reverse):
    x = Input((T, D))
    stacked = RNN(StackedRNNCells([LSTMCell(2), GRUCell(3)], reverse_state_order=reverse),
                  return_sequences=True, return_state=True)
    first, second = (LSTM(2, return_sequences=True, return_state=True),
                     GRU(3, return_sequences=True, return_state=True))
    one = stacked(x)
    hidden, h, c = first(x)
    output, g = second(hidden)
    first.set_weights(stacked.get_weights()[:3])
    second.set_weights(stacked.get_weights()[3:])
    two = [output, *([g, h, c] if reverse else [h, c, g])]
    assert stacked.cell.state_size == ((3, 2, 2) if reverse else (2, 2, 3))
    results = run(x, one + two, [X])
    for a, b in zip(results[:4], results[4:], strict=True):
        assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_frozen_cells():
    layer = RNN([LSTMCell(2), GRUCell(3)])
    layer(Input((T, D)))
    assert len(layer.trainable_weights) == 6 and not layer.non_trainable_weights
    layer.trainable = False
    assert len(layer.non_trainable_weights) == 6 and not layer.trainable_weights
    assert layer.count_params() == sum(w.size for w in layer.get_weights())


# ------------------------------------------------------------------------- configs and weights


MADE = {
    "SimpleRNN": lambda: SimpleRNN(U, dropout=0.1, kernel_regularizer="l2", unroll=True),
    "GRU": lambda: GRU(U, reset_after=True, implementation=2, kernel_constraint="nonneg"),
    "LSTM": lambda: LSTM(U, activation="relu", return_sequences=True, go_backwards=True),
    "CuDNNGRU": lambda: CuDNNGRU(U, return_sequences=True),
    "CuDNNLSTM": lambda: CuDNNLSTM(U, unit_forget_bias=False),
    "RNN": lambda: RNN(LSTMCell(U, recurrent_dropout=0.2), return_sequences=True),
    "cells": lambda: RNN([SimpleRNNCell(U), GRUCell(U, reset_after=True)]),
    "custom": lambda: RNN(Minimal(U)),
}


@pytest.mark.parametrize("name", MADE)
def test_configs_and_weights(name, tmp_path):
    import json
    layer = MADE[name]()
    model = Sequential([layers.Dense(D, input_shape=(T, D)), layer])
    values_for(layer)
    config = json.loads(json.dumps(model.get_config()))
    own = {"Minimal": Minimal} if name == "custom" else None
    again = Sequential.from_config(config, custom_objects=own)
    assert json.dumps(again.get_config()) == json.dumps(config)
    again.set_weights(model.get_weights())
    assert_allclose(again.predict(X), model.predict(X), rtol=1e-6)
    assert [w.name.split("/")[-1] for w in again.layers[1].weights] == [
        w.name.split("/")[-1] for w in layer.weights]


def test_a_live_layer_with_a_cell_of_the_users_can_be_copied():
    layer = RNN([Minimal(U), Minimal(3)], return_sequences=True)
    copy = RNN.from_config(layer.get_config())
    assert [type(cell) for cell in copy.cell.cells] == [Minimal, Minimal]
    assert copy.cell is not layer.cell


def test_weights_given_to_the_constructor():
    values = values_for_shapes((D, 4 * U), (U, 4 * U), (4 * U,))
    model = Sequential([LSTM(U, weights=values, input_dim=D, input_length=T)])
    assert model.input_shape == (None, T, D)
    for got, want in zip(model.get_weights(), values, strict=True):
        assert_allclose(got, want, rtol=1e-6)


def values_for_shapes(*shapes):
    rng = np.random.default_rng(9)
    return [rng.normal(size=shape) for shape in shapes]


def test_regularizers_and_constraints_reach_the_weights():
    layer = LSTM(U, kernel_regularizer="l2", recurrent_regularizer="l1", bias_regularizer="l2",
                 activity_regularizer="l2", recurrent_constraint="unitnorm", input_shape=(T, D))
    model = Sequential([layer])
    assert len(layer.losses) == 4
    kernel, recurrent, bias = values_for(layer)
    out = model.predict(X)
    model.compile("sgd", "mse")
    want = np.mean(out ** 2) + 0.01 * sum(map(np.sum, (
        kernel ** 2, abs(recurrent), bias ** 2, out ** 2)))
    assert_allclose(model.train_on_batch(X, np.zeros((N, U))), want, rtol=1e-4)
    norms = np.sqrt((layer.get_weights()[1] ** 2).sum(0))
    assert_allclose(norms, np.ones(4 * U), rtol=1e-4)


def test_implementation_0():
    with pytest.warns(UserWarning, match="implementation=0"):
        layer = LSTM(U, implementation=0)
    assert LSTM.from_config(layer.get_config()).implementation == 1
    with pytest.warns(UserWarning, match="`implementation` is left out"):
        SimpleRNN(U, implementation=1)
    assert SimpleRNN.from_config({"units": U, "implementation": 0}).units == U


@MAIN
def test_half_and_double_precision(kind):
    cls, options, step = KINDS[kind]
    zeros = [np.zeros((N, U)) for _ in states_for(kind)]
    for dtype, tolerance in (("float16", 2e-2), ("float64", 1e-9)):
        K.set_floatx(dtype)
        x = Input((T, D))
        layer = cls(U, **options)
        y = layer(x)
        weights = values_for(layer)
        got, = run(x, y, [X])
        assert got.dtype == dtype
        want = oracle.along(step(weights), X, zeros)[0]
        assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@MAIN
def test_training_lowers_the_loss(kind):
    cls, options, _ = KINDS[kind]
    model = Sequential([cls(8, dropout=0.1, recurrent_dropout=0.1, input_shape=(T, D), **options),
                        Dense(1)])
    model.compile("adam", "mse")
    K.set_value(model.optimizer.lr, 0.05)
    x = np.random.default_rng(10).normal(size=(64, T, D))
    history = model.fit(x, x.sum((1, 2))[:, None], epochs=15, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


# ------------------------------------------------------------------------------------- errors


def two_states_for_one():
    GRU(U)(Input((T, D)), initial_state=[Input((U,)), Input((U,))])


def constants_for_lstm():
    LSTM(U)(Input((T, D)), constants=Input((U,)))


def mixed_states():
    LSTM(U)(Input((T, D)), initial_state=[Input((U,)), np.zeros((N, U))])


def stateful_layer():
    layer = LSTM(U, stateful=True)
    layer(Input(batch_shape=(N, T, D)))
    return layer


@pytest.mark.parametrize("refused, error, text", [
    (lambda: LSTM(U)(Input((D,))), ValueError, "expected ndim=3, found ndim=2"),
    (lambda: LSTM(U)(Input((T, None))), ValueError, "last axis must have a known size"),
    (lambda: LSTM(0), ValueError, "units is an int >= 1; given 0"),
    (lambda: LSTM(U, return_sequence=True), TypeError, "Did you mean 'return_sequences'"),
    (lambda: LSTM(U, stateful=True)(Input((T, D))), ValueError, "needs to know its batch size"),
    (lambda: LSTM(U, unroll=True)(Input((None, D))), ValueError, "unroll"),
    (two_states_for_one, ValueError, "has 1 states but was passed 2"),
    (lambda: GRU(U)(Input((T, D)), initial_state=Input((U + 1,))), ValueError,
     "not compatible with `cell.state_size`"),
    (constants_for_lstm, ValueError, "does not support constants"),
    (mixed_states, ValueError, "mix of Keras tensors"),
    (lambda: RNN(object()), ValueError, "has a method call"),
    (lambda: RNN(Dense(3)), ValueError, "has an attribute state_size"),
    (lambda: LSTM(U).reset_states(), AttributeError, "Layer must be stateful"),
    (lambda: stateful_layer().reset_states([np.zeros((N, U))]), ValueError,
     "expects 2 states, but it received 1"),
    (lambda: stateful_layer().reset_states([np.zeros((N, U)), np.zeros((N, 1))]), ValueError,
     "State 1 is incompatible"),
    (lambda: ConvLSTM2D(2, 3, strides=2, dilation_rate=2), ValueError, "cannot both be larger"),
    (lambda: ConvLSTM2D(2, 3)(Input((T, D))), ValueError, "expected ndim=5"),
])
def test_refusals(refused, error, text):
    with pytest.raises(error, match=text):
        refused()
