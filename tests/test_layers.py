"""Every layer (the recurrent ones have a file of their own) against the oracle, and what all
layers promise: shapes, configs, weights, masks."""

import importlib
import inspect
import json
import re

import numpy as np
import pytest
from engines import each_engine  # noqa: F401 (every test runs on every engine)
from layer_cases import CASES, rows
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras import layers, regularizers
from keras.layers import (
    Add,
    AlphaDropout,
    BatchNormalization,
    Concatenate,
    Conv1D,
    Conv2D,
    Dense,
    Dot,
    Dropout,
    Embedding,
    Flatten,
    GaussianDropout,
    GaussianNoise,
    GlobalAveragePooling1D,
    Input,
    Lambda,
    Layer,
    Masking,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    TimeDistributed,
)
from keras.layers.merge import _Merge
from keras.network import Network
from keras.registry import layers as registry

ELSEWHERE = {"RNN", "SimpleRNN", "GRU", "LSTM", "ConvLSTM2D", "CuDNNGRU", "CuDNNLSTM",
             "SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells", "Bidirectional",
             "Recurrent", "ConvRNN2D", "ConvRecurrent2D", "ConvLSTM2DCell",
             "Highway", "MaxoutDense", "Merge"}
BASES = {"Layer", "InputLayer", "Wrapper", "TimeDistributed"}  # tested below, by name
BATTERY = pytest.mark.parametrize("name, case", rows())


@pytest.fixture(autouse=True)
def floatx():
    yield
    K.set_floatx("float32")
    K.set_image_data_format("channels_last")


def made(kind, case, open_axes=(), **options):
    """(layer, inputs, output): the layer of a case, called on inputs whose sizes are known but
    for that of samples and `open_axes`."""
    layer = getattr(layers, kind)(*case.args, **{**case.options, **options})
    inputs = [
        Input(batch_shape=tuple(None if i in (0, *open_axes) else n for i, n in enumerate(shape)))
        for shape in case.shapes
    ]
    return layer, inputs, layer(inputs if len(inputs) > 1 else inputs[0])


def run(inputs, outputs, arrays, phase=0):
    """The value of the network from `inputs` to the output `outputs`."""
    net = Network(inputs, outputs)
    return K.function([*net.inputs, K.learning_phase()], net.outputs)([*arrays, phase])[0]


def with_weights(layer, case):
    values = case.weights([w.shape for w in layer.weights], K.floatx())
    layer.set_weights(values)
    return values


def fits(static, actual):
    return len(static) == len(actual) and all(
        a is None or a == b for a, b in zip(static, actual, strict=True)
    )


# The battery


def test_every_layer_has_cases():
    known = {cls.__name__ for cls in registry.entries.values() if issubclass(cls, Layer)}
    ours = {name for name in known if not name.startswith("_") and hasattr(layers, name)}
    assert ours - ELSEWHERE - BASES == set(CASES)


@BATTERY
def test_values_and_static_shape(name, case):
    layer, inputs, output = made(name, case)
    weights = with_weights(layer, case)
    got, want = run(inputs, output, case.arrays()), case.expected(weights=weights)
    assert_allclose(got, want, rtol=1e-4, atol=1e-5)
    assert (None, *got.shape[1:]) == K.int_shape(output) == layer.output_shape
    assert got.dtype == np.float32


@BATTERY
def test_unknown_sizes(name, case):
    layer, inputs, output = made(name, case, case.open_axes)
    weights = with_weights(layer, case)
    got = run(inputs, output, case.arrays())
    assert_allclose(got, case.expected(weights=weights), rtol=1e-4, atol=1e-5)
    assert fits(K.int_shape(output), got.shape)


@BATTERY
def test_float64(name, case):
    K.set_floatx("float64")
    layer, inputs, output = made(name, case)
    weights = with_weights(layer, case)
    got = run(inputs, output, case.arrays("float64"))
    assert got.dtype == np.float64
    assert_allclose(got, case.expected("float64", weights), rtol=1e-9, atol=1e-11)


