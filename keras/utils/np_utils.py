"""Helpers for NumPy arrays of targets and data."""
import numpy as np


def to_categorical(y, num_classes=None, dtype="float32"):
    """Class numbers as rows with a 1 at the place of the class: one-hot.

    Arguments
        y: class numbers from 0, in an array or list of any shape.
        num_classes: int, the number of classes; None for the largest number in y, plus 1.
        dtype: of the result (Keras 2.2).

    Returns
        array.

    Shapes    (n,) or (n, 1) -> (n, num_classes);  (n, T) -> (n, T, num_classes)
    Source: Keras 2.1.6 manual, 20.4.
    """
    y = np.asarray(y).astype("int")
    shape = y.shape[:-1] if y.ndim > 1 and y.shape[-1] == 1 else y.shape
    y = y.ravel()
    if num_classes is None:
        num_classes = np.max(y) + 1
    if y.size and not 0 <= y.min() <= y.max() < num_classes:
        raise IndexError(f"to_categorical: classes are numbered from 0 to {num_classes - 1}; "
                         f"given numbers from {y.min()} to {y.max()}. Renumber the labels, or "
                         f"raise num_classes.")
    categorical = np.zeros((y.size, num_classes), dtype)
    categorical[np.arange(y.size), y] = 1
    return categorical.reshape(*shape, num_classes)


def normalize(x, axis=-1, order=2):
    """x divided by its norm along an axis; rows of zeros stay zero.

    Arguments
        x: array.
        axis: int, the axis along which the norm is taken.
        order: the norm's order: 2 for the Euclidean length.

    Returns
        array, a copy.  Source: Keras 2.1.6 manual, 20.5.
    """
    x = np.asarray(x)
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norm == 0, 1, norm)
