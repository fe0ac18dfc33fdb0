"""The oracle against the manual's worked values and against identities that it does not use."""

import itertools
import re

import numpy as np
import oracle
import pytest
from numeric import assert_gradient, directions, gradient, projected, slope
from numpy.testing import assert_allclose
from op_cases import CASES, ERRORS, case, leaves, refused, rows
from oracle import descent, losses, metrics

RNG = np.random.default_rng(0)


def rand(*shape):
    return RNG.normal(size=shape)


def dotted(x, y):
    return np.sum(x * y)


# The table


def test_every_oracle_has_cases():
    plain = {"cast_to_floatx", "count_params", "int_shape", "ndim"}  # these return no tensor
    assert set(oracle.NAMES) - plain == set(CASES)
    assert all(CASES.values()) and all(ERRORS.values())


@pytest.mark.parametrize("name, case", rows(CASES))
def test_case(name, case):
    double, single = (leaves(case.arrays(dtype)) for dtype in ("float64", "float32"))
    for x, y in zip(double, single, strict=True):
        assert not isinstance(x, np.ndarray) or np.array_equal(x, y.astype(x.dtype))
    outputs = leaves(getattr(oracle, name)(*case.arrays("float64"), **case.params))
    assert all(np.all(np.isfinite(output)) for output in outputs)
    if not case.grad:
        return
    f, x, _ = projected(getattr(oracle, name), case)
    for number in range(len(x)):
        direction = next(directions(x, number))
        far, near = (slope(f, x, direction, step) for step in (1e-4, 1e-5))
        assert_allclose(far, near, rtol=1e-4, atol=1e-5, err_msg="a kink near the case")


def test_cases_are_drawn_alike_each_time_and_named_apart():
    ids = [parameters.id for parameters in rows(CASES)]
    assert len(set(ids)) == len(ids)
    for entries in CASES.values():
        for entry in entries:
            for x, y in zip(*(leaves(entry.arrays("float64")) for _ in "12"), strict=True):
                assert x is y or np.array_equal(x, y)


def test_a_refusal_finds_what_was_given_in_any_order():
    refusal = refused((2, 3), (4, 5), given=[(2, 3), (4, 5), "axis", -4])
    assert re.search(refusal.message, "dot: axis -4\nof (4, 5) and (2, 3)")
    assert not re.search(refusal.message, "dot: axis 4 of (4, 5) and (2, 3)")
    assert not re.search(refused(given=["empty|at least one"]).message, "stack: a list of 2")
    for entries in ERRORS.values():
        for entry in entries:
            re.compile(entry.message)


# Numeric derivatives


def test_numeric_gradient_accepts_the_right_and_refuses_the_wrong():
    x = [rand(2, 3), rand(3)]

    def f(arrays):
        return np.sum(np.sin(arrays[0]) * arrays[1])

    right = [np.cos(x[0]) * x[1], np.sin(x[0]).sum(0)]
    assert_gradient(f, x, right)
    for ours, numeric in zip(right, gradient(f, x), strict=True):
        assert_allclose(ours, numeric, rtol=1e-8)
    wrong = [right[0].copy(), right[1]]
    wrong[0][1, 2] *= 1.001
    with pytest.raises(AssertionError, match="variable 0"):
        assert_gradient(f, x, wrong)
    with pytest.raises(AssertionError):
        assert_gradient(f, x, [right[0], right[0]])


def test_projection_covers_lists_and_several_outputs():
    f, x, weights = projected(
        lambda pair, z: (pair[0] * z, [pair[1]]), case([(2, 3), (2,)], (2, 3))
    )
    assert [a.shape for a in x] == [(2, 3), (2,), (2, 3)]
    assert_gradient(f, x, [weights[0] * x[2], weights[1], weights[0] * x[0]])


def test_known_derivatives():
    for name, derivative in (
        ("sigmoid", lambda x: oracle.sigmoid(x) * (1 - oracle.sigmoid(x))),
        ("softplus", oracle.sigmoid),
        ("tanh", lambda x: 1 - oracle.tanh(x) ** 2),
        ("log", lambda x: 1 / x),
    ):
        for entry in CASES[name]:
            f, x, (weights,) = projected(getattr(oracle, name), entry)
            assert_gradient(f, x, [weights * derivative(x[0])], atol=1e-6)


