"""The symbolic graph and the one gate to its execution, seen from keras.backend."""

import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras.backend.engines import engine
from keras.backend.plan import planned
from keras.graph import NotAValueError, ShapeError

RNG = np.random.default_rng(0)
A = RNG.normal(size=(3, 4, 5)).astype("float32")
M = np.array([[1.0, -2.0], [3.0, 4.0]], "float32")


def values(inputs, outputs, arrays=(), updates=()):
    return K.function(inputs, outputs, updates=list(updates))(list(arrays))


def fits(static, shape):
    """Whether a static shape with unknown sizes allows an actual one."""
    return len(static) == len(shape) and all(s in (None, n) for s, n in zip(static, shape))


def nodes(outputs, inputs=(), phase=False):
    """How many nodes are left to run after planning."""
    return len(planned(engine(), list(inputs), outputs, [], phase).order)


# ------------------------------------------------------------------------------ operators

OPERATORS = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "floor_divide": lambda x, y: x // y,
    "remainder": lambda x, y: x % y,
    "matmul": lambda x, y: x @ y,
    "less": lambda x, y: x < y,
    "less_equal": lambda x, y: x <= y,
    "greater": lambda x, y: x > y,
    "greater_equal": lambda x, y: x >= y,
    "both": lambda x, y: (x > 0) & (y > 0),
    "either": lambda x, y: (x > 0) | (y > 0),
    "not": lambda x, y: ~(x > y),
    "negative": lambda x, y: -x + +y,
    "abs": lambda x, y: abs(x) - y,
    "power": lambda x, y: abs(x) ** y,
    "number_left": lambda x, y: (2 + x, 2 - x, 2 * x, 2 / x, 7 // x, 7 % x, 2.0**x),
    "number_right": lambda x, y: (x + 2, x - 2, x * 2, x / 2, x // 2, x % 2, x**2),
    "array_left": lambda x, y: (M + x, M - x, M * x, M / x, M @ x, M < x),
    "array_right": lambda x, y: (x + M, x - M, x * M, x / M, x @ M, x < M),
    "numpy_number": lambda x, y: (np.float64(2) * x, x - np.float32(3), np.int64(2) + x),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_mean_what_they_mean_in_numpy(name):
    x, y = K.placeholder((None, 2)), K.placeholder((2, 2))
    a, b = np.array([[0.5, -1.5], [2.0, 3.0]], "float32"), np.array([[1, 2], [-3, 2]], "float32")
    symbolic, want = OPERATORS[name](x, y), OPERATORS[name](a, b)
    if not isinstance(symbolic, tuple):
        symbolic, want = [symbolic], [want]
    got = values([x, y], list(symbolic), [a, b])
    for tensor, result, expected in zip(symbolic, got, want, strict=True):
        assert tensor.dtype == result.dtype.name
        assert result.dtype == bool or result.dtype == np.float32
        assert_allclose(result, expected, rtol=1e-6)


KEYS = [
    np.s_[0],
    np.s_[-1],
    np.s_[1:],
    np.s_[5:],
    np.s_[::-1],
    np.s_[:, 1],
    np.s_[:, None],
    np.s_[None],
    np.s_[...],
    np.s_[()],
    np.s_[..., 0],
    np.s_[..., None],
    np.s_[..., ::-1],
    np.s_[:, ::-2],
    np.s_[:, 3:0:-2, 1],
    np.s_[:, 10:-10:-1],
    np.s_[:, -3:-1],
    np.s_[:, 2:2],
    np.s_[1:, :, 2:-1],
    np.s_[::-1, ..., None, -1],
    np.s_[np.int64(1), :, np.int32(1) : 3],
    [0, 2],
    np.array([[2, 0], [1, 1]]),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing_is_that_of_numpy(key):
    for shape in ((None, 4, 5), (3, 4, 5), (None, None, None)):
        x = K.placeholder(shape)
        y = x[key]
        got = values([x], [y], [A])[0]
        assert fits(y.shape, got.shape)
        assert_array_equal(got, A[key])


def test_indices_may_be_symbolic():
    x, i = K.placeholder((None, 4, 5)), K.placeholder((), dtype="int32")
    parts = [x[i], x[:, i], x[i:], x[:, : i + 1], x[:, ::i], x[K.shape(x)[0] - 1]]
    assert [y.ndim for y in parts] == [2, 2, 3, 3, 3, 2]
    got = values([x, i], parts, [A, 2])
    for result, want in zip(got, [A[2], A[:, 2], A[2:], A[:, :3], A[:, ::2], A[2]], strict=True):
        assert_array_equal(result, want)


def test_what_cannot_be_indexed_says_so():
    x = K.placeholder((None, 4))
    with pytest.raises(ShapeError, match=r"3 indices for a tensor of shape \(None, 4\)"):
        x[0, 0, 0]
    with pytest.raises(ShapeError, match=r"index 4 is out of range for axis 1 of \(None, 4\)"):
        x[:, 4]
    with pytest.raises(TypeError):
        x[1.5]


def test_symbols_are_not_values():
    x, known = K.placeholder((None, 4), name="x"), K.placeholder((2, 3))
    refused = {
        "iteration over .*unknown.*K.map_fn": lambda: list(x),
        "has no truth value before it is run.*K.switch": lambda: bool(x < 1),
        "is symbolic; K.eval or K.function": lambda: float(x),
        "NumPy cannot compute with it": lambda: np.asarray(x),
        "x:0 shape=": lambda: int(x),
    }
    for message, attempt in refused.items():
        with pytest.raises(NotAValueError, match=message):
            attempt()
    with pytest.raises(TypeError, match="given 'word'"):
        x + "word"
    with pytest.raises(TypeError, match="given None"):
        x + None
    assert [row.shape for row in known] == [(3,), (3,)]
    assert not hasattr(known, "__len__")  # by which old code tells a list of tensors from one


def test_equality_is_identity():
    x, y = K.placeholder((2,)), K.placeholder((2,))
    same = x
    assert x == same and not x != same
    assert x != y and not x == y and x != None and x != 0  # noqa: E711
    assert y in [x, y] and {x: 1, y: 2}[x] == 1


# ------------------------------------------------------------------------------ names, dtypes


def test_names_count_up_by_kind_and_scope():
    x = K.placeholder((2,))
    assert x.name == "placeholder_1:0"
    assert K.placeholder((2,), name="given").name == "given:0"
    assert [(x + 1).name, (x * 2).name, (x + 2).name] == ["add_1:0", "multiply_1:0", "add_2:0"]
    assert K.variable(1.0).name == "Variable_1:0"
    with K.name_scope("outer"):
        assert K.variable(1.0, name="w").name == "outer/w:0"
        with K.name_scope("inner"):
            assert K.variable(1.0, name="w").name == "outer/inner/w:0"
            assert (x + 1).name == "outer/inner/add_1:0"
    assert K.variable(1.0, name="w").name == "w:0"


def test_a_scope_ends_with_its_error():
    with pytest.raises(RuntimeError), K.name_scope("lost"):
        raise RuntimeError
    assert K.variable(1.0, name="w").name == "w:0"


def test_uids():
    assert [K.get_uid("a"), K.get_uid("a"), K.get_uid("b"), K.get_uid()] == [1, 2, 1, 1]
    K.reset_uids()
    assert K.get_uid("a") == 1


MEETINGS = [
    ("float32", "int32", "float32"),
    ("float16", "float32", "float32"),
    ("float64", "float32", "float64"),
    ("bool", "int32", "int32"),
    ("int64", "int32", "int64"),
    ("float16", "int64", "float16"),
    ("uint8", "int8", "int16"),
]


@pytest.mark.parametrize("one, other, together", MEETINGS)
def test_dtypes_meet(one, other, together):
    for a, b in ((one, other), (other, one)):
        x, y = K.placeholder((1,), dtype=a), K.placeholder((1,), dtype=b)
        assert (x + y).dtype == together
        got = values([x, y], [x + y], [np.ones(1, a), np.ones(1, b)])[0]
        assert got.dtype == together and got == [2]


def test_numbers_take_the_dtype_beside_them():
    whole, half = K.placeholder((1,), dtype="int32"), K.placeholder((1,), dtype="float16")
    assert (whole + 1).dtype == (whole**2).dtype == "int32"
    assert (whole + 1.5).dtype == (whole / 2).dtype == (whole / whole).dtype == "float32"
    assert (half * 1.5).dtype == "float16"
    assert (K.placeholder((1,)) + np.ones(1)).dtype == "float32"


# ------------------------------------------------------------------------------ shapes


def test_unknown_sizes_are_found_when_it_runs():
    x, y = K.placeholder((None, 4, None)), K.placeholder((None, 1, 5))
    results = [x + y, K.sum(x, axis=1), K.concatenate([x, x], axis=-1), K.flatten(x)]
    assert [t.shape for t in results] == [
        (None, 4, 5),
        (None, None),
        (None, 4, None),
        (None,),
    ]
    for result, tensor in zip(values([x, y], results, [A, A[:, :1]]), results, strict=True):
        assert fits(tensor.shape, result.shape)


def test_shape_arguments_may_be_symbolic():
    x = K.placeholder((None, 4, 5))
    n = K.shape(x)[0]
    results = [
        K.zeros((n, 2)),
        K.ones((n + 1, 2)),
        K.random_normal((n, 3)),
        K.reshape(x, (n, K.shape(x)[1] * 5)),
        K.reshape(x, (n, K.shape(x)[1], -1)),
        K.reshape(x, K.shape(x)),
        K.tile(x, (1, n, 1)),
        K.arange(n * 2),
    ]
    assert [t.shape for t in results] == [
        (None, 2),
        (None, 2),
        (None, 3),
        (None, 20),
        (None, 4, None),
        (None, 4, 5),
        (None, None, 5),
        (None,),
    ]
    for size in (3, 1):
        f = K.function([x], results)
        shapes = [(size, 2), (size + 1, 2), (size, 3), (size, 20), (size, 4, 5), (size, 4, 5)]
        shapes += [(size, 4 * size, 5), (2 * size,)]
        assert [result.shape for result in f([A[:size]])] == shapes


def test_a_size_that_is_symbolic_wants_a_scalar():
    x = K.placeholder((None, 4))
    with pytest.raises(ShapeError, match="an int or a symbolic scalar"):
        K.reshape(x, (x, 2))


def test_set_shape_fills_and_contradicts():
    x = K.placeholder((None, 4), name="x")
    x.set_shape((7, None))
    assert x.shape == (7, 4) and x.get_shape().as_list() == [7, 4]
    with pytest.raises(ShapeError, match=r"x:0: shape \(8, 4\) contradicts the known \(7, 4\)"):
        x.set_shape((8, 4))


# ------------------------------------------------------------------------------ learning phase


@pytest.mark.parametrize("fed", [1, True, 1.0, np.array(1), np.bool_(True)])
def test_the_phase_that_is_fed_chooses(fed):
    x = K.placeholder((2, 2))
    f = K.function([x, K.learning_phase()], [K.in_train_phase(x * 2, x * 3)])
    assert_array_equal(f([M, fed])[0], M * 2)
    assert_array_equal(f([M, type(fed)(0) if np.ndim(fed) else fed * 0])[0], M * 3)
    assert_array_equal(f([M, fed])[0], M * 2)


def test_the_phase_is_test_where_nothing_is_fed():
    x = K.placeholder((2, 2))
    y = K.in_train_phase(x * 2, x * 3)
    assert y.uses_learning_phase and (y + 1).uses_learning_phase and not x.uses_learning_phase
    assert_array_equal(values([x], [y], [M])[0], M * 3)
    assert_array_equal(values([x], [K.in_test_phase(x * 2, x * 3)], [M])[0], M * 2)


def test_a_fixed_phase_counts_for_what_is_built_later():
    x = K.placeholder((2, 2))
    before = K.in_train_phase(x * 2, x * 3)
    K.set_learning_phase(1)
    assert K.learning_phase() == 1
    after = K.in_train_phase(x * 2, x * 3)
    assert not after.uses_learning_phase
    assert_array_equal(values([x], [after], [M])[0], M * 2)
    assert_array_equal(values([x], [before], [M])[0], M * 3)
    with pytest.raises(ValueError, match="value is 0 or 1; given 2"):
        K.set_learning_phase(2)


def test_the_dead_branch_never_runs(capfd):
    x, w = K.placeholder((2, 2)), K.variable(M)
    told = K.in_train_phase(K.print_tensor(x, "train"), K.print_tensor(x, "test"))
    f = K.function([x, K.learning_phase()], [told])
    engine()  # says its name when it is loaded
    capfd.readouterr()
    for phase, word in enumerate(("test", "train")):
        f([M, phase])
        assert capfd.readouterr().err.split()[0] == word
    # A gradient through the dead side would be NaN: 0 * inf.
    loss = K.sum(K.in_train_phase(K.log(w * 0), w))
    assert_array_equal(K.function([], K.gradients(loss, [w]))([])[0], np.ones((2, 2)))


# ------------------------------------------------------------------------------ updates


def test_updates_are_simultaneous():
    a, b = K.variable(M), K.variable(M.T)
    f = K.function([], [a, b, a - b], updates=[K.update(a, b), (b, a)])
    for old, new in ((M, M.T), (M.T, M)):
        for got, want in zip(f([]), (old, new, old - new), strict=True):
            assert_array_equal(got, want)
        assert_array_equal(K.get_value(a), new)
        assert_array_equal(K.get_value(b), old)


def test_an_update_may_turn_its_variable_round():
    a = K.variable(M)
    values([], [], updates=[K.update(a, K.transpose(a)[::-1])])
    assert_array_equal(K.get_value(a), M.T[::-1])


def test_increments_accumulate_and_the_last_plain_update_wins():
    a, b = K.variable([1.0, 2.0]), K.variable([10.0, 20.0])
    values([], [], updates=[K.update_add(a, 1.0), K.update_add(a, b), K.update_sub(a, [0.5, 0])])
    assert_allclose(K.get_value(a), [11.5, 23.0])
    values([], [], updates=[K.update(a, b * 5), K.update(a, b), K.update_add(a, 1.0)])
    assert_allclose(K.get_value(a), [11.0, 21.0])


def test_moving_averages_accumulate():
    for start in (np.zeros(()), np.zeros(3)):
        mean = K.variable(start)
        moves = [K.moving_average_update(mean, start + v, 0.9) for v in (10.0, 20.0)]
        values([], [], updates=moves)
        assert_allclose(K.get_value(mean), start + 3.0, rtol=1e-6)
        values([], [], updates=moves[:1])
        assert_allclose(K.get_value(mean), start + 3.7, rtol=1e-6)


def test_an_update_that_is_fetched_is_made_and_new():
    count = K.variable(3.0)
    up = K.update_add(count, 2.0)
    assert values([], [up, up * 2, count]) == [5.0, 10.0, 3.0]
    assert K.get_value(count) == 5.0
    assert K.eval(up) == 7.0 and K.get_value(count) == 7.0


def test_updates_check_their_variable():
    a, x = K.variable(M), K.placeholder((2, 2))
    with pytest.raises(TypeError, match="update: x is a variable"):
        K.update(x, a)
    with pytest.raises(ShapeError, match=r"shapes \(2, 2\), \(3,\)|differ"):
        K.update(a, np.ones((2, 3)))
    with pytest.raises(ShapeError, match=r"a:0 has shape \(2,\); given \(3,\)"):
        K.set_value(K.variable([1.0, 2.0], name="a"), np.ones(3))


# ------------------------------------------------------------------------------ gradients


def test_gradients_of_inputs_variables_and_what_lies_between():
    x, w = K.placeholder((None, 2)), K.variable(M)
    h = K.dot(x, w)
    loss = K.sum(h**2)
    got = values([x], K.gradients(loss, [x, w, h, loss]), [M])
    H = M @ M
    for result, want in zip(got, (2 * H @ M.T, M.T @ (2 * H), 2 * H, 1.0), strict=True):
        assert_allclose(result, want, rtol=1e-5)


def test_gradients_of_several_losses_and_of_tensors_are_summed():
    x = K.placeholder((2, 2))
    assert_allclose(values([x], K.gradients(x**2, x), [M])[0], 2 * M)
    assert_allclose(values([x], K.gradients([x**2, K.sum(x)], [x]), [M])[0], 2 * M + 1)


def test_no_connection_no_gradient():
    x, other = K.placeholder((2, 2)), K.variable(M)
    whole = K.placeholder((2,), dtype="int32")
    blocked = [K.stop_gradient(x), K.argmax(x), K.cast(x, "int32"), x > 0]
    assert K.gradients(K.sum(x), [other]) == [None]
    assert [K.gradients(K.cast(y, "float32"), [x])[0] for y in blocked] == [None] * 4
    assert K.gradients(K.sum(K.cast(whole, "float32")), [whole]) == [None]
    assert_allclose(values([x], K.gradients(x * K.stop_gradient(x), [x]), [M])[0], M)


def test_gradients_of_gradients():
    x, w = K.placeholder((None, 2)), K.variable(M)
    # f = sum((x w)^2), df/dx = 2 x w w', and the penalty |df/dx|^2 = 4 |x w w'|^2
    slope = K.gradients(K.sum(K.square(K.dot(x, w))), [x])[0]
    penalty = K.sum(K.square(slope))
    by_x, by_w = values([x], K.gradients(penalty, [x, w]), [M])
    S = M @ M.T
    assert_allclose(by_x, 8 * M @ S @ S, rtol=1e-5)
    # d/dw of 4 tr(x w w' w w' x') = 8 (x'x w w' w + w w' x'x w)
    G = M.T @ M
    assert_allclose(by_w, 8 * (G @ S @ M + S @ G @ M), rtol=1e-5)


def test_the_fourth_derivative():
    x = K.placeholder((1,))
    y = x**4
    for _ in range(4):
        y = K.gradients(y, [x])[0]
    assert_allclose(values([x], [y], [[3.0]])[0], [24.0])


def test_loss_and_gradient_see_one_dropout_mask():
    x = K.placeholder((8, 8))
    dropped = K.dropout(x, 0.5)
    f = K.function([x], [dropped, *K.gradients(dropped, [x])])
    masks = []
    for _ in range(3):
        y, slope = f([np.ones((8, 8))])
        assert_array_equal(y, slope)
        assert set(np.unique(y)) == {0.0, 2.0}
        masks.append(y)
    assert not np.array_equal(masks[0], masks[1])


# ------------------------------------------------------------------------------ planning


def test_a_random_node_runs_once_a_call():
    r = K.random_uniform((4,))
    first, plus, double = values([], [r, r + 1, r * 2])
    assert_array_equal(plus, first + 1)
    assert_array_equal(double, first * 2)


def test_random_nodes_are_not_merged_but_equal_seeds_agree():
    a, b = K.random_uniform((4,)), K.random_uniform((4,))
    c, d = K.random_uniform((4,), seed=7), K.random_uniform((4,), seed=7)
    assert nodes([c, d]) == 2
    a, b, c, d = values([], [a, b, c, d])
    assert not np.array_equal(a, b)
    assert_array_equal(c, d)


def test_equal_nodes_are_shared_and_unused_ones_dropped():
    x = K.placeholder((2, 2))
    shared = [K.exp(x + 1) * 2, K.exp(x + 1) * 3]
    unused = K.sin(x)
    assert nodes(shared, [x]) == 4
    assert nodes([unused], [x]) == 1
    assert nodes([K.print_tensor(x), K.print_tensor(x)], [x]) == 2


def test_constants_are_folded():
    x = K.placeholder((2, 2))
    assert nodes([x * (K.exp(K.constant(M)) + 1)], [x]) == 1
    assert nodes([x * 1 + 0], [x]) == 0


def test_an_intermediate_tensor_can_be_fed():
    x = K.placeholder((2, 2))
    middle = K.exp(x)
    y = middle * 3
    assert_array_equal(values([middle], [y], [M])[0], M * 3)
    assert_array_equal(values([middle], K.gradients(y**2, [middle]), [M])[0], 18 * M)
    both = values([x, middle], [x + middle, y], [M, M * 0])
    assert_array_equal(both[0], M)
    assert_array_equal(both[1], M * 0)
    w = K.variable(M)
    assert_array_equal(values([w], [w + 1], [M * 0])[0], np.ones((2, 2)))
    assert_array_equal(K.get_value(w), M)


def test_function_refuses_what_it_cannot_do():
    x = K.placeholder((None, 2), name="x")
    y = K.placeholder((2,), name="y")
    wrong = {
        r"takes inputs, outputs, updates, name and half; given givens": lambda: K.function(
            [x], [x], givens={}
        ),
        r"y:0, of shape \(2,\), has to be fed": lambda: values([x], [x + y], [M]),
        r"sum_up: 1 inputs expected, 2 given": lambda: K.function([x], [x], name="sum_up")([M, M]),
        r"x:0: an array of shape \(None, 2\) expected; given shape \(2,\)": lambda: values(
            [x], [x], [M[0]]
        ),
    }
    for message, attempt in wrong.items():
        with pytest.raises(ValueError, match=message):
            attempt()
    for message, attempt in {
        "outputs are tensors; given 3": lambda: K.function([x], [3]),
        "is a list or tuple": lambda: K.function(x, [x]),
        r"inputs are a list, one value for each of \['x:0'\]": lambda: K.function([x], [x])(M),
        "x:0: an array of numbers expected": lambda: values([x], [x], [[["a", "b"]]]),
    }.items():
        with pytest.raises(TypeError, match=message):
            attempt()
    assert_array_equal(values([x], [x], [M])[0], M)


def test_values_of_variables_and_of_what_is_computed_from_them():
    v = K.variable([1.0, 2.0])
    noise = K.random_normal(())
    got = K.batch_get_value([v * 2, v, K.constant(3.0), noise, noise])
    assert [x.tolist() for x in got[:3]] == [[2, 4], [1, 2], 3]
    assert got[3] == got[4], "in one run"
    assert K.batch_get_value([]) == []
    fresh = K.variable(4.0)  # without a value of the engine's yet
    assert K.batch_get_value([fresh, fresh]) == [4.0, 4.0]


def test_what_tensorflow_s_sessions_took_changes_nothing():
    x = K.placeholder((None, 2))
    f = K.function([x], [x * 2], options=None, run_metadata=None, name="double")
    assert isinstance(f, K.Function)
    assert_array_equal(f([M])[0], 2 * M)


def test_a_placeholder_wants_a_shape_or_its_ndim():
    with pytest.raises(ValueError, match="give its shape.*or ndim"):
        K.placeholder()
    assert K.int_shape(K.placeholder(())) == K.int_shape(K.placeholder(ndim=0)) == ()
    assert K.int_shape(K.placeholder((2, None), ndim=3)) == (2, None)


def test_a_sparse_matrix_makes_a_sparse_variable():
    matrix = pytest.importorskip("scipy.sparse").csr_matrix([[1.0, 0.0], [0.0, 2.0]])
    v = K.variable(matrix)
    assert K.is_sparse(v) and not K.is_sparse(K.to_dense(v))
    assert not K.is_sparse(K.variable(np.eye(2)))
    for x in (v, K.to_dense(v), K.dot(v, K.eye(2))):
        assert_array_equal(K.eval(x), matrix.toarray())


# ------------------------------------------------------------------------------ whose memory


def test_what_is_fetched_is_a_copy():
    x, w, c = K.placeholder((2, 2)), K.variable(M), K.constant(M)
    fed = M.copy()
    results = [x, K.identity(x), K.reshape(x, (4,)), K.transpose(x), x[0], x[:, ::-1], w, w[0], c]
    results += [K.cast(x, "float32"), K.stop_gradient(x), K.sum(x, axis=[]), K.expand_dims(w)]
    f = K.function([x], results)
    first = f([fed])
    for result in first:
        result += 100
    for array in (K.get_value(w), K.eval(w), K.eval(c), *K.batch_get_value([w])):
        array += 100
    assert_array_equal(fed, M)
    assert_array_equal(K.get_value(w), M)
    for result, again in zip(first, f([fed]), strict=True):
        assert_array_equal(result, again + 100)


def test_what_is_fetched_is_older_than_the_updates():
    w = K.variable(M)
    results = [w, K.transpose(w), w[0], w * 2]
    got = values([], results, updates=[K.update_add(w, 10.0)])
    for result, want in zip(got, (M, M.T, M[0], M * 2), strict=True):
        assert_array_equal(result, want)
    assert_array_equal(K.get_value(w), M + 10)


def test_inputs_are_never_written():
    x = K.placeholder((2, 2))
    fed = M.copy()
    fed.flags.writeable = False
    results = [K.relu(x), K.clip(x, 0, 1), -x, K.exp(x), K.softmax(x), x + 1]
    values([x], results, [fed])
    writeable = M.copy()
    values([x], results, [writeable])
    assert_array_equal(writeable, M)


def test_variables_and_constants_do_not_follow_the_array_they_came_from():
    array = M.copy()
    w, c, later = K.variable(array), K.constant(array), K.variable(M)
    K.set_value(later, array)
    x = K.placeholder((2, 2))
    beside = x + array
    array += 100
    for got in (K.get_value(w), K.eval(c), K.get_value(later), values([x], [beside], [M * 0])[0]):
        assert_array_equal(got, M)


@pytest.mark.parametrize("dtype", [">f4", ">f8", ">i4", "f8", "f2", "i8", "u1", "?"])
def test_arrays_of_any_number_type_are_fed(dtype):
    x = K.placeholder((2, 2))
    array = np.abs(M).astype(dtype)
    assert_array_equal(values([x], [x * 2], [array])[0], array.astype("float32") * 2)


def test_arrays_of_any_layout_are_fed():
    x = K.placeholder((2, 2))
    for array in (M.T, M[::-1], M[:, ::-1], np.asfortranarray(M), np.repeat(M, 2, 1)[:, ::2]):
        assert_array_equal(values([x], [x * 2], [array])[0], array * 2)
    assert_array_equal(values([x], [x * 2], [M.tolist()])[0], M * 2)


def test_axes_may_be_an_array():
    """As the gradient penalties of many scripts write them: np.arange(1, len(x.shape))."""
    x = K.placeholder((3, 4, 5))
    total, = values([x], [K.sum(x, axis=np.arange(1, 3))], [A])
    assert_allclose(total, A.sum(axis=(1, 2)), rtol=1e-5)
