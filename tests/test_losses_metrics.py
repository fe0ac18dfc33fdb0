"""Loss functions and metrics against the oracle, in values and gradients; names and errors."""

import numpy as np
import pytest
from engines import ENGINES, running_on
from numeric import assert_gradient
from oracle import losses as oracle
from oracle import metrics as metrics_oracle

import keras.objectives
from keras import backend as K
from keras import losses, metrics
from keras.utils import CustomObjectScope

rng = np.random.RandomState(0)


@pytest.fixture(autouse=True, params=ENGINES)
def engine(request):
    with running_on(request.param):
        yield request.param


def probabilities(*shape):
    x = rng.uniform(0.05, 1.0, shape)
    return x / x.sum(-1, keepdims=True)


def one_hot(*shape):
    return np.eye(shape[-1])[rng.randint(shape[-1], size=shape[:-1])]


def signs(*shape):
    return rng.choice([-1.0, 1.0], shape)


def certain(*shape):
    """Probabilities of 0 and 1, right ones and wrong ones."""
    return np.eye(shape[-1])[rng.randint(shape[-1], size=shape[:-1])]


def pairs():
    """(loss, targets, predictions), in several shapes each."""
    for shape in [(5, 4), (2, 3, 4), (4, 1), (0, 3), (6,)]:
        for name in "mean_squared_error mean_absolute_error logcosh".split():
            yield name, rng.normal(size=shape), 3 * rng.normal(size=shape)
        for name in ["mean_absolute_percentage_error", "mean_squared_logarithmic_error"]:
            yield name, rng.normal(size=shape), rng.uniform(-1, 3, shape)
        for name in ["hinge", "squared_hinge"]:
            yield name, signs(*shape), rng.normal(size=shape)
        yield "binary_crossentropy", rng.randint(2, size=shape) * 1.0, rng.uniform(size=shape)
        yield "poisson", rng.poisson(2, shape) * 1.0, rng.uniform(0.1, 4, shape)
        yield "cosine_proximity", rng.normal(size=shape), rng.normal(size=shape)
    for shape in [(5, 4), (2, 3, 4), (0, 3)]:
        yield "categorical_hinge", one_hot(*shape), rng.normal(size=shape)
        yield "categorical_crossentropy", one_hot(*shape), probabilities(*shape)
        yield "categorical_crossentropy", probabilities(*shape), 7 * probabilities(*shape)
        yield "kullback_leibler_divergence", probabilities(*shape), probabilities(*shape)
        yield "sparse_categorical_crossentropy", one_hot(*shape).argmax(-1), probabilities(*shape)
        numbers = one_hot(*shape).argmax(-1)[..., None]
        yield "sparse_categorical_crossentropy", numbers, 3 * probabilities(*shape)


def edges():
    """Zeros, certainty, large errors: finite all the same."""
    yield "categorical_crossentropy", one_hot(5, 3), certain(5, 3)
    yield "sparse_categorical_crossentropy", one_hot(5, 3).argmax(-1), certain(5, 3)
    yield "binary_crossentropy", certain(5, 3), certain(5, 3)
    yield "kullback_leibler_divergence", certain(5, 3), certain(5, 3)
    yield "poisson", certain(5, 3), certain(5, 3)
    yield "cosine_proximity", np.zeros((2, 3)), rng.normal(size=(2, 3))
    yield "mean_absolute_percentage_error", np.zeros((2, 3)), rng.normal(size=(2, 3))
    yield "mean_squared_logarithmic_error", -np.ones((2, 3)), rng.normal(size=(2, 3))
    yield "logcosh", np.zeros((2, 3)), np.array([[1e3, -1e3, 1e-4]] * 2)


PAIRS, EDGES = list(pairs()), list(edges())


def placeholders(t, p, dtype):
    """Placeholders for targets and predictions, whose sizes are unknown but for the last."""
    x = K.placeholder((None,) * (t.ndim - 1) + t.shape[-1:], dtype=dtype)
    y = K.placeholder((None,) * (p.ndim - 1) + p.shape[-1:], dtype=dtype)
    return x, y


def row(case):
    name, t, p = case
    return f"{name}-{t.shape}-{p.shape}"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name, t, p", PAIRS + EDGES, ids=map(row, PAIRS + EDGES))
