"""VGG16 (manual 13.3.2)."""
from .imagenet_utils import decode_predictions, preprocess_input
from .vgg import vgg

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]

CONVOLUTIONS = [2, 2, 3, 3, 3]
HASHES = ("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc")


def VGG16(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None,
          classes=1000):
    """The network with 16 layers that have weights: 138,357,544 parameters.

    Arguments
        include_top: whether the three fully connected layers are part of the model.
        weights: 'imagenet', path of a file of weights, or None for random ones.
        input_tensor: tensor that the model begins with, from `Input` or other layers.
        input_shape: tuple, (224, 224, 3) by default, or (3, 224, 224) where channels come first;
            at least 48 high and wide. With weights of ImageNet and the top it must be that.
        pooling: without the top: None for four-dimensional output, 'avg' or 'max' for the mean
            or the maximum over the image.
        classes: int, with the top and weights that are not those of ImageNet.

    Returns
        Model.  Source: arXiv 1409.1556, configuration D; weights of the Visual Geometry Group at
        Oxford, Creative Commons Attribution License.
    """
    return vgg("vgg16", CONVOLUTIONS, HASHES, include_top=include_top, weights=weights,
               input_tensor=input_tensor, input_shape=input_shape, pooling=pooling,
               classes=classes)
