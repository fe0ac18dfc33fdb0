"""ResNet50: blocks of three convolutions whose input is added to their output.

Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", arXiv 1512.03385,
table 1; the stride of a block is in its first convolution. Manual 13.3.4.
"""
from ..layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    MaxPooling2D,
    ZeroPadding2D,
    add,
)
from .architecture import Architecture, WeightFile, channel_axis
from .imagenet_utils import decode_predictions, preprocess_input

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]

BLOCKS = {2: 3, 3: 4, 4: 6, 5: 3}  # stage -> number of its blocks
URL = ("https://github.com/fchollet/deep-learning-models/releases/download/v0.2/"
       "resnet50_weights_tf_dim_ordering_tf_kernels")
RESNET50 = Architecture("resnet50", 224, 197, {
    True: WeightFile(f"{URL}.h5", "a7b3fe01876f51b976af0dea6bc144eb"),
    False: WeightFile(f"{URL}_notop.h5", "a268eb855778b3df3c7506639542a6af"),
})  # 197 is the manual's


def ResNet50(include_top=True, weights="imagenet", input_tensor=None, input_shape=None,
             pooling=None, classes=1000):
    """The network with 50 layers that have weights: 25,636,712 parameters.

    Arguments
        include_top: whether pooling and the fully connected layer are part of the model.
        weights: 'imagenet', path of a file of weights, or None for random ones.
        input_tensor: tensor that the model begins with, from `Input` or other layers.
        input_shape: tuple, (224, 224, 3) by default, or (3, 224, 224) where channels come first;
            at least 197 high and wide. With weights of ImageNet and the top it must be that.
        pooling: without the top: None for four-dimensional output, 'avg' or 'max' for the mean
            or the maximum over the image.
        classes: int, with the top and weights that are not those of ImageNet.

    Returns
        Model.  Source: arXiv 1512.03385; weights of Kaiming He, MIT license.
    """
    return RESNET50.model(_body, _top, include_top, weights, input_tensor, input_shape, pooling,
                          classes)


def _body(x):
    x = ZeroPadding2D(3, name="conv1_pad")(x)
    x = Conv2D(64, 7, strides=2, kernel_initializer="he_normal", name="conv1")(x)
    x = BatchNormalization(channel_axis(), name="bn_conv1")(x)
    x = Activation("relu")(x)
    x = ZeroPadding2D(1, name="pool1_pad")(x)
    x = MaxPooling2D(3, strides=2)(x)
    for stage, count in BLOCKS.items():
        width = 16 * 2 ** stage
        for i, letter in enumerate("abcdef"[:count]):
            strides = 2 if stage > 2 and i == 0 else 1
            x = _block(x, width, f"{stage}{letter}_branch", strides, projected=i == 0)
    return x


def _block(x, width, name, strides, projected):
    """1x1, 3x3 and 1x1 convolutions, plus the input: as it is, or projected to their shape."""
    y = Activation("relu")(_convolution(x, width, 1, f"{name}2a", strides))
    y = Activation("relu")(_convolution(y, width, 3, f"{name}2b"))
    y = _convolution(y, 4 * width, 1, f"{name}2c")
    if projected:
        x = _convolution(x, 4 * width, 1, f"{name}1", strides)
    return Activation("relu")(add([y, x]))


def _convolution(x, filters, size, name, strides=1):
    x = Conv2D(filters, size, strides=strides, padding="same", kernel_initializer="he_normal",
               name=f"res{name}")(x)
    return BatchNormalization(channel_axis(), name=f"bn{name}")(x)


def _top(x, classes):
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    return Dense(classes, activation="softmax", name="fc1000")(x)
