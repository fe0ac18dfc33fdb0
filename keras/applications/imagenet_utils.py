"""What all architectures share about ImageNet: how images are scaled, what the 1000 classes are
called, and which input shapes fit (manual, chapter 13)."""
import json
import warnings

import numpy as np

from .. import backend as K
from ..config import normalize_data_format

CLASS_INDEX_URL = ("https://s3.amazonaws.com/deep-learning-models/image-models/"
                   "imagenet_class_index.json")
CLASS_INDEX_HASH = "c2c37ea517e94d9795004a39431a14cb"
CLASSES = 1000

CAFFE_MEAN = [103.939, 116.779, 123.68]  # blue, green, red
TORCH_MEAN = [0.485, 0.456, 0.406]  # red, green, blue, of values in 0 ... 1
TORCH_DEVIATION = [0.229, 0.224, 0.225]

_class_index = None


# Images


def preprocess_input(x, data_format=None, mode="caffe"):
    """Images as a network was fed with them when it was trained.

    Arguments
        x: array or tensor of RGB values 0 ... 255: one image or a batch of them. It is left as it
            is.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        mode: 'caffe': channels in the order blue, green, red, less their means over ImageNet;
            'tf': x / 127.5 - 1, thus -1 ... 1; 'torch': x / 255, less the means, over the
            standard deviations.

    Returns
        what was given, with the same shape; integers become floatx.
    """
    data_format = normalize_data_format(data_format)
    if mode not in ("caffe", "tf", "torch"):
        raise ValueError(f"preprocess_input: mode is 'caffe', 'tf' or 'torch'; given {mode!r}.")
    symbolic = K.is_tensor(x)
    if not symbolic:
        x = np.asarray(x)
    if not str(x.dtype).startswith("float"):
        x = K.cast(x, K.floatx()) if symbolic else x.astype(K.floatx())
    if mode == "tf":
        return x / 127.5 - 1.
    axis = x.ndim - 1 if data_format == "channels_last" else x.ndim - 3
    if mode == "torch":
        return (x / 255. - _along(TORCH_MEAN, x, axis)) / _along(TORCH_DEVIATION, x, axis)
    x = K.reverse(x, axis) if symbolic else np.flip(x, axis)
    return x - _along(CAFFE_MEAN, x, axis)


def _along(values, x, axis):
    """One value for each channel, shaped so that it meets the channels of `x`."""
    shape = [1] * x.ndim
    shape[axis] = len(values)
    array = np.array(values, dtype=str(x.dtype)).reshape(shape)
    return K.constant(array) if K.is_tensor(x) else array


# Classes


def decode_predictions(preds, top=5):
    """The likeliest classes of ImageNet, with their names.

    Arguments
        preds: array (samples, 1000), what `predict` returned.
        top: int, how many classes a sample gets.

    Returns
        for each sample a list of (WordNet id, name, score), the highest score first.

    Errors    ValueError for another shape. The names are downloaded once, to ~/.keras/models.
    """
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != CLASSES:
        raise ValueError(f"`decode_predictions` expects a batch of predictions (i.e. a 2D array "
                         f"of shape (samples, {CLASSES})). Found array with shape: {preds.shape}")
    names = _class_names()
    best = np.argsort(-preds, axis=1, kind="stable")[:, :top]
    return [[(*names[str(i)], scores[i]) for i in row] for row, scores in zip(best, preds)]


def _class_names():
    """dict, number of a class as string -> [WordNet id, name]; read once."""
    global _class_index
    if _class_index is None:
        from ..utils import get_file
        path = get_file("imagenet_class_index.json", CLASS_INDEX_URL, cache_subdir="models",
                        file_hash=CLASS_INDEX_HASH)
        with open(path, encoding="utf-8") as file:
            _class_index = json.load(file)
    return _class_index


# Shapes


def _obtain_input_shape(input_shape, default_size, min_size, data_format=None,
                        require_flatten=True, weights=None, include_top=None):
    """The shape of the images that a network is built for.

    Arguments
        input_shape: what the user gave: tuple without the axis of samples, or None.
        default_size: int, height and width of the images that the network was trained on.
        min_size: int, the smallest height and width that reach its end.
        data_format: 'channels_last' or 'channels_first'; None for K.image_data_format().
        require_flatten: whether height and width must be known, as they must be for a top.
        weights: 'imagenet', None or a path; those of ImageNet take three channels.
        include_top: older name of `require_flatten`.

    Returns
        tuple without the axis of samples; height and width are None where any will do.

    Errors    ValueError for a shape that does not fit.
    """
    require_flatten = require_flatten if include_top is None else include_top
    channels_last = normalize_data_format(data_format) == "channels_last"

    def shaped(channels, rows, columns):
        return (rows, columns, channels) if channels_last else (channels, rows, columns)

    pretrained = weights == "imagenet"
    channels = 3 if pretrained else _channels(input_shape, channels_last)
    default = shaped(channels, default_size, default_size)
    if input_shape is None:
        return default if require_flatten else shaped(3, None, None)
    input_shape = tuple(input_shape)
    if pretrained and require_flatten and input_shape != default:
        raise ValueError(f"When setting `include_top=True` and loading `imagenet` weights, "
                         f"`input_shape` should be {default}; given {input_shape}.")
    _check_sizes(input_shape, channels_last, min_size, pretrained)
    if require_flatten and None in input_shape:
        raise ValueError(f"If `include_top` is True, you should specify a static `input_shape`. "
                         f"Got `input_shape={input_shape}`")
    return input_shape


def _channels(input_shape, channels_last):
    """Number of channels that a user's shape has; 3 if it tells none."""
    if input_shape is None or len(input_shape) != 3:
        return 3
    channels = input_shape[-1 if channels_last else 0]
    if channels not in (1, 3):
        warnings.warn(f"This model usually expects 1 or 3 input channels. However, it was passed "
                      f"an input_shape with {channels} input channels.", stacklevel=4)
    return channels


def _check_sizes(input_shape, channels_last, min_size, pretrained):
    """Refuse a shape that has not three sizes, not three channels, or is too small."""
    if len(input_shape) != 3:
        raise ValueError(f"`input_shape` must be a tuple of three integers; given {input_shape}.")
    channels = input_shape[-1 if channels_last else 0]
    if pretrained and channels != 3:
        raise ValueError(f"The input must have 3 channels; got `input_shape={input_shape}`. Is "
                         f"K.image_data_format(), now '{K.image_data_format()}', as you mean it?")
    image = input_shape[:2] if channels_last else input_shape[1:]
    if any(size is not None and size < min_size for size in image):
        raise ValueError(f"Input size must be at least {min_size}x{min_size}; got "
                         f"`input_shape={input_shape}`")
