"""MNIST: handwritten digits, 28 x 28 (manual 12.5)."""
from ..utils import data_utils
from .reading import npz_arrays

URL = "https://s3.amazonaws.com/img-datasets/mnist.npz"
HASH = "8a61469f7ea1b51cbae51d4f78837e45"


def load_data(path="mnist.npz"):
    """60,000 and 10,000 images of the digits 0 ... 9.

    Arguments
        path: where the file is kept, below ~/.keras/datasets; downloaded if it is not there.

    Returns
        (x_train, y_train), (x_test, y_test): uint8, images (samples, 28, 28) with 0 for
        background, digits (samples,).
    """
    path = data_utils.get_file(path, origin=URL, file_hash=HASH)
    x_train, y_train, x_test, y_test = npz_arrays(
        path, ["x_train", "y_train", "x_test", "y_test"])
    return (x_train, y_train), (x_test, y_test)
