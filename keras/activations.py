"""Activation functions, each of a tensor (manual, chapter 10)."""
from . import backend as K
from .registry import Registry, serialize_keras_object

registry = Registry("activation function")


@registry.add()
def softmax(x, axis=-1):
    """exp(x) / the sum of exp(x) over `axis`.

    Arguments
        x: tensor of at least 2 axes.
        axis: int.

    Returns
        tensor of the shape of x.

    Raises
        ValueError: for a tensor of 1 axis.
    """
    if K.ndim(x) < 2:
        raise ValueError(f"softmax: x has at least 2 axes, samples and classes; given shape "
                         f"{K.int_shape(x)}. K.softmax takes a single row.")
    return K.softmax(x, axis)


@registry.add()
def elu(x, alpha=1.0):
    """x for x > 0, else alpha (exp(x) - 1).

    Arguments
        x: tensor.
        alpha: number, minus the limit far below zero.

    Source: Clevert et al. 2015.
    """
    return K.elu(x, alpha)


@registry.add()
def selu(x):
    """scale * elu(x, alpha), with the constants that keep mean 0 and variance 1 from layer to
    layer. It goes with 'lecun_normal' weights and AlphaDropout.

    Arguments
        x: tensor.

    Source: Klambauer et al. 2017.
    """
    alpha = 1.6732632423543772848170429916717
    scale = 1.0507009873554804934193349852946
    return scale * K.elu(x, alpha)


@registry.add()
def softplus(x):
    """log(1 + exp(x))

    Arguments
        x: tensor.
    """
    return K.softplus(x)


@registry.add()
def softsign(x):
    """x / (1 + |x|)

    Arguments
        x: tensor.
    """
    return K.softsign(x)


@registry.add()
def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """max(x, 0); with the other arguments max_value for x >= max_value, x for
    threshold <= x < max_value, alpha (x - threshold) below.

    Arguments
        x: tensor.
        alpha: the slope below the threshold.
        max_value: the largest value, or None.
        threshold: where the slope changes (Keras 2.2).
    """
    return K.relu(x, alpha, max_value, threshold)


@registry.add()
def tanh(x):
    """The hyperbolic tangent of x.

    Arguments
        x: tensor.
    """
    return K.tanh(x)


@registry.add()
def sigmoid(x):
    """1 / (1 + exp(-x))

    Arguments
        x: tensor.
    """
    return K.sigmoid(x)


@registry.add()
def hard_sigmoid(x):
    """0.2 x + 0.5, cut off at 0 and 1.

    Arguments
        x: tensor.
    """
    return K.hard_sigmoid(x)


@registry.add()
def exponential(x):
    """exp(x)

    Arguments
        x: tensor.

    Source: Keras 2.2.
    """
    return K.exp(x)


@registry.add()
def linear(x):
    """x itself.

    Arguments
        x: tensor.
    """
    return x


def serialize(activation):
    """The name of an activation function; a config, where it is an object that has one.

    Arguments
        activation: callable.
    """
    return serialize_keras_object(activation)


def deserialize(name, custom_objects=None):
    """The activation function of a name.

    Arguments
        name: string, or the config of a custom object.
        custom_objects: dict, name -> function.

    Raises
        ValueError: for an unknown name.
    """
    return registry.deserialize(name, custom_objects)


def get(identifier):
    """The activation function that an argument names.

    Arguments
        identifier: name, callable, or None for `linear`.

    Raises
        ValueError: for an unknown name, or anything else.
    """
    return linear if identifier is None else registry.get(identifier)
