"""InceptionV3: branches of convolutions of several sizes, side by side.

Source: Szegedy and others, "Rethinking the Inception Architecture for Computer Vision", arXiv
1512.00567, table 1 and figures 5 to 7, without the auxiliary classifier; manual 13.3.5.
"""
from ..layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    MaxPooling2D,
    concatenate,
)
from . import imagenet_utils
from .architecture import Architecture, WeightFile, channel_axis
from .imagenet_utils import decode_predictions

__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]

URL = ("https://github.com/fchollet/deep-learning-models/releases/download/v0.5/"
       "inception_v3_weights_tf_dim_ordering_tf_kernels")
INCEPTION_V3 = Architecture("inception_v3", 299, 139, {
    True: WeightFile(f"{URL}.h5", "9a0d58056eeedaa3f26cb7ebd46da564"),
    False: WeightFile(f"{URL}_notop.h5", "bcbd6486424b2319ff4ef7d526e38f63"),
})  # 139 is the manual's


def InceptionV3(include_top=True, weights="imagenet", input_tensor=None, input_shape=None,
                pooling=None, classes=1000):
    """Inception V3: 23,851,784 parameters.

    Arguments
        include_top: whether pooling and the fully connected layer are part of the model.
        weights: 'imagenet', path of a file of weights, or None for random ones.
        input_tensor: tensor that the model begins with, from `Input` or other layers.
        input_shape: tuple, (299, 299, 3) by default, or (3, 299, 299) where channels come first;
            at least 139 high and wide. With weights of ImageNet and the top it must be that.
        pooling: without the top: None for four-dimensional output, 'avg' or 'max' for the mean
            or the maximum over the image.
        classes: int, with the top and weights that are not those of ImageNet.

    Returns
        Model.  Source: arXiv 1512.00567; weights under the Apache License.
    """
    return INCEPTION_V3.model(_body, classifier, include_top, weights, input_tensor, input_shape,
                              pooling, classes)


def preprocess_input(x, data_format=None):
    """Images as InceptionV3 takes them: values -1 ... 1.

    Arguments
        x: array or tensor of RGB values 0 ... 255.
        data_format: as of `imagenet_utils.preprocess_input`.
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


# Parts, which InceptionResNetV2 uses too


def convolution(x, filters, size, strides=1, padding="same", name=None):
    """relu(batch normalization(convolution)), without bias and without factor gamma.

    Arguments
        x: tensor of images.
        filters: int, number of output channels.
        size: int or (height, width) of the kernel.
        strides: int.
        padding: 'same' or 'valid'.
        name: of the convolution; the others get it with '_bn' and '_ac'.
    """
    x = Conv2D(filters, size, strides=strides, padding=padding, use_bias=False, name=name)(x)
    x = BatchNormalization(channel_axis(), scale=False, name=name and f"{name}_bn")(x)
    return Activation("relu", name=name and f"{name}_ac")(x)


def chain(x, *steps):
    """Convolutions one after another.

    Arguments
        x: tensor of images.
        steps: tuples, the arguments of `convolution` after x.
    """
    for step in steps:
        x = convolution(x, *step)
    return x


def stem(x):
    """The first layers, from 299 x 299 x 3 to 35 x 35 x 192.

    Arguments
        x: tensor of images.
    """
    x = chain(x, (32, 3, 2, "valid"), (32, 3, 1, "valid"), (64, 3))
    x = MaxPooling2D(3, strides=2)(x)
    x = chain(x, (80, 1, 1, "valid"), (192, 3, 1, "valid"))
    return MaxPooling2D(3, strides=2)(x)


def pooled(x, filters):
    """The branch of a block that pools and then convolves.

    Arguments
        x: tensor of images.
        filters: int, number of output channels.
    """
    x = AveragePooling2D(3, strides=1, padding="same")(x)
    return convolution(x, filters, 1)


def classifier(x, classes):
    """Probabilities of the classes.

    Arguments
        x: tensor of features.
        classes: int.
    """
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    return Dense(classes, activation="softmax", name="predictions")(x)


# The blocks


def _body(x):
    x = stem(x)
    for i, filters in enumerate([32, 64, 64]):
        x = _block35(x, filters, f"mixed{i}")
    x = _to_17(x, "mixed3")
    for i, filters in enumerate([128, 160, 160, 192], 4):
        x = _block17(x, filters, f"mixed{i}")
    x = _to_8(x, "mixed8")
    for i in range(2):
        x = _block8(x, i)
    return x


def _joined(branches, name=None):
    return concatenate(branches, axis=channel_axis(), name=name)


def _block35(x, pool_filters, name):
    """Figure 5 of the paper, its first 3 x 3 pair a 5 x 5; 35 x 35 positions."""
    return _joined([
        convolution(x, 64, 1),
        chain(x, (48, 1), (64, 5)),
        chain(x, (64, 1), (96, 3), (96, 3)),
        pooled(x, pool_filters),
    ], name)


def _to_17(x, name):
    """From 35 x 35 to 17 x 17 positions."""
    return _joined([
        convolution(x, 384, 3, 2, "valid"),
        chain(x, (64, 1), (96, 3), (96, 3, 2, "valid")),
        MaxPooling2D(3, strides=2)(x),
    ], name)


def _block17(x, filters, name):
    """Figure 6 of the paper: 7 x 7 convolutions as 1 x 7 and 7 x 1; 17 x 17 positions."""
    across, down = (1, 7), (7, 1)
    return _joined([
        convolution(x, 192, 1),
        chain(x, (filters, 1), (filters, across), (192, down)),
        chain(x, (filters, 1), (filters, down), (filters, across), (filters, down),
              (192, across)),
        pooled(x, 192),
    ], name)


def _to_8(x, name):
    """From 17 x 17 to 8 x 8 positions."""
    return _joined([
        chain(x, (192, 1), (320, 3, 2, "valid")),
        chain(x, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2, "valid")),
        MaxPooling2D(3, strides=2)(x),
    ], name)


def _block8(x, i):
    """Figure 7 of the paper: 3 x 3 convolutions as 1 x 3 beside 3 x 1; 8 x 8 positions."""
    single = convolution(x, 320, 1)
    middle = convolution(x, 384, 1)
    middle = _joined([convolution(middle, 384, (1, 3)), convolution(middle, 384, (3, 1))],
                     f"mixed9_{i}")
    double = chain(x, (448, 1), (384, 3))
    double = _joined([convolution(double, 384, (1, 3)), convolution(double, 384, (3, 1))])
    return _joined([single, middle, double, pooled(x, 192)], f"mixed{9 + i}")
