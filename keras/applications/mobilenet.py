"""MobileNet: each 3 x 3 convolution is done channel by channel, a 1 x 1 convolution follows.

Source: Howard and others, "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
Applications", arXiv 1704.04861, table 1; manual 13.3.7. The manual builds it for channels_last
alone; here channels may come first too.
"""
import warnings

from .. import backend as K
from ..layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    ReLU,
    Reshape,
    ZeroPadding2D,
)
from . import imagenet_utils
from .architecture import Architecture, WeightFile, channel_axis
from .imagenet_utils import decode_predictions

__all__ = ["DepthwiseConv2D", "MobileNet", "decode_predictions", "preprocess_input", "relu6"]

URL = "https://github.com/fchollet/deep-learning-models/releases/download/v0.6/"
ALPHAS = {1.0: "1_0", 0.75: "7_5", 0.50: "5_0", 0.25: "2_5"}  # as files spell them
SIZES = (128, 160, 192, 224)
# Filters at alpha 1 and strides of the thirteen blocks.
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
          (512, 1), (512, 1), (1024, 2), (1024, 1)]


def MobileNet(input_shape=None, alpha=1.0, depth_multiplier=1, dropout=1e-3, include_top=True,
              weights="imagenet", input_tensor=None, pooling=None, classes=1000):
    """MobileNet: 4,253,864 parameters with alpha 1.

    Arguments
        input_shape: tuple, (224, 224, 3) by default, at least 32 high and wide. Weights of
            ImageNet are there for 128, 160, 192 and 224.
        alpha: float, width: the number of filters of each layer is multiplied with it. Weights
            of ImageNet are there for 0.25, 0.50, 0.75 and 1.0.
        depth_multiplier: int, filters for each channel in the channel by channel convolutions; 1
            for weights of ImageNet.
        dropout: fraction of the features dropped before the classifier, 0 <= dropout < 1.
        include_top: whether the classifier is part of the model.
        weights: 'imagenet', path of a file of weights, or None for random ones.
        input_tensor: tensor that the model begins with, from `Input` or other layers.
        pooling: without the top: None for four-dimensional output, 'avg' or 'max' for the mean
            or the maximum over the image.
        classes: int, with the top and weights that are not those of ImageNet.

    Returns
        Model.  Source: arXiv 1704.04861; weights under the Apache License.
    """
    size = image_size(input_shape)
    if weights == "imagenet":
        check_pretrained("MobileNet", alpha, ALPHAS, depth_multiplier, input_shape, SIZES)
    stem = f"{URL}mobilenet_{ALPHAS.get(alpha)}_{size}_tf"
    files = {True: WeightFile(f"{stem}.h5"), False: WeightFile(f"{stem}_no_top.h5")}
    architecture = Architecture(f"mobilenet_{alpha:.2f}_{size}",
                                size if size in SIZES else 224, 32, files)

    def body(x):
        x = ZeroPadding2D(((0, 1), (0, 1)), name="conv1_pad")(x)
        x = Conv2D(int(32 * alpha), 3, strides=2, use_bias=False, name="conv1")(x)
        x = _normalized(x, "conv1")
        for i, (filters, strides) in enumerate(BLOCKS, 1):
            x = _block(x, int(filters * alpha), strides, depth_multiplier, i)
        return x

    def top(x, classes):
        # One pixel has no order of channels to keep: this end is channels_last in both formats,
        # so that softmax, over the last axis, goes over the classes.
        x = GlobalAveragePooling2D()(x)
        x = Reshape((1, 1, x.shape[-1]))(x)
        x = Dropout(dropout, name="dropout")(x)
        x = Conv2D(classes, 1, padding="same", data_format="channels_last", name="conv_preds")(x)
        x = Activation("softmax", name="act_softmax")(x)
        return Reshape((classes,))(x)

    return architecture.model(body, top, include_top, weights, input_tensor, input_shape, pooling,
                              classes)


def preprocess_input(x, data_format=None):
    """Images as MobileNet takes them: values -1 ... 1.

    Arguments
        x: array or tensor of RGB values 0 ... 255.
        data_format: as of `imagenet_utils.preprocess_input`.
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def relu6(x):
    """min(max(x, 0), 6); models saved by Keras 2.1 ask for it by this name.

    Arguments
        x: tensor.
    """
    return K.relu(x, max_value=6)


# What MobileNetV2 uses too


def image_size(input_shape):
    """Height of the images that a shape tells, for names; 224 if it tells none.

    Arguments
        input_shape: tuple without the axis of samples, or None.
    """
    if input_shape is None or len(input_shape) != 3:
        return 224
    return input_shape[0 if channel_axis() == 3 else 1] or 224


def check_pretrained(what, alpha, alphas, depth_multiplier, input_shape, sizes):
    """Refuse a width, depth or size for which there are no weights of ImageNet.

    Arguments
        what: name of the network.
        alpha: the width asked for.
        alphas: those that were trained.
        depth_multiplier: filters for each channel asked for; 1 was trained.
        input_shape: the shape asked for, or None.
        sizes: those that were trained.
    """
    if alpha not in alphas:
        raise ValueError(f"If imagenet weights are being loaded, alpha can be one of "
                         f"{', '.join(map(str, sorted(alphas)))} only; given {alpha}.")
    if depth_multiplier != 1:
        raise ValueError(f"If imagenet weights are being loaded, depth multiplier must be 1; "
                         f"given {depth_multiplier}.")
    if input_shape is None:
        return
    rows, columns = input_shape[:2] if channel_axis() == 3 else input_shape[1:]
    if rows is None and columns is None:
        warnings.warn(f"{what} shape is undefined. Weights for input shape (224, 224) will be "
                      f"loaded.", stacklevel=3)
    elif rows != columns or rows not in sizes:
        raise ValueError(f"If imagenet weights are being loaded, input must have a static square "
                         f"shape (one of {', '.join(f'({s}, {s})' for s in sizes)}). Input shape "
                         f"provided = {input_shape}")


# Blocks


def _normalized(x, name):
    x = BatchNormalization(channel_axis(), name=f"{name}_bn")(x)
    return ReLU(6., name=f"{name}_relu")(x)


def _block(x, filters, strides, depth_multiplier, i):
    """A 3 x 3 convolution channel by channel, then a 1 x 1 convolution over the channels."""
    if strides == 2:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{i}")(x)
    x = DepthwiseConv2D(3, strides=strides, padding="same" if strides == 1 else "valid",
                        depth_multiplier=depth_multiplier, use_bias=False,
                        name=f"conv_dw_{i}")(x)
    x = _normalized(x, f"conv_dw_{i}")
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=f"conv_pw_{i}")(x)
    return _normalized(x, f"conv_pw_{i}")
