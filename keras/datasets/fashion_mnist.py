"""Fashion-MNIST: articles of clothing, 28 x 28 (manual 12.6)."""
import gzip
import zlib

import numpy as np

from ..utils import data_utils
from .reading import UnsafeFileError

URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
LABELS, IMAGES = 0x801, 0x803  # how the two kinds of files begin: bytes, in 1 or 3 axes
MOST = 10 ** 6  # samples; there are 60,000


def load_data():
    """60,000 and 10,000 images of ten kinds: 0 T-shirt, 1 trouser, 2 pullover, 3 dress, 4 coat,
    5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot.

    Returns
        (x_train, y_train), (x_test, y_test): uint8, images (samples, 28, 28) with 0 for
        background, kinds (samples,). The files are kept below ~/.keras/datasets/fashion-mnist.
    """
    found = {}
    for part in ("train", "t10k"):
        for kind, magic in (("labels-idx1", LABELS), ("images-idx3", IMAGES)):
            name = f"{part}-{kind}-ubyte.gz"
            path = data_utils.get_file(name, origin=URL + name,
                                       cache_subdir="datasets/fashion-mnist")
            found[part, magic] = idx_array(path, magic)
    return ((found["train", IMAGES], found["train", LABELS]),
            (found["t10k", IMAGES], found["t10k", LABELS]))


def idx_array(path, magic):
    """The array of a gzipped idx file: four bytes that tell its kind, four for each size, then
    the elements, one byte each.

    Arguments
        path: string.
        magic: int, the four bytes it is to begin with; the last is the number of axes.

    Errors    UnsafeFileError, a ValueError, for a file that is broken or of another kind.
    """
    try:
        with gzip.open(path) as file:
            begin = np.frombuffer(file.read(4 + 4 * (magic & 7)), ">u4")
            shape = tuple(int(size) for size in begin[1:])
            if begin[:1] != [magic] or shape[0] > MOST or shape[1:] not in ((), (28, 28)):
                raise UnsafeFileError(f"{path}: not the data it should be; it begins with "
                                      f"{begin.tolist()}. Delete it and download it again.")
            size = int(np.prod(shape))
            data = file.read(size + 1)  # to the end, where the checksum is compared
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as error:
        if isinstance(error, (FileNotFoundError, UnsafeFileError)):
            raise
        raise UnsafeFileError(f"{path}: broken ({error}). Delete it and download it "
                              f"again.") from error
    if len(data) != size:
        raise UnsafeFileError(f"{path}: {len(data)} elements or more, where it tells {size}. "
                              f"Delete it and download it again.")
    return np.frombuffer(data, np.uint8).copy().reshape(shape)
