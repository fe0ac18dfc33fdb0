"""Loss functions: of targets and predictions, a value for each sample (manual, chapter 7).

The last axis is folded away; what training minimises is the mean of what is left.
"""
import math

from . import backend as K
from .registry import Registry, serialize_keras_object

registry = Registry("loss function")


@registry.add("mse", "MSE")
def mean_squared_error(y_true, y_pred):
    """mean((p - t)²)

    Arguments
        y_true: tensor t of targets.
        y_pred: tensor p of predictions, of the same shape.
    """
    return K.mean(K.square(y_pred - y_true), axis=-1)


@registry.add("mae", "MAE")
def mean_absolute_error(y_true, y_pred):
    """mean(|p - t|)

    Arguments
        y_true: tensor t of targets.
        y_pred: tensor p of predictions, of the same shape.
    """
    return K.mean(K.abs(y_pred - y_true), axis=-1)


@registry.add("mape", "MAPE")
def mean_absolute_percentage_error(y_true, y_pred):
    """100 mean(|t - p| / |t|), with |t| at least epsilon.

    Arguments
        y_true: tensor t of targets.
        y_pred: tensor p of predictions, of the same shape.
    """
    share = K.abs(y_true - y_pred) / K.maximum(K.abs(y_true), K.epsilon())
    return 100.0 * K.mean(share, axis=-1)


@registry.add("msle", "MSLE")
def mean_squared_logarithmic_error(y_true, y_pred):
    """mean((log(p + 1) - log(t + 1))²), with p and t at least epsilon.

    Arguments
        y_true: tensor t of targets.
        y_pred: tensor p of predictions, of the same shape.
    """
    p = K.log(K.maximum(y_pred, K.epsilon()) + 1.0)
    t = K.log(K.maximum(y_true, K.epsilon()) + 1.0)
    return K.mean(K.square(p - t), axis=-1)


@registry.add()
def squared_hinge(y_true, y_pred):
    """mean(max(1 - t p, 0)²)

    Arguments
        y_true: tensor t of targets, -1 or 1.
        y_pred: tensor p of predictions, of the same shape.
    """
    return K.mean(K.square(K.maximum(1.0 - y_true * y_pred, 0.0)), axis=-1)


@registry.add()
def hinge(y_true, y_pred):
    """mean(max(1 - t p, 0))

    Arguments
        y_true: tensor t of targets, -1 or 1.
        y_pred: tensor p of predictions, of the same shape.
    """
    return K.mean(K.maximum(1.0 - y_true * y_pred, 0.0), axis=-1)


@registry.add()
def categorical_hinge(y_true, y_pred):
    """max(0, 1 + the largest wrong score - the right score)

    Arguments
        y_true: tensor of targets, a 1 at the right class, else 0.
        y_pred: tensor of scores, of the same shape.
    """
    right = K.sum(y_true * y_pred, axis=-1)
    wrong = K.max((1.0 - y_true) * y_pred, axis=-1)
    return K.maximum(0.0, wrong - right + 1.0)


@registry.add()
def logcosh(y_true, y_pred):
    """mean(log(cosh(p - t))): about x² / 2 for a small error x, |x| - log 2 for a large one.

    Arguments
        y_true: tensor t of targets.
        y_pred: tensor p of predictions, of the same shape.
    """
    x = y_pred - y_true
    return K.mean(x + K.softplus(-2.0 * x) - math.log(2.0), axis=-1)


@registry.add()
def categorical_crossentropy(y_true, y_pred):
    """-sum(t log(p)), with p divided by its sum and kept epsilon away from 0 and 1.

    Arguments
        y_true: tensor t of targets: one-hot rows, or probabilities.
        y_pred: tensor p of probabilities, of the same shape.
    """
    return K.categorical_crossentropy(y_true, y_pred)


@registry.add()
def sparse_categorical_crossentropy(y_true, y_pred):
    """-log(p of the right class), with p normalised as in `categorical_crossentropy`.

    Arguments
        y_true: tensor of class numbers, (samples, ...) or (samples, ..., 1).
        y_pred: tensor p of probabilities, (samples, ..., classes).
    """
    return K.sparse_categorical_crossentropy(y_true, y_pred)


@registry.add()
def binary_crossentropy(y_true, y_pred):
    """mean(-t log(p) - (1 - t) log(1 - p)), with p kept epsilon away from 0 and 1.

    Arguments
        y_true: tensor t of targets, 0..1.
        y_pred: tensor p of probabilities, of the same shape.
    """
    return K.mean(K.binary_crossentropy(y_true, y_pred), axis=-1)


@registry.add("kld", "KLD")
def kullback_leibler_divergence(y_true, y_pred):
    """sum(t log(t / p)), with t and p kept in [epsilon, 1].

    Arguments
        y_true: tensor t of probabilities.
        y_pred: tensor p of probabilities, of the same shape.
    """
    t = K.clip(y_true, K.epsilon(), 1)
    p = K.clip(y_pred, K.epsilon(), 1)
    return K.sum(t * K.log(t / p), axis=-1)


@registry.add()
def poisson(y_true, y_pred):
    """mean(p - t log(p + epsilon))

    Arguments
        y_true: tensor t of counts.
        y_pred: tensor p of predictions, of the same shape.
    """
    return K.mean(y_pred - y_true * K.log(y_pred + K.epsilon()), axis=-1)


@registry.add("cosine")
def cosine_proximity(y_true, y_pred):
    """-sum(t / |t| p / |p|): minus the cosine of the angle between targets and predictions.

    Arguments
        y_true: tensor t of targets.
        y_pred: tensor p of predictions, of the same shape.
    """
    return -K.sum(K.l2_normalize(y_true, axis=-1) * K.l2_normalize(y_pred, axis=-1), axis=-1)


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence
cosine = cosine_proximity


def serialize(loss):
    """The name of a loss function; a config, where it is an object that has one.

    Arguments
        loss: callable.
    """
    return serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss function of a name.

    Arguments
        name: string, or the config of a custom object.
        custom_objects: dict, name -> function.

    Raises
        ValueError: for an unknown name.
    """
    return registry.deserialize(name, custom_objects)


def get(identifier):
    """The loss function that an argument names.

    Arguments
        identifier: name, function of (y_true, y_pred), or None for none.

    Raises
        ValueError: for an unknown name, or anything else.
    """
    return registry.get(identifier)
