"""NASNet-A: cells that were found by searching, repeated.

Source: Zoph, Vasudevan, Shlens and Le, "Learning Transferable Architectures for Scalable Image
Recognition", arXiv 1707.07012, figure 4; manual 13.3.9. The manual builds it for channels_last
alone; here channels may come first too.
"""
from ..layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Cropping2D,
    Dense,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SeparableConv2D,
    ZeroPadding2D,
    add,
    concatenate,
)
from . import imagenet_utils
from .architecture import Architecture, WeightFile, channel_axis
from .imagenet_utils import decode_predictions

__all__ = ["NASNet", "NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]

URL = "https://github.com/titu1994/Keras-NASNet/releases/download/v1.2/NASNet-"
LARGE = {True: WeightFile(f"{URL}large.h5", "11577c9a518f0070763c2b964a382f17", "nasnet_large.h5"),
         False: WeightFile(f"{URL}large-no-top.h5", "d81d89dc07e6e56530c4e77faddd61b5",
                           "nasnet_large_no_top.h5")}
MOBILE = {True: WeightFile(f"{URL}mobile.h5", "020fb642bf7360b370c678b08e0adf61",
                           "nasnet_mobile.h5"),
          False: WeightFile(f"{URL}mobile-no-top.h5", "1ed92395b5b598bdda52abe5c0dbfd63",
                            "nasnet_mobile_no_top.h5")}
PRETRAINED = {331: LARGE, 224: MOBILE}  # by their size


def NASNet(input_shape=None, penultimate_filters=4032, num_blocks=6, stem_block_filters=96,
           skip_reduction=True, filter_multiplier=2, include_top=True, weights=None,
           input_tensor=None, pooling=None, classes=1000, default_size=None):
    """A network of this family.

    Arguments
        input_shape: tuple, at least 32 high and wide; both must be known.
        penultimate_filters: int, channels of the last features: a multiple of
            24 * filter_multiplier ** 2 / 4. The paper's "4 @ 1056" has 1056.
        num_blocks: int, normal cells in each of the three stages; the paper's N.
        stem_block_filters: int, filters of the first convolution.
        skip_reduction: whether the second input of the first cell of a stage skips the reduction
            cell before it.
        filter_multiplier: int, by which a reduction cell multiplies the filters.
        include_top: whether pooling and the fully connected layer are part of the model.
        weights: 'imagenet', path of a file of weights, or None for random ones.
        input_tensor: tensor that the model begins with, from `Input` or other layers.
        pooling: without the top: None for four-dimensional output, 'avg' or 'max' for the mean
            or the maximum over the image.
        classes: int, with the top and weights that are not those of ImageNet.
        default_size: int, size of the images if input_shape is None: 331 (also if None) or 224.

    Returns
        Model.
    """
    size = 331 if default_size is None else default_size
    if weights == "imagenet" and size not in PRETRAINED:
        raise ValueError(f"NASNet: there are weights of ImageNet for default_size 331 (large) and "
                         f"224 (mobile); given {default_size}.")
    if penultimate_filters % 24:
        raise ValueError(f"NASNet: penultimate_filters is a multiple of 24; given "
                         f"{penultimate_filters}.")
    filters = penultimate_filters // 24

    def body(x):
        return _body(x, filters, num_blocks, stem_block_filters, skip_reduction,
                     filter_multiplier)

    architecture = Architecture("NASNet", size, 32, PRETRAINED.get(size, {}), sized=True)
    return architecture.model(body, _top, include_top, weights, input_tensor, input_shape,
                              pooling, classes)


def NASNetLarge(input_shape=None, include_top=True, weights="imagenet", input_tensor=None,
                pooling=None, classes=1000):
    """NASNet-A (6 @ 4032): 88,949,818 parameters.

    Arguments
        input_shape: tuple, (331, 331, 3) by default; it must be that with weights of ImageNet.
        include_top, weights, input_tensor, pooling, classes: as of `NASNet`.
    """
    return NASNet(input_shape, 4032, 6, 96, True, 2, include_top, weights, input_tensor, pooling,
                  classes, default_size=331)


def NASNetMobile(input_shape=None, include_top=True, weights="imagenet", input_tensor=None,
                 pooling=None, classes=1000):
    """NASNet-A (4 @ 1056): 5,326,716 parameters.

    Arguments
        input_shape: tuple, (224, 224, 3) by default; it must be that with weights of ImageNet.
        include_top, weights, input_tensor, pooling, classes: as of `NASNet`.
    """
    return NASNet(input_shape, 1056, 4, 32, False, 2, include_top, weights, input_tensor, pooling,
                  classes, default_size=224)


def preprocess_input(x, data_format=None):
    """Images as NASNet takes them: values -1 ... 1.

    Arguments
        x: array or tensor of RGB values 0 ... 255.
        data_format: as of `imagenet_utils.preprocess_input`.
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def _body(x, filters, count, stem_filters, skip_reduction, multiplier):
    """Two reduction cells, then three stages of `count` normal cells with a reduction cell
    between them. Each cell sees `x`, what the cell before made, and `before`, what it was given.
    """
    x = Conv2D(stem_filters, 3, strides=2, use_bias=False, kernel_initializer="he_normal",
               name="stem_conv1")(x)
    x = _normalized(x, "stem_bn1")
    x, before = _reduction_cell(x, None, filters // multiplier ** 2, "stem_1")
    x, before = _reduction_cell(x, before, filters // multiplier, "stem_2")
    for stage in range(3):
        first = stage * count
        if stage:
            filters *= multiplier
            x, reduced = _reduction_cell(x, before, filters, f"reduce_{first}")
            before = before if skip_reduction else reduced
            first += 1
        for i in range(count):
            x, before = _normal_cell(x, before, filters, first + i)
    return Activation("relu")(x)


def _top(x, classes):
    x = GlobalAveragePooling2D()(x)
    return Dense(classes, activation="softmax", name="predictions")(x)


# Cells


def _normal_cell(x, before, filters, name):
    """The left cell of figure 4: (output, x)."""
    p = _adjusted(before, x, filters, name)
    h = _squeezed(x, filters, "normal", name)
    one = add([_separable(h, filters, 5, f"normal_left1_{name}"),
               _separable(p, filters, 3, f"normal_right1_{name}")], name=f"normal_add_1_{name}")
    two = add([_separable(p, filters, 5, f"normal_left2_{name}"),
               _separable(p, filters, 3, f"normal_right2_{name}")], name=f"normal_add_2_{name}")
    three = add([_average(h, f"normal_left3_{name}"), p], name=f"normal_add_3_{name}")
    four = add([_average(p, f"normal_left4_{name}"), _average(p, f"normal_right4_{name}")],
               name=f"normal_add_4_{name}")
    five = add([_separable(h, filters, 3, f"normal_left5_{name}"), h],
               name=f"normal_add_5_{name}")
    return _joined([p, one, two, three, four, five], f"normal_concat_{name}"), x


def _reduction_cell(x, before, filters, name):
    """The right cell of figure 4, half the height and width: (output, x)."""
    p = _adjusted(before, x, filters, name)
    h = _squeezed(x, filters, "reduction", name)
    padded = ZeroPadding2D(_padding(h, 3), name=f"reduction_pad_1_{name}")(h)

    def pooled(layer, part):
        return layer(3, strides=2, name=f"reduction_{part}_{name}")(padded)

    one = add([_separable(h, filters, 5, f"reduction_left1_{name}", 2),
               _separable(p, filters, 7, f"reduction_right1_{name}", 2)],
              name=f"reduction_add_1_{name}")
    two = add([pooled(MaxPooling2D, "left2"),
               _separable(p, filters, 7, f"reduction_right2_{name}", 2)],
              name=f"reduction_add_2_{name}")
    three = add([pooled(AveragePooling2D, "left3"),
                 _separable(p, filters, 5, f"reduction_right3_{name}", 2)],
                name=f"reduction_add3_{name}")
    four = add([two, _average(one, f"reduction_left4_{name}")])
    five = add([_separable(one, filters, 3, f"reduction_left4_{name}"),
                pooled(MaxPooling2D, "right5")], name=f"reduction_add4_{name}")
    return _joined([two, three, four, five], f"reduction_concat_{name}"), x


# Parts of cells


def _normalized(x, name):
    return BatchNormalization(channel_axis(), momentum=0.9997, epsilon=1e-3, name=name)(x)


def _joined(branches, name=None):
    return concatenate(branches, axis=channel_axis(), name=name)


def _average(x, name):
    return AveragePooling2D(3, strides=1, padding="same", name=name)(x)


def _convolution(x, filters, name):
    return Conv2D(filters, 1, padding="same", use_bias=False, kernel_initializer="he_normal",
                  name=name)(x)


def _squeezed(x, filters, kind, name):
    """`x` with the number of channels that its cell works on."""
    x = _convolution(Activation("relu")(x), filters, f"{kind}_conv_1_{name}")
    return _normalized(x, f"{kind}_bn_1_{name}")


def _sizes(x):
    """Height and width."""
    return x.shape[1:3] if channel_axis() == 3 else x.shape[2:4]


def _padding(x, window):
    """Zeros before and after each axis so that a window of strides 2 fits as 'same' would: one
    less before where the size is even."""
    half = window // 2
    return tuple((half - (1 - size % 2 if size else 1), half) for size in _sizes(x))


def _separable(x, filters, size, name, strides=1):
    """Twice relu, separable convolution and normalization; the strides are in the first."""
    x = Activation("relu")(x)
    if strides == 2:
        x = ZeroPadding2D(_padding(x, size), name=f"separable_conv_1_pad_{name}")(x)
    for i, step in enumerate([strides, 1], 1):
        if i == 2:
            x = Activation("relu")(x)
        x = SeparableConv2D(filters, size, strides=step, use_bias=False,
                            padding="same" if step == 1 else "valid",
                            name=f"separable_conv_{i}_{name}")(x)
        x = _normalized(x, f"separable_conv_{i}_bn_{name}")
    return x


def _adjusted(before, x, filters, name):
    """What came before `x`, with the height, width and channels that its cell works on."""
    if before is None:
        return x
    if _sizes(before) != _sizes(x):
        return _shrunk(before, filters, name)
    if before.shape[channel_axis()] == filters:
        return before
    before = Activation("relu")(before)
    return _normalized(_convolution(before, filters, f"adjust_conv_projection_{name}"),
                       f"adjust_bn_{name}")


def _shrunk(x, filters, name):
    """Half the height and width, from every second pixel and from those between them: the
    factorized reduction of the paper's code."""
    x = Activation("relu", name=f"adjust_relu_1_{name}")(x)
    even = AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_1_{name}")(x)
    even = _convolution(even, filters // 2, f"adjust_conv_1_{name}")
    odd = ZeroPadding2D(((0, 1), (0, 1)))(x)
    odd = Cropping2D(((1, 0), (1, 0)))(odd)
    odd = AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_2_{name}")(odd)
    odd = _convolution(odd, filters // 2, f"adjust_conv_2_{name}")
    return _normalized(_joined([even, odd]), f"adjust_bn_{name}")
