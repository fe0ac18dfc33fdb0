"""Penalties on weights and outputs, which training adds to the loss (manual, chapter 16)."""
from . import backend as K
from .registry import Registry, serialize_keras_object

registry = Registry("regularizer", factories=True)


class Regularizer:
    """The base of regularizers: called with a tensor, one returns a scalar penalty."""

    def __call__(self, x):
        return 0.0

    @classmethod
    def from_config(cls, config):
        """A regularizer from what `get_config` returned."""
        return cls(**config)


@registry.add()
class L1L2(Regularizer):
    """l1 sum(|x|) + l2 sum(x²)

    Arguments
        l1: number >= 0, the factor of the absolute values.
        l2: number >= 0, the factor of the squares; there is no 1/2.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = K.cast_to_floatx(l1)
        self.l2 = K.cast_to_floatx(l2)

    def __call__(self, x):
        penalty = 0.0
        if self.l1:
            penalty += self.l1 * K.sum(K.abs(x))
        if self.l2:
            penalty += self.l2 * K.sum(K.square(x))
        return penalty

    def get_config(self):
        """The arguments, as data."""
        return {"l1": float(self.l1), "l2": float(self.l2)}


@registry.add()
def l1(l=0.01):  # noqa: E741 (Keras' name)
    """The penalty l sum(|x|).

    Arguments
        l: number >= 0.

    Returns
        a Regularizer.
    """
    return L1L2(l1=l)


@registry.add()
def l2(l=0.01):  # noqa: E741 (Keras' name)
    """The penalty l sum(x²).

    Arguments
        l: number >= 0.

    Returns
        a Regularizer.
    """
    return L1L2(l2=l)


@registry.add()
def l1_l2(l1=0.01, l2=0.01):
    """The penalty l1 sum(|x|) + l2 sum(x²).

    Arguments
        l1: number >= 0.
        l2: number >= 0.

    Returns
        a Regularizer.
    """
    return L1L2(l1=l1, l2=l2)


def serialize(regularizer):
    """A regularizer as data.

    Arguments
        regularizer: Regularizer, function, or None.
    """
    return serialize_keras_object(regularizer)


def deserialize(config, custom_objects=None):
    """A regularizer from data.

    Arguments
        config: name, or {'class_name': ..., 'config': {...}}.
        custom_objects: dict, name -> class or function.

    Raises
        ValueError: for an unknown name.
    """
    return registry.deserialize(config, custom_objects)


def get(identifier):
    """The regularizer that an argument names.

    Arguments
        identifier: name, config, Regularizer, function of a tensor, or None for none.

    Raises
        ValueError: for an unknown name, or anything else.
    """
    return registry.get(identifier)
