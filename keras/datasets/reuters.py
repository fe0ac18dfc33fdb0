"""Reuters: newswires on 46 topics (manual 12.4)."""
import numpy as np

from ..utils import data_utils
from . import sequences
from .reading import npz_arrays, object_array

URL = "https://s3.amazonaws.com/text-datasets/reuters.npz"
HASH = "87aedbeb0cb229e378797a632c1997b6"
INDEX_URL = "https://s3.amazonaws.com/text-datasets/reuters_word_index.json"
INDEX_HASH = "4d44cc38712099c9e383dc6e5f11a921"


def load_data(path="reuters.npz", num_words=None, skip_top=0, maxlen=None, test_split=0.2,
              seed=113, start_char=1, oov_char=2, index_from=3, **kwargs):
    """11,228 newswires, each a list of word numbers as of `imdb.load_data`.

    Arguments
        path: where the file is kept, below ~/.keras/datasets; downloaded if it is not there.
        num_words: int: numbers from this on are left out. None leaves out only the largest.
        skip_top: int: numbers below this are left out.
        maxlen: int: newswires of this length or longer are left out.
        test_split: fraction of the newswires that are for the test.
        seed: int, of the order; it sets np.random's global state.
        start_char: int, or None for none.
        oov_char: int, or None to leave no trace of left out words.
        index_from: int, added to each word's rank.
        kwargs: nb_words, the name of num_words in Keras 1.

    Returns
        (x_train, y_train), (x_test, y_test): arrays of lists, and of topics 0 ... 45.
    """
    num_words = sequences.old_spelling(num_words, kwargs)
    path = data_utils.get_file(path, origin=URL, file_hash=HASH)
    xs, labels = npz_arrays(path, ["x", "y"])
    np.random.seed(seed)
    xs, labels = sequences.shuffled(xs, labels)
    xs = sequences.numbered(xs, start_char, index_from)
    if maxlen:
        xs, labels = sequences.shorter(xs, labels, maxlen)
    xs = sequences.frequent(xs, num_words, skip_top, oov_char)
    count = int(len(xs) * (1 - test_split))
    return ((object_array(xs[:count]), labels[:count]),
            (object_array(xs[count:]), labels[count:]))


def get_word_index(path="reuters_word_index.json"):
    """dict, word -> its rank, 1 for the most frequent; load_data adds index_from.

    Arguments
        path: where the file is kept, below ~/.keras/datasets; downloaded if it is not there.
    """
    return sequences.word_index(path, INDEX_URL, INDEX_HASH)