# Worked values of the manual and of its snippets


def test_elementwise_values():
    v = np.array([[-2.7, -0.5, 0.5, 1.5, 2.5, 3.0]])
    assert oracle.round(v).tolist() == [[-3, 0, 0, 2, 2, 3]]
    assert oracle.sign(v).tolist() == [[-1, -1, 1, 1, 1, 1]]
    assert_allclose(oracle.hard_sigmoid(v), [[0, 0.4, 0.6, 0.8, 1, 1]])
    assert_allclose(oracle.relu(v, alpha=0.5, max_value=2.0), [[-1.35, -0.25, 0.5, 1.5, 2, 2]])
    assert_allclose(oracle.elu(v, 2.0), np.where(v > 0, v, 2 * (np.exp(v) - 1)))
    assert_allclose(oracle.softplus(v), np.log1p(np.exp(v)))
    assert_allclose(oracle.sigmoid(v) + oracle.sigmoid(-v), 1)
    assert_allclose(oracle.tanh(v), 2 * oracle.sigmoid(2 * v) - 1)
    assert_allclose(oracle.clip(v, -1, 2), np.clip(v, -1, 2))
    x = rand(100) * 9
    assert_allclose(oracle.round(x), np.round(x))


def test_relu_is_its_documented_pieces():
    x = np.array([-2.0, -0.5, 0.25, 1.0, 3.0])
    got = oracle.relu(x, alpha=0.5, max_value=2.0, threshold=0.5)
    assert_allclose(got, [-1.25, -0.5, -0.125, 1.0, 2.0])


def test_reduction_values():
    v = rand(3, 4, 5)
    assert_allclose(oracle.var(v, [0, 2]), (v**2).mean((0, 2)) - v.mean((0, 2)) ** 2)
    assert_allclose(oracle.std(v, -1, True), v.std(-1, keepdims=True))
    assert_allclose(oracle.cumsum(v, 1), v.cumsum(1))
    assert_allclose(oracle.cumprod(v), v.cumprod(0))
    assert_allclose(oracle.logsumexp(v, 2), np.log(np.exp(v).sum(2)))
    assert_allclose(oracle.logsumexp(np.array([1000.0, 1000.0])), 1000 + np.log(2))
    b = np.array([[0, 1], [0, 0]])
    assert oracle.any(b, axis=1).tolist() == [True, False]
    assert oracle.all(b, axis=0).tolist() == [False, False]
    assert oracle.all(np.zeros((0, 2)), axis=0).tolist() == [True, True]


def test_linear_values():
    x, y = np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6], [7, 8]])
    assert oracle.batch_dot(x, y, axes=1).tolist() == [[17], [53]]
    x, y = rand(2, 3), rand(4, 3, 5)
    assert_allclose(oracle.dot(x, y), np.dot(x, y))
    assert oracle.batch_dot(rand(10, 20), rand(10, 3, 20), (1, 2)).shape == (10, 3)
    assert oracle.batch_dot(rand(32, 20, 1), rand(32, 30, 20), [1, 2]).shape == (32, 1, 30)
    x, y = rand(2, 3, 4), rand(2, 4, 5)
    assert_allclose(oracle.batch_dot(x, y), x @ y)
    x, y = rand(2, 3, 4, 5), rand(2, 6, 4)
    assert_allclose(oracle.batch_dot(x, y, (2, 2)), np.einsum("nabc,ndb->nacd", x, y))


