"""VGG19 (manual 13.3.3)."""
from .imagenet_utils import decode_predictions, preprocess_input
from .vgg import vgg

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]

CONVOLUTIONS = [2, 2, 4, 4, 4]
HASHES = ("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6")


def VGG19(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None,
          classes=1000):
    """The network with 19 layers that have weights: 143,667,240 parameters.

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
        Model.  Source: arXiv 1409.1556, configuration E; weights of the Visual Geometry Group at
        Oxford, Creative Commons Attribution License.
    """
    return vgg("vgg19", CONVOLUTIONS, HASHES, include_top=include_top, weights=weights,
               input_tensor=input_tensor, input_shape=input_shape, pooling=pooling,
               classes=classes)
