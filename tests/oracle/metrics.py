"""The metrics of chapter 8 (facts/defaults.md, section 4)."""

import numpy as np

from . import elementwise, nn
from .arrays import array


def binary_accuracy(y_true, y_pred):
    """The share of elements equal to the rounded prediction, for each sample."""
    return np.mean(array(y_true) == elementwise.round(y_pred), axis=-1)


def categorical_accuracy(y_true, y_pred):
    """1 where the largest target and the largest prediction are in the same place, else 0."""
    hit = np.argmax(array(y_true), axis=-1) == np.argmax(array(y_pred), axis=-1)
    return hit.astype("float64")


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the target, of shape (n,), (n, 1) or (n, T, 1), is the place of the largest."""
    y_pred = array(y_pred)
    classes = array(y_true).reshape(y_pred.shape[:-1])
    return (classes == np.argmax(y_pred, axis=-1)).astype("float64")


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """The share of samples whose class is among the k largest predictions: one number."""
    return np.mean(nn.in_top_k(y_pred, np.argmax(array(y_true), axis=-1), k))


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    """The same for targets (n,) or (n, 1) that are class numbers."""
    return np.mean(nn.in_top_k(y_pred, array(y_true).reshape(-1), k))
