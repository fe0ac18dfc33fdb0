"""VGG16 and VGG19: stages of 3 x 3 convolutions, each ended by max pooling.

Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
Recognition", arXiv 1409.1556, configurations D and E; manual 13.3.2 and 13.3.3.
"""
from ..layers import Conv2D, Dense, Flatten, MaxPooling2D
from .architecture import Architecture, WeightFile

FILTERS = [64, 128, 256, 512, 512]
URL = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1/"
MIN_SIZE = 48  # the manual's; five poolings need 32


def vgg(name, convolutions, hashes, **arguments):
    """A network of this family.

    Arguments
        name: 'vgg16' or 'vgg19'.
        convolutions: list of ints, the number of convolutions in each of the five stages.
        hashes: checksums of the weights, with and without the top.
        arguments: of the model: include_top, weights, input_tensor, ...
    """
    stem = f"{URL}{name}_weights_tf_dim_ordering_tf_kernels"
    files = {True: WeightFile(f"{stem}.h5", hashes[0]),
             False: WeightFile(f"{stem}_notop.h5", hashes[1])}

    def body(x):
        for stage, (count, filters) in enumerate(zip(convolutions, FILTERS), 1):
            for i in range(1, count + 1):
                x = Conv2D(filters, 3, padding="same", activation="relu",
                           name=f"block{stage}_conv{i}")(x)
            x = MaxPooling2D(2, strides=2, name=f"block{stage}_pool")(x)
        return x

    return Architecture(name, 224, MIN_SIZE, files).model(body, _top, **arguments)


def _top(x, classes):
    x = Flatten(name="flatten")(x)
    x = Dense(4096, activation="relu", name="fc1")(x)
    x = Dense(4096, activation="relu", name="fc2")(x)
    return Dense(classes, activation="softmax", name="predictions")(x)