@BATTERY
def test_output_shape_of_a_layer_that_was_never_called(name, case):
    state = np.random.get_state()[2]
    layer = getattr(layers, name)(*case.args, **case.options)
    shape = [(None, *s[1:]) for s in case.shapes]
    told = layer.compute_output_shape(shape if len(shape) > 1 else shape[0])
    assert not layer.weights and not layer.built and not layer.inbound_nodes
    assert np.random.get_state()[2] == state  # no seed was drawn
    assert tuple(told) == (None, *case.expected(weights=weights_of(name, case)).shape[1:])


def weights_of(name, case):
    layer, _, _ = made(name, case)
    return case.weights([w.shape for w in layer.weights])


@BATTERY
def test_config_round_trip(name, case):
    layer, inputs, output = made(name, case, name="its_name")
    values = with_weights(layer, case)
    config = layer.get_config()
    twin = type(layer).from_config(config)
    assert twin.get_config() == config and twin.name == "its_name"
    data = json.loads(json.dumps(layers.serialize(layer)))
    assert data["class_name"] == name
    again = layers.deserialize(data, {"its_name": case.args[0]} if name == "Lambda" else None)
    if name != "Lambda":
        assert json.dumps(again.get_config()) == json.dumps(config)
    result = again(inputs if len(inputs) > 1 else inputs[0])
    assert K.int_shape(result) == K.int_shape(output)
    again.set_weights(values)
    first, second = K.function(inputs, [output, result])(case.arrays())
    assert_array_equal(first, second)


@BATTERY
def test_weights_round_trip_and_names(name, case):
    layer, _, _ = made(name, case)
    values = with_weights(layer, case)
    for value, got, w in zip(values, layer.get_weights(), layer.weights, strict=True):
        assert_array_equal(got, value)
        assert w.name.startswith(f"{layer.name}/") and w.name.endswith(":0")
    trainable = len(layer.trainable_weights)
    layer.trainable = False
    assert not layer.trainable_weights and len(layer.non_trainable_weights) == len(values)
    layer.trainable = True
    assert len(layer.trainable_weights) == trainable
    assert layer.count_params() == sum(value.size for value in values)


@BATTERY
def test_each_weight_has_a_gradient(name, case):
    layer, inputs, output = made(name, case)
    found = K.gradients(K.sum(output), layer.trainable_weights)
    assert None not in found
    if found:
        values = K.function([*inputs], found)(case.arrays())
        for w, value in zip(layer.trainable_weights, values, strict=True):
            assert value.shape == w.shape and np.isfinite(value).all()


@BATTERY
def test_initial_weights(name, case):
    layer, _, _ = made(name, case)
    values = with_weights(layer, case)
    twin, _, _ = made(name, case, weights=values)
    for value, got in zip(values, twin.get_weights(), strict=True):
        assert_array_equal(got, value)


@BATTERY
def test_masks(name, case):
    """A layer passes a mask on, makes one of its own, or refuses it."""
    layer = getattr(layers, name)(*case.args, **case.options)
    inputs = [Input(batch_shape=(None, *shape[1:])) for shape in case.shapes]
    mask = K.cast(K.ones_like(inputs[0][..., 0]), "bool")
    inputs[0].keras_mask = mask
    inputs = inputs if len(inputs) > 1 else inputs[0]
    if name in ("Masking", "Embedding", "Lambda", "Dot", "GlobalAveragePooling1D"):
        return  # below
    if not layer.supports_masking:
        with pytest.raises(TypeError, match=f"Layer {layer.name} does not support masking, but "
                                            f"was passed an input with a mask"):
            layer(inputs)
    elif name == "Concatenate" and case.args:
        assert layer(inputs).keras_mask.ndim == mask.ndim
    else:
        assert layer(inputs).keras_mask is mask


@pytest.mark.parametrize("name", CASES)
def test_arguments_are_documented(name):
    cls = getattr(layers, name)
    text = inspect.getdoc(cls) or ""
    for other in re.findall(r"(?:as for|those of|arguments are those of) `(\w+)`", text):
        text += inspect.getdoc(getattr(layers, other))
        if other == "SeparableConv2D":
            text += inspect.getdoc(Conv2D)
    missing = [field for field in inspect.signature(cls).parameters
               if field not in ("self", "kwargs") and not re.search(rf"\b{field}\b", text)]
    assert not missing


