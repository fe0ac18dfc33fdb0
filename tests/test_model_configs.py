"""Configs, summaries and freezing of models."""

import warnings

import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from model_parts import X, Y, lines, names, two_by_two
from numpy.testing import assert_array_equal

from keras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Dense,
    Dropout,
    Input,
)
from keras.layers.node import as_list
from keras.models import Model, Sequential

# ------------------------------------------------------------------------------ configs


def nested():
    inner = two_by_two()
    a, b = Input((4,), name="p"), Input((3,), name="q")
    one, two = inner([a, b])
    again = inner([Dense(4, name="mixed")(two), b])
    return Model([a, b], [Add(name="sum")([one, again[0]]), again[1]], name="outer")


def with_sequential():
    inner = Sequential([Dense(3, input_dim=4), Dropout(0.3), Dense(4)], name="inner")
    x = Input((4,), name="p")
    return Model(x, inner(inner(x)), name="outer")


MODELS = {
    "two_by_two": two_by_two,
    "nested": nested,
    "with_sequential": with_sequential,
    "sequential": lambda: Sequential([Dense(3, input_dim=4), Activation("relu"), Dense(2)]),
}


@pytest.mark.parametrize("name", MODELS)
def test_configs_make_the_same_model(name):
    model = MODELS[name]()
    config = model.get_config()
    again = type(model).from_config(config)
    assert again.get_config() == config
    assert again.name == model.name and names(again) == names(model)
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]
    again.set_weights(model.get_weights())
    data = [X, X[:, :3]] if len(model.inputs) == 2 else X
    for got, want in zip(as_list(again.predict(data)), as_list(model.predict(data)), strict=True):
        assert_array_equal(got, want)


def test_sequential_configs_of_older_versions_are_lists():
    model = Sequential([Dense(3, input_dim=4), Dense(2)])
    again = Sequential.from_config(model.get_config()["layers"])
    assert names(again) == names(model) and again.output_shape == (None, 2)


def test_configs_that_lie():
    config = two_by_two().get_config()
    config["output_layers"][0][0] = "missing"
    with pytest.raises(ValueError, match="refers to a layer 'missing' that it does not define"):
        Model.from_config(config)


def test_layers_by_name_and_index():
    model = two_by_two()
    assert model.get_layer("both") is model.get_layer(index=4)
    assert model.get_layer("both", 0).name == "both"
    for message, options in {
        "No such layer: bth. The model has b, a, widened": dict(name="bth"),
        "retrieve layer at index 9 but model only has 7": dict(index=9),
        "give the name or the index": dict(),
    }.items():
        with pytest.raises(ValueError, match=message):
            model.get_layer(**options)


def test_weights_are_checked_when_they_are_set():
    model = Sequential([Dense(3, input_dim=4, name="d")])
    before = model.get_weights()
    with pytest.raises(ValueError, match="has 2 weights, 1 arrays were given"):
        model.set_weights(before[:1])
    with pytest.raises(ValueError, match=r"d/kernel:0 has shape \(4, 3\); .* \(3, 4\)"):
        model.set_weights([before[0].T, before[1]])
    with pytest.raises(RuntimeError, match="free.* has no weights yet"):
        Dense(3, name="free").count_params()
    for array, kept in zip(model.get_weights(), before, strict=True):
        assert_array_equal(array, kept)


# ------------------------------------------------------------------------------ summary


def test_summary_of_a_sequential():
    model = Sequential([Dense(3, input_dim=4), BatchNormalization(name="normalized_and_long")])
    assert lines(model) == [
        "_________________________________________________________________",
        "Layer (type)                 Output Shape              Param #   ",
        "=================================================================",
        "dense_1 (Dense)              (None, 3)                 15        ",
        "_________________________________________________________________",
        "normalized_and_long (BatchNo (None, 3)                 12        ",
        "=================================================================",
        "Total params: 27",
        "Trainable params: 21",
        "Non-trainable params: 6",
        "_________________________________________________________________",
    ]


def test_summary_of_a_line_of_layers_has_no_connections():
    x = Input((4,))
    assert lines(Model(x, Dense(3)(Dense(2)(x))))[1:4] == [
        "Layer (type)                 Output Shape              Param #   ",
        "=================================================================",
        "input_1 (InputLayer)         (None, 4)                 0         ",
    ]