def test_shaping_values():
    v = np.arange(24.0).reshape(2, 3, 4)
    assert_allclose(oracle.repeat_elements(v, 3, 1), v.repeat(3, axis=1))
    assert_allclose(oracle.tile(v, [2, 1, 3]), np.tile(v, (2, 1, 3)))
    assert_allclose(oracle.reverse(v, (0, 2)), v[::-1, :, ::-1])
    m = np.array([[1.0, 2], [3, 4]])
    assert oracle.repeat(m, 2).tolist() == [[[1, 2], [1, 2]], [[3, 4], [3, 4]]]
    assert oracle.arange(1, 7, 2).tolist() == [1, 3, 5]
    assert oracle.arange(4).dtype == "int32"
    assert oracle.one_hot(np.array([[0, 2]]), 3).tolist() == [[[1, 0, 0], [0, 0, 1]]]
    assert_allclose(oracle.gather(v, np.array([1, 0, 1])), v[[1, 0, 1]])
    assert_allclose(oracle.slice(v, [0, 1, 2], [-1, 2, 1]), v[:, 1:3, 2:3])
    image = np.ones((1, 3, 4, 2))
    padded = oracle.spatial_2d_padding(image, ((1, 0), (0, 2)), data_format="channels_first")
    assert padded.shape == (1, 3, 5, 4) and padded.sum() == 24
    assert oracle.temporal_padding(v, (1, 3)).sum(axis=(0, 2)).tolist() == [0, 60, 92, 124, 0, 0, 0]
    assert oracle.resize_images(image, 2, 3, "channels_last").shape == (1, 6, 12, 2)
    volume = np.ones((1, 2, 3, 4, 5))
    assert oracle.resize_volumes(volume, 2, 1, 2, "channels_last").shape == (1, 4, 3, 8, 5)
    ramp = np.arange(3.0).reshape(1, 3, 1, 1)
    got = oracle.resize_images(ramp, 2, 1, "channels_last", "bilinear")
    assert got.ravel().tolist() == [0, 0.5, 1, 1.5, 2, 2]


def test_concatenation_of_seed_003():
    t1 = np.array([[[1, 2], [2, 3]], [[4, 4], [5, 3]]])
    t2 = np.array([[[7, 4], [8, 4]], [[2, 10], [15, 11]]])
    want = [[[1, 2], [2, 3], [7, 4], [8, 4]], [[4, 4], [5, 3], [2, 10], [15, 11]]]
    assert oracle.concatenate([t1, t2], axis=-2).tolist() == want
    assert oracle.concatenate([t1, t2]).tolist() == [
        [[1, 2, 7, 4], [2, 3, 8, 4]],
        [[4, 4, 2, 10], [5, 3, 15, 11]],
    ]


P = np.array([[0.1, 0.6, 0.3], [0.2, 0.2, 0.6]])
T = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])


def test_crossentropy_values():
    want = -np.log([0.6, 0.2])
    assert_allclose(oracle.categorical_crossentropy(T, P), want)
    assert_allclose(oracle.categorical_crossentropy(T, 3 * P), want)
    assert_allclose(oracle.categorical_crossentropy(T, np.log(P), True), want)
    assert_allclose(oracle.sparse_categorical_crossentropy([1, 0], P), want)
    assert_allclose(oracle.sparse_categorical_crossentropy([[1], [0]], np.log(P), True), want)
    entropy = -(T * np.log(P) + (1 - T) * np.log(1 - P))
    assert_allclose(oracle.binary_crossentropy(T, P), entropy)
    assert_allclose(oracle.binary_crossentropy(T, np.log(P / (1 - P)), True), entropy)
    wrong = oracle.binary_crossentropy(np.array([1.0]), np.array([0.0]))
    assert_allclose(wrong, -np.log(1e-7))


def test_in_top_k_values():
    assert oracle.in_top_k(P, [2, 2], 2).tolist() == [True, True]
    assert oracle.in_top_k(P, [0, 2], 1).tolist() == [False, True]
    assert oracle.in_top_k(np.array([[1.0, 1, 0]] * 2), [1, 7], 1).tolist() == [True, False]


def test_normalisation():
    x, gamma, beta = rand(50, 4) * 2 + 3, np.array([1.0, 2, 3, 4]), np.array([0.0, 1, 0, 1])
    y, mean, variance = oracle.normalize_batch_in_training(x, gamma, beta, [0])
    assert_allclose(mean, x.mean(0))
    assert_allclose(variance, x.var(0))
    assert_allclose(y.mean(0), beta, atol=1e-12)
    assert_allclose(y.std(0), gamma, rtol=1e-3)
    assert_allclose(oracle.batch_normalization(x, mean, variance, beta, gamma), y)
    image = rand(3, 4, 2, 2)
    first, *_ = oracle.normalize_batch_in_training(image, gamma, beta, [0, 2, 3])
    last, *_ = oracle.normalize_batch_in_training(np.moveaxis(image, 1, -1), gamma, beta, [0, 1, 2])
    assert_allclose(np.moveaxis(first, 1, -1), last)
    assert_allclose(np.sum(oracle.l2_normalize(x, 1) ** 2, 1), 1)
    assert_allclose(oracle.l2_normalize([1e-7, 0.0]), [0.1, 0])