# What several layers promise


@pytest.mark.parametrize("name", ["Dense", "Conv1D", "Conv2D", "LocallyConnected1D"])
def test_regularizers_and_constraints(name):
    case = CASES[name][0]
    layer, inputs, output = made(name, case, kernel_regularizer="l2", bias_regularizer="l1",
                                 activity_regularizer="l2", kernel_constraint="nonneg",
                                 bias_constraint="max_norm", use_bias=True)
    kernel, bias = with_weights(layer, case)
    losses = K.function(inputs, layer.losses)(case.arrays())
    y = case.expected(weights=[kernel, bias])
    wanted = [0.01 * np.sum(kernel**2), 0.01 * np.sum(np.abs(bias)), 0.01 * np.sum(y**2)]
    assert_allclose(losses, wanted, rtol=1e-4)
    assert len(layer.get_losses_for(None)) == 2
    assert len(layer.get_losses_for(inputs)) == 1
    assert [type(w.constraint).__name__ for w in layer.weights] == ["NonNeg", "MaxNorm"]


def test_a_shared_layer_adds_its_penalties_once_and_those_on_outputs_each_time():
    layer = Dense(3, kernel_regularizer="l2", activity_regularizer="l1")
    a, b = Input((4,)), Input((4,))
    net = Network([a, b], [layer(a), layer(b)])
    assert len(net.losses) == 3


def test_a_regularizer_of_zero_adds_nothing():
    layer = Dense(3, kernel_regularizer=regularizers.l2(0.0))
    layer(Input((4,)))
    layers.ActivityRegularization()(Input((4,)))
    assert [float(K.eval(x)) for x in layer.losses] == [0.0]


def test_layers_are_found_where_keras_2_has_them():
    for module, names in {
        "convolutional": "Conv2D DepthwiseConv2D MaxPooling2D AveragePooling1D Cropping1D "
                         "UpSampling3D ZeroPadding2D Convolution2D Deconvolution2D",
        "core": "Dense Lambda SpatialDropout1D Masking", "embeddings": "Embedding",
        "pooling": "MaxPool2D GlobalAveragePooling3D", "merge": "Concatenate concatenate _Merge",
        "noise": "AlphaDropout", "normalization": "BatchNormalization",
        "advanced_activations": "LeakyReLU PReLU", "local": "LocallyConnected2D",
        "wrappers": "Wrapper TimeDistributed Bidirectional",
    }.items():
        found = importlib.import_module(f"keras.layers.{module}")
        for name in names.split():
            assert getattr(layers, name, None) in (None, getattr(found, name))
    data = {"class_name": "Convolution2D", "config": {"filters": 3, "kernel_size": [2, 2]}}
    assert type(layers.deserialize(data)) is Conv2D


def test_data_format_none_follows_the_process():
    K.set_image_data_format("channels_first")
    assert K.int_shape(Conv2D(4, 3)(Input((3, 8, 8)))) == (None, 4, 6, 6)
    assert Flatten().data_format == "channels_first"
    assert K.int_shape(Conv1D(4, 3)(Input((8, 3)))) == (None, 6, 4)  # the manual's (steps, n)


def test_sequences_by_input_dim_and_input_length():
    assert Dense(3, input_dim=5).batch_input_shape == (None, 5)
    assert Conv1D(3, 2, input_dim=5).batch_input_shape == (None, None, 5)
    assert Conv1D(3, 2, input_dim=5, input_length=7).batch_input_shape == (None, 7, 5)
    assert Embedding(9, 3).batch_input_shape == (None, None)
    assert Embedding(9, 3, input_length=7).batch_input_shape == (None, 7)


def test_class_hierarchy_of_keras_2():
    for child, parent in (("Conv2DTranspose", "Conv2D"), ("Conv3DTranspose", "Conv3D"),
                          ("DepthwiseConv2D", "Conv2D"), ("SpatialDropout1D", "Dropout"),
                          ("SpatialDropout2D", "Dropout"), ("TimeDistributed", "Wrapper")):
        assert issubclass(getattr(layers, child), getattr(layers, parent))


