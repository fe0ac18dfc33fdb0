"""IMDB: reviews of films, for or against (manual 12.3)."""
import numpy as np

from ..utils import data_utils
from . import sequences
from .reading import npz_arrays, object_array

URL = "https://s3.amazonaws.com/text-datasets/imdb.npz"
HASH = "599dadb1135973df5b59232a0e9a887c"
INDEX_URL = "https://s3.amazonaws.com/text-datasets/imdb_word_index.json"
INDEX_HASH = "bfafd718b763782e994055a2d397834f"


def load_data(path="imdb.npz", num_words=None, skip_top=0, maxlen=None, seed=113, start_char=1,
              oov_char=2, index_from=3, **kwargs):
    """25,000 and 25,000 reviews, each a list of word numbers: 0 for padding, `start_char` at the
    beginning, `oov_char` for left out words, index_from + rank for the others.

    Arguments
        path: where the file is kept, below ~/.keras/datasets; downloaded if it is not there.
        num_words: int: numbers from this on are left out. None leaves out only the largest.
        skip_top: int: numbers below this are left out.
        maxlen: int: reviews of this length or longer are left out.
        seed: int, of the order; it sets np.random's global state.
        start_char: int, or None for none.
        oov_char: int, or None to leave no trace of left out words.
        index_from: int, added to each word's rank.
        kwargs: nb_words, the name of num_words in Keras 1.

    Returns
        (x_train, y_train), (x_test, y_test): arrays of lists, and of 1 (for) or 0 (against).
        With maxlen the first 25,000 of what is left are x_train, as in Keras 2.
    """
    num_words = sequences.old_spelling(num_words, kwargs)
    path = data_utils.get_file(path, origin=URL, file_hash=HASH)
    x_train, y_train, x_test, y_test = npz_arrays(
        path, ["x_train", "y_train", "x_test", "y_test"])
    np.random.seed(seed)
    x_train, y_train = sequences.shuffled(x_train, y_train)
    x_test, y_test = sequences.shuffled(x_test, y_test)
    xs = sequences.numbered([*x_train, *x_test], start_char, index_from)
    labels = np.concatenate([y_train, y_test])
    if maxlen:
        xs, labels = sequences.shorter(xs, labels, maxlen)
        if not xs:
            raise ValueError(f"After filtering for sequences shorter than maxlen={maxlen}, no "
                             f"sequence was kept. Increase maxlen.")
    xs = sequences.frequent(xs, num_words, skip_top, oov_char)
    count = len(x_train)
    return ((object_array(xs[:count]), labels[:count]),
            (object_array(xs[count:]), labels[count:]))


def get_word_index(path="imdb_word_index.json"):
    """dict, word -> its rank, 1 for the most frequent; load_data adds index_from.

    Arguments
        path: where the file is kept, below ~/.keras/datasets; downloaded if it is not there.
    """
    return sequences.word_index(path, INDEX_URL, INDEX_HASH)
