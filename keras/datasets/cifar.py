"""What CIFAR10 and CIFAR100 share: their files, pickles that Python 2 wrote."""
import numpy as np

from .. import backend as K
from .reading import UnsafeFileError, unpickled


def load_batch(fpath, label_key="labels"):
    """The images and labels of one file.

    Arguments
        fpath: path.
        label_key: under which name the labels stand: 'labels', 'fine_labels', 'coarse_labels'.

    Returns
        (uint8 array (samples, 3, 32, 32), list of ints).
    """
    with open(fpath, "rb") as file:
        content = unpickled(file, fpath, encoding="bytes")
    try:
        images, labels = content[b"data"], content[label_key.encode()]
        return images.reshape(len(images), 3, 32, 32), labels
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise UnsafeFileError(f"{fpath}: not a batch of CIFAR with {label_key!r}: {error}. Delete "
                              f"its folder and download it again.") from error


def arranged(images, labels):
    """Images in the data format in use, and labels as a column.

    Arguments
        images: array (samples, 3, 32, 32).
        labels: list or array of ints.
    """
    if K.image_data_format() == "channels_last":
        images = images.transpose(0, 2, 3, 1)
    return images, np.reshape(labels, (len(labels), 1))