def test_softmax_sums_to_one_and_ignores_a_shift():
    x = rand(3, 4, 5)
    assert_allclose(oracle.softmax(x, 1).sum(1), 1)
    assert_allclose(oracle.softmax(x + 1000.0), oracle.softmax(x))


def test_bias_add():
    bias = np.array([1.0, 2, 3, 4])
    assert oracle.bias_add(np.zeros((2, 3, 3, 4)), bias)[0, 1, 2].tolist() == [1, 2, 3, 4]
    first = oracle.bias_add(np.zeros((2, 4, 3, 3)), bias, "channels_first")
    assert first[1, :, 0, 2].tolist() == [1, 2, 3, 4]
    own = np.arange(6.0).reshape(3, 2)  # (steps, channels), reshaped for channels_first
    first = oracle.bias_add(np.zeros((1, 2, 3)), own, "channels_first")
    assert first.tolist() == [[[0, 1, 2], [3, 4, 5]]]


# Convolution and pooling


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (2, 3)])
@pytest.mark.parametrize("sizes", [(5, 6), (4, 7)])
def test_transposed_convolution_is_the_adjoint(sizes, strides, padding):
    x, kernel = rand(2, *sizes, 3), rand(3, 2, 3, 4)
    y = oracle.conv2d(x, kernel, strides, padding)
    z = rand(*y.shape)
    back = oracle.conv2d_transpose(z, kernel, x.shape, strides, padding)
    assert_allclose(dotted(y, z), dotted(x, back))
    first = oracle.conv2d_transpose(
        np.moveaxis(z, -1, 1), kernel, (2, 3, *sizes), strides, padding, "channels_first"
    )
    assert_allclose(np.moveaxis(first, 1, -1), back)


def test_transposed_convolution_3d_is_the_adjoint():
    x, kernel = rand(1, 3, 4, 5, 2), rand(2, 3, 2, 2, 1)
    y = oracle.conv3d(x, kernel, (2, 1, 2), "same")
    z = rand(*y.shape)
    back = oracle.conv3d_transpose(z, kernel, x.shape, (2, 1, 2), "same")
    assert_allclose(dotted(y, z), dotted(x, back))


def test_convolution_values():
    x, kernel = rand(2, 8, 8, 3), rand(3, 3, 3, 4)
    y = oracle.conv2d(x, kernel)
    assert y.shape == (2, 6, 6, 4)
    assert_allclose(y[0, 0, 0], np.sum(x[0, :3, :3, :, None] * kernel, (0, 1, 2)))
    assert oracle.conv2d(x, kernel, (2, 2), "same").shape == (2, 4, 4, 4)
    # TensorFlow's rule: of one row of zeros the smaller half, none, comes first.
    ones = oracle.conv1d(np.ones((1, 4, 1)), np.ones((3, 1, 1)), 2, "same")
    assert ones.ravel().tolist() == [3, 2]
    ones = oracle.conv1d(np.ones((1, 5, 1)), np.ones((4, 1, 1)), 1, "same")
    assert ones.ravel().tolist() == [3, 4, 4, 3, 2]


def test_dilated_kernel_is_one_with_gaps():
    x, kernel = rand(2, 7, 8, 2), rand(2, 3, 2, 2)
    gaps = np.zeros((4, 5, 2, 2))
    gaps[::3, ::2] = kernel
    for padding in ("valid", "same"):
        dilated = oracle.conv2d(x, kernel, padding=padding, dilation_rate=(3, 2))
        assert_allclose(dilated, oracle.conv2d(x, gaps, padding=padding))


def test_causal_convolution_sees_no_later_step():
    x, kernel = rand(1, 6, 2), rand(3, 2, 2)
    y = oracle.conv1d(x, kernel, padding="causal", dilation_rate=2)
    later = x.copy()
    later[:, 4:] += 1
    changed = oracle.conv1d(later, kernel, padding="causal", dilation_rate=2) != y
    assert y.shape == (1, 6, 2) and changed.any(axis=(0, 2)).tolist() == [False] * 4 + [True] * 2


