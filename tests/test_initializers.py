"""Initializers: their fans and statistics, equal seeds, configs and names."""

import numpy as np
import pytest
from engines import ENGINES, running_on

from keras import backend as K
from keras import initializers

ALL = """Zeros Ones Constant Identity Orthogonal RandomNormal RandomUniform TruncatedNormal
VarianceScaling""".split()
PAPERS = """lecun_uniform lecun_normal glorot_uniform glorot_normal he_uniform he_normal""".split()
RANDOM = ["RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal",
          *PAPERS]


@pytest.fixture(autouse=True, params=ENGINES)
def engine(request):
    np.random.seed(1337)
    with running_on(request.param):
        yield request.param


def drawn(initializer, shape=(200, 300), dtype=None):
    return K.eval(initializer(shape, dtype=dtype))


@pytest.mark.parametrize("dtype", [None, "float32", "float64", "float16"])
@pytest.mark.parametrize("name", [*ALL, *PAPERS])
def test_shape_and_dtype(name, dtype):
    tensor = getattr(initializers, name)()((4, 6) if name != "Identity" else (6, 3), dtype=dtype)
    assert tensor.dtype == (dtype or "float32") and None not in tensor.shape
    value = K.eval(tensor)
    assert value.shape == tensor.shape and value.dtype == tensor.dtype
    assert np.isfinite(value).all()


# Fixed values


def test_fixed_values():
    assert (drawn(initializers.Zeros()) == 0).all()
    assert (drawn(initializers.Ones()) == 1).all()
    assert (drawn(initializers.Constant(2.5)) == 2.5).all()
    table = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(drawn(initializers.Constant(table), (2, 3)), table)


def test_identity():
    gain = initializers.Identity(3.0)
    np.testing.assert_array_equal(drawn(gain, (5, 5)), 3 * np.eye(5))
    np.testing.assert_array_equal(drawn(gain, (4, 2)), 3 * np.vstack([np.eye(2)] * 2))
    np.testing.assert_array_equal(drawn(gain, (2, 6)), 3 * np.hstack([np.eye(2)] * 3))
    for shape in [(3, 2), (3,), (2, 2, 2)]:
        with pytest.raises(ValueError, match="Identity: a matrix whose longer side is a multiple"):
            gain(shape)


# Random values


def test_plain_distributions():
    w = drawn(initializers.RandomNormal(1.0, 0.3))
    assert abs(w.mean() - 1) < 0.01 and abs(w.std() - 0.3) < 0.01 and w.max() > 1.9
    w = drawn(initializers.RandomNormal())
    assert abs(w.std() - 0.05) < 0.001
    w = drawn(initializers.RandomUniform(-2.0, 1.0))
    assert -2 <= w.min() < -1.99 and 0.99 < w.max() <= 1 and abs(w.mean() + 0.5) < 0.02
    w = drawn(initializers.RandomUniform())
    assert 0.0499 < abs(w).max() <= 0.05 and abs(w.std() - 0.1 / 12**0.5) < 0.001
    w = drawn(initializers.TruncatedNormal(0.5, 0.1))
    assert abs(w - 0.5).max() <= 0.2 + 1e-6 and abs(w - 0.5).max() > 0.19
    assert abs(w.std() - 0.1 * initializers.TRUNCATED_STDDEV) < 0.001


def test_scalar_tensors_as_arguments():
    low, high = K.constant(3.0), K.variable(4.0)
    w = drawn(initializers.RandomUniform(low, high))
    assert 3 <= w.min() < 3.01 and 3.99 < w.max() <= 4
    w = drawn(initializers.RandomNormal(low, high))
    assert abs(w.mean() - 3) < 0.1 and abs(w.std() - 4) < 0.1
    assert abs(drawn(initializers.TruncatedNormal(low, high)).mean() - 3) < 0.1


SHAPES = [
    ((200, 300), (200, 300)),
    ((5, 20, 30), (100, 150)),
    ((3, 3, 16, 32), (144, 288)),
    ((2, 3, 4, 8, 16), (192, 384)),
    ((2500,), (50, 50)),
]


