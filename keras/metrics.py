"""Metrics: functions of targets and predictions that are reported, not minimised (manual,
chapter 8). Every loss function is a metric too.

'accuracy' and 'crossentropy' are no functions: `compile` picks the one that goes with the loss.
"""
from . import backend as K
from . import losses
from .losses import (
    KLD,
    MAE,
    MAPE,
    MSE,
    MSLE,
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    cosine,
    cosine_proximity,
    hinge,
    kld,
    kullback_leibler_divergence,
    logcosh,
    mae,
    mape,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    mse,
    msle,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from .registry import Registry, serialize_keras_object

registry = Registry("metric function")
registry.update(losses.registry.entries)


@registry.add()
def binary_accuracy(y_true, y_pred):
    """The share of predictions that, rounded, equal the target; 0.5 counts as 0.

    Arguments
        y_true: tensor of targets, 0 or 1.
        y_pred: tensor of probabilities, of the same shape.

    Shapes    (samples, ..., n) -> (samples, ...)
    """
    return K.mean(K.equal(y_true, K.round(y_pred)), axis=-1)


@registry.add()
def categorical_accuracy(y_true, y_pred):
    """1 where the likeliest class is the right one, else 0.

    Arguments
        y_true: tensor of targets, one-hot rows.
        y_pred: tensor of probabilities, of the same shape.

    Shapes    (samples, ..., classes) -> (samples, ...)
    """
    return K.cast(K.equal(K.argmax(y_true), K.argmax(y_pred)), K.floatx())


def _class_numbers(y_true, y_pred):
    """Sparse targets in the shape of the predictions without their last axis."""
    wanted = K.int_shape(y_pred)[:-1]
    if K.ndim(y_true) == len(wanted):
        return y_true
    if K.ndim(y_true) != len(wanted) + 1 or K.int_shape(y_true)[-1] not in (1, None):
        raise ValueError(f"sparse accuracy: targets are class numbers of shape {wanted} or "
                         f"{(*wanted, 1)}; given shape {K.int_shape(y_true)}. For one-hot "
                         f"targets take the categorical metric.")
    return K.max(y_true, axis=-1)


@registry.add()
def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the likeliest class is the right one, else 0.

    Arguments
        y_true: tensor of class numbers, (samples, ...) or (samples, ..., 1).
        y_pred: tensor of probabilities, (samples, ..., classes).

    Shapes    -> (samples, ...)
    """
    target = _class_numbers(y_true, y_pred)
    found = K.cast(K.argmax(y_pred), K.dtype(target))
    return K.cast(K.equal(target, found), K.floatx())


@registry.add()
def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """The share of samples whose class is among the k likeliest; ties count as in.

    Arguments
        y_true: tensor of targets, one-hot rows (samples, classes).
        y_pred: tensor of probabilities, of the same shape.
        k: int.

    Returns
        scalar tensor, the mean over the samples.
    """
    return K.mean(K.in_top_k(y_pred, K.argmax(y_true), k))


@registry.add()
def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    """As `top_k_categorical_accuracy`, for class numbers.

    Arguments
        y_true: tensor of class numbers, (samples,) or (samples, 1).
        y_pred: tensor of probabilities, (samples, classes).
        k: int.

    Returns
        scalar tensor, the mean over the samples.
    """
    target = K.cast(_class_numbers(y_true, y_pred), "int64")
    return K.mean(K.in_top_k(y_pred, target, k))


def serialize(metric):
    """The name of a metric function; the config of a stateful metric.

    Arguments
        metric: callable.
    """
    return serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """A metric from data.

    Arguments
        config: name, or the config of a stateful metric.
        custom_objects: dict, name -> function or class.

    Raises
        ValueError: for an unknown name.
    """
    return registry.deserialize(config, custom_objects)


def get(identifier):
    """The metric that an argument names.

    Arguments
        identifier: name, config, function of (y_true, y_pred), stateful metric, or None for
            none.

    Raises
        ValueError: for an unknown name, or anything else.
    """
    return registry.get(identifier)


__all__ = ["KLD", "MAE", "MAPE", "MSE", "MSLE", "binary_accuracy", "binary_crossentropy",
           "categorical_accuracy", "categorical_crossentropy", "categorical_hinge", "cosine",
           "cosine_proximity", "deserialize", "get", "hinge", "kld",
           "kullback_leibler_divergence", "logcosh", "mae", "mape", "mean_absolute_error",
           "mean_absolute_percentage_error", "mean_squared_error",
           "mean_squared_logarithmic_error", "mse", "msle", "poisson", "serialize",
           "sparse_categorical_accuracy", "sparse_categorical_crossentropy",
           "sparse_top_k_categorical_accuracy", "squared_hinge", "top_k_categorical_accuracy"]
