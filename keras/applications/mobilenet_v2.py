"""MobileNetV2: blocks that widen, filter channel by channel, and narrow again.

Source: Sandler and others, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv
1801.04381, table 2; Keras 2.2.
"""
from ..layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    ReLU,
    ZeroPadding2D,
    add,
)
from . import imagenet_utils
from .architecture import Architecture, WeightFile, channel_axis
from .imagenet_utils import decode_predictions
from .mobilenet import check_pretrained, image_size

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]

URL = ("https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/"
       "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_")
ALPHAS = (0.35, 0.50, 0.75, 1.0, 1.3, 1.4)
SIZES = (96, 128, 160, 192, 224)
# Filters at alpha 1, number of blocks, strides of the first of them.
STAGES = [(16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)]
EXPANSION = 6  # of all blocks but the first


def MobileNetV2(input_shape=None, alpha=1.0, depth_multiplier=1, include_top=True,
                weights="imagenet", input_tensor=None, pooling=None, classes=1000):
    """MobileNetV2: 3,538,984 parameters with alpha 1.

    Arguments
        input_shape: tuple, (224, 224, 3) by default, at least 32 high and wide. Weights of
            ImageNet are there for 96, 128, 160, 192 and 224.
        alpha: float, width: the number of filters of each layer is multiplied with it and made a
            multiple of 8. Weights of ImageNet are there for 0.35, 0.50, 0.75, 1.0, 1.3 and 1.4.
        depth_multiplier: int, filters for each channel in the channel by channel convolutions; 1
            for weights of ImageNet.
        include_top: whether pooling and the fully connected layer are part of the model.
        weights: 'imagenet', path of a file of weights, or None for random ones.
        input_tensor: tensor that the model begins with, from `Input` or other layers.
        pooling: without the top: None for four-dimensional output, 'avg' or 'max' for the mean
            or the maximum over the image.
        classes: int, with the top and weights that are not those of ImageNet.

    Returns
        Model.  Source: arXiv 1801.04381; weights under the Apache License.
    """
    size = image_size(input_shape)
    if weights == "imagenet":
        check_pretrained("MobileNetV2", alpha, ALPHAS, depth_multiplier, input_shape, SIZES)
    stem = f"{URL}{float(alpha)}_{size}"
    files = {True: WeightFile(f"{stem}.h5"), False: WeightFile(f"{stem}_no_top.h5")}
    architecture = Architecture(f"mobilenetv2_{alpha:.2f}_{size}",
                                size if size in SIZES else 224, 32, files)

    def body(x):
        x = _padded(x, "Conv1_pad")
        x = Conv2D(_by_eight(32 * alpha), 3, strides=2, use_bias=False, name="Conv1")(x)
        x = _normalized(x, "bn_Conv1", "Conv1_relu")
        number = 0
        for filters, count, first_strides in STAGES:
            for i in range(count):
                strides = first_strides if i == 0 else 1
                x = _block(x, _by_eight(int(filters * alpha)), strides, depth_multiplier, number)
                number += 1
        last = _by_eight(1280 * alpha) if alpha > 1.0 else 1280
        x = Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
        return _normalized(x, "Conv_1_bn", "out_relu")

    return architecture.model(body, _top, include_top, weights, input_tensor, input_shape,
                              pooling, classes)


def preprocess_input(x, data_format=None):
    """Images as MobileNetV2 takes them: values -1 ... 1.

    Arguments
        x: array or tensor of RGB values 0 ... 255.
        data_format: as of `imagenet_utils.preprocess_input`.
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def _by_eight(number):
    """The multiple of 8 nearest to `number`, at least 8 and not more than a tenth below it."""
    nearest = max(8, int(number + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * number else nearest + 8


def _padded(x, name):
    """Zeros around the images so that a 3 x 3 window of strides 2 fits: more after than before
    where the size is even."""
    rows, columns = x.shape[1:3] if channel_axis() == 3 else x.shape[2:4]
    padding = tuple((0 if size is not None and size % 2 == 0 else 1 if size else 0, 1)
                    for size in (rows, columns))
    return ZeroPadding2D(padding, name=name)(x)


def _normalized(x, name, relu_name=None):
    x = BatchNormalization(channel_axis(), epsilon=1e-3, momentum=0.999, name=name)(x)
    return x if relu_name is None else ReLU(6., name=relu_name)(x)


def _block(x, filters, strides, depth_multiplier, number):
    """Figure 3 of the paper; the input is added where its shape allows."""
    name = f"block_{number}" if number else "expanded_conv"
    channels = x.shape[channel_axis()]
    y = x
    if number:  # the first block does not widen
        y = Conv2D(EXPANSION * channels, 1, padding="same", use_bias=False,
                   name=f"{name}_expand")(y)
        y = _normalized(y, f"{name}_expand_BN", f"{name}_expand_relu")
    if strides == 2:
        y = _padded(y, f"{name}_pad")
    y = DepthwiseConv2D(3, strides=strides, padding="same" if strides == 1 else "valid",
                        depth_multiplier=depth_multiplier, use_bias=False,
                        name=f"{name}_depthwise")(y)
    y = _normalized(y, f"{name}_depthwise_BN", f"{name}_depthwise_relu")
    y = Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}_project")(y)
    y = _normalized(y, f"{name}_project_BN")
    return add([x, y], name=f"{name}_add") if channels == filters and strides == 1 else y


def _top(x, classes):
    x = GlobalAveragePooling2D()(x)
    return Dense(classes, activation="softmax", name="Logits")(x)
