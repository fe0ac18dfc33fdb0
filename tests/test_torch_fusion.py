"""What the torch engine makes of parts of a tensor, and of sums with products of matrices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras import backend as K
from keras.backend.engines import engine
from keras.backend.plan import planned
from keras.layers import Embedding, GlobalAveragePooling1D
from keras.models import Sequential

torch = pytest.importorskip("torch")
from keras.backend.torch.fusion import fused  # noqa: E402 (after the check for torch)

RNG = np.random.default_rng(0)
KEYS = {
    "rows": ([(0,), (1,), (2,)], ["apart"]),
    "columns backwards": ([(slice(None), 3), (slice(None), 0), (slice(None), -3), (slice(None), 2)],
                          ["apart"]),
    "spans and an index": ([(slice(0, 2),), (2,)], ["apart"]),
    "columns": ([(slice(None), slice(0, 1)), (slice(None), slice(1, None))], ["apart"]),
    "a gap": ([(0,), (2,)], ["select", "select"]),
    "an overlap": ([(slice(0, 2),), (slice(1, 3),)], ["select", "select"]),
    "steps": ([(slice(0, 3, 2),), (1,)], ["select", "select"]),
    "two axes": ([(0, 1), (1,), (2,)], ["select", "select", "select"]),
}


def ops(outputs, inputs):
    plan = fused(planned(engine(), inputs, outputs, [], False))
    return [node.op.name for node in plan.order]


@pytest.mark.parametrize("name", KEYS)
def test_parts(name):
    keys, names = KEYS[name]
    array = RNG.normal(size=(3, 4)).astype("float32")
    x = K.placeholder((3, 4))
    parts = [x[key] for key in keys]
    assert ops(parts, [x]) == names
    loss = sum(K.sum(part ** (i + 2)) for i, part in enumerate(parts))
    *got, gradient = K.function([x], [*parts, *K.gradients(loss, x)])([array])
    wanted = np.zeros_like(array)
    for i, (key, part) in enumerate(zip(keys, got, strict=True)):
        assert_allclose(part, array[key])
        wanted[key] += (i + 2) * array[key] ** (i + 1)
    assert_allclose(gradient, wanted, rtol=1e-5)


def test_a_part_is_not_the_whole():
    x = K.placeholder((3, 4))
    f = K.function([x], [x[0], x[1], x[2]])
    array = RNG.normal(size=(3, 4)).astype("float32")
    kept = array.copy()
    for part in f([array]):
        part += 1
    assert_allclose(array, kept)


@pytest.mark.parametrize("shapes, fuses", [
    (((2, 3, 4), (2, 4, 5), (2, 3, 5)), True),
    (((1, 3, 4), (2, 4, 5), (2, 1, 5)), True),
    (((2, 3, 4), (2, 4, 5), (5,)), True),
    (((1, 3, 4), (1, 4, 5), (2, 3, 5)), True),  # in two calls: the sum is larger than the product
    (((2, 1, 4), (2, 4, 5), (2, 3, 5)), True),
    (((2, 3, 4), (2, 4, 5), (6, 2, 3, 5)), False),
])
@pytest.mark.parametrize("order", [1, -1])
def test_sums_with_products(shapes, fuses, order):
    arrays = [RNG.normal(size=shape).astype("float32") for shape in shapes]
    x, y, z = xs = [K.placeholder(shape) for shape in shapes]
    total = z + K.matrices(x, y) if order == 1 else K.matrices(x, y) + z
    assert ("product_and" in ops([total], xs)) == fuses
    a, b, c = arrays
    got, gradient = K.function(xs, [total, *K.gradients(K.sum(total ** 2), x)])(arrays)
    assert_allclose(got, a @ b + c, rtol=1e-4, atol=1e-5)
    by_product = 2 * (a @ b + c)
    by_product = by_product.reshape(-1, *by_product.shape[-3:]).sum(0)
    by_x = by_product @ np.swapaxes(b, -1, -2)
    for axis, size in enumerate(a.shape):
        if size == 1:
            by_x = by_x.sum(axis, keepdims=True)
    if a.shape[1] == 1 and c.shape[-2:-1] == (3,):
        by_x = (by_product.sum(1, keepdims=True)) @ np.swapaxes(b, -1, -2)
    assert_allclose(gradient, by_x, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("reduce", [K.max, K.min])
@pytest.mark.parametrize("keepdims", [False, True])
def test_equals_share_the_gradient_of_an_extreme(reduce, keepdims):
    """Large enough for the engine's own derivative; also that of the derivative."""
    array = RNG.integers(0, 50, size=(4, 100, 60)).astype("float32")
    x = K.placeholder((None, 100, 60))
    y = K.sum(reduce(x, axis=1, keepdims=keepdims) ** 2)
    gradient = K.gradients(y, x)[0]
    second = K.gradients(K.sum(gradient * gradient), x)[0]
    first, second = K.function([x], [gradient, second])([array])
    extreme = (np.max if reduce is K.max else np.min)(array, axis=1, keepdims=True)
    equal = array == extreme
    count = equal.sum(axis=1, keepdims=True)
    assert (count > 1).any()
    assert_allclose(first, equal * 2 * extreme / count, rtol=1e-6)
    # The squares of a column's gradients sum up to 4 extreme**2 / count.
    assert_allclose(second, equal * 8 * extreme / count ** 2, rtol=1e-5)


