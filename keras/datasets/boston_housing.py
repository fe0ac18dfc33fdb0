"""Boston: prices of houses in the suburbs, in the 1970s (manual 12.7)."""
import numpy as np

from ..utils import data_utils
from .reading import npz_arrays

URL = "https://s3.amazonaws.com/keras-datasets/boston_housing.npz"
HASH = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """506 places with 13 attributes, and the median value of a house there.

    Arguments
        path: where the file is kept, below ~/.keras/datasets; downloaded if it is not there.
        test_split: fraction of the places that are for the test, 0 <= test_split < 1.
        seed: int, of the order; it sets np.random's global state.

    Returns
        (x_train, y_train), (x_test, y_test): float64 (samples, 13) and, in thousands of
        dollars, (samples,).
    """
    if not 0 <= test_split < 1:
        # Keras 2 asserts it, and the type of an error is behaviour.
        raise AssertionError(f"boston_housing: 0 <= test_split < 1; given {test_split}.")
    path = data_utils.get_file(path, origin=URL, file_hash=HASH)
    x, y = npz_arrays(path, ["x", "y"])
    np.random.seed(seed)
    order = np.arange(len(x))
    np.random.shuffle(order)
    x, y = x[order], y[order]
    count = int(len(x) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])
