"""Constraints: functions that an optimizer applies to a weight's new value (manual, chapter 17).

Norms are taken along `axis`: 0, the inputs of each unit, for the kernel of a Dense layer;
[0, 1, 2] for each filter of a Conv2D.
"""
from . import backend as K
from .registry import Registry, serialize_keras_object

registry = Registry("constraint", factories=True)


def _norm(w, axis):
    return K.sqrt(K.sum(K.square(w), axis=axis, keepdims=True))


class Constraint:
    """The base of constraints: called with a weight's new value, one returns what it may be."""

    def __call__(self, w):
        return w

    def get_config(self):
        """The arguments, as data."""
        return {}

    @classmethod
    def from_config(cls, config):
        """A constraint from what `get_config` returned."""
        return cls(**config)


@registry.add("max_norm", "maxnorm")
class MaxNorm(Constraint):
    """Norms of at most `max_value`: w min(norm, max_value) / (epsilon + norm).

    Arguments
        max_value: number, the largest norm.
        axis: int or list of ints, along which the norm is taken.

    Source: Srivastava et al. 2014.
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w):
        norm = _norm(w, self.axis)
        return w * (K.clip(norm, 0, self.max_value) / (K.epsilon() + norm))

    def get_config(self):
        return {"max_value": self.max_value, "axis": self.axis}


@registry.add("non_neg", "nonneg")
class NonNeg(Constraint):
    """No weight below 0: w where w >= 0, else 0."""

    def __call__(self, w):
        return w * K.cast(K.greater_equal(w, 0.0), K.dtype(w))


@registry.add("unit_norm", "unitnorm")
class UnitNorm(Constraint):
    """Norms of 1: w / (epsilon + norm).

    Arguments
        axis: int or list of ints, along which the norm is taken.
    """

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        return w / (K.epsilon() + _norm(w, self.axis))

    def get_config(self):
        return {"axis": self.axis}


@registry.add("min_max_norm")
class MinMaxNorm(Constraint):
    """Norms between two bounds: w desired / (epsilon + norm), where
    desired = rate clip(norm, min_value, max_value) + (1 - rate) norm.

    Arguments
        min_value: number, the smallest norm.
        max_value: number, the largest norm.
        rate: 0..1, how much of the way each step goes; 1 keeps the bounds strictly.
        axis: int or list of ints, along which the norm is taken.
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w):
        norm = _norm(w, self.axis)
        bounded = K.clip(norm, self.min_value, self.max_value)
        desired = self.rate * bounded + (1 - self.rate) * norm
        return w * (desired / (K.epsilon() + norm))

    def get_config(self):
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate,
                "axis": self.axis}


max_norm = maxnorm = MaxNorm
non_neg = nonneg = NonNeg
unit_norm = unitnorm = UnitNorm
min_max_norm = MinMaxNorm


def serialize(constraint):
    """A constraint as data.

    Arguments
        constraint: Constraint, function, or None.
    """
    return serialize_keras_object(constraint)


def deserialize(config, custom_objects=None):
    """A constraint from data.

    Arguments
        config: name, or {'class_name': ..., 'config': {...}}.
        custom_objects: dict, name -> class or function.

    Raises
        ValueError: for an unknown name.
    """
    return registry.deserialize(config, custom_objects)


def get(identifier):
    """The constraint that an argument names.

    Arguments
        identifier: name, config, Constraint, function of a tensor, or None for none.

    Raises
        ValueError: for an unknown name, or anything else.
    """
    return registry.get(identifier)