def test_what_is_cut_off_at_zero_after_the_largest_is_taken():
    x = K.placeholder((None, 5, 3))
    y = K.max(K.relu(x), axis=1)
    gradient = K.gradients(K.sum(y), x)[0]
    assert ops([y], [x]) == ["max", "rectify"]
    array = np.stack([RNG.normal(size=(5, 3)), -np.ones((5, 3)), np.zeros((5, 3))])
    values, slope = K.function([x], [y, gradient])([array])
    wanted = np.maximum(array, 0).max(axis=1)
    assert_allclose(values, wanted, rtol=1e-6)
    assert_allclose(slope, (array == wanted[:, None]) & (array > 0))


Z = np.array([[-40.0], [-3.0], [0.5], [40.0]], "float32")
Y = np.array([[1.0], [0.0], [0.3], [1.0]], "float32")


@pytest.mark.parametrize("asked", ["logits", "probabilities", "targets"])
def test_the_loss_of_a_sigmoid_is_computed_from_its_logits(asked):
    """Unless its derivative by the probabilities is asked for."""
    y, z = K.placeholder((None, 1)), K.placeholder((None, 1))
    p = K.sigmoid(z)
    loss = K.mean(K.binary_crossentropy(y, p))
    x = {"logits": z, "probabilities": p, "targets": y}[asked]
    outputs = [loss, *K.gradients(loss, [x])]
    assert ("mean_crossentropy_of_sigmoid" in ops(outputs, [y, z])) is (x is not p)
    exact = 1 / (1 + np.exp(-Z.astype("float64")))
    clipped = np.clip(exact, 1e-7, 1 - 1e-7)
    want = -np.mean(Y * np.log(clipped) + (1 - Y) * np.log(1 - clipped))
    by_p = np.where(clipped == exact, (exact - Y) / (clipped * (1 - clipped)), 0) / len(Z)
    got = K.function([y, z], outputs)([Y, Z])
    assert_allclose(got[0], want, rtol=1e-5)
    derivatives = {"logits": by_p * exact * (1 - exact), "probabilities": by_p,
                   "targets": np.log((1 - clipped) / clipped) / len(Z)}
    assert_allclose(got[1], derivatives[asked], rtol=1e-5, atol=1e-7)


def test_a_softmax_is_not_divided_by_its_sum():
    y, z = K.placeholder((None, 3)), K.placeholder((None, 3))
    loss = K.categorical_crossentropy(y, K.softmax(z))
    assert "divide" not in ops([loss], [y, z])
    values = RNG.normal(size=(4, 3))
    want = np.log(np.exp(values).sum(1)) - values[:, 1]
    assert_allclose(K.function([y, z], [loss])([np.eye(3)[[1] * 4], values])[0], want, rtol=1e-5)


def test_means_of_rows_are_taken_without_the_rows():
    w, rows = K.variable(RNG.normal(size=(7, 3))), K.placeholder((None, None), dtype="int32")
    loss = K.sum(K.square(K.mean(K.gather(w, rows), 1)))
    assert "mean_of_rows" in ops([loss], [rows])
    f = K.function([rows], [loss, *K.gradients(loss, [w])])
    chosen = np.array([[0, 2, 2], [6, 0, 5]], "int32")
    table = K.get_value(w).astype("float64")
    means = table[chosen].mean(1)
    slope = np.zeros((7, 3))
    np.add.at(slope, chosen, 2 * means[:, None] / 3)
    for found, want in zip(f([chosen]), (np.sum(means ** 2), slope), strict=True):
        assert_allclose(found, want, rtol=1e-5)


def test_a_row_that_is_not_there_is_told_with_its_layer_also_in_a_replay():
    model = Sequential([Embedding(7, 3, input_length=2, name="words"), GlobalAveragePooling1D()])
    model.predict(np.ones((2, 2)))
    with pytest.raises(ValueError, match="words: an index is outside 0..6"):
        model.predict(np.full((2, 2), 7))
