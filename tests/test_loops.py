"""Loops beyond the table of cases: what a body may use, be differentiated by, and must not do."""

import numpy as np
import pytest
from engines import ENGINES, running_on
from numpy.testing import assert_allclose

from keras import backend as K

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 5, 3)).astype("float32")


@pytest.fixture(autouse=True, params=ENGINES)
def engine(request):
    with running_on(request.param):
        yield
    K.clear_session()


def run(inputs, outputs, arrays):
    return K.function(inputs, outputs)(arrays)


def summed(x, states):
    return x + states[0], [x + states[0]]


def test_rnn_takes_any_number_of_steps():
    x = K.placeholder((None, None, 3))
    last, outputs, states = K.rnn(summed, x, [K.zeros_like(x[:, 0])])
    assert K.int_shape(last) == (None, 3) and K.int_shape(outputs) == (None, None, 3)
    f = K.function([x], [last, outputs, *states])
    for array in (X, X[:, :1], np.tile(X, (2, 3, 1))):
        total = array.cumsum(1)
        for got, want in zip(f([array]), (total[:, -1], total, total[:, -1]), strict=True):
            assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_rnn_without_steps_leaves_the_states_and_gives_zeros():
    x = K.placeholder((None, None, 3))
    start = K.constant(np.ones((2, 3)))
    mask = K.placeholder((None, None))
    for chosen in (None, mask):
        last, outputs, states = K.rnn(summed, x, [start], mask=chosen)
        last, outputs, state = run([x, mask], [last, outputs, *states], [X[:, :0], np.ones((2, 0))])
        assert_allclose(last, np.zeros((2, 3)))
        assert outputs.shape == (2, 0, 3)
        assert_allclose(state, np.ones((2, 3)))


def test_rnn_with_several_inputs():
    x, y = K.placeholder((None, None, 3)), K.placeholder((None, None, 1))
    step = lambda both, states: (both[0] * both[1], states)  # noqa: E731
    _, outputs, _ = K.rnn(step, [x, y], [])
    weights = RNG.normal(size=(2, 5, 1)).astype("float32")
    assert_allclose(run([x, y], [outputs], [X, weights])[0], X * weights, rtol=1e-5)


@pytest.mark.parametrize("unroll", [False, True])
def test_a_masked_step_repeats_an_output_that_is_no_state(unroll):
    """Stacked cells: the output, of 2 numbers, is not the first state, of 3."""
    x = K.placeholder((2, 5, 3))
    w = K.variable(RNG.normal(size=(3, 2)))

    def step(x, states):
        h = x + states[0]
        return K.dot(h, w), [h]

    mask = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]])
    last, outputs, states = K.rnn(step, x, [K.zeros((2, 3))], mask=mask, unroll=unroll)
    assert len(states) == 1
    last, outputs = run([x], [last, outputs], [X])
    want = np.cumsum(X * mask[:, :, None], 1) @ K.get_value(w)
    assert_allclose(outputs, want, rtol=1e-4, atol=1e-5)
    assert_allclose(last, want[:, -1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("unroll", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_inputs_outputs_and_states_may_be_nested(unroll, masked):
    """Keras 2.2: a step that gets and gives lists, tuples and dicts."""
    x, y = K.placeholder((2, 5, 3)), K.placeholder((2, 5, 1))
    mask = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]]) if masked else np.ones((2, 5))

    def step(inputs, states):
        (total, pair), scale = states
        total = total + inputs["a"] * scale
        return {"total": total, "more": [inputs["b"][0]]}, [[total, {"last": inputs["b"][0]}]]

    states = [[K.zeros((2, 3)), {"last": K.zeros((2, 1))}]]
    last, outputs, states = K.rnn(
        step,
        {"a": x, "b": (y,)},
        states,
        constants=[K.constant(2.0)],
        mask=mask if masked else None,
        unroll=unroll,
    )
    assert list(outputs) == ["total", "more"] and list(states[0][1]) == ["last"]
    weights = RNG.normal(size=(2, 5, 1)).astype("float32")
    total, more, end, state, kept = run(
        [x, y],
        [outputs["total"], outputs["more"][0], last["total"], states[0][0], states[0][1]["last"]],
        [X, weights],
    )
    want = 2 * np.cumsum(X * mask[:, :, None], 1)
    held = weights.copy()
    for row, before in np.argwhere(mask == 0):
        held[row, before] = held[row, before - 1] if before else 0
    assert_allclose(total, want, rtol=1e-4, atol=1e-5)
    assert_allclose(more, held)
    for got, expected in ((end, want[:, -1]), (state, want[:, -1]), (kept, held[:, -1])):
        assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("unroll", [False, True])