@pytest.mark.parametrize("shape, fans", SHAPES)
def test_fans(shape, fans):
    assert initializers._compute_fans(shape) == fans
    if len(shape) > 2:
        first = (shape[-1], shape[-2], *shape[:-2])
        assert initializers._compute_fans(first, "channels_first") == fans


def test_fans_of_an_unknown_format():
    with pytest.raises(ValueError, match="given 'nhwc'"):
        initializers._compute_fans((3, 3, 4, 4), "nhwc")


@pytest.mark.parametrize("shape, fans", SHAPES)
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
def test_variance_scaling(shape, fans, distribution, mode):
    n = {"fan_in": fans[0], "fan_out": fans[1], "fan_avg": sum(fans) / 2}[mode]
    w = drawn(initializers.VarianceScaling(1.5, mode, distribution), shape)
    stddev = np.sqrt(1.5 / n)
    error = 4 / np.sqrt(2 * w.size)  # four standard errors
    assert w.std() == pytest.approx(stddev, rel=error)
    assert abs(w.mean()) < 4 * stddev / np.sqrt(w.size)
    limit = np.sqrt(3 * 1.5 / n) if distribution == "uniform" else 2 * stddev / 0.87962566103423978
    assert 0.97 * limit < abs(w).max() <= limit * (1 + 1e-6)


@pytest.mark.parametrize("name", PAPERS)
def test_variances_of_the_papers(name):
    paper, distribution = name.split("_")
    inputs, outputs = 200, 300
    variance = {"lecun": 1 / inputs, "he": 2 / inputs, "glorot": 2 / (inputs + outputs)}[paper]
    w = drawn(getattr(initializers, name)())
    assert w.std() == pytest.approx(np.sqrt(variance), rel=0.015)
    limit = np.sqrt(3 * variance) if distribution == "uniform" else (
        2 * np.sqrt(variance) / 0.87962566103423978)
    assert 0.97 * limit < abs(w).max() <= limit * (1 + 1e-6)


def test_no_inputs():
    assert np.isfinite(drawn(initializers.glorot_uniform(), (0, 4))).all()
    assert abs(drawn(initializers.lecun_uniform(), (1, 1))).max() <= 3**0.5


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4), (3, 3, 5, 7), (2, 30)])
def test_orthogonal(shape):
    w = drawn(initializers.Orthogonal(2.0), shape, "float64").reshape(-1, shape[-1])
    product = w @ w.T if w.shape[0] < w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, 4 * np.eye(min(w.shape)), atol=1e-12)


def test_orthogonal_is_keras_2s_for_a_seed():
    numbers = np.random.RandomState(5).normal(0.0, 1.0, (4, 4))
    wanted = np.linalg.svd(numbers)[0]
    np.testing.assert_allclose(drawn(initializers.Orthogonal(seed=5), (4, 4)), wanted, 1e-5, 1e-6)


# Seeds


@pytest.mark.parametrize("name", RANDOM)
def test_equal_seeds_give_equal_values(name):
    make = getattr(initializers, name)
    first = make(seed=7)
    value = drawn(first, (20, 30))
    np.testing.assert_array_equal(drawn(first, (20, 30)), value)
    np.testing.assert_array_equal(drawn(make(seed=7), (20, 30)), value)
    assert (drawn(make(seed=8), (20, 30)) != value).any()


@pytest.mark.parametrize("name", RANDOM)
def test_seeds_that_are_not_given_come_from_numpy(name):
    initializer = getattr(initializers, name)()
    np.random.seed(3)
    first, second = drawn(initializer, (20, 30)), drawn(initializer, (20, 30))
    assert (first != second).any()
    np.random.seed(3)
    tensors = [initializer((20, 30)) for _ in range(2)]
    np.random.seed(99)  # the seed was drawn when the initializer was called
    np.testing.assert_array_equal(K.eval(tensors[0]), first)
    np.testing.assert_array_equal(K.eval(tensors[1]), second)