def test_convolutions_agree_where_they_meet():
    x, kernel = rand(2, 5, 6, 3), rand(3, 2, 3, 4)
    y = oracle.conv2d(x, kernel, (2, 1), "same")
    first = oracle.conv2d(np.moveaxis(x, -1, 1), kernel, (2, 1), "same", "channels_first")
    assert_allclose(np.moveaxis(first, 1, -1), y)
    flat_volume = oracle.conv3d(x[:, None], kernel[None], (1, 2, 1), "same")
    assert_allclose(flat_volume[:, 0], y)
    assert_allclose(oracle.conv2d(x, kernel[:1, :1]), oracle.dot(x, kernel[0, 0]))
    depth, point = rand(3, 2, 3, 2), rand(1, 1, 6, 4)
    whole = np.zeros((3, 2, 3, 6))
    for c, m in np.ndindex(3, 2):
        whole[:, :, c, 2 * c + m] = depth[:, :, c, m]
    assert_allclose(oracle.depthwise_conv2d(x, depth), oracle.conv2d(x, whole))
    joined = oracle.conv2d(x, whole @ point[0, 0])
    assert_allclose(oracle.separable_conv2d(x, depth, point), joined)
    rows = oracle.separable_conv1d(x[:, 0], depth[0], point[0], 2, "same")
    assert_allclose(rows, oracle.conv1d(x[:, 0], whole[0] @ point[0, 0], 2, "same"))


def test_local_convolution_with_equal_kernels_is_convolution():
    x, kernel = rand(2, 5, 6, 3), rand(3, 2, 3, 4)
    y = oracle.conv2d(x, kernel, (2, 2))
    own = np.stack([kernel.reshape(-1, 4)] * 6)
    assert_allclose(oracle.local_conv2d(x, own, (3, 2), (2, 2), (2, 3)), y)
    own = np.stack([kernel.transpose(2, 0, 1, 3).reshape(-1, 4)] * 6)
    first = oracle.local_conv2d(
        np.moveaxis(x, -1, 1), own, (3, 2), (2, 2), (2, 3), "channels_first"
    )
    assert_allclose(np.moveaxis(first, 1, -1), y)
    own = np.stack([kernel[:, 0].reshape(-1, 4)] * 3)
    local = oracle.local_conv1d(x[:, :, 0], own, (3,), (1,))
    assert_allclose(local, oracle.conv1d(x[:, :, 0], kernel[:, 0]))


def test_pooling():
    x = rand(2, 8, 8, 3)
    assert_allclose(oracle.pool2d(x, (2, 2), (2, 2))[0, 0, 0], x[0, :2, :2].max((0, 1)))
    mean = oracle.pool2d(x, (2, 2), (2, 2), pool_mode="avg")
    assert_allclose(mean[0, 0, 0], x[0, :2, :2].mean((0, 1)))
    assert oracle.pool2d(x, (2, 2)).shape == (2, 7, 7, 3)
    ones = np.ones((1, 5, 4, 1))
    assert (oracle.pool2d(ones, (3, 3), (2, 2), "same", pool_mode="avg") == 1).all()
    assert (oracle.pool2d(-ones, (3, 3), (2, 2), "same") == -1).all()
    kernel = np.full((2, 3, 1, 1), 1 / 6)
    mean = oracle.pool2d(x[..., :1], (2, 3), (2, 1), pool_mode="avg")
    assert_allclose(mean, oracle.conv2d(x[..., :1], kernel, (2, 1)))
    volume = x[:, None, :, :, :]
    pooled = oracle.pool3d(volume, (1, 2, 2), (1, 2, 2), "same")
    assert_allclose(pooled[:, 0], oracle.pool2d(x, (2, 2), (2, 2), "same"))


# Loops


def add(x, states):
    return x + states[0], [x + states[0]]


def test_rnn_values():
    v, start = rand(2, 5, 3), np.zeros((2, 3))
    last, outputs, (state,) = oracle.rnn(add, v, [start])
    assert_allclose(outputs, v.cumsum(1))
    assert_allclose(last, v.sum(1))
    assert_allclose(state, v.sum(1))
    _, outputs, _ = oracle.rnn(add, v, [start], go_backwards=True, unroll=True, input_length=5)
    assert_allclose(outputs, v[:, ::-1].cumsum(1))
    mask = np.ones((2, 5, 1))
    mask[:, 3:] = 0
    last, outputs, _ = oracle.rnn(add, v, [start], mask=mask)
    assert_allclose(last, v[:, :3].sum(1))
    _, whole, _ = oracle.rnn(add, v, [start], mask=np.ones((2, 5)))
    assert_allclose(whole, v.cumsum(1))