def test_summary_of_a_graph():
    rows = lines(two_by_two())
    assert rows[1:] == [
        "Layer (type)                    Output Shape         Param #     "
        "Connected to                     ",
        "=" * 98,
        "b (InputLayer)                  (None, 3)            0           "
        "                                 ",
        "_" * 98,
        "a (InputLayer)                  (None, 4)            0           "
        "                                 ",
        "_" * 98,
        "widened (Dense)                 (None, 4)            16          "
        "b[0][0]                          ",
        "_" * 98,
        "shared (Dense)                  (None, 5)            25          "
        "a[0][0]                          ",
        "                                                                 "
        "widened[0][0]                    ",
        "_" * 98,
        "both (Concatenate)              (None, 10)           0           "
        "shared[0][0]                     ",
        "                                                                 "
        "shared[1][0]                     ",
        "_" * 98,
        "one (Dense)                     (None, 1)            11          "
        "both[0][0]                       ",
        "_" * 98,
        "two (Dense)                     (None, 2)            22          "
        "both[0][0]                       ",
        "=" * 98,
        "Total params: 74",
        "Trainable params: 74",
        "Non-trainable params: 0",
        "_" * 98,
    ]


def test_summary_takes_widths(capsys):
    model = Sequential([Dense(3000, input_dim=4000, name="d")])
    model.summary(line_length=40, positions=[0.3, 0.6, 1.0])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "_" * 40
    assert printed[3] == "d (Dense)   (None, 3000 12003000        "
    assert printed[5] == "Total params: 12,003,000"
    model.summary(40, [10, 20, 30])
    assert capsys.readouterr().out.splitlines()[1] == "Layer (ty Output Sh Param #   "


# ------------------------------------------------------------------------------ freezing


def test_the_switch_moves_weights_between_the_lists():
    layer = BatchNormalization()
    layer(Input((3,)))
    assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [2, 2]
    assert len(layer.updates) == 2
    layer.trainable = False
    assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [0, 4]
    assert layer.updates == []
    model = Sequential([Dense(3, input_dim=4), Dense(2, trainable=False)])
    assert len(model.trainable_weights) == 2 and len(model.non_trainable_weights) == 2
    model.trainable = False
    assert len(model.trainable_weights) == 0 and len(model.weights) == 4


def test_two_models_of_one_layer_frozen_and_not():
    """The manual, 3.3.14."""
    x = Input(shape=(4,))
    layer = Dense(2)
    layer.trainable = False
    y = layer(x)
    frozen_model = Model(x, y)
    frozen_model.compile(optimizer="rmsprop", loss="mse")
    layer.trainable = True
    trainable_model = Model(x, y)
    trainable_model.compile(optimizer="rmsprop", loss="mse")
    kernel = layer.get_weights()[0]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        frozen_model.fit(X, Y, verbose=0)
    assert [w.category for w in told] == [UserWarning]
    assert told[0].filename == __file__
    assert "compile again for it to take effect" in str(told[0].message)
    assert_array_equal(layer.get_weights()[0], kernel)
    trainable_model.fit(X, Y, verbose=0)
    assert np.all(layer.get_weights()[0] != kernel)


def test_compile_takes_a_snapshot():
    model = Sequential([Dense(3, input_dim=4), BatchNormalization(), Dense(2)])
    model.compile("sgd", "mse")
    model.layers[0].trainable = model.layers[1].trainable = False
    before = model.get_weights()
    with pytest.warns(UserWarning, match="Discrepancy between trainable weights"):
        model.fit(X, Y, verbose=0)
    assert all(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True))
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    changed = [np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True)]
    # kernel, bias; gamma, beta, mean, variance; kernel, bias
    assert changed == [False] * 6 + [True] * 2


def test_a_frozen_critic_judges_and_learns():
    """The two models of a generative adversarial network share a critic."""
    critic = Sequential([Dense(1, activation="sigmoid", input_dim=4)], name="critic")
    critic.compile("sgd", "binary_crossentropy")
    generator = Sequential([Dense(4, input_dim=2)], name="generator")
    critic.trainable = False
    seed = Input((2,))
    both = Model(seed, critic(generator(seed)))
    both.compile("sgd", "binary_crossentropy")
    fixed = critic.get_weights()
    moving = generator.get_weights()
    both.train_on_batch(Y, np.ones(6))
    assert_array_equal(critic.get_weights()[0], fixed[0])
    assert np.any(generator.get_weights()[0] != moving[0])
    with pytest.warns(UserWarning, match="Discrepancy"):
        critic.train_on_batch(X, np.ones(6))
    assert np.any(critic.get_weights()[0] != fixed[0])
