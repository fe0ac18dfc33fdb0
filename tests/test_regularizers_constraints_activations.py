"""Regularizers, constraints and activation functions: values, gradients, configs, names."""

import numpy as np
import pytest
from engines import ENGINES, running_on
from numeric import assert_gradient
from oracle import elementwise, nn

from keras import activations, constraints, regularizers
from keras import backend as K

rng = np.random.RandomState(0)
W = rng.normal(size=(4, 5))
KERNEL = rng.normal(size=(3, 3, 2, 4))


@pytest.fixture(autouse=True, params=ENGINES)
def engine(request):
    with running_on(request.param):
        yield request.param


def value(function, x, dtype="float64"):
    return K.eval(function(K.constant(x, dtype)))


# Regularizers


@pytest.mark.parametrize(
    "regularizer, l1, l2",
    [
        (regularizers.l1(0.1), 0.1, 0),
        (regularizers.l2(0.1), 0, 0.1),
        (regularizers.l1_l2(0.1, 0.2), 0.1, 0.2),
        (regularizers.L1L2(l1=0.3), 0.3, 0),
        (regularizers.l1(), 0.01, 0),
        (regularizers.l2(), 0, 0.01),
        (regularizers.l1_l2(), 0.01, 0.01),
    ],
)
def test_penalty(regularizer, l1, l2):
    wanted = l1 * np.abs(KERNEL).sum() + l2 * (KERNEL**2).sum()
    assert value(regularizer, KERNEL, "float32") == pytest.approx(wanted, rel=1e-5)
    assert isinstance(regularizer, regularizers.Regularizer)
    config = {"l1": np.float32(l1), "l2": np.float32(l2)}
    data = regularizers.serialize(regularizer)
    assert data == {"class_name": "L1L2", "config": config}
    assert regularizers.get(data).get_config() == config


def test_penalty_of_nothing():
    for nothing in (regularizers.L1L2(), regularizers.l1_l2(0.0, 0.0), regularizers.Regularizer()):
        assert nothing(K.variable(W)) == 0


def test_regularizer_names():
    config = {"l1": {"l1": 0.01, "l2": 0}, "l2": {"l1": 0, "l2": 0.01},
              "l1_l2": {"l1": 0.01, "l2": 0.01}, "L1L2": {"l1": 0, "l2": 0}}
    assert set(regularizers.registry.entries) == config.keys()
    for name, wanted in config.items():
        found = regularizers.get(name).get_config()
        assert found == {key: np.float32(x) for key, x in wanted.items()}
    assert regularizers.get(None) is None and regularizers.serialize(None) is None
    assert regularizers.get({"class_name": "l2", "config": {"l": 0.5}}).l2 == 0.5


def test_ones_own_regularizer():
    def l1_reg(weight_matrix):
        return 0.01 * K.sum(K.abs(weight_matrix))

    assert regularizers.get(l1_reg) is l1_reg
    found = regularizers.deserialize(regularizers.serialize(l1_reg), {"l1_reg": l1_reg})
    assert value(found, W) == pytest.approx(0.01 * np.abs(W).sum())

    class Ridge(regularizers.Regularizer):
        def __init__(self, k):
            self.k = k

        def __call__(self, x):
            return self.k * K.sum(K.square(x))

        def get_config(self):
            return {"k": self.k}

    data = regularizers.serialize(Ridge(3))
    assert regularizers.deserialize(data, {"Ridge": Ridge}).k == 3


# Constraints


def norms(w, axis):
    return np.sqrt((w**2).sum(axis, keepdims=True))


@pytest.mark.parametrize("w, axis", [(W, 0), (W, 1), (KERNEL, (0, 1, 2)), (0.01 * W, 0), (W, -1)])
def test_norms(w, axis):
    n = norms(w, axis)
    axis = list(axis) if isinstance(axis, tuple) else axis
    rows = [
        (constraints.MaxNorm(0.7, axis), np.clip(n, 0, 0.7)),
        (constraints.MaxNorm(axis=axis), np.clip(n, 0, 2)),
        (constraints.UnitNorm(axis), np.ones_like(n)),
        (constraints.MinMaxNorm(0.3, 0.8, axis=axis), np.clip(n, 0.3, 0.8)),
        (constraints.MinMaxNorm(0.3, 0.8, 0.25, axis), 0.25 * np.clip(n, 0.3, 0.8) + 0.75 * n),
        (constraints.MinMaxNorm(axis=axis), np.clip(n, 0, 1)),
    ]
    for constraint, wanted in rows:
        np.testing.assert_allclose(value(constraint, w), w * wanted / (1e-7 + n), 1e-10)
        np.testing.assert_allclose(
            value(constraint, w, "float32"), w * wanted / (1e-7 + n), 1e-5, 1e-6
        )


def test_zero_stays_zero():
    for constraint in (constraints.UnitNorm(), constraints.MaxNorm(), constraints.MinMaxNorm(0.5)):
        assert (value(constraint, np.zeros((3, 2))) == 0).all()


