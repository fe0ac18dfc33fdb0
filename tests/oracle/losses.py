"""The losses of chapter 7, a value for each sample, and how they become one number.

Source: facts/defaults.md, sections 2 and 3 (Keras 2.2.4).
"""

import numpy as np

from . import nn
from .arrays import EPSILON, array


def mean_squared_error(y_true, y_pred):
    """mean((p - t) ** 2)"""
    return np.mean((array(y_pred) - array(y_true)) ** 2, axis=-1)


def mean_absolute_error(y_true, y_pred):
    """mean(|p - t|)"""
    return np.mean(np.abs(array(y_pred) - array(y_true)), axis=-1)


def mean_absolute_percentage_error(y_true, y_pred):
    """100 * mean(|t - p| / |t|), with |t| at least epsilon."""
    t, p = array(y_true), array(y_pred)
    return 100.0 * np.mean(np.abs(t - p) / np.maximum(np.abs(t), EPSILON), axis=-1)


def mean_squared_logarithmic_error(y_true, y_pred):
    """mean((log(p + 1) - log(t + 1)) ** 2), with p and t at least epsilon."""
    t, p = np.maximum(array(y_true), EPSILON), np.maximum(array(y_pred), EPSILON)
    return np.mean((np.log(p + 1) - np.log(t + 1)) ** 2, axis=-1)


def hinge(y_true, y_pred):
    """mean(max(1 - t * p, 0)), with labels -1 and 1."""
    return np.mean(np.maximum(1 - array(y_true) * array(y_pred), 0), axis=-1)


def squared_hinge(y_true, y_pred):
    """mean(max(1 - t * p, 0) ** 2), with labels -1 and 1."""
    return np.mean(np.maximum(1 - array(y_true) * array(y_pred), 0) ** 2, axis=-1)


def categorical_hinge(y_true, y_pred):
    """max(0, 1 + the largest wrong score - the right score)"""
    t, p = array(y_true), array(y_pred)
    right, wrong = np.sum(t * p, axis=-1), np.max((1 - t) * p, axis=-1)
    return np.maximum(0, wrong - right + 1)


def logcosh(y_true, y_pred):
    """mean(log(cosh(p - t)))"""
    x = array(y_pred) - array(y_true)
    return np.mean(np.logaddexp(x, -x) - np.log(2.0), axis=-1)


def categorical_crossentropy(y_true, y_pred):
    """K.categorical_crossentropy of probabilities."""
    return nn.categorical_crossentropy(y_true, y_pred)


def sparse_categorical_crossentropy(y_true, y_pred):
    """K.sparse_categorical_crossentropy of probabilities; a value for each target."""
    return nn.sparse_categorical_crossentropy(y_true, y_pred)


def binary_crossentropy(y_true, y_pred):
    """The mean of K.binary_crossentropy of probabilities."""
    return np.mean(nn.binary_crossentropy(y_true, y_pred), axis=-1)


def kullback_leibler_divergence(y_true, y_pred):
    """sum(t * log(t / p)), with t and p in [epsilon, 1]."""
    t, p = np.clip(array(y_true), EPSILON, 1), np.clip(array(y_pred), EPSILON, 1)
    return np.sum(t * np.log(t / p), axis=-1)


def poisson(y_true, y_pred):
    """mean(p - t * log(p + epsilon))"""
    t, p = array(y_true), array(y_pred)
    return np.mean(p - t * np.log(p + EPSILON), axis=-1)


def cosine_proximity(y_true, y_pred):
    """-sum(t / |t| * p / |p|): the negative cosine of the angle between target and prediction."""
    return -np.sum(nn.l2_normalize(y_true, -1) * nn.l2_normalize(y_pred, -1), axis=-1)


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence
cosine = cosine_proximity


def reduced(values, weights=None, mask=None):
    """The mean of the values of a loss (or metric), masked and weighted as Keras 2 does it.

    The mask divides by its own mean, the weights by the share of weights that are not zero: so
    samples of weight 0 do not count in the mean, and weights [2, 2] give twice the loss.
    """
    values = array(values)
    if mask is not None:
        mask = np.asarray(mask, "float64")
        values = values * mask / np.mean(mask)
    if weights is not None:
        weights = array(weights)
        values = np.mean(values, axis=tuple(range(weights.ndim, values.ndim)))
        values = values * weights / np.mean(weights != 0)
    return np.mean(values)


def total(losses, loss_weights=None, penalties=()):
    """The loss that is trained: the weighted sum over outputs, plus all regularisation."""
    weights = [1.0] * len(losses) if loss_weights is None else loss_weights
    weighted = sum(weight * loss for weight, loss in zip(weights, losses, strict=True))
    return weighted + sum(penalties)