def test_states_that_a_variable_carries_from_call_to_call(unroll):
    x = K.placeholder((2, 5, 3))
    state = K.zeros((2, 3))
    _, outputs, (new,) = K.rnn(summed, x, [state], unroll=unroll)
    f = K.function([x], [outputs], updates=[K.update(state, new)])
    first, second = f([X])[0], f([X])[0]
    assert_allclose(first, np.cumsum(X, 1), rtol=1e-4, atol=1e-5)
    assert_allclose(second, np.cumsum(X, 1) + X.sum(1)[:, None], rtol=1e-4, atol=1e-5)
    assert_allclose(K.get_value(state), 2 * X.sum(1), rtol=1e-4, atol=1e-5)


def test_gradients_reach_variables_captured_tensors_and_constants():
    x = K.placeholder((None, None, 3))
    w, b = K.variable(RNG.normal(size=(3, 3)) / 2), K.variable(RNG.normal(size=3))
    z = K.tanh(b) * 2  # between the variable and the loop

    def step(x, states):
        h = K.tanh(K.dot(states[0], w) + x + z + states[1])
        return h, [h]

    def loss(unroll):
        inputs = K.placeholder((2, 5, 3)) if unroll else x
        start = K.zeros((2, 3))
        last, outputs, _ = K.rnn(step, inputs, [start], constants=[K.sin(w[0])], unroll=unroll)
        total = K.sum(K.square(last)) + K.sum(outputs * outputs * outputs)
        return inputs, [total, *K.gradients(total, [w, b, z, inputs, start])]

    (x1, looped), (x2, unrolled) = loss(False), loss(True)
    for got, want in zip(run([x1], looped, [X]), run([x2], unrolled, [X]), strict=True):
        assert_allclose(got, want, rtol=1e-4, atol=1e-5)
        assert np.abs(want).min() > 0


def test_second_derivatives():
    x = K.placeholder((None, None, 3))
    last, _, _ = K.rnn(
        lambda x, s: (K.tanh(x * s[0]), [K.tanh(x * s[0])]), x, [K.ones_like(x[:, 0])]
    )
    (g,) = K.gradients(last, x)
    (h,) = K.gradients(K.sum(K.square(g)), x)
    f = K.function([x], [K.sum(K.square(g)), h])
    step = np.zeros_like(X)
    step[1, 2, 0] = 1e-2
    _, slope = f([X])
    ahead, behind = f([X + step])[0], f([X - step])[0]
    assert_allclose(slope[1, 2, 0], (ahead - behind) / 2e-2, rtol=1e-2)


def test_loops_nest():
    x = K.placeholder((None, None, 3))
    scale = K.variable(2.0)

    def row(step):  # (features,)
        return K.foldl(lambda total, each: total + each * scale, step, K.constant(0.0))

    table = K.map_fn(lambda sample: K.map_fn(row, sample), x)
    got, slope = run([x], [table, K.gradients(table, scale)[0]], [X])
    assert_allclose(got, 2 * X.sum(2), rtol=1e-4, atol=1e-5)
    assert_allclose(slope, X.sum(), rtol=1e-4)


def test_map_fn_of_several_outputs():
    x = K.placeholder((None, 3))
    low, high = K.map_fn(lambda row: [K.min(row), K.max(row)], x)
    got = run([x], [low, high], [X[0]])
    assert_allclose(got[0], X[0].min(1))
    assert_allclose(got[1], X[0].max(1))


def test_gradients_inside_a_body():
    x = K.placeholder((None, 3))
    slopes = K.map_fn(lambda row: K.gradients(K.sum(row * row * row), row)[0], x)
    total = K.sum(K.square(slopes))
    values = run([x], [slopes, *K.gradients(total, x)], [X[0]])
    assert_allclose(values[0], 3 * X[0] ** 2, rtol=1e-4)
    assert_allclose(values[1], 36 * X[0] ** 3, rtol=1e-3, atol=1e-5)


