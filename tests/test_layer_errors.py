"""What layers say to what they cannot take: the whole texts."""

import pytest
from engines import each_engine  # noqa: F401 (every test runs on every engine)

from keras import layers
from keras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Conv1D,
    Conv2D,
    Dense,
    Dot,
    Dropout,
    Embedding,
    Flatten,
    Input,
    Reshape,
    TimeDistributed,
)

NEEDS_SHAPE = "Give it in the Input, or as input_shape of the first layer."
GOLDEN = {
    "an unknown argument": (
        lambda: Activation("relu", activaton=1), TypeError,
        "Activation: unknown keyword argument 'activaton'; it takes activation, name, trainable, "
        "dtype, input_shape, batch_input_shape, batch_size, input_dtype, input_dim, input_length, "
        "weights. Did you mean 'activation'?"),
    "a missing argument": (
        lambda: layers.RepeatVector(), TypeError,
        "RepeatVector needs the argument n; it takes (n)."),
    "units that are no number": (
        lambda: Dense("many"), TypeError, "Dense: units is an int; given 'many'."),
    "no units": (lambda: Dense(0), ValueError, "Dense: units is an int >= 1; given 0."),
    "a kernel of the wrong rank": (
        lambda: Conv2D(3, (2, 2, 2)), ValueError,
        "Conv2D: kernel_size is an int >= 1 or a tuple of 2 of them; given (2, 2, 2)."),
    "an unknown padding": (
        lambda: Conv2D(3, 2, padding="full"), ValueError,
        "Conv2D: padding is one of 'valid', 'same'; given 'full'."),
    "strides and dilation": (
        lambda: Conv2D(3, 2, strides=2, dilation_rate=2), ValueError,
        "conv2d_1: strides (2, 2) and dilation_rate (2, 2) cannot both be larger than 1."),
    "causal padding with channels first": (
        lambda: Conv1D(3, 2, padding="causal", data_format="channels_first"), ValueError,
        'conv1d_1: when using causal padding in `Conv1D`, `data_format` must be "channels_last" '
        '(temporal data).'),
    "an output padding as large as the stride": (
        lambda: layers.Conv2DTranspose(3, 2, output_padding=1), ValueError,
        "conv2d_transpose_1: strides (1, 1) must be greater than output_padding (1, 1)."),
    "a negative padding": (
        lambda: layers.ZeroPadding1D((1, -1)), ValueError,
        "ZeroPadding1D: padding is an int or a pair (before, after), all >= 0; given (1, -1)."),
    "a padded local layer": (
        lambda: layers.LocallyConnected1D(3, 2, padding="same"), ValueError,
        "LocallyConnected1D: padding: invalid border mode for locally connected layers (only "
        "\"valid\" is supported): 'same'. Put a ZeroPadding layer before."),
    "a negative slope": (
        lambda: layers.ReLU(negative_slope=-1), ValueError,
        "negative_slope of ReLU layer cannot be negative value: -1.0"),
    "an unknown last axis": (
        lambda: Dense(3)(Input((None,))), ValueError,
        "dense_1 (Dense), given (None, None): the input's last axis must have a known size; given "
        "shape (None, None). " + NEEDS_SHAPE),
    "too few axes": (
        lambda: Conv2D(3, 2)(Input((8, 8))), ValueError,
        "conv2d_1 (Conv2D), given (None, 8, 8): Input 0 is incompatible with layer conv2d_1: "
        "expected ndim=4, found ndim=3. Full shape received: (None, 8, 8)."),
    "another size than before": (
        lambda: [layer := Dense(3), layer(Input((4,))), layer(Input((5,)))], ValueError,
        "dense_1 (Dense), given (None, 5): Input 0 is incompatible with layer dense_1: expected "
        "axis -1 of input shape to have value 4. Full shape received: (None, 5)."),
    "a window that does not fit": (
        lambda: layers.MaxPooling2D(3)(Input((2, 5, 1))), ValueError,
        "max_pooling2d_1 (MaxPooling2D), given (None, 2, 5, 1): pool: a window of 3 does not fit "
        "into an axis of 2"),
    "a list of numbers": (
        lambda: Dense(3)([1.0, 2.0]), ValueError,
        "Layer dense_1 was called with an input that is not a symbolic tensor: float. Give it "
        "the output of keras.layers.Input or of another layer."),
    "an impossible shape": (
        lambda: Reshape((5,))(Input((6,))), ValueError,
        "reshape_1 (Reshape), given (None, 6): total size of new array must be unchanged: a sample "
        "of shape (6,) has 6 elements, target_shape is (5,)."),
    "two unknown sizes": (
        lambda: Reshape((-1, -1)), ValueError,
        "reshape_1: target_shape is a tuple of sizes with at most one -1; given (-1, -1)."),
    "axes counted from 0": (
        lambda: layers.Permute((0, 1)), ValueError,
        "permute_1: dims names each axis of a sample once, counted from 1; given (0, 1)."),
    "an unknown size before Flatten": (
        lambda: Flatten()(Input((None, 3))), ValueError,
        'flatten_1 (Flatten), given (None, None, 3): The shape of the input to "Flatten" is not '
        'fully defined (got (None, 3)). Make sure to pass a complete "input_shape" or '
        '"batch_input_shape" argument to the first layer in your model.'),
    "another length than input_length": (
        lambda: Embedding(9, 3, input_length=5)(Input((6,))), ValueError,
        'embedding_1 (Embedding), given (None, 6): "input_length" is 5. Input 0 is incompatible '
        'with layer embedding_1: expected shape=(None, 5), found shape=(None, 6). Full shape '
        'received: (None, 6).'),
    "one input to merge": (
        lambda: Add()(Input((3,))), ValueError,
        "A merge layer should be called on a list of inputs."),
    "a list of one": (
        lambda: Add()([Input((3,))]), ValueError,
        "A merge layer should be called on a list of at least 2 inputs. Got 1 inputs."),
    "sizes that do not merge": (
        lambda: Add()([Input((3,)), Input((4,))]), ValueError,
        "add_1 (Add), given (None, 3), (None, 4): Operands could not be broadcast together with "
        "shapes (3,) (4,)"),
    "three inputs to subtract": (
        lambda: layers.subtract([Input((3,))] * 3), ValueError,
        "A `Subtract` layer should be called on exactly 2 inputs; given 3."),
    "shapes that do not stand in a row": (
        lambda: Concatenate()([Input((3, 2)), Input((4, 2))]), ValueError,
        "concatenate_1 (Concatenate), given (None, 3, 2), (None, 4, 2): A `Concatenate` layer "
        "requires inputs with matching shapes except for the concat axis (-1). Got inputs shapes: "
        "(None, 3, 2), (None, 4, 2)"),
    "a sum over unequal axes": (
        lambda: Dot(1)([Input((3,)), Input((4,))]), ValueError,
        "dot_1 (Dot), given (None, 3), (None, 4): Dimension incompatibility 3 != 4. Layer shapes: "
        "(None, 3), (None, 4)"),
    "no axis of channels": (
        lambda: BatchNormalization(axis=2)(Input((3,))), ValueError,
        "batch_normalization_1 (BatchNormalization), given (None, 3): axis 2 is not an axis of "
        "channels of an input of shape (None, 3)."),
    "a noise_shape of another rank": (
        lambda: Dropout(0.5, noise_shape=(3,))(Input((4,))), ValueError,
        "dropout_1 (Dropout), given (None, 4): noise_shape (3,) has 1 axes, the input of shape "
        "(None, 4) has 2. Give a size or None for each, samples included."),
    "steps without time": (
        lambda: TimeDistributed(Dense(3))(Input((4,))), ValueError,
        "time_distributed_1 (TimeDistributed), given (None, 4): Input 0 is incompatible with layer "
        "time_distributed_1: expected min_ndim=3, found ndim=2. Full shape received: (None, 4)."),
    "a tensor to wrap": (
        lambda: TimeDistributed(Dense(3)(Input((4,)))), TypeError,
        "TimeDistributed: layer is a Keras layer; given <Tensor"),
    "an unknown layer": (
        lambda: layers.deserialize({"class_name": "Dens", "config": {}}), ValueError,
        "Unknown layer: 'Dens'. Nearest known: Dense"),
}


@pytest.mark.parametrize("what", GOLDEN)
def test_error_text(what):
    call, kind, text = GOLDEN[what]
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value).startswith(text)
