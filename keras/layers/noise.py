"""Noise that is there in training only (manual 5.11)."""
import math

from .. import backend as K
from ..graph import ShapeError
from .base import Layer
from .fields import Fraction


class GaussianNoise(Layer):
    """In training, x plus normally distributed noise of mean 0.

    Arguments
        stddev: the standard deviation of the noise, a number or a scalar tensor.

    Shapes    unchanged
    """
    stddev: object

    supports_masking = True

    def call(self, inputs, training=None):
        return K.in_train_phase(
            lambda: inputs + K.random_normal(K.shape(inputs), 0.0, self.stddev, K.dtype(inputs)),
            inputs, training)


class GaussianDropout(Layer):
    """In training, x times normally distributed noise of mean 1.

    Arguments
        rate: fraction, as for Dropout: the noise has the standard deviation √(rate / (1 - rate)).

    Shapes    unchanged
    Source: Srivastava et al. 2014.
    """
    rate: Fraction

    supports_masking = True

    def call(self, inputs, training=None):
        if not 0 < self.rate < 1:
            return inputs
        stddev = math.sqrt(self.rate / (1 - self.rate))
        return K.in_train_phase(
            lambda: inputs * K.random_normal(K.shape(inputs), 1.0, stddev, K.dtype(inputs)),
            inputs, training)


class AlphaDropout(Layer):
    """Dropout for networks of SELU units: dropped elements get the value far below zero, and the
    result is scaled and shifted back to the mean and the variance of x.

    Arguments
        rate: fraction dropped, as for Dropout.
        noise_shape: shape of the mask, which broadcasts against the inputs; None sizes are
            theirs; None for one decision per element.
        seed: int, or None to draw one from np.random at each call of the layer.

    Shapes    unchanged
    Source: Klambauer et al. 2017.
    """
    rate: Fraction
    noise_shape: tuple = None
    seed: int | None = None

    supports_masking = True

    def dropped(self, inputs):
        low = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
        sizes = self.noise_shape or (None,) * inputs.ndim
        if len(sizes) != inputs.ndim:
            raise ShapeError(f"noise_shape {tuple(sizes)} has {len(sizes)} axes, the input of "
                             f"shape {inputs.shape} has {inputs.ndim}.")
        shape = tuple(K.shape(inputs)[i] if n is None else n for i, n in enumerate(sizes))
        kept = K.random_binomial(shape, 1 - self.rate, K.dtype(inputs), self.seed)
        a = ((1 - self.rate) * (1 + self.rate * low ** 2)) ** -0.5
        b = -a * low * self.rate
        return a * (inputs * kept + low * (1 - kept)) + b

    def call(self, inputs, training=None):
        if not 0 < self.rate < 1:
            return inputs
        return K.in_train_phase(lambda: self.dropped(inputs), inputs, training)
