"""InceptionResNetV2: the branches of Inception, scaled down and added to their input.

Source: Szegedy, Ioffe, Vanhoucke and Alemi, "Inception-v4, Inception-ResNet and the Impact of
Residual Connections on Learning", arXiv 1602.07261, figures 15 to 19, with the stem of
Inception V3; manual 13.3.6.
"""
from ..layers import Activation, Conv2D, Lambda, MaxPooling2D, concatenate
from . import imagenet_utils
from .architecture import Architecture, WeightFile, channel_axis
from .imagenet_utils import decode_predictions
from .inception_v3 import chain, classifier, convolution, pooled, stem

__all__ = ["InceptionResNetV2", "decode_predictions", "preprocess_input"]

URL = ("https://github.com/fchollet/deep-learning-models/releases/download/v0.7/"
       "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels")
INCEPTION_RESNET_V2 = Architecture("inception_resnet_v2", 299, 139, {
    True: WeightFile(f"{URL}.h5", "e693bd0210a403b3192acc6073ad2e96"),
    False: WeightFile(f"{URL}_notop.h5", "d19885ff4a710c122648d3b5c3b684e4"),
})  # 139 is the manual's


def InceptionResNetV2(include_top=True, weights="imagenet", input_tensor=None, input_shape=None,
                      pooling=None, classes=1000):
    """Inception-ResNet V2: 55,873,736 parameters.

    Arguments
        include_top: whether pooling and the fully connected layer are part of the model.
        weights: 'imagenet', path of a file of weights, or None for random ones.
        input_tensor: tensor that the model begins with, from `Input` or other layers.
        input_shape: tuple, (299, 299, 3) by default, or (3, 299, 299) where channels come first;
            at least 139 high and wide. With weights of ImageNet and the top it must be that.
        pooling: without the top: None for four-dimensional output, 'avg' or 'max' for the mean
            or the maximum over the image.
        classes: int, with the top and weights that are not those of ImageNet.

    To load a whole saved model: `load_model(path, custom_objects={'scaled_sum': scaled_sum})`.

    Returns
        Model.  Source: arXiv 1602.07261; weights under the Apache License.
    """
    return INCEPTION_RESNET_V2.model(_body, classifier, include_top, weights, input_tensor,
                                     input_shape, pooling, classes)


def preprocess_input(x, data_format=None):
    """Images as InceptionResNetV2 takes them: values -1 ... 1.

    Arguments
        x: array or tensor of RGB values 0 ... 255.
        data_format: as of `imagenet_utils.preprocess_input`.
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def scaled_sum(inputs, scale):
    """x + scale * y: what the Lambda layer at the end of each block computes.

    Arguments
        inputs: list of the tensors x and y, of one shape.
        scale: float.
    """
    x, y = inputs
    return x + y * scale


def _body(x):
    x = _mixed_5b(stem(x))
    for i in range(1, 11):
        x = _residual(x, _branches35, f"block35_{i}", scale=0.17)
    x = _to_17(x)
    for i in range(1, 21):
        x = _residual(x, _branches17, f"block17_{i}", scale=0.1)
    x = _to_8(x)
    for i in range(1, 10):
        x = _residual(x, _branches8, f"block8_{i}", scale=0.2)
    x = _residual(x, _branches8, "block8_10", scale=1., activation=None)
    return convolution(x, 1536, 1, name="conv_7b")


def _joined(branches, name):
    return concatenate(branches, axis=channel_axis(), name=name)


def _residual(x, branches, name, scale, activation="relu"):
    """The input plus `scale` times what the branches found in it."""
    found = _joined(branches(x), f"{name}_mixed")
    channels = x.shape[channel_axis()]
    found = Conv2D(channels, 1, padding="same", name=f"{name}_conv")(found)
    x = Lambda(scaled_sum, output_shape=x.shape[1:], arguments={"scale": scale},
               name=name)([x, found])
    return x if activation is None else Activation(activation, name=f"{name}_ac")(x)


def _branches35(x):
    return [convolution(x, 32, 1), chain(x, (32, 1), (32, 3)),
            chain(x, (32, 1), (48, 3), (64, 3))]


def _branches17(x):
    return [convolution(x, 192, 1), chain(x, (128, 1), (160, (1, 7)), (192, (7, 1)))]


def _branches8(x):
    return [convolution(x, 192, 1), chain(x, (192, 1), (224, (1, 3)), (256, (3, 1)))]


def _mixed_5b(x):
    """35 x 35 positions, 320 channels."""
    return _joined([
        convolution(x, 96, 1),
        chain(x, (48, 1), (64, 5)),
        chain(x, (64, 1), (96, 3), (96, 3)),
        pooled(x, 64),
    ], "mixed_5b")


def _to_17(x):
    """From 35 x 35 to 17 x 17 positions, 1088 channels."""
    return _joined([
        convolution(x, 384, 3, 2, "valid"),
        chain(x, (256, 1), (256, 3), (384, 3, 2, "valid")),
        MaxPooling2D(3, strides=2)(x),
    ], "mixed_6a")


def _to_8(x):
    """From 17 x 17 to 8 x 8 positions, 2080 channels."""
    return _joined([
        chain(x, (256, 1), (384, 3, 2, "valid")),
        chain(x, (256, 1), (288, 3, 2, "valid")),
        chain(x, (256, 1), (288, 3), (320, 3, 2, "valid")),
        MaxPooling2D(3, strides=2)(x),
    ], "mixed_7a")