def test_a_masked_step_repeats_the_state_or_unrolled_the_output():
    def step(x, states):
        return 10 * x, [x]  # an output that is not the first state

    x, mask = np.array([[[1.0], [2], [3], [4]]]), np.array([[0, 1, 0, 1]])
    _, looped, (state,) = oracle.rnn(step, x, [np.array([[7.0]])], mask=mask)
    assert looped.ravel().tolist() == [7, 20, 2, 40] and state.item() == 4
    _, unrolled, _ = oracle.rnn(step, x, [np.array([[7.0]])], mask=mask, unroll=True)
    assert unrolled.ravel().tolist() == [0, 20, 20, 40]


def test_maps_and_folds():
    v = np.array([1.0, 2, 3])
    assert oracle.foldl(lambda total, x: total + x, v) == 6
    assert oracle.foldl(lambda total, x: total - x, v) == -4
    assert oracle.foldr(lambda total, x: total - x, v) == 0
    assert oracle.foldl(lambda total, x: total + x, v, np.array(10.0)) == 16
    assert_allclose(oracle.map_fn(np.sum, np.ones((2, 3, 4))), [12, 12])


def test_switch_and_phases():
    a, b = np.array([1.0, 2]), np.array([3.0, 4])
    assert oracle.switch(True, a, b).tolist() == [1, 2]
    assert oracle.switch(0, lambda: a, lambda: b).tolist() == [3, 4]
    rows = oracle.switch(np.array([True, False]), np.ones((2, 3)), np.zeros((2, 3)))
    assert rows.tolist() == [[1, 1, 1], [0, 0, 0]]
    assert oracle.in_train_phase(a, b, training=True).tolist() == [1, 2]
    assert oracle.in_train_phase(a, b).tolist() == [3, 4]
    assert oracle.in_test_phase(a, b, training=True).tolist() == [3, 4]


def test_updates():
    x = np.array([10.0, 20])
    assert oracle.update_add(x, [1, 2]).tolist() == [11, 22]
    assert oracle.update_sub(x, [1, 2]).tolist() == [9, 18]
    assert_allclose(oracle.moving_average_update(x, np.array([4.0, 4]), 0.9), [9.4, 18.4])


# CTC


def alignments(p, collapse):
    """The probability of each labeling, by going through all paths."""
    found = {}
    for path in itertools.product(range(p.shape[1]), repeat=len(p)):
        chance = np.prod([row[c] for row, c in zip(p, path, strict=True)])
        labels = collapse(path, p.shape[1] - 1)
        found[labels] = found.get(labels, 0) + chance
    return found


def without_repeats_and_blanks(path, blank):
    kept = [c for i, c in enumerate(path) if c != blank and (i == 0 or c != path[i - 1])]
    return tuple(kept)


def test_ctc_cost_is_the_sum_over_all_paths():
    p = RNG.dirichlet([1, 1, 1], size=(1, 5))
    for labels, chance in alignments(p[0], without_repeats_and_blanks).items():
        row = np.zeros((1, 5), int)
        row[0, : len(labels)] = labels
        cost = oracle.ctc_batch_cost(row, p, [[5]], [[len(labels)]])
        assert_allclose(cost, [[-np.log(chance)]], rtol=1e-4)
    impossible = oracle.ctc_batch_cost(np.array([[0, 0, 0]]), p[:, :4], [[4]], [[3]])
    assert np.isinf(impossible).all()


def test_ctc_decode():
    p = np.array([[[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8], [0.1, 0.2, 0.7]]])
    (labels,), score = oracle.ctc_decode(p, [4])
    assert labels.tolist() == [[0, 1]]
    assert_allclose(score, [[-np.log(0.6 * 0.7 * 0.8 * 0.7)]], rtol=1e-5)
    chances = alignments(p[0], without_repeats_and_blanks)
    best = sorted(chances, key=chances.get, reverse=True)[:2]
    paths, scores = oracle.ctc_decode(p, [4], greedy=False, top_paths=2)
    assert [tuple(path[0].tolist()) for path in paths] == best
    assert_allclose(scores, [[np.log(chances[labels]) for labels in best]], rtol=1e-5)
    (labels,), _ = oracle.ctc_decode(np.concatenate([p, p[:, ::-1]]), [4, 1])
    assert labels.tolist() == [[0, 1], [-1, -1]]
    sparse = oracle.ctc_label_dense_to_sparse(np.array([[1, 2, 5]]), [2])
    assert sparse.tolist() == [[1, 2, 0]]


