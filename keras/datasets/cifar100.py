"""CIFAR100: small colour images of a hundred classes (manual 12.2)."""
import os

from ..utils import data_utils
from .cifar import arranged, load_batch

URL = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"


def load_data(label_mode="fine"):
    """50,000 and 10,000 images.

    Arguments
        label_mode: 'fine' for 100 classes, 'coarse' for the 20 groups that they form.

    Returns
        (x_train, y_train), (x_test, y_test): images uint8 (samples, 32, 32, 3), or
        (samples, 3, 32, 32) where channels come first; classes int64 (samples, 1).
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"`label_mode` must be one of `fine`, `coarse`; given {label_mode!r}.")
    folder = data_utils.get_file("cifar-100-python", origin=URL, untar=True)
    key = f"{label_mode}_labels"
    return (arranged(*load_batch(os.path.join(folder, "train"), key)),
            arranged(*load_batch(os.path.join(folder, "test"), key)))