def test_a_subclass_of_a_layer_with_its_own_constructor():
    class Halved(Dense):
        def __init__(self, units, scale=0.5, **kwargs):
            super().__init__(units, activation="relu", **kwargs)
            self.scale = scale

        def call(self, inputs):
            return super().call(inputs) * self.scale

        def get_config(self):
            config = super().get_config()
            del config["activation"]
            return {**config, "scale": self.scale}

    layer = Halved(3)
    x = Input((4,))
    y = layer(x)
    kernel, bias = layer.get_weights()
    array = np.ones((2, 4), "float32")
    assert_allclose(run([x], y, [array]), np.maximum(array @ kernel + bias, 0) / 2, rtol=1e-5)
    assert Halved.from_config(layer.get_config()).scale == 0.5


def test_a_users_merge_layer():
    class Weighted(_Merge):
        def _merge_function(self, inputs):
            return 0.25 * inputs[0] + 0.75 * inputs[1]

    x, y = Input((3,)), Input((3,))
    arrays = [np.ones((2, 3)), np.zeros((2, 3))]
    assert_allclose(run([x, y], Weighted()([x, y]), arrays), np.full((2, 3), 0.25))


# Noise


NOISY = [Dropout(0.5), GaussianNoise(0.5), GaussianDropout(0.5), AlphaDropout(0.5)]


@pytest.mark.parametrize("kind", [type(layer) for layer in NOISY])
def test_noise_acts_in_training_only(kind):
    x = Input((50,))
    ones = np.ones((200, 50), "float32")
    by_phase, always, never = kind(0.5)(x), kind(0.5)(x, training=True), kind(0.5)(x, training=0)
    assert_array_equal(run([x], by_phase, [ones], 0), ones)
    assert np.ptp(run([x], by_phase, [ones], 1)) > 0
    assert np.ptp(run([x], always, [ones], 0)) > 0
    assert_array_equal(run([x], never, [ones], 1), ones)


def test_noise_has_its_statistics():
    x = Input((50,))
    values = np.random.RandomState(0).normal(size=(2000, 50)).astype("float32")
    ones = np.ones_like(values)
    dropped = run([x], Dropout(0.25)(x), [ones], 1)
    assert_allclose(np.unique(dropped), [0, 4 / 3], rtol=1e-6)
    assert abs((dropped == 0).mean() - 0.25) < 0.01
    added = run([x], GaussianNoise(0.5)(x), [values], 1) - values
    assert abs(added.mean()) < 0.01 and abs(added.std() - 0.5) < 0.01
    times = run([x], GaussianDropout(0.2)(x), [ones], 1)
    assert abs(times.mean() - 1) < 0.01 and abs(times.std() - 0.5) < 0.01
    kept = run([x], AlphaDropout(0.3)(x), [values], 1)
    assert abs(kept.mean()) < 0.02 and abs(kept.std() - 1) < 0.02


def test_dropout_masks_share_what_noise_shape_says():
    x = Input((6, 5, 4))
    ones = np.ones((3, 6, 5, 4), "float32")
    y = run([x], Dropout(0.5, noise_shape=(None, 1, 5, None))(x), [ones], 1)
    assert (y == y[:, :1]).all() and np.ptp(y) > 0
    y = run([x], AlphaDropout(0.5, noise_shape=(None, 6, 1, 1))(x), [ones], 1)
    assert (y == y[:, :, :1, :1]).all() and np.ptp(y) > 0
    y = run([x], SpatialDropout2D(0.5)(x), [ones], 1)
    assert (y == y[:, :1, :1]).all() and np.ptp(y) > 0
    y = run([x], SpatialDropout2D(0.5, "channels_first")(x), [ones], 1)
    assert (y == y[:, :, :1, :1]).all() and np.ptp(y) > 0
    s, v = Input((6, 4)), Input((3, 4, 5, 6))
    y = run([s], SpatialDropout1D(0.5)(s), [ones[:, :, 0]], 1)
    assert (y == y[:, :1]).all() and np.ptp(y) > 0
    y = run([v], SpatialDropout3D(0.5)(v), [np.ones((2, 3, 4, 5, 6))], 1)
    assert (y == y[:, :1, :1, :1]).all() and np.ptp(y) > 0