def test_loss(name, t, p, dtype):
    x, y = placeholders(t, p, dtype)
    loss = getattr(losses, name)(x, y)
    [found] = K.function([x, y], [loss])([t, p])
    wanted = getattr(oracle, name)(t, p)
    assert found.dtype == dtype and np.shape(found) == np.shape(wanted)
    assert loss.ndim == np.ndim(wanted) and np.isfinite(found).all()
    # Near certainty 1 - p is no more exact than float32's 6e-8, of which it is epsilon's 1e-7.
    close = (1e-5, 1e-6) if dtype == "float32" else (1e-9, 1e-12)
    if dtype == "float32" and any(p is edge[2] for edge in EDGES):
        close = (0.02, 1e-5)
    np.testing.assert_allclose(found, wanted, *close)


SMOOTH = [case for case in PAIRS if case[1].size and case[2].ndim == 2]


@pytest.mark.parametrize("name, t, p", SMOOTH, ids=map(row, SMOOTH))
def test_gradient_of_loss(name, t, p):
    x, y = placeholders(t, p, "float64")
    loss = K.sum(getattr(losses, name)(x, y))
    [found] = K.function([x, y], K.gradients(loss, [y]))([t, p])
    assert_gradient(lambda ps: np.sum(getattr(oracle, name)(t, ps[0])), [p], [found])


def test_integer_targets_are_welcome():
    t, p = rng.randint(2, size=(4, 3)), probabilities(4, 3).astype("float32")
    for name in ["mean_squared_error", "hinge", "binary_crossentropy", "categorical_crossentropy",
                 "cosine_proximity", "kullback_leibler_divergence", "poisson"]:
        x, y = K.placeholder((None, 3), dtype="int32"), K.placeholder((None, 3))
        [found] = K.function([x, y], [getattr(losses, name)(x, y)])([t, p])
        wanted = getattr(oracle, name)(t.astype("float64"), p)
        np.testing.assert_allclose(found, wanted, 1e-5, 1e-5)


# Metrics

HITS = [
    ("binary_accuracy", rng.randint(2, size=(5, 4)), rng.uniform(size=(5, 4))),
    ("binary_accuracy", np.array([[0.0, 1.0, 0.0]]), np.array([[0.5, 0.5, 0.51]])),
    ("binary_accuracy", rng.randint(2, size=(2, 3, 4)), rng.uniform(size=(2, 3, 4))),
    ("categorical_accuracy", one_hot(9, 4), probabilities(9, 4)),
    ("categorical_accuracy", one_hot(2, 3, 4), probabilities(2, 3, 4)),
    ("sparse_categorical_accuracy", rng.randint(4, size=9), probabilities(9, 4)),
    ("sparse_categorical_accuracy", rng.randint(4, size=(9, 1)), probabilities(9, 4)),
    ("sparse_categorical_accuracy", rng.randint(4, size=(5, 6, 1)), probabilities(5, 6, 4)),
    ("sparse_categorical_accuracy", rng.randint(4, size=(5, 6)), probabilities(5, 6, 4)),
]


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize("name, t, p", HITS, ids=map(row, HITS))
def test_accuracy(name, t, p, dtype):
    x, y = K.placeholder((None,) * t.ndim, dtype=dtype), K.placeholder((None,) * p.ndim)
    metric = getattr(metrics, name)(x, y)
    [found] = K.function([x, y], [metric])([t, p])
    wanted = getattr(metrics_oracle, name)(t, p)
    assert found.dtype == "float32" and found.shape == wanted.shape
    assert metric.shape == (None,) * wanted.ndim
    np.testing.assert_allclose(found, wanted, 1e-6)
    assert 0 < wanted.mean() < 1


