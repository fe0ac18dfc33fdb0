"""Xception: depthwise separable convolutions with residual connections.

Source: Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", arXiv
1610.02357, figure 5; manual 13.3.1. The manual builds it for channels_last alone; here channels
may come first too.
"""
from ..layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SeparableConv2D,
    add,
)
from . import imagenet_utils
from .architecture import Architecture, WeightFile, channel_axis
from .imagenet_utils import decode_predictions

__all__ = ["Xception", "decode_predictions", "preprocess_input"]

URL = ("https://github.com/fchollet/deep-learning-models/releases/download/v0.4/"
       "xception_weights_tf_dim_ordering_tf_kernels")
XCEPTION = Architecture("xception", 299, 71, {
    True: WeightFile(f"{URL}.h5", "0a58e3b7378bc2990ea3b43d5981f1f6"),
    False: WeightFile(f"{URL}_notop.h5", "b0042744bf5b25fce3cb969f33bebb97"),
})


def Xception(include_top=True, weights="imagenet", input_tensor=None, input_shape=None,
             pooling=None, classes=1000):
    """Xception V1: 22,910,480 parameters.

    Arguments
        include_top: whether pooling and the fully connected layer are part of the model.
        weights: 'imagenet', path of a file of weights, or None for random ones.
        input_tensor: tensor that the model begins with, from `Input` or other layers.
        input_shape: tuple, (299, 299, 3) by default, at least 71 high and wide. With weights of
            ImageNet and the top it must be that.
        pooling: without the top: None for four-dimensional output, 'avg' or 'max' for the mean
            or the maximum over the image.
        classes: int, with the top and weights that are not those of ImageNet.

    Returns
        Model.  Source: arXiv 1610.02357; weights under the MIT license.
    """
    return XCEPTION.model(_body, _top, include_top, weights, input_tensor, input_shape, pooling,
                          classes)


def preprocess_input(x, data_format=None):
    """Images as Xception takes them: values -1 ... 1.

    Arguments
        x: array or tensor of RGB values 0 ... 255.
        data_format: as of `imagenet_utils.preprocess_input`.
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def _body(x):
    x = _entry_convolution(x, 32, "block1_conv1", strides=2)
    x = _entry_convolution(x, 64, "block1_conv2")
    x = _shrinking_block(x, [128, 128], "block2", relu_first=False)
    x = _shrinking_block(x, [256, 256], "block3")
    x = _shrinking_block(x, [728, 728], "block4")
    for i in range(5, 13):
        x = _middle_block(x, f"block{i}")
    x = _shrinking_block(x, [728, 1024], "block13")
    for i, filters in enumerate([1536, 2048], 1):
        x = _separable(x, filters, f"block14_sepconv{i}")
        x = Activation("relu", name=f"block14_sepconv{i}_act")(x)
    return x


def _entry_convolution(x, filters, name, strides=1):
    x = Conv2D(filters, 3, strides=strides, use_bias=False, name=name)(x)
    x = BatchNormalization(channel_axis(), name=f"{name}_bn")(x)
    return Activation("relu", name=f"{name}_act")(x)


def _shrinking_block(x, filters, name, relu_first=True):
    """Two separable convolutions and pooling, plus the input through a 1x1 convolution: half the
    height and width."""
    shortcut = Conv2D(filters[-1], 1, strides=2, padding="same", use_bias=False)(x)
    shortcut = BatchNormalization(channel_axis())(shortcut)
    for i, count in enumerate(filters, 1):
        if i > 1 or relu_first:
            x = Activation("relu", name=f"{name}_sepconv{i}_act")(x)
        x = _separable(x, count, f"{name}_sepconv{i}")
    x = MaxPooling2D(3, strides=2, padding="same", name=f"{name}_pool")(x)
    return add([x, shortcut])


def _middle_block(x, name):
    """Three separable convolutions, plus the input."""
    shortcut = x
    for i in range(1, 4):
        x = Activation("relu", name=f"{name}_sepconv{i}_act")(x)
        x = _separable(x, 728, f"{name}_sepconv{i}")
    return add([x, shortcut])


def _separable(x, filters, name):
    x = SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return BatchNormalization(channel_axis(), name=f"{name}_bn")(x)


def _top(x, classes):
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    return Dense(classes, activation="softmax", name="predictions")(x)