def test_equal_seeds_drop_equal_elements():
    x = Input((50,))
    ones = np.ones((9, 50), "float32")
    first, second, third = (run([x], Dropout(0.5, seed=s)(x), [ones], 1) for s in (3, 3, 4))
    assert_array_equal(first, second)
    assert (first != third).any()


# Masks


def test_masking():
    x = Input((4, 2))
    y = Masking(mask_value=-1)(x)
    array = np.array([[[1, 2], [-1, -1], [-1, 0], [-1, -1]]], "float32")
    value, mask = K.function([x], [y, y.keras_mask])([array])
    assert_array_equal(mask, [[True, False, True, False]])
    assert_array_equal(value, array * mask[..., None])


def test_embedding_masks_zero():
    x = Input((4,))
    array = np.array([[3, 0, 1, 0]])
    y = Embedding(5, 2, mask_zero=True)(x)
    assert_array_equal(K.function([x], [y.keras_mask])([array])[0], array != 0)
    assert Embedding(5, 2)(x).keras_mask is None


def test_masks_reach_the_mean_over_time():
    x = Input((4,))
    layer = Embedding(5, 2, mask_zero=True)
    y = GlobalAveragePooling1D()(layer(x))
    (table,) = layer.get_weights()
    assert y.keras_mask is None
    got = run([x], y, [np.array([[3, 0, 1, 0]])])
    assert_allclose(got, [(table[3] + table[1]) / 2], rtol=1e-6)


def test_merged_masks():
    x, y, z = Input((3, 2)), Input((3, 2)), Input((3, 2))
    a, b = Masking()(x), Masking()(y)
    ones = np.ones((1, 3, 2), "float32")
    left, right = ones.copy(), ones.copy()
    left[0, 0], right[0, 1] = 0, 0
    run_masks = K.function(
        [x, y, z],
        [Add()([a, b]).keras_mask, Concatenate()([a, b, z]).keras_mask,
         Concatenate(axis=1)([a, z, b]).keras_mask],
    )
    both, side, behind = run_masks([left, right, ones])
    assert_array_equal(both, [[False, False, True]])
    assert_array_equal(side, [[False, False, True]])
    assert_array_equal(behind, [[False, True, True, True, True, True, True, False, True]])
    assert Dot(2)([a, b]).keras_mask is None


def test_a_lambda_drops_the_mask_or_makes_its_own():
    x = Masking()(Input((3, 2)))
    assert Lambda(lambda t: t)(x).keras_mask is None
    kept = Lambda(lambda t: t, mask=lambda inputs, mask: mask)
    assert kept(x).keras_mask is x.keras_mask
    assert kept.supports_masking
    seen = []
    Lambda(lambda t, mask=None: seen.append(mask) or t * 2)(x)
    assert seen == [x.keras_mask]


# BatchNormalization


def updated(layer, array):
    """The moving averages after one batch in training, and what came out."""
    x = Input(array.shape[1:])
    y = layer(x)
    f = K.function([x, K.learning_phase()], [y], layer.updates)
    (output,) = f([array, 1])
    return (*layer.get_weights()[-2:], output)


def test_moving_averages_of_the_worked_example():
    array = np.array([[1], [2], [3], [4]], "float32")
    mean, variance, output = updated(BatchNormalization(momentum=0), array)
    assert_allclose(mean, [2.5])
    assert_allclose(variance, [1.6672224], rtol=1e-5)
    assert_allclose(output, (array - 2.5) / np.sqrt(1.25 + 1e-3), rtol=1e-4)