# Losses, metrics, optimizers


def test_loss_values():
    t = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
    p = np.array([[0.3, 0.4, 0.3], [0.2, 0.2, 0.6]])
    assert_allclose(losses.mse(t, p), [0.02 / 3, 0.06 / 3])
    assert_allclose(losses.mae(t, p), [0.2 / 3, 0.4 / 3])
    assert_allclose(losses.mape(t, p), [100 * 0.7 / 3, 75])
    assert_allclose(losses.msle(t, p), np.mean((np.log1p(t) - np.log1p(p)) ** 2, -1))
    signs = np.array([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])
    assert_allclose(losses.hinge(signs, p), [(0.7 + 1.4 + 0.7) / 3, (1.2 + 1.2 + 0.4) / 3])
    assert_allclose(losses.squared_hinge(signs, p), [(0.49 * 2 + 1.96) / 3, (1.44 * 2 + 0.16) / 3])
    hot = np.eye(3)[[1, 2]]
    assert_allclose(losses.categorical_hinge(hot, p), [0.9, 0.6])
    assert_allclose(losses.logcosh(t, p), np.log(np.cosh(p - t)).mean(-1))
    assert_allclose(losses.logcosh([[0.0]], [[1000.0]]), [1000 - np.log(2)])
    assert_allclose(losses.categorical_crossentropy(hot, p), -np.log([0.4, 0.6]))
    assert_allclose(losses.sparse_categorical_crossentropy([[1], [2]], p), -np.log([0.4, 0.6]))
    entropy = -(hot * np.log(p) + (1 - hot) * np.log(1 - p)).mean(-1)
    assert_allclose(losses.binary_crossentropy(hot, p), entropy)
    assert_allclose(losses.kld(t, p), np.sum(t * np.log(t / p), -1))
    assert_allclose(losses.poisson(t, p), (p - t * np.log(p)).mean(-1), rtol=1e-5)
    norms = np.sqrt(np.sum(t**2, -1) * np.sum(p**2, -1))
    assert_allclose(losses.cosine(t, p), -np.sum(t * p, -1) / norms)


def test_weights_and_masks():
    values = np.array([1.0, 3.0])
    assert losses.reduced(values) == 2
    assert losses.reduced(values, np.array([2.0, 2.0])) == 4
    assert losses.reduced(values, np.array([1.0, 0.0])) == 1
    assert losses.reduced(values, mask=np.array([False, True])) == 3
    steps = np.array([[1.0, 3.0], [5.0, 7.0]])
    assert losses.reduced(steps, np.array([1.0, 0.0])) == 2
    assert losses.reduced(steps, np.array([[1.0, 0.0], [0.0, 1.0]])) == 4
    assert losses.total([1.0, 2.0], [1.0, 0.5], [0.25]) == 2.25


def test_metric_values():
    p = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.2, 0.2, 0.1], [0.3, 0.25, 0.25, 0.2]])
    hot, classes = np.eye(4)[[3, 1, 0]], np.array([[3.0], [1.0], [0.0]])
    assert metrics.categorical_accuracy(hot, p).tolist() == [1, 0, 1]
    assert metrics.sparse_categorical_accuracy(classes, p).tolist() == [1, 0, 1]
    assert metrics.sparse_categorical_accuracy(classes[None], p[None]).tolist() == [[1, 0, 1]]
    assert metrics.top_k_categorical_accuracy(hot, p, k=2) == 1
    assert_allclose(metrics.top_k_categorical_accuracy(hot, p, k=1), 2 / 3)
    assert metrics.sparse_top_k_categorical_accuracy(classes, p, k=2) == 1
    assert metrics.binary_accuracy([[0.0, 1.0, 1.0]], [[0.5, 0.75, 1.5]]).tolist() == [2 / 3]


