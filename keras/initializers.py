"""First values of weights: called with a shape, an initializer returns a tensor (manual,
chapter 15).

A seed that is not given is drawn from `np.random` when the initializer is called.
"""
import math

import numpy as np

from . import backend as K
from .registry import Registry, serialize_keras_object

registry = Registry("initializer", factories=True)

# The standard deviation of a standard normal distribution cut off at two of them.
TRUNCATED_STDDEV = 0.87962566103423978


class Initializer:
    """The base of initializers: `initializer(shape, dtype=None)` returns a tensor."""

    def __call__(self, shape, dtype=None):
        raise NotImplementedError(f"{type(self).__name__} needs a method "
                                  f"__call__(self, shape, dtype=None).")

    def get_config(self):
        """The arguments, as data."""
        return {}

    @classmethod
    def from_config(cls, config):
        """An initializer from what `get_config` returned. tf.keras writes a dtype too: here the
        weight has its own."""
        return cls(**{name: value for name, value in config.items() if name != "dtype"})


# Fixed values


@registry.add("zeros", "zero")
class Zeros(Initializer):
    """Zeros."""

    def __call__(self, shape, dtype=None):
        return K.constant(0, dtype, shape)


@registry.add("ones", "one")
class Ones(Initializer):
    """Ones."""

    def __call__(self, shape, dtype=None):
        return K.constant(1, dtype, shape)


@registry.add("constant")
class Constant(Initializer):
    """The same value everywhere.

    Arguments
        value: number; or an array of the weight's shape.
    """

    def __init__(self, value=0):
        self.value = value

    def __call__(self, shape, dtype=None):
        return K.constant(self.value, dtype, shape)

    def get_config(self):
        return {"value": self.value}


@registry.add("identity")
class Identity(Initializer):
    """gain times the identity matrix.

    Arguments
        gain: number.

    Shapes    (n, n); also (k n, n) and (n, k n), in which k identities stand one after another
    Errors    ValueError for any other shape.  Source: Keras 2.2.4.
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        if len(shape) != 2 or max(shape) % min(shape):
            raise ValueError(f"Identity: a matrix whose longer side is a multiple of the shorter "
                             f"one is expected; given shape {tuple(shape)}. Use 'orthogonal' "
                             f"for other kernels.")
        blocks = [[np.eye(min(shape))] * (shape[1] // min(shape))] * (shape[0] // min(shape))
        return K.constant(self.gain * np.block(blocks), dtype)

    def get_config(self):
        return {"gain": self.gain}


# Random values


@registry.add("random_normal", "normal")
class RandomNormal(Initializer):
    """Normally distributed numbers.

    Arguments
        mean: their mean, a number or scalar tensor.
        stddev: their standard deviation, likewise.
        seed: int, or None to draw one at each call.
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def __call__(self, shape, dtype=None):
        return K.random_normal(shape, self.mean, self.stddev, dtype, self.seed)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


@registry.add("random_uniform", "uniform")
class RandomUniform(Initializer):
    """Numbers spread evenly over minval <= x < maxval.

    Arguments
        minval: the least value, a number or scalar tensor.
        maxval: the upper end, likewise.
        seed: int, or None to draw one at each call.
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval = minval
        self.maxval = maxval
        self.seed = seed

    def __call__(self, shape, dtype=None):
        return K.random_uniform(shape, self.minval, self.maxval, dtype, self.seed)

    def get_config(self):
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


@registry.add("truncated_normal")
class TruncatedNormal(Initializer):
    """Normally distributed numbers without those beyond two standard deviations.

    Arguments
        mean: of the distribution before the cut, a number or scalar tensor.
        stddev: likewise; the numbers that are left have 0.88 of it.
        seed: int, or None to draw one at each call.
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def __call__(self, shape, dtype=None):
        return K.truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


def _one_of(argument, value, choices):
    """`value` in lower case, if it is one of `choices`."""
    if not isinstance(value, str) or value.lower() not in choices:
        raise ValueError(f"VarianceScaling: {argument} is one of "
                         f"{', '.join(map(repr, choices))}; given {value!r}.")
    return value.lower()