def test_non_negative():
    np.testing.assert_array_equal(value(constraints.NonNeg(), W), W * (W >= 0))
    assert (value(constraints.Constraint(), W) == W).all()


CONSTRAINTS = {
    "MaxNorm": ("max_norm maxnorm", {"max_value": 2, "axis": 0}),
    "NonNeg": ("non_neg nonneg", {}),
    "UnitNorm": ("unit_norm unitnorm", {"axis": 0}),
    "MinMaxNorm": (
        "min_max_norm",
        {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0},
    ),
}


def test_constraint_names():
    known = set()
    for name, (aliases, config) in CONSTRAINTS.items():
        cls = getattr(constraints, name)
        for spelling in [name, *aliases.split()]:
            assert getattr(constraints, spelling) is cls
            assert type(constraints.get(spelling)) is cls
            known.add(spelling)
        data = constraints.serialize(cls())
        assert data == {"class_name": name, "config": config}
        again = constraints.deserialize(data)
        assert type(again) is cls and again.get_config() == config
    assert set(constraints.registry.entries) == known
    assert constraints.get(None) is None


def test_ones_own_constraint():
    def halved(w):
        return w / 2

    assert constraints.get(halved) is halved
    found = constraints.deserialize("halved", {"halved": halved})
    np.testing.assert_array_equal(value(found, W), W / 2)


# Activation functions

X = np.array([[-30.0, -3.0, -1.0, -0.2, 0.0, 0.2, 1.0, 2.5, 2.6, 30.0]])
SELU = (1.6732632423543772848170429916717, 1.0507009873554804934193349852946)
ACTIVATIONS = {
    "softmax": nn.softmax,
    "elu": elementwise.elu,
    "selu": lambda x: SELU[1] * elementwise.elu(x, SELU[0]),
    "softplus": elementwise.softplus,
    "softsign": elementwise.softsign,
    "relu": elementwise.relu,
    "tanh": np.tanh,
    "sigmoid": elementwise.sigmoid,
    "hard_sigmoid": elementwise.hard_sigmoid,
    "exponential": np.exp,
    "linear": lambda x: x,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    function, wanted = getattr(activations, name), ACTIVATIONS[name](X)
    np.testing.assert_allclose(value(function, X), wanted, 1e-9, 1e-12)
    np.testing.assert_allclose(value(function, X, "float32"), wanted, 1e-5, 1e-6)
    x = K.placeholder((None, 4), dtype="float64")
    output = function(x)
    assert output.shape == (None, 4) and output.dtype == "float64"
    fed, weights = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    loss = K.sum(output * K.constant(weights, "float64"))
    [found] = K.function([x], K.gradients(loss, [x]))([fed])
    assert_gradient(lambda xs: np.sum(ACTIVATIONS[name](xs[0]) * weights), [fed], [found])


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("elu", {"alpha": 2.0}),
        ("relu", {"alpha": 0.1}),
        ("relu", {"max_value": 0.5}),
        ("relu", {"alpha": 0.1, "max_value": 0.5}),
        ("relu", {"threshold": 0.5}),
        ("relu", {"alpha": 0.1, "max_value": 2.55, "threshold": 0.5}),
        ("softmax", {"axis": 0}),
    ],
    ids=str,
)
def test_activation_with_arguments(name, arguments):
    oracle = nn.softmax if name == "softmax" else getattr(elementwise, name)
    function = getattr(activations, name)
    found = value(lambda x: function(x, **arguments), X)
    np.testing.assert_allclose(found, oracle(X, **arguments), 1e-9, 1e-12)


def test_softmax_of_one_axis():
    with pytest.raises(ValueError) as error:
        activations.softmax(K.constant([1.0, 2.0]))
    assert str(error.value) == (
        "softmax: x has at least 2 axes, samples and classes; given shape (2,). K.softmax takes "
        "a single row."
    )
    x = rng.normal(size=(2, 3, 4))
    for axis in (-1, 1, 2):
        found = value(lambda t, axis=axis: activations.softmax(t, axis), x)
        np.testing.assert_allclose(found, nn.softmax(x, axis), 1e-9)


def test_activation_names():
    assert set(activations.registry.entries) == ACTIVATIONS.keys()
    for name in ACTIVATIONS:
        function = getattr(activations, name)
        assert activations.get(name) is activations.deserialize(name) is function
        assert activations.serialize(function) == name
    assert activations.get(None) is activations.linear
    assert activations.get(K.tanh) is K.tanh and activations.serialize(K.tanh) == "tanh"
    with pytest.raises(ValueError, match="Unknown activation function: 'Relu'. Nearest known: rel"):
        activations.get("Relu")
    with pytest.raises(ValueError, match="Could not interpret activation function identifier: 3"):
        activations.get(3)


def test_ones_own_activation():
    def swish(x):
        return x * K.sigmoid(x)

    assert activations.deserialize("swish", {"swish": swish}) is swish
    np.testing.assert_allclose(value(swish, X), X * elementwise.sigmoid(X), 1e-9)