@pytest.mark.parametrize("name", RANDOM)
def test_a_given_seed_leaves_numpys_alone(name):
    np.random.seed(3)
    wanted = np.random.rand()
    np.random.seed(3)
    drawn(getattr(initializers, name)(seed=7), (20, 30))
    assert np.random.rand() == wanted


# Configs, names, errors

NAMES = {
    "Zeros": "zeros zero",
    "Ones": "ones one",
    "Constant": "constant",
    "Identity": "identity",
    "Orthogonal": "orthogonal",
    "RandomNormal": "random_normal normal",
    "RandomUniform": "random_uniform uniform",
    "TruncatedNormal": "truncated_normal",
    "VarianceScaling": "",
}


def test_names():
    known = set(PAPERS)
    for name, aliases in NAMES.items():
        cls = getattr(initializers, name)
        for spelling in [name, *aliases.split()]:
            assert getattr(initializers, spelling) is cls
            assert type(initializers.get(spelling)) is cls
            known.add(spelling)
    for name in PAPERS:
        assert type(initializers.get(name)) is initializers.VarianceScaling
    assert set(initializers.registry.entries) == known


CONFIGS = {
    "Zeros": {},
    "Ones": {},
    "Constant": {"value": 3.5},
    "Identity": {"gain": 2.0},
    "Orthogonal": {"gain": 1.5, "seed": 4},
    "RandomNormal": {"mean": 1.0, "stddev": 0.5, "seed": None},
    "RandomUniform": {"minval": 0.0, "maxval": 0.5, "seed": 1},
    "TruncatedNormal": {"mean": 1.0, "stddev": 0.5, "seed": None},
    "VarianceScaling": {"scale": 2.0, "mode": "fan_out", "distribution": "normal", "seed": 9},
}


@pytest.mark.parametrize("name", ALL)
def test_config_round_trip(name):
    initializer = getattr(initializers, name)(**CONFIGS[name])
    data = initializers.serialize(initializer)
    assert data == {"class_name": name, "config": CONFIGS[name]}
    for again in (initializers.deserialize(data), initializers.get(data)):
        assert type(again) is type(initializer) and again.get_config() == CONFIGS[name]
    data["config"] = {**CONFIGS[name], "dtype": "float32"}  # as tf.keras writes it
    assert initializers.deserialize(data).get_config() == CONFIGS[name]


def test_papers_are_saved_as_variance_scaling():
    assert initializers.serialize(initializers.glorot_uniform()) == {
        "class_name": "VarianceScaling",
        "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
    }


def test_ones_own():
    def my_init(shape, dtype=None):
        return K.random_normal(shape, dtype=dtype)

    assert initializers.get(my_init) is my_init
    assert initializers.serialize(my_init) == "my_init"
    assert initializers.deserialize("my_init", {"my_init": my_init}) is my_init
    assert abs(drawn(my_init).std() - 1) < 0.05
    made = initializers.deserialize("factory", {"factory": lambda: initializers.Constant(7)})
    assert (drawn(made, (2,)) == 7).all()


def test_classes_and_factories_stand_for_their_defaults():
    assert type(initializers.get(initializers.Zeros)) is initializers.Zeros
    assert type(initializers.get(initializers.he_normal)) is initializers.VarianceScaling


def test_errors():
    with pytest.raises(ValueError, match="scale is a number > 0; given -1"):
        initializers.VarianceScaling(scale=-1)
    with pytest.raises(ValueError, match="mode is one of 'fan_in', 'fan_out', 'fan_avg'; given"):
        initializers.VarianceScaling(mode="fan")
    with pytest.raises(ValueError, match="distribution is one of 'normal', 'uniform'; given 3"):
        initializers.VarianceScaling(distribution=3)
    with pytest.raises(ValueError, match="Unknown initializer: 'glorot'. "):
        initializers.get("glorot")
    for wrong in (None, 3, [1]):
        with pytest.raises(ValueError, match="Could not interpret initializer identifier"):
            initializers.get(wrong)
    with pytest.raises(NotImplementedError, match="Initializer needs a method __call__"):
        initializers.Initializer()((2, 3))