@registry.add()
class VarianceScaling(Initializer):
    """Random numbers of variance scale / n, where n counts the inputs or outputs of a unit.

    Arguments
        scale: number > 0.
        mode: 'fan_in' (n is the number of inputs), 'fan_out' (of outputs) or 'fan_avg' (the
            mean of both).
        distribution: 'normal', cut off at two standard deviations and widened so that the
            standard deviation is √(scale / n) after the cut; or 'uniform' between
            ±√(3 scale / n).
        seed: int, or None to draw one at each call.

    Errors    ValueError for an argument out of its range.
    Source: Keras 2.1.6 manual, 15.2.8; the widening is 2.2.4's.
    """

    def __init__(self, scale=1.0, mode="fan_in", distribution="normal", seed=None):
        if scale <= 0.0:
            raise ValueError(f"VarianceScaling: scale is a number > 0; given {scale!r}.")
        self.scale = scale
        self.mode = _one_of("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        self.distribution = _one_of("distribution", distribution, ("normal", "uniform"))
        self.seed = seed

    def __call__(self, shape, dtype=None):
        fan_in, fan_out = _compute_fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "normal":
            stddev = math.sqrt(variance) / TRUNCATED_STDDEV
            return K.truncated_normal(shape, 0.0, stddev, dtype, self.seed)
        limit = math.sqrt(3 * variance)
        return K.random_uniform(shape, -limit, limit, dtype, self.seed)

    def get_config(self):
        return {"scale": self.scale, "mode": self.mode, "distribution": self.distribution,
                "seed": self.seed}


@registry.add("orthogonal")
class Orthogonal(Initializer):
    """gain times a random orthogonal matrix: its rows, or its columns if they are fewer, are
    orthonormal. A kernel of more axes is made of the matrix (all axes but the last, last).

    Arguments
        gain: number.
        seed: int, or None to draw one at each call.

    Source: Saxe et al. 2013, by the singular vectors of normally distributed numbers.
    """

    def __init__(self, gain=1.0, seed=None):
        self.gain = gain
        self.seed = seed

    def __call__(self, shape, dtype=None):
        matrix = math.prod(shape[:-1]), shape[-1]
        numbers = np.random.RandomState(K.drawn(self.seed)).normal(0.0, 1.0, matrix)
        u, _, v = np.linalg.svd(numbers, full_matrices=False)
        q = u if u.shape == matrix else v
        return K.constant(self.gain * q.reshape(shape), dtype)

    def get_config(self):
        return {"gain": self.gain, "seed": self.seed}


# Variances from the papers


@registry.add()
def lecun_uniform(seed=None):
    """Numbers spread evenly between ±√(3 / fan_in).

    Arguments
        seed: int, or None to draw one at each call.

    Returns
        an Initializer.  Source: LeCun et al. 1998.
    """
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


@registry.add()
def lecun_normal(seed=None):
    """Truncated normal numbers of standard deviation √(1 / fan_in).

    Arguments
        seed: int, or None to draw one at each call.

    Returns
        an Initializer.  Source: LeCun et al. 1998; Klambauer et al. 2017.
    """
    return VarianceScaling(1.0, "fan_in", "normal", seed)


@registry.add()
def glorot_uniform(seed=None):
    """Numbers spread evenly between ±√(6 / (fan_in + fan_out)).

    Arguments
        seed: int, or None to draw one at each call.

    Returns
        an Initializer.  Source: Glorot and Bengio 2010.
    """
    return VarianceScaling(1.0, "fan_avg", "uniform", seed)


@registry.add()
def glorot_normal(seed=None):
    """Truncated normal numbers of standard deviation √(2 / (fan_in + fan_out)).

    Arguments
        seed: int, or None to draw one at each call.

    Returns
        an Initializer.  Source: Glorot and Bengio 2010.
    """
    return VarianceScaling(1.0, "fan_avg", "normal", seed)


@registry.add()
def he_uniform(seed=None):
    """Numbers spread evenly between ±√(6 / fan_in).

    Arguments
        seed: int, or None to draw one at each call.

    Returns
        an Initializer.  Source: He et al. 2015.
    """
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


@registry.add()
def he_normal(seed=None):
    """Truncated normal numbers of standard deviation √(2 / fan_in).

    Arguments
        seed: int, or None to draw one at each call.

    Returns
        an Initializer.  Source: He et al. 2015.
    """
    return VarianceScaling(2.0, "fan_in", "normal", seed)


zero = zeros = Zeros
one = ones = Ones
constant = Constant
uniform = random_uniform = RandomUniform
normal = random_normal = RandomNormal
truncated_normal = TruncatedNormal
identity = Identity
orthogonal = Orthogonal


def _compute_fans(shape, data_format="channels_last"):
    """How many inputs and outputs a unit has, whose kernel has a shape.

    Arguments
        shape: tuple of ints: of a matrix (inputs, outputs), or of a convolution's kernel
            (window..., in, out), with channels first (out, in, window...).
        data_format: 'channels_last' or 'channels_first'.

    Returns
        (fan_in, fan_out)
    """
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) not in (3, 4, 5):
        return (math.sqrt(math.prod(shape)),) * 2
    if data_format == "channels_last":
        window, (inputs, outputs) = shape[:-2], shape[-2:]
    elif data_format == "channels_first":
        (outputs, inputs), window = shape[:2], shape[2:]
    else:
        raise ValueError(f"data_format is 'channels_last' or 'channels_first'; "
                         f"given {data_format!r}.")
    return inputs * math.prod(window), outputs * math.prod(window)


def serialize(initializer):
    """An initializer as data.

    Arguments
        initializer: Initializer or function.
    """
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """An initializer from data.

    Arguments
        config: name, or {'class_name': ..., 'config': {...}}.
        custom_objects: dict, name -> class or function.

    Raises
        ValueError: for an unknown name.
    """
    return registry.deserialize(config, custom_objects)


def get(identifier):
    """The initializer that an argument names.

    Arguments
        identifier: name, config, Initializer, or function of (shape, dtype=None).

    Raises
        ValueError: for an unknown name, or anything else.
    """
    if identifier is None:
        raise ValueError("Could not interpret initializer identifier: None. A weight needs an "
                         "initializer; 'glorot_uniform' and 'zeros' are the usual ones.")
    return registry.get(identifier)
