"""TimeDistributed: the inner layer at each step, its weights, losses, updates, masks, config."""

import json

import numpy as np
import pytest
from engines import each_engine  # noqa: F401 (every test runs on every engine)
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras import layers
from keras.layers import (
    BatchNormalization,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Input,
    Masking,
    Reshape,
    TimeDistributed,
)
from keras.network import Network


def run(inputs, outputs, arrays, phase=0):
    """The value of the network from `inputs` to the output `outputs`."""
    net = Network(inputs, outputs)
    return K.function([*net.inputs, K.learning_phase()], net.outputs)([*arrays, phase])[0]


def rows_of(layer):
    """What the layer makes of each step, by itself."""

    def each(array):
        x = Input(array.shape[2:])
        y = layer(x)
        return np.stack([run([x], y, [array[:, t]]) for t in range(array.shape[1])], 1)

    return each


@pytest.mark.parametrize("sizes", [(None, 4), (None, None), (2, 4), (2, None)], ids=str)
@pytest.mark.parametrize("make, step", [
    (lambda: Dense(3), (5,)), (lambda: Conv2D(2, 2), (4, 5, 3)), (lambda: Flatten(), (2, 3)),
    (lambda: BatchNormalization(), (3,)), (lambda: Reshape((2, -1)), (6,)),
    (lambda: Dense(3, activation="softmax", use_bias=False), (2, 5)),
])
def test_time_distributed_is_the_layer_at_each_step(sizes, make, step):
    layer = make()
    wrapper = TimeDistributed(layer)
    x = Input(batch_shape=(*sizes, *step))
    y = wrapper(x)
    array = np.random.RandomState(0).normal(size=(2, 4, *step)).astype("float32")
    got = run([x], y, [array])
    assert_allclose(got, rows_of(layer)(array), rtol=1e-4, atol=1e-5)
    assert K.int_shape(y) == (*sizes, *got.shape[2:])
    assert wrapper.compute_output_shape((*sizes, *step)) == K.int_shape(y)
    assert [w.shape for w in wrapper.get_weights()] == [w.shape for w in layer.get_weights()]


def test_time_distributed_learns_from_any_number_of_steps():
    layer = Dense(1, use_bias=False)
    x = Input((None, 2))
    slope = K.gradients(K.sum(TimeDistributed(layer)(x)), layer.weights)
    f = K.function([x], slope)
    for steps in (3, 5, 3):
        array = np.ones((2, steps, 2), "float32")
        assert_allclose(f([array])[0], np.full((2, 1), 2.0 * steps))


def test_time_distributed_weights_losses_and_updates():
    layer = Dense(3, kernel_regularizer="l2", activity_regularizer="l1")
    wrapper = TimeDistributed(layer)
    x = Input((4, 5))
    wrapper(x)
    assert layer.kernel.name == "time_distributed_1/kernel:0"
    assert wrapper.weights == layer.weights and wrapper.trainable_weights == [*layer.weights]
    assert len(wrapper.losses) == 2
    assert len(wrapper.get_losses_for(None)) == len(wrapper.get_losses_for([x])) == 1
    norm = TimeDistributed(BatchNormalization())
    norm(x)
    assert len(norm.get_updates_for([x])) == 2 and len(norm.updates) == 2
    norm.trainable = False
    assert not norm.layer.trainable and not norm.trainable_weights
    assert len(norm.non_trainable_weights) == 4


def test_time_distributed_model():
    i = Input((5,))
    inner = Network(i, BatchNormalization()(Dense(3, activity_regularizer="l1")(i)))
    x = Input((4, 5))
    wrapper = TimeDistributed(inner)
    net = Network(x, wrapper(x))
    assert K.int_shape(net.outputs[0]) == (None, 4, 3)
    assert len(net.losses) == 1 and len(net.updates) == 2
    assert len(wrapper.get_weights()) == 6


def test_time_distributed_config():
    wrapper = TimeDistributed(Dense(3, trainable=False), input_shape=(4, 5), name="outer")
    config = wrapper.get_config()
    assert config["layer"]["class_name"] == "Dense" and config["trainable"] is False
    twin = layers.deserialize(json.loads(json.dumps(layers.serialize(wrapper))))
    assert twin.get_config() == {**config, "batch_input_shape": (None, 4, 5)}
    assert not twin.layer.trainable


def test_time_distributed_masks():
    x = Input((4, 3))
    y = TimeDistributed(Dense(2))(Masking()(x))
    assert y.keras_mask.shape == (None, 4)
    words = Input((4, 6))
    array = np.random.RandomState(0).randint(0, 3, (2, 4, 6))
    z = TimeDistributed(Embedding(3, 2, mask_zero=True))(words)
    assert_array_equal(K.function([words], [z.keras_mask])([array])[0], array != 0)
    mean = TimeDistributed(GlobalAveragePooling1D())(z)
    value, mask = K.function([words], [mean, mean.keras_mask])([array])
    assert value.shape == (2, 4, 2) and mask.shape == (2, 4)
    steps = Input((4, 3, 2))
    steps.keras_mask = K.placeholder((None, 4), dtype="bool")
    assert TimeDistributed(Conv1D(2, 1))(steps).keras_mask is steps.keras_mask


def test_time_distributed_passes_training_on():
    x = Input((4, 50))
    ones = np.ones((3, 4, 50), "float32")
    y = TimeDistributed(Dropout(0.5))(x, training=True)
    assert np.ptp(run([x], y, [ones])) > 0
    assert np.ptp(run([x], TimeDistributed(Dropout(0.5))(x), [ones])) == 0
