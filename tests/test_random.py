"""Random ops: their distributions, what a seed fixes, and that each call draws afresh."""

import numpy as np
import pytest
from engines import ENGINES, running_on

from keras import backend as K

SIZE = 40_000
DEVIATIONS = 5  # of the mean of a sample: fails once in a million draws of other seeds


@pytest.fixture(autouse=True, params=ENGINES)
def engine(request):
    with running_on(request.param):
        yield
    K.clear_session()


def near(values, mean, std):
    """Whether mean and standard deviation of a sample are as expected."""
    bound = DEVIATIONS * std / np.sqrt(values.size)
    return abs(values.mean() - mean) < bound and abs(values.std() - std) < DEVIATIONS * bound


CUT = 0.8796256610342398  # the standard deviation of a normal cut off at two deviations


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "draw, mean, std, low, high",
    [
        (lambda **o: K.random_normal((SIZE,), 1.0, 2.0, **o), 1, 2, -np.inf, np.inf),
        (lambda **o: K.random_uniform((SIZE,), -1.0, 3.0, **o), 1, 4 / 12**0.5, -1, 3),
        (lambda **o: K.random_binomial((SIZE,), 0.3, **o), 0.3, 0.21**0.5, 0, 1),
        (lambda **o: K.truncated_normal((SIZE,), 1.0, 0.5, **o), 1, 0.5 * CUT, 0, 2),
    ],
)
def test_distributions(draw, mean, std, low, high, dtype):
    x = draw(dtype=dtype, seed=3)
    (values,) = K.function([], [x])([])
    assert values.dtype == K.dtype(x) == dtype
    assert near(values, mean, std)
    assert low <= values.min() and values.max() <= high


def test_whole_numbers():
    values = K.eval(K.random_uniform((SIZE,), 2, 5, "int32", seed=1))
    assert values.dtype == "int32"
    assert np.abs(np.bincount(values) / SIZE - [0, 0, 1 / 3, 1 / 3, 1 / 3]).max() < 0.02


@pytest.mark.parametrize("level", [0.0, 0.25, 0.9])
def test_dropout(level):
    values = K.eval(K.dropout(K.constant(np.full(SIZE, 3.0)), level, seed=2))
    kept = values != 0
    assert near(kept.astype(float), 1 - level, max((level * (1 - level)) ** 0.5, 1e-9)) or not level
    assert np.allclose(values[kept], 3 / (1 - level), rtol=1e-5)
    assert kept.all() or level


@pytest.mark.parametrize("level", [-0.1, 1.0, 2])
def test_dropout_refuses_what_is_no_share(level):
    with pytest.raises(ValueError, match=f"given {level}"):
        K.dropout(K.zeros((2,)), level)


def test_a_seed_fixes_all_draws_and_each_call_draws_afresh():
    f, g, h = (K.function([], [K.random_normal((50,), seed=seed)]) for seed in (7, 7, 8))
    first, second = f([])[0], f([])[0]
    assert not np.intersect1d(first, second).size
    assert np.array_equal(first, g([])[0]) and np.array_equal(second, g([])[0])
    assert not np.intersect1d(first, h([])[0]).size


def test_numpy_gives_the_seeds_that_are_not_given():
    values = []
    for _ in range(2):
        np.random.seed(1337)
        values.append(K.eval(K.random_uniform((50,))))
        K.eval(K.random_uniform((50,)))
    assert np.array_equal(*values)


def test_one_node_is_drawn_once_in_a_call():
    x = K.random_normal((50,))
    a, b, c = K.function([], [x, x + 0, K.random_normal((50,))])([])
    assert np.array_equal(a, b) and not np.array_equal(a, c)


def test_loss_and_gradient_see_the_same_mask():
    w = K.variable(np.ones(1000))
    y = K.dropout(w, 0.5)
    value, slope = K.function([], [y, *K.gradients(y, w)])([])
    assert np.array_equal(value, slope) and 0 < (value == 0).sum() < 1000


def test_random_variables():
    uniform = K.random_uniform_variable((200, 200), 2.0, 4.0, seed=1)
    normal = K.random_normal_variable((200, 200), 2.0, 4.0, seed=1)
    assert near(K.get_value(uniform), 3, 2 / 12**0.5) and near(K.get_value(normal), 2, 4)
    assert np.array_equal(K.eval(uniform), K.get_value(uniform))
