"""Batch normalization (manual 5.10)."""
import math

from .. import backend as K
from ..graph import ShapeError
from .base import InputSpec, Layer, known
from .fields import Constraint, Initializer, Regularizer


class BatchNormalization(Layer):
    """gamma (x - mean) / √(variance + epsilon) + beta, for each channel.

    In training mean and variance are those of the batch, and moving averages follow them; in
    prediction the averages are used.

    Arguments
        axis: int, the axis of channels.
        momentum: number, 0..1: average = momentum * average + (1 - momentum) * that of the batch.
        epsilon: number > 0, added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer,
            moving_variance_initializer: first values of the weights.
        beta_regularizer, gamma_regularizer: penalties on them.
        beta_constraint, gamma_constraint: what they are held to after each step.

    Shapes    unchanged; all weights (channels,)
    Source: Ioffe and Szegedy 2015; Keras 2.2.4: the average of the variance takes in n / (n - 1 -
    epsilon) times that of the batch, n being the number of elements per channel. With
    trainable=False the averages stay, while training still uses the batch's own statistics.
    """
    axis: int = -1
    momentum: float = 0.99
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = "zeros"
    gamma_initializer: Initializer = "ones"
    moving_mean_initializer: Initializer = "zeros"
    moving_variance_initializer: Initializer = "ones"
    beta_regularizer: Regularizer = None
    gamma_regularizer: Regularizer = None
    beta_constraint: Constraint = None
    gamma_constraint: Constraint = None

    supports_masking = True
    gamma = beta = None

    def build(self, input_shape):
        if not -len(input_shape) <= self.axis < len(input_shape) or not self.axis:
            raise ShapeError(f"axis {self.axis} is not an axis of channels of an input of shape "
                             f"{input_shape}.")
        n = known(input_shape[self.axis], f"axis {self.axis} of the input", given=input_shape)
        if self.scale:
            self.gamma = self.add_weight("gamma", (n,))
        if self.center:
            self.beta = self.add_weight("beta", (n,))
        self.moving_mean = self.add_weight("moving_mean", (n,), trainable=False)
        self.moving_variance = self.add_weight("moving_variance", (n,), trainable=False)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: n})
        self.built = True

    def by_averages(self, inputs):
        return K.batch_normalization(inputs, self.moving_mean, self.moving_variance, self.beta,
                                     self.gamma, self.axis, self.epsilon)

    def call(self, inputs, training=None):
        if training == 0:  # also False; a tensor equals nothing but itself
            return self.by_averages(inputs)
        axes = [i for i in range(inputs.ndim) if i != self.axis % inputs.ndim]
        output, mean, variance = K.normalize_batch_in_training(inputs, self.gamma, self.beta,
                                                               axes, self.epsilon)
        n = elements(inputs, axes)
        unbiased = variance * (n / (n - (1 + self.epsilon)))
        self.add_update([K.moving_average_update(self.moving_mean, mean, self.momentum),
                         K.moving_average_update(self.moving_variance, unbiased, self.momentum)],
                        inputs)
        return K.in_train_phase(output, lambda: self.by_averages(inputs), training)


def elements(x, axes):
    """The number of elements of x along `axes`: a float, symbolic where a size is unknown."""
    sizes = [x.shape[axis] for axis in axes]
    n = math.prod(size for size in sizes if size is not None)
    if None not in sizes:
        return float(n)
    shape = K.shape(x)
    for axis, size in zip(axes, sizes):
        if size is None:
            n = shape[axis] * n
    return K.cast(n, "float64" if K.dtype(x) == "float64" else "float32")  # float16 ends at 65504