@pytest.mark.parametrize("axis", [1, -1])
def test_batch_normalization_of_pictures(axis):
    array = np.random.RandomState(0).normal(3, 2, (6, 4, 5, 3)).astype("float32")
    rest = tuple(i for i in range(4) if i != axis % 4)
    mean, variance, output = updated(BatchNormalization(axis=axis, momentum=0.9), array)
    n = array.size / array.shape[axis]
    assert_allclose(mean, 0.1 * array.mean(rest), rtol=1e-4)
    assert_allclose(variance, 0.9 + 0.1 * array.var(rest) * n / (n - 1.001), rtol=1e-4)
    assert_allclose(output.mean(rest), 0, atol=1e-5)
    assert_allclose(output.std(rest), 1, rtol=1e-3)


def test_frozen_batch_normalization_keeps_its_averages():
    layer = BatchNormalization()
    x = Input((3,))
    y = layer(x)
    assert len(layer.updates) == len(layer.get_updates_for([x])) == 2
    layer.trainable = False
    assert not layer.updates
    array = np.random.RandomState(0).normal(5, 3, (64, 3)).astype("float32")
    assert abs(run([x], y, [array], 1).mean()) < 1e-3  # still by the batch's own statistics
    assert abs(run([x], layer(x, training=False), [array], 1).mean()) > 1
    assert len(layer.get_updates_for(None)) == 0


# Lambda and its configs


def squared(x):
    return x**2


def test_lambda_arguments_and_shapes():
    x, y = Input((3, 4)), Input((3, 4))
    both = Lambda(lambda pair, times: pair[0] + pair[1] * times, arguments={"times": 2})([x, y])
    ones = np.ones((1, 3, 4))
    assert_allclose(run([x, y], both, [ones, ones]), 3 * ones)
    z = K.placeholder((None, None))
    filled = Lambda(lambda t: t * 1.0, output_shape=(5,))
    assert K.int_shape(filled(z)) == (None, 5)
    told = Lambda(lambda t: t * 1.0, output_shape=lambda shape: (shape[0], 7))
    assert K.int_shape(told(z)) == (None, 7)
    with pytest.warns(UserWarning, match="compute_output_shape says"):
        assert K.int_shape(Lambda(lambda t: t * 1.0, output_shape=(9,))(x)) == (None, 3, 4)
    with pytest.raises(ValueError, match="its function must return a tensor or a list of them"):
        Lambda(lambda t: 3)(x)


def test_lambda_returns_several_tensors():
    x = Input((4,))
    a, b = Lambda(lambda t: [t, t[:, :2]])(x)
    assert K.int_shape(a) == (None, 4) and K.int_shape(b) == (None, 2)


def test_a_named_function_is_found_in_custom_objects():
    layer = Lambda(squared, name="square")
    config = json.loads(json.dumps(layer.get_config()))
    assert (config["function"], config["function_type"]) == ("squared", "function")
    assert Lambda.from_config(config, {"squared": squared}).function is squared
    with pytest.raises(ValueError, match=re.escape(
            "Lambda layer 'square': its function is called 'squared'; say what that is: "
            "custom_objects={'squared': function}.")):
        Lambda.from_config(config)


def test_byte_code_is_never_run():
    layer = Lambda(lambda x: x**2, name="square", output_shape=lambda shape: shape)
    config = json.loads(json.dumps(layer.get_config()))
    assert config["function_type"] == config["output_shape_type"] == "lambda"
    assert len(config["function"]) == 3
    for entrance in (
        lambda: Lambda.from_config(config),
        lambda: layers.deserialize({"class_name": "Lambda", "config": config}),
        lambda: layers.deserialize({"class_name": "TimeDistributed", "config": {
            "layer": {"class_name": "Lambda", "config": config}}}),
    ):
        with pytest.raises(ValueError, match="Lambda layer 'square': its function was saved as "
                                             "Python byte code, which is not run.*Two ways on"):
            entrance()
    again = layers.deserialize({"class_name": "Lambda", "config": config}, {"square": squared})
    assert again.function is squared


def test_live_functions_are_copied_within_the_process():
    layer = Lambda(lambda x: x**2, mask=lambda x, m: m, arguments={"a": np.ones(2)})
    twin = Lambda.from_config(layer.get_config())
    assert twin.function is layer.function and twin.mask is layer.mask
    wrapped = TimeDistributed(Lambda(squared))
    assert TimeDistributed.from_config(wrapped.get_config()).layer.function is squared
