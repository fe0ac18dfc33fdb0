"""What the architectures have in common: how their arguments are read, where a model begins and
ends, and how its weights are found."""
import os
from dataclasses import dataclass, field
from typing import NamedTuple

from .. import backend as K
from ..layers import GlobalAveragePooling2D, GlobalMaxPooling2D, Input
from ..models import Model
from ..network import source_inputs
from .imagenet_utils import CLASSES, _obtain_input_shape


class WeightFile(NamedTuple):
    """Where trained weights lie, their checksum, and the name they get on the user's disk."""
    url: str
    hash: str = None
    name: str = None


def channel_axis():
    """The axis of the channels in a batch of images: 3, or 1 where channels come first."""
    return 3 if K.image_data_format() == "channels_last" else 1


@dataclass(frozen=True)
class Architecture:
    """A network for images, known by its name.

    `files` has the weights with (True) and without (False) the top. `sized` says that even
    without its top the network is built for images of one known size. `pooling_names` names the
    layers of `pooling` where they have names of their own.
    """
    name: str
    default_size: int
    min_size: int
    files: dict
    sized: bool = False
    pooling_names: dict = field(default_factory=dict)

    def model(self, body, top, include_top, weights, input_tensor, input_shape, pooling, classes):
        """The model.

        Arguments
            body: function from the tensor of images to the tensor of features.
            top: function from (features, number of classes) to the tensor of probabilities.
            include_top: whether the model ends with the top.
            weights: 'imagenet', path, or None for random ones.
            input_tensor: tensor to begin with, or None.
            input_shape: tuple without the axis of samples, or None.
            pooling: without the top: 'avg', 'max', or None for four-dimensional output.
            classes: int, number of classes of the top.

        Errors    ValueError where these do not fit together.
        """
        _check(weights, include_top, pooling, classes)
        shape = _obtain_input_shape(
            input_shape, self.default_size, self.min_size, K.image_data_format(),
            require_flatten=include_top or self.sized, weights=weights)
        images = _images(input_tensor, shape)
        x = body(images)
        x = top(x, classes) if include_top else self._pooled(x, pooling)
        inputs = images if input_tensor is None else source_inputs(images)
        model = Model(inputs, x, name=self.name)
        if weights is not None:
            model.load_weights(self._path(weights, include_top))
        return model

    def _pooled(self, x, pooling):
        if pooling is None:
            return x
        layer = GlobalAveragePooling2D if pooling == "avg" else GlobalMaxPooling2D
        return layer(name=self.pooling_names.get(pooling))(x)

    def _path(self, weights, include_top):
        """Path of the weights; those of ImageNet are downloaded if they are not there yet."""
        if weights != "imagenet":
            return weights
        from ..utils import get_file
        file = self.files[bool(include_top)]
        return get_file(file.name or file.url.rsplit("/", 1)[1], file.url, cache_subdir="models",
                        file_hash=file.hash)


def _check(weights, include_top, pooling, classes):
    if weights not in (None, "imagenet") and not os.path.exists(weights):
        raise ValueError(f"The `weights` argument should be either `None` (random "
                         f"initialization), `imagenet` (pre-training on ImageNet), or the path to "
                         f"the weights file to be loaded; given {weights!r}, which is no file.")
    if weights == "imagenet" and include_top and classes != CLASSES:
        raise ValueError(f"If using `weights` as imagenet with `include_top` as true, `classes` "
                         f"should be {CLASSES}; given {classes}. For classes of your own take "
                         f"include_top=False and add layers.")
    if pooling not in (None, "avg", "max"):
        raise ValueError(f"`pooling` is None, 'avg' or 'max'; given {pooling!r}.")


def _images(input_tensor, shape):
    """The tensor in which the network begins."""
    if input_tensor is None:
        return Input(shape)
    if K.is_keras_tensor(input_tensor):
        return input_tensor
    return Input(tensor=input_tensor)