def test_random_numbers_are_fresh_in_each_turn_and_each_call():
    x = K.placeholder((None, 4))
    noise = K.map_fn(lambda row: row + K.random_normal((4,)), x)
    dropped = K.map_fn(lambda row: K.dropout(row, 0.5), K.constant(np.ones((8, 100))))
    f = K.function([x], [noise, dropped])
    (first, kept), (second, _) = (f([np.zeros((50, 4))]) for _ in "12")
    assert len(np.unique(first)) == len(np.unique(second)) == 200
    assert not np.intersect1d(first, second).size
    assert len({row.tobytes() for row in kept}) == 8


def test_random_numbers_outside_are_drawn_once_for_all_turns():
    x = K.placeholder((None, 4))
    noise = K.random_normal((4,))
    f = K.function([x], [K.map_fn(lambda row: row + noise, x)])
    got = f([np.zeros((5, 4))])[0]
    assert (got == got[0]).all()


def test_the_learning_phase_reaches_a_body():
    x = K.placeholder((None, 4))
    y = K.map_fn(lambda row: K.in_train_phase(row * 2, row), x)
    f = K.function([x, K.learning_phase()], [y])
    ones = np.ones((3, 4))
    assert f([ones, 1])[0].tolist() == (2 * ones).tolist()
    assert f([ones, 0])[0].tolist() == ones.tolist()


def test_what_only_a_dead_branch_of_a_body_uses_is_not_computed(capfd):
    x = K.placeholder((None, 4))
    noted = K.print_tensor(K.sum(x), "computed ")
    y = K.map_fn(lambda row: K.in_train_phase(row * noted, row), x)
    f = K.function([x, K.learning_phase()], [y])
    assert f([np.ones((3, 4)), 0])[0].tolist() == np.ones((3, 4)).tolist()
    assert "computed" not in capfd.readouterr().err
    assert f([np.ones((3, 4)), 1])[0].max() == 12
    assert "computed" in capfd.readouterr().err


def test_a_step_is_called_once():
    calls = []
    K.rnn(lambda x, s: (calls.append(x) or x, s), K.placeholder((None, None, 3)), [])
    assert len(calls) == 1


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda x, v: K.map_fn(lambda row: K.update_add(v, row), x), ValueError, "cannot update"),
        (lambda x, v: K.foldl(lambda a, row: K.concatenate([a, row]), x), ValueError, "state 0"),
        (lambda x, v: K.foldl(lambda a, b: a, K.constant(1.0)), ValueError, "scalar"),
        (lambda x, v: K.foldl(lambda a, b: a, K.zeros((0, 2))), ValueError, "initializer"),
        (
            lambda x, v: K.foldl(lambda a, row: K.cast(row, "int32"), x, v),
            TypeError,
            "float32 before a turn and int32",
        ),
        (
            lambda x, v: K.rnn(lambda x, s: (x, []), K.zeros((2, 3, 4)), [K.zeros((2, 4))]),
            ValueError,
            "1 states.*returned 0",
        ),
        (
            lambda x, v: K.rnn(summed, K.zeros((2, 3, 4)), [K.zeros((2, 4))], mask=K.zeros((2,))),
            ValueError,
            r"mask.*\(2,\)",
        ),
        (
            lambda x, v: K.map_fn(lambda both: both[0], [K.zeros((2, 3)), K.zeros((4, 3))]),
            ValueError,
            r"steps.*\(2,\), \(4,\)",
        ),
    ],
)
def test_what_a_loop_refuses(make, error, message):
    x, v = K.placeholder((None, 4)), K.variable(np.zeros(4))
    with pytest.raises(error, match=message):
        make(x, v)


def test_outputs_that_nobody_reads_are_not_kept():
    x = K.placeholder((None, None, 3))
    last, outputs, _ = K.rnn(summed, x, [K.zeros_like(x[:, 0])])
    f, g = K.function([x], [last]), K.function([x], [last, outputs])
    assert_allclose(f([X])[0], g([X])[0])
