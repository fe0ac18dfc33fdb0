"""What IMDB and Reuters share: texts as lists of word numbers."""
import json
import warnings

import numpy as np

from ..utils import data_utils


def old_spelling(num_words, options):
    """`num_words`, also under its name of Keras 1.

    Arguments
        num_words: int or None.
        options: dict of the keyword arguments that are not known.

    Errors    TypeError for others than nb_words.
    """
    if "nb_words" in options:
        warnings.warn("The `nb_words` argument in `load_data` has been renamed `num_words`.",
                      stacklevel=3)
        num_words = options.pop("nb_words")
    if options:
        raise TypeError(f"Unrecognized keyword arguments: {', '.join(options)}; load_data takes "
                        f"path, num_words, skip_top, maxlen, seed, start_char, oov_char and "
                        f"index_from.")
    return num_words


def shuffled(xs, labels):
    """Both in one new order, drawn from np.random.

    Arguments
        xs: array of lists.
        labels: array.
    """
    order = np.arange(len(xs))
    np.random.shuffle(order)
    return xs[order], labels[order]


def numbered(xs, start_char, index_from):
    """The texts with the number that begins each, and words counted from `index_from`.

    Arguments
        xs: iterable of lists of ints.
        start_char: int, or None for none.
        index_from: int.
    """
    begin = [] if start_char is None else [start_char]
    return [begin + [word + index_from for word in x] if begin or index_from else list(x)
            for x in xs]


def shorter(xs, labels, maxlen):
    """The texts with less than `maxlen` numbers, and their labels.

    Arguments
        xs: list of lists.
        labels: array.
        maxlen: int.
    """
    kept = [i for i, x in enumerate(xs) if len(x) < maxlen]
    return [xs[i] for i in kept], labels[kept]


def frequent(xs, num_words, skip_top, oov_char):
    """The texts with only the words skip_top <= word < num_words.

    Arguments
        xs: list of lists.
        num_words: int; None or 0 for the largest number that occurs.
        skip_top: int.
        oov_char: int that stands for the other words, or None to leave them out.
    """
    if not num_words:
        num_words = max((max(x, default=0) for x in xs), default=0)
    if oov_char is None:
        return [[word for word in x if skip_top <= word < num_words] for x in xs]
    return [[word if skip_top <= word < num_words else oov_char for word in x] for x in xs]


def word_index(path, url, checksum):
    """dict, word -> its rank, 1 for the most frequent.

    Arguments
        path: where the file is kept, below ~/.keras/datasets.
        url: where it comes from.
        checksum: of the file.
    """
    path = data_utils.get_file(path, origin=url, file_hash=checksum)
    with open(path, encoding="utf-8") as file:
        return json.load(file)
