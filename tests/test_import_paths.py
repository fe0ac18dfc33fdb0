"""The import paths of Keras 2: each leads to the one object."""

import importlib

import pytest

import keras
from keras import layers

SAME = [
    ("keras.engine.Layer", "keras.layers.Layer"),
    ("keras.engine.Input", "keras.layers.Input"),
    ("keras.engine.InputSpec", "keras.layers.InputSpec"),
    ("keras.engine.Model", "keras.models.Model"),
    ("keras.engine.topology.Layer", "keras.layers.Layer"),
    ("keras.engine.topology.Input", "keras.layers.Input"),
    ("keras.engine.topology.InputLayer", "keras.layers.InputLayer"),
    ("keras.engine.topology.Container", "keras.engine.network.Network"),
    ("keras.engine.topology.get_source_inputs", "keras.utils.get_source_inputs"),
    ("keras.engine.get_source_inputs", "keras.utils.layer_utils.get_source_inputs"),
    ("keras.engine.topology.preprocess_weights_for_loading",
     "keras.engine.saving.preprocess_weights_for_loading"),
    ("keras.engine.base_layer.Layer", "keras.layers.Layer"),
    ("keras.engine.base_layer.Node", "keras.engine.topology.Node"),
    ("keras.engine.input_layer.Input", "keras.layers.Input"),
    ("keras.engine.sequential.Sequential", "keras.models.Sequential"),
    ("keras.engine.training.Model", "keras.models.Model"),
    ("keras.engine.training._make_batches", "keras.engine.training_utils.make_batches"),
    ("keras.engine.training_arrays.make_batches", "keras.engine.training_utils.make_batches"),
    ("keras.engine.training_generator.Sequence", "keras.utils.Sequence"),
    ("keras.layers.convolutional.AtrousConvolution2D", "keras.layers.Conv2D"),
    ("keras.layers.core.Lambda", "keras.layers.Lambda"),
    ("keras.layers.core.Merge", "keras.legacy.layers.Merge"),
    ("keras.layers.cudnn_recurrent.CuDNNLSTM", "keras.layers.CuDNNLSTM"),
    ("keras.layers.convolutional_recurrent.ConvLSTM2D", "keras.layers.ConvLSTM2D"),
    ("keras.legacy.layers.MaxoutDense", "keras.layers.MaxoutDense"),
    ("keras.legacy.layers.AtrousConvolution1D", "keras.layers.Conv1D"),
    ("keras.objectives.mean_squared_error", "keras.losses.mean_squared_error"),
    ("keras.preprocessing.sequence.Sequence", "keras.utils.Sequence"),
    ("keras.utils.data_utils.get_file", "keras.utils.get_file"),
    ("keras.utils.data_utils.Sequence", "keras.utils.Sequence"),
    ("keras.utils.generic_utils.Progbar", "keras.utils.Progbar"),
    ("keras.utils.np_utils.to_categorical", "keras.utils.to_categorical"),
    ("keras.utils.training_utils.multi_gpu_model", "keras.utils.multi_gpu_model"),
    ("keras.utils.multi_gpu_utils.multi_gpu_model", "keras.utils.multi_gpu_model"),
    ("keras.utils.layer_utils.convert_all_kernels_in_model",
     "keras.utils.convert_all_kernels_in_model"),
    ("keras.utils.layer_utils.print_summary", "keras.utils.print_summary"),
    ("keras.utils.conv_utils.convert_kernel", "keras.saving.conversion.convert_kernel"),
]


def found(path):
    """What stands at a path: its module is imported, the rest are attributes."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path, home", SAME)
def test_paths_lead_to_one_object(path, home):
    assert found(path) is found(home)


@pytest.mark.parametrize("path, _", SAME)
def test_attributes_are_enough(path, _):
    """`import keras` alone makes the packages reachable, as Keras 2 did."""
    thing = keras
    for name in path.split(".")[1:]:
        thing = getattr(thing, name)


def test_modules_of_layers():
    for name in ("advanced_activations convolutional convolutional_recurrent core cudnn_recurrent "
                 "embeddings local merge noise normalization pooling recurrent wrappers").split():
        module = importlib.import_module(f"keras.layers.{name}")
        assert any(getattr(layers, n, None) is value for n, value in vars(module).items())
