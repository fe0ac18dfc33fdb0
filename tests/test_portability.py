"""A model is the same on every engine: predictions, losses, and what a file of it becomes on
another one.

Dropout and noise are off here: each engine draws masks of its own. The masks of one engine come
back with a file, which tests/test_saving.py proves.

By default the first engine takes each layer and every model of the manual's chapters 3 to 5, the
others those of PART; a file goes to the engine that wrote it and to the next one. All models on all
engines, pairs of any two, and all in float64 are left to KERAS_SLOW_TESTS=1.
"""

import os
from functools import cache, partial

import layer_cases
import manual_models
import numpy as np
import pytest
from engines import ENGINES, running_on
from manual_models import (
    EXAMPLES,
    RECURRENT,
    SAMPLES,
    inputs_for,
    own_objects,
    series_for,
    targets_for,
)
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras import layers as L
from keras.models import Model, load_model
from keras.ops.shaping import full

SLOW = os.environ.get("KERAS_SLOW_TESTS") == "1"
FIRST = ENGINES[0]  # the others are compared with it
PART = ("like_vgg", "stateful_lstms", "headlines", "shared_vision", "merged", "bidirectional",
        "babi_memnn", "conv_lstm_video", "mnist_acgan", "vae_conv", "layers_0")  # fmt: skip
LOST = ("mnist_swwae", "vae")  # their losses are no functions of the outputs, so no file has them
STEPS = 5  # of training, before a file is written and after


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """No dropout, no noise; names and floatx as in a new process."""
    def constant(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        return full(shape, mean, dtype)

    def ones(shape, p=0.0, dtype=None, seed=None):
        return full(shape, 1, dtype)

    monkeypatch.setattr(K, "dropout", lambda x, *args, **options: K.identity(x))
    monkeypatch.setattr(K, "random_normal", constant)
    monkeypatch.setattr(K, "random_binomial", ones)
    K.clear_session()
    yield
    K.set_floatx("float32")
    K.clear_session()


def listed(x):
    return x if isinstance(x, list) else [x]


def assert_close(found, wanted, tolerance):
    assert len(listed(found)) == len(listed(wanted))
    for a, b in zip(listed(found), listed(wanted)):
        assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def assert_same(found, wanted):
    """Bit for bit."""
    for a, b in zip(found, wanted, strict=True):
        assert_array_equal(a, b)


def anew(build, weights=None):
    """A model with its first weights, or other ones."""
    np.random.seed(3)
    K.clear_session()
    model = build()
    if weights is not None:
        model.set_weights(weights)
    return model

# Each layer, too: several stand side by side in a model, which takes less time than a model each.


def side_by_side(names):
    """A compiled model in which each layer has inputs and outputs of its own."""
    inputs, outputs = [], []
    for name in names:
        if name in RECURRENT:
            layer, shapes = RECURRENT[name](), [series_for(name)]
        else:
            case = layer_cases.CASES[name][0]
            layer = getattr(L, name)(*case.args, **case.options)
            shapes = [shape[1:] for shape in case.shapes]
        dtype = "int32" if name == "Embedding" else None
        xs = [L.Input(shape, dtype=dtype) for shape in shapes]
        inputs += xs
        outputs += listed(layer(xs if len(xs) > 1 else xs[0]))
    model = Model(inputs, outputs)
    model.compile("adam", "mse")
    return model


LAYERS = [*layer_cases.CASES, *RECURRENT]
GROUPS = 6
MODELS = {**manual_models.MODELS, **{
    f"layers_{i}": partial(side_by_side, LAYERS[i::GROUPS]) for i in range(GROUPS)}}  # fmt: skip



class Work:
    """What became of a model on one engine, which has saved it in the middle of training."""

    def __init__(self, build, path, weights=None):
        model = anew(build, weights)
        self.path = path
        self.weights = model.get_weights()
        self.predictions = predicted(model)
        self.losses = trained(model, STEPS)
        model.save(path)
        self.saved = model.get_weights()
        self.state = model.optimizer.get_weights()
        self.then = predicted(model)
        self.losses += trained(model, 1)
        self.next = model.get_weights()
        self.losses += trained(model, STEPS - 1)


def predicted(model):
    """Its predictions for the data that all engines get."""
    model.reset_states()
    found = model.predict(inputs_for(model), batch_size=SAMPLES)
    model.reset_states()
    return found


def trained(model, steps):
    """Its losses in some steps of training."""
    xs, ys = inputs_for(model), targets_for(model)
    return [listed(model.train_on_batch(xs, ys))[0] for _ in range(steps)]


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """The work on a model by an engine, done once."""
    folder = tmp_path_factory.mktemp("models")

    @cache
    def done(name, engine):
        weights = None if engine == FIRST else done(name, FIRST).weights
        with running_on(engine):
            return Work(MODELS[name], folder / f"{name}-{engine}.h5", weights)

    return done


def takes(engine, name):
    """Whether an engine takes a model in this run."""
    return SLOW or name in PART or engine == FIRST and name not in EXAMPLES


def rows(engines):
    """The pairs (model, engine) for a test."""
    return [(name, engine) for engine in engines for name in MODELS if takes(engine, name)]


def sources(engine, name):
    """The engines whose files of a model an engine loads."""
    if SLOW:
        return ENGINES
    near = engine, ENGINES[ENGINES.index(engine) - 1]
    return [source for source in dict.fromkeys(near) if takes(source, name)]


@pytest.mark.parametrize("name, engine", rows(ENGINES[1:]))
def test_one_model_on_each_engine(name, engine, work):
    """The same weights give the same predictions, and the same losses while it learns."""
    one, other = work(name, FIRST), work(name, engine)
    assert_close(other.predictions, one.predictions, 1e-4)
    assert_allclose(other.losses, one.losses, rtol=1e-4)
    assert one.losses[0] != one.losses[-1]


@pytest.mark.parametrize("name, engine", rows(ENGINES))
def test_a_file_goes_on_where_it_was_saved(name, engine, work):
    for source in sources(engine, name):
        written = work(name, source)
        with running_on(engine):
            model = load_model(written.path, own_objects(), name not in LOST, safe_mode=False)
            assert_same(model.get_weights(), written.saved)
            assert_close(predicted(model), written.then, 1e-6)
            if name not in LOST:
                assert_same(model.optimizer.get_weights(), written.state)
                assert_allclose(trained(model, 1), written.losses[STEPS], rtol=1e-5)
                assert_close(model.get_weights(), written.next, 1e-5)


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize("name", MODELS if SLOW else PART[::3])
def test_float64(engine, name, work):
    """Predictions to nine digits."""
    K.set_floatx("float64")
    found = []
    for each in (FIRST, engine):
        with running_on(each):
            found.append(predicted(anew(MODELS[name], work(name, FIRST).weights)))
    assert_close(*found, 1e-9)