@pytest.mark.parametrize("k", [1, 2, 5, 8])
def test_top_k(k):
    t, p = one_hot(40, 8), probabilities(40, 8)
    p[:10] = p[:10].round(1)  # ties
    x, y = K.placeholder((None, 8)), K.placeholder((None, 8))
    top = metrics.top_k_categorical_accuracy(x, y, k)
    wanted = metrics_oracle.top_k_categorical_accuracy(t, p.astype("float32"), k)
    assert K.function([x, y], [top])([t, p])[0] == pytest.approx(wanted, abs=1e-6)
    for shape in [(40,), (40, 1)]:
        x = K.placeholder((None, *shape[1:]))
        top = metrics.sparse_top_k_categorical_accuracy(x, y, k)
        found = K.function([x, y], [top])([t.argmax(-1).reshape(shape), p])[0]
        assert found == pytest.approx(wanted, abs=1e-6) and np.shape(found) == ()


def test_top_5_by_default():
    t, p = K.constant(np.eye(8)), K.constant(np.tile(np.arange(8), (8, 1)))
    assert K.eval(metrics.top_k_categorical_accuracy(t, p)) == pytest.approx(5 / 8)
    numbers = K.constant(np.arange(8))
    assert K.eval(metrics.sparse_top_k_categorical_accuracy(numbers, p)) == pytest.approx(5 / 8)


def test_sparse_accuracy_of_one_hot_targets():
    with pytest.raises(ValueError) as error:
        metrics.sparse_categorical_accuracy(K.placeholder((None, 4)), K.placeholder((None, 4)))
    assert str(error.value) == (
        "sparse accuracy: targets are class numbers of shape (None,) or (None, 1); given shape "
        "(None, 4). For one-hot targets take the categorical metric."
    )


# Names

ALIASES = {
    "mean_squared_error": "mse MSE",
    "mean_absolute_error": "mae MAE",
    "mean_absolute_percentage_error": "mape MAPE",
    "mean_squared_logarithmic_error": "msle MSLE",
    "kullback_leibler_divergence": "kld KLD",
    "cosine_proximity": "cosine",
}
PLAIN = """squared_hinge hinge categorical_hinge logcosh categorical_crossentropy
sparse_categorical_crossentropy binary_crossentropy poisson""".split()
ACCURACIES = """binary_accuracy categorical_accuracy sparse_categorical_accuracy
top_k_categorical_accuracy sparse_top_k_categorical_accuracy""".split()


def test_names():
    known = {name: [name, *aliases.split()] for name, aliases in ALIASES.items()}
    known.update({name: [name] for name in PLAIN})
    for name, spellings in known.items():
        function = getattr(losses, name)
        for spelling in spellings:
            for module in (losses, metrics, keras.objectives):
                assert getattr(module, spelling) is function
                assert module.get(spelling) is function
                assert module.get(function) is function
                assert module.serialize(function) == name
                assert module.deserialize(spelling) is function
    for name in ACCURACIES:
        assert metrics.get(name) is getattr(metrics, name)
    assert set(losses.registry.entries) == {s for names in known.values() for s in names}
    assert set(metrics.registry.entries) == {*losses.registry.entries, *ACCURACIES}
    assert losses.get(None) is None and metrics.get(None) is None


def test_ones_own():
    def mean_pred(y_true, y_pred):
        return K.mean(y_pred)

    assert losses.get(mean_pred) is mean_pred
    assert losses.deserialize("mean_pred", {"mean_pred": mean_pred}) is mean_pred
    with CustomObjectScope({"mean_pred": mean_pred, "mse": mean_pred}):
        assert metrics.get("mean_pred") is mean_pred
        assert losses.get("mse") is mean_pred
    assert losses.get("mse") is losses.mean_squared_error


def test_unknown_ones():
    with pytest.raises(ValueError) as error:
        losses.get("mean_square_error")
    assert str(error.value).startswith(
        "Unknown loss function: 'mean_square_error'. Nearest known: mean_squared_error, "
        "mean_squared_logarithmic_error, mean_absolute_error. If it is your own, say what it is: "
        "custom_objects={'mean_square_error': mean_square_error} where a model is loaded, "
    )
    with pytest.raises(ValueError, match="Unknown metric function: 'binary_acuracy'"):
        metrics.get("binary_acuracy")
    with pytest.raises(ValueError, match="Could not interpret loss function identifier: 3"):
        losses.get(3)
    with pytest.raises(ValueError, match="'mse' is a function and takes no config"):
        losses.get({"class_name": "mse", "config": {"y_true": 1}})
