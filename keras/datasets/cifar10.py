"""CIFAR10: small colour images of ten classes (manual 12.1)."""
import os

import numpy as np

from ..utils import data_utils
from .cifar import arranged, load_batch

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"


def load_data():
    """50,000 and 10,000 images of airplane, automobile, bird, cat, deer, dog, frog, horse, ship
    and truck.

    Returns
        (x_train, y_train), (x_test, y_test): images uint8 (samples, 32, 32, 3), or
        (samples, 3, 32, 32) where channels come first; classes 0 ... 9 in (samples, 1), uint8
        and for the test int64, as in Keras 2.  The manual says (samples,).
    """
    folder = data_utils.get_file("cifar-10-batches-py", origin=URL, untar=True)
    batches = [load_batch(os.path.join(folder, f"data_batch_{i}")) for i in range(1, 6)]
    images = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([np.array(labels, "uint8") for _, labels in batches])
    return arranged(images, labels), arranged(*load_batch(os.path.join(folder, "test_batch")))
