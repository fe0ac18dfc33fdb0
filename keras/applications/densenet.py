"""DenseNet: every layer of a block sees the outputs of all layers before it.

Source: Huang, Liu, van der Maaten and Weinberger, "Densely Connected Convolutional Networks",
arXiv 1608.06993, table 1, growth rate 32; manual 13.3.8.
"""
from ..layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    MaxPooling2D,
    ZeroPadding2D,
    concatenate,
)
from . import imagenet_utils
from .architecture import Architecture, WeightFile, channel_axis
from .imagenet_utils import decode_predictions

__all__ = ["DenseNet", "DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions",
           "preprocess_input"]

GROWTH = 32
URL = "https://github.com/keras-team/keras-applications/releases/download/densenet/"
HASHES = {  # with and without the top
    "densenet121": ("9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"),
    "densenet169": ("d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"),
    "densenet201": ("1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"),
}
DENSENET121 = (6, 12, 24, 16)
DENSENET169 = (6, 12, 32, 32)
DENSENET201 = (6, 12, 48, 32)
NAMES = {DENSENET121: "densenet121", DENSENET169: "densenet169", DENSENET201: "densenet201"}


def DenseNet(blocks, include_top=True, weights="imagenet", input_tensor=None, input_shape=None,
             pooling=None, classes=1000):
    """A network of this family.

    Arguments
        blocks: four ints, the number of layers in each dense block.
        include_top: whether pooling and the fully connected layer are part of the model.
        weights: 'imagenet', path of a file of weights, or None for random ones.
        input_tensor: tensor that the model begins with, from `Input` or other layers.
        input_shape: tuple, (224, 224, 3) by default, or (3, 224, 224) where channels come first;
            at least 32 high and wide. With weights of ImageNet and the top it must be that.
        pooling: without the top: None for four-dimensional output, 'avg' or 'max' for the mean
            or the maximum over the image.
        classes: int, with the top and weights that are not those of ImageNet.

    Returns
        Model.  Source: arXiv 1608.06993; weights under the BSD 3-clause License.
    """
    name = NAMES.get(tuple(blocks), "densenet")
    if weights == "imagenet" and name not in HASHES:
        raise ValueError(f"DenseNet: there are weights of ImageNet for blocks "
                         f"{', '.join(map(str, NAMES))}; given {tuple(blocks)}. Take "
                         f"weights=None.")
    stem = f"{URL}{name}_weights_tf_dim_ordering_tf_kernels"
    with_top, without_top = HASHES.get(name, (None, None))
    files = {True: WeightFile(f"{stem}.h5", with_top),
             False: WeightFile(f"{stem}_notop.h5", without_top)}
    pooling_names = {"avg": "avg_pool", "max": "max_pool"}
    architecture = Architecture(name, 224, 32, files, pooling_names=pooling_names)
    return architecture.model(lambda x: _body(x, blocks), _top, include_top, weights,
                              input_tensor, input_shape, pooling, classes)


def DenseNet121(include_top=True, weights="imagenet", input_tensor=None, input_shape=None,
                pooling=None, classes=1000):
    """DenseNet of 121 layers: 8,062,504 parameters.

    Arguments
        include_top, weights, input_tensor, input_shape, pooling, classes: as of `DenseNet`.
    """
    return DenseNet(DENSENET121, include_top, weights, input_tensor, input_shape, pooling,
                    classes)


def DenseNet169(include_top=True, weights="imagenet", input_tensor=None, input_shape=None,
                pooling=None, classes=1000):
    """DenseNet of 169 layers: 14,307,880 parameters.

    Arguments
        include_top, weights, input_tensor, input_shape, pooling, classes: as of `DenseNet`.
    """
    return DenseNet(DENSENET169, include_top, weights, input_tensor, input_shape, pooling,
                    classes)


def DenseNet201(include_top=True, weights="imagenet", input_tensor=None, input_shape=None,
                pooling=None, classes=1000):
    """DenseNet of 201 layers: 20,242,984 parameters.

    Arguments
        include_top, weights, input_tensor, input_shape, pooling, classes: as of `DenseNet`.
    """
    return DenseNet(DENSENET201, include_top, weights, input_tensor, input_shape, pooling,
                    classes)


def preprocess_input(x, data_format=None):
    """Images as DenseNet takes them: 0 ... 1, less the means, over the deviations of ImageNet.

    Arguments
        x: array or tensor of RGB values 0 ... 255.
        data_format: as of `imagenet_utils.preprocess_input`.
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="torch")


def _body(x, blocks):
    x = ZeroPadding2D(3)(x)
    x = Conv2D(64, 7, strides=2, use_bias=False, name="conv1/conv")(x)
    x = _activated(x, "conv1/bn", "conv1/relu")
    x = ZeroPadding2D(1)(x)
    x = MaxPooling2D(3, strides=2, name="pool1")(x)
    for stage, count in enumerate(blocks, 2):
        if stage > 2:
            x = _transition(x, f"pool{stage - 1}")
        for i in range(1, count + 1):
            x = _dense_layer(x, f"conv{stage}_block{i}")
    return _activated(x, "bn", "relu")


def _activated(x, normalization_name, relu_name):
    x = BatchNormalization(channel_axis(), epsilon=1.001e-5, name=normalization_name)(x)
    return Activation("relu", name=relu_name)(x)


def _dense_layer(x, name):
    """32 new channels beside those that are there."""
    y = _activated(x, f"{name}_0_bn", f"{name}_0_relu")
    y = Conv2D(4 * GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(y)
    y = _activated(y, f"{name}_1_bn", f"{name}_1_relu")
    y = Conv2D(GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(y)
    return concatenate([x, y], axis=channel_axis(), name=f"{name}_concat")


def _transition(x, name):
    """Half the channels, half the height and width."""
    x = _activated(x, f"{name}_bn", f"{name}_relu")
    x = Conv2D(x.shape[channel_axis()] // 2, 1, use_bias=False, name=f"{name}_conv")(x)
    return AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def _top(x, classes):
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    return Dense(classes, activation="softmax", name="fc1000")(x)
