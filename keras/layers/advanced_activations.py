"""Activation functions with parameters (manual 5.9)."""
from .. import activations
from .. import backend as K
from .base import InputSpec, Layer, known
from .fields import Constraint, Initializer, Kind, Regularizer, optional, real, whole


class LeakyReLU(Layer):
    """x for x >= 0, else alpha x.

    Arguments
        alpha: number >= 0, the slope below zero.

    Shapes    unchanged
    Source: Maas et al. 2013.
    """
    alpha: float = 0.3

    supports_masking = True

    def call(self, inputs):
        return K.relu(inputs, alpha=self.alpha)


def _axes(value, where):
    return [whole(axis, where) for axis in (value if isinstance(value, (tuple, list)) else [value])]


class PReLU(Layer):
    """x for x >= 0, else alpha x, where alpha is trained: one for each element of a sample.

    Arguments
        alpha_initializer: first values of alpha.
        alpha_regularizer: penalty on it.
        alpha_constraint: what it is held to after each step.
        shared_axes: int or list of ints, axes along which alpha is the same; that of samples
            counts as 0. [1, 2] for one alpha per channel of pictures.

    Shapes    unchanged; alpha has the shape of a sample, 1 along the shared axes
    Source: He et al. 2015.
    """
    alpha_initializer: Initializer = "zeros"
    alpha_regularizer: Regularizer = None
    alpha_constraint: Constraint = None
    shared_axes: optional(Kind(_axes)) = None

    supports_masking = True

    def build(self, input_shape):
        shared = self.shared_axes or []
        sizes = {axis: known(size, f"axis {axis} of the input", given=input_shape)
                 for axis, size in enumerate(input_shape) if axis and axis not in shared}
        self.alpha = self.add_weight(
            "alpha", tuple(sizes.get(axis, 1) for axis in range(1, len(input_shape))))
        self.input_spec = InputSpec(ndim=len(input_shape), axes=sizes)
        self.built = True

    def call(self, inputs):
        return K.relu(inputs) - self.alpha * K.relu(-inputs)


class ELU(Layer):
    """x for x >= 0, else alpha (exp(x) - 1).

    Arguments
        alpha: number, minus the limit far below zero.

    Shapes    unchanged
    Source: Clevert et al. 2015.
    """
    alpha: float = 1.0

    supports_masking = True

    def call(self, inputs):
        return K.elu(inputs, self.alpha)


class ThresholdedReLU(Layer):
    """x for x > theta, else 0.

    Arguments
        theta: number >= 0.

    Shapes    unchanged
    Source: Konda et al. 2014.
    """
    theta: float = 1.0

    supports_masking = True

    def call(self, inputs):
        return inputs * K.cast(K.greater(inputs, self.theta), K.dtype(inputs))


class Softmax(Layer):
    """exp(x) / the sum of exp(x) along an axis.

    Arguments
        axis: int.

    Shapes    unchanged
    """
    axis: int = -1

    supports_masking = True

    def call(self, inputs):
        return activations.softmax(inputs, self.axis)


def _not_negative(what):
    def take(value, where):
        value = real(value, where)
        if value < 0:
            raise ValueError(f"{what} of ReLU layer cannot be negative value: {value}")
        return value

    return Kind(take)


class ReLU(Layer):
    """max(x, 0); in general max_value for x >= max_value, x for threshold <= x < max_value,
    negative_slope (x - threshold) below.

    Arguments
        max_value: number >= 0, or None for no bound.
        negative_slope: number >= 0.
        threshold: number.

    Shapes    unchanged
    Source: Keras 2.2.4.
    """
    max_value: optional(_not_negative("max_value")) = None
    negative_slope: _not_negative("negative_slope") = 0.0
    threshold: float = 0.0

    supports_masking = True

    def call(self, inputs):
        return K.relu(inputs, self.negative_slope, self.max_value, self.threshold)