def steps(optimizer, grads, **params):
    """The parameter 1.0 after a step for each of the gradients."""
    p, state, path = [np.array([1.0])], None, []
    for g in grads:
        p, state = optimizer(p, [np.array([g])], state, **params)
        path.append(p[0].item())
    return path


def test_optimizer_steps_by_hand():
    assert_allclose(steps(descent.SGD, [2, 4], lr=0.1), [0.8, 0.4])
    assert_allclose(steps(descent.SGD, [2, 4], lr=0.1, decay=1.0), [0.8, 0.6])
    # v: -0.2, then 0.5 * -0.2 - 0.4 = -0.5
    assert_allclose(steps(descent.SGD, [2, 4], lr=0.1, momentum=0.5), [0.8, 0.3])
    nesterov = [1 - 0.1 - 0.2, 0.7 - 0.25 - 0.4]
    assert_allclose(steps(descent.SGD, [2, 4], lr=0.1, momentum=0.5, nesterov=True), nesterov)
    # a: 0.4, then 0.36 + 1.6
    rms = np.cumsum([1, -0.2 / np.sqrt(0.4), -0.4 / np.sqrt(1.96)])[1:]
    assert_allclose(steps(descent.RMSprop, [2, 4], lr=0.1), rms, rtol=1e-6)
    ada = np.cumsum([1, -0.2 / 2, -0.4 / np.sqrt(20)])[1:]
    assert_allclose(steps(descent.Adagrad, [2, 4], lr=0.1), ada, rtol=1e-6)
    delta = 2 * np.sqrt(1e-7) / np.sqrt(0.2 + 1e-7)
    assert_allclose(steps(descent.Adadelta, [2]), [1 - delta])
    # The first step of the Adam family is lr against the gradient's sign (Nadam: more, by mu).
    assert_allclose(steps(descent.Adam, [2], lr=0.1), [0.9], rtol=1e-6)
    assert_allclose(steps(descent.Adamax, [-3], lr=0.1), [1.1], rtol=1e-6)
    m, v = 0.9 * 0.2 + 0.1 * 4, 0.999 * 0.004 + 0.001 * 16
    second = 0.1 * np.sqrt(1 - 0.999**2) / (1 - 0.9**2) * m / (np.sqrt(v) + 1e-7)
    assert_allclose(steps(descent.Adam, [2, 4], lr=0.1)[1], 0.9 - second, rtol=1e-6)
    second = 0.1 / (1 - 0.9**2) * (0.9 * 0.3 + 0.1 * 1) / (0.999 * 3)
    assert_allclose(steps(descent.Adamax, [3, 1], lr=0.1)[1], 0.9 - second, rtol=1e-6)
    mu = [0.9 * (1 - 0.5 * 0.96 ** (0.004 * t)) for t in (1, 2)]
    mbar = (1 - mu[0]) * 2 / (1 - mu[0]) + mu[1] * 0.2 / (1 - mu[0] * mu[1])
    assert_allclose(steps(descent.Nadam, [2], lr=0.1), [1 - 0.1 * mbar / 2], rtol=1e-6)


def test_amsgrad_keeps_the_largest_second_moment():
    grads = [10.0] + [0.1] * 5
    assert steps(descent.Adam, grads, amsgrad=True)[-1] > steps(descent.Adam, grads)[-1]
    rising = [1.0, 2.0, 3.0]
    assert steps(descent.Adam, rising, amsgrad=True) == steps(descent.Adam, rising)


def test_clipping():
    params, grads = [np.zeros(2), np.zeros(1)], [np.array([2.0, 1.0]), np.array([-2.0])]
    stepped, _ = descent.SGD(params, grads, lr=1.0, clipnorm=1.5)
    assert_allclose(np.concatenate(stepped), [-1, -0.5, 1])
    stepped, _ = descent.SGD(params, grads, lr=1.0, clipnorm=4.0)
    assert_allclose(np.concatenate(stepped), [-2, -1, 2])
    stepped, _ = descent.SGD(params, grads, lr=1.0, clipvalue=1.5)
    assert_allclose(np.concatenate(stepped), [-1.5, -1, 1.5])
    stepped, _ = descent.SGD(params, grads, lr=1.0, clipnorm=1.5, clipvalue=0.75)
    assert_allclose(np.concatenate(stepped), [-0.75, -0.5, 0.75])
