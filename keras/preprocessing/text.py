"""Text as numbers (manual 6.2). Texts may come from an iterator: no more than one is held."""
import json
import warnings
from collections import Counter
from functools import lru_cache
from hashlib import md5

import numpy as np

MODES = ("binary", "count", "tfidf", "freq")


@lru_cache(maxsize=64)
def _translation(filters, split):
    return str.maketrans(dict.fromkeys(filters, split))


def text_to_word_sequence(text, filters='!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', lower=True,
                          split=" "):
    """The words of a text.

    Arguments
        text: string.
        filters: string or list of characters that are taken out; they part words.
        lower: whether to change the text to lower case.
        split: string that stands between words.

    Returns
        list of strings.  Source: Keras 2.1.6 manual, 6.2.1.
    """
    if not isinstance(text, str):
        raise TypeError(f"a text is a string; given {type(text).__name__}: {text!r:.60}. Missing "
                        f"values (None, nan) can be replaced by ''.")
    if lower:
        text = text.lower()
    if not isinstance(filters, str):
        filters = "".join(filters)
    return [word for word in text.translate(_translation(filters, split)).split(split) if word]


def _md5_number(word):
    return int(md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


def hashing_trick(text, n, hash_function=None,
                  filters='!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', lower=True, split=" "):
    """The words of a text as numbers from 1 to n - 1, made by a hash: different words may share
    one.

    Arguments
        text: string.
        n: int, the size of the space.
        hash_function: function from string to int; 'md5' for one that is the same in every run;
            None for Python's `hash`, which is not.
        filters, lower, split: as for `text_to_word_sequence`.

    Returns
        list of ints.  Source: Keras 2.1.6 manual, 6.2.3.
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5_number
    if not callable(hash_function):
        raise ValueError(f"hashing_trick: hash_function is a function, 'md5' or None; given "
                         f"{hash_function!r:.60}.")
    if n < 2:
        raise ValueError(f"hashing_trick: n is an int >= 2, for 0 stands for no word; given {n}.")
    words = text_to_word_sequence(text, filters, lower, split)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def one_hot(text, n, filters='!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', lower=True, split=" "):
    """The words of a text as numbers from 1 to n - 1, by Python's `hash`: as `hashing_trick`.

    Arguments
        text: string.
        n: int, the size of the space.
        filters, lower, split: as for `text_to_word_sequence`.

    Returns
        list of ints.
    """
    return hashing_trick(text, n, hash, filters, lower, split)


class Tokenizer:
    """Numbers words by how common they are, from 1; then turns texts into numbers.

    Arguments
        num_words: int; numbers from here on are left out of sequences and matrices, so that the
            num_words - 1 most common words are kept. None for all.
        filters: string of characters that are taken out of texts.
        lower: whether to change texts to lower case.
        split: string that stands between words.
        char_level: whether each character is a word.
        oov_token: string that stands for words which are not known; it has number 1. None to
            leave them out (2.2).
        document_count: int, texts seen before.

    After fitting: `word_counts`, how often each word was met; `word_docs`, in how many texts;
    `word_index`, its number; `index_word` and `index_docs`, the same by number; `document_count`,
    the number of texts.  Source: Keras 2.1.6 manual, 6.2.4.
    """

    oov_token = None  # Tokenizers pickled by older versions have none

    def __init__(self, num_words=None, filters='!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n',
                 lower=True, split=" ", char_level=False, oov_token=None, document_count=0,
                 **kwargs):
        if "nb_words" in kwargs:
            warnings.warn("The `nb_words` argument in `Tokenizer` has been renamed `num_words`.",
                          stacklevel=2)
            num_words = kwargs.pop("nb_words")
        if kwargs:
            raise TypeError(f"Tokenizer: unknown argument {sorted(kwargs)[0]!r}; it takes "
                            f"num_words, filters, lower, split, char_level, oov_token.")
        self.word_counts = Counter()
        self.word_docs = Counter()
        self.filters = filters
        self.split = split
        self.lower = lower
        self.num_words = num_words
        self.document_count = document_count
        self.char_level = char_level
        self.oov_token = oov_token
        self.index_docs = Counter()
        self.word_index = {}
        self.index_word = {}

    def _words(self, text):
        """The words of a text, or of a list that already holds words."""
        if self.char_level or isinstance(text, list):
            if not self.lower:
                return text
            return [word.lower() for word in text] if isinstance(text, list) else text.lower()
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    # Fitting

    def fit_on_texts(self, texts):
        """Count words, and number them anew.

        Arguments
            texts: list or iterator of strings, or of lists of words.
        """
        for text in texts:
            words = self._words(text)
            self.document_count += 1
            self.word_counts.update(words)
            self.word_docs.update(set(words))
        ordered = sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        if self.oov_token is not None:
            ordered.insert(0, self.oov_token)
        self.word_index = {word: i for i, word in enumerate(ordered, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        self.index_docs = Counter({self.word_index[word]: count
                                   for word, count in self.word_docs.items()})

    def fit_on_sequences(self, sequences):
        """Count in how many sequences each number is; for the mode 'tfidf' without texts.

        Arguments
            sequences: list of lists of ints.
        """
        for sequence in sequences:
            self.document_count += 1
            self.index_docs.update(set(sequence))

    # Texts to numbers, and back

    def texts_to_sequences(self, texts):
        """Texts as lists of word numbers.

        Arguments
            texts: list or iterator of strings, or of lists of words.

        Returns
            list of lists of ints; words that are not known or too rare are left out, or stand
            as the number of `oov_token`.
        """
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """The same as `texts_to_sequences`, one by one.

        Arguments
            texts: list or iterator of strings, or of lists of words.
        """
        known = self.word_index
        if self.num_words:
            known = {word: i for word, i in known.items() if i < self.num_words}
        other = None
        if self.oov_token is not None:
            other = self.word_index.get(self.oov_token)
        for text in texts:
            found = [known.get(word, other) for word in self._words(text)]
            yield found if other is not None else [i for i in found if i is not None]

    def sequences_to_texts(self, sequences):
        """Lists of word numbers as texts, a space between words.

        Arguments
            sequences: list of lists of ints.

        Returns
            list of strings.
        """
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """The same as `sequences_to_texts`, one by one.

        Arguments
            sequences: list or iterator of lists of ints.
        """
        known = self.index_word
        if self.num_words:
            known = {i: word for i, word in known.items() if i < self.num_words}
        other = None
        if self.oov_token is not None:
            other = self.index_word.get(self.word_index.get(self.oov_token))
        for sequence in sequences:
            words = (known.get(int(i), other) for i in sequence)
            yield " ".join(word for word in words if word is not None)

    # Matrices

    def texts_to_matrix(self, texts, mode="binary"):
        """Texts as rows with a column for each word number.

        Arguments
            texts: list of strings, or of lists of words.
            mode: 'binary' for 1 where the word is met; 'count' for how often; 'freq' for its
                share of the text; 'tfidf' for (1 + ln count) ln(1 + documents / (1 + documents
                with the word)).

        Returns
            array (texts, num_words), or one column more than there are words.
        """
        return self.sequences_to_matrix(self.texts_to_sequences_generator(texts), mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """Lists of word numbers as rows with a column for each number.

        Arguments
            sequences: list of lists of ints.
            mode: as for `texts_to_matrix`.

        Returns
            array (sequences, num_words).
        """
        columns = self._columns(mode)
        sequences = list(sequences)
        matrix = np.zeros((len(sequences), columns))
        lengths = np.array([len(sequence) for sequence in sequences], dtype="int64")
        numbers = np.array([i for sequence in sequences for i in sequence], dtype="int64")
        rows = np.repeat(np.arange(len(sequences)), lengths)
        kept = numbers < columns
        places, counts = np.unique(rows[kept] * columns + numbers[kept], return_counts=True)
        rows, numbers = np.divmod(places, columns)
        matrix[rows, numbers] = self._scores(mode, counts, numbers, lengths[rows])
        return matrix

    def _columns(self, mode):
        if mode not in MODES:
            raise ValueError(f"Unknown vectorization mode: {mode!r:.60}. It is one of "
                             f"{', '.join(map(repr, MODES))}.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        if not self.num_words and not self.word_index:
            raise ValueError("Specify a dimension (`num_words` argument), or fit on some text "
                             "data first.")
        return self.num_words or len(self.word_index) + 1

    def _scores(self, mode, counts, numbers, lengths):
        """The entries of a matrix for words met `counts` times in texts of some lengths."""
        if mode == "tfidf":
            texts_with = np.array([self.index_docs.get(i, 0) for i in numbers.tolist()])
            return (1 + np.log(counts)) * np.log(1 + self.document_count / (1 + texts_with))
        if mode == "freq":
            return counts / lengths
        return counts if mode == "count" else 1

    # As data

    def get_config(self):
        """The Tokenizer as data.

        Returns
            dict; its dictionaries are JSON text, as in Keras 2.2's files.
        """
        learned = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        config = {name: getattr(self, name) for name in (
            "num_words", "filters", "lower", "split", "char_level", "oov_token",
            "document_count")}
        return {**config, **{name: json.dumps(getattr(self, name)) for name in learned}}

    def to_json(self, **kwargs):
        """The Tokenizer as JSON text; `tokenizer_from_json` makes one of it.

        Arguments
            kwargs: passed on to `json.dumps`.
        """
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


def tokenizer_from_json(json_string):
    """A Tokenizer from what its `to_json` returned.

    Arguments
        json_string: text.
    """
    config = dict(json.loads(json_string)["config"])
    word_counts, word_docs, word_index = (
        json.loads(config.pop(name)) for name in ("word_counts", "word_docs", "word_index"))
    index_docs, index_word = (
        {int(i): value for i, value in json.loads(config.pop(name)).items()}
        for name in ("index_docs", "index_word"))
    tokenizer = Tokenizer(**config)
    tokenizer.word_counts = Counter(word_counts)
    tokenizer.word_docs = Counter(word_docs)
    tokenizer.index_docs = Counter(index_docs)
    tokenizer.word_index = word_index
    tokenizer.index_word = index_word
    return tokenizer
