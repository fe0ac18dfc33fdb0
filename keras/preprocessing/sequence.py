"""Sequences of numbers: padding, skip-grams, windows over time series (manual 6.1)."""
import json
from itertools import chain

import numpy as np

from ..training.sequence import Sequence

SIDES = ("pre", "post")


# Padding


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre",
                  value=0.):
    """Sequences of different lengths as rows of one array.

    Arguments
        sequences: list of lists or arrays; each is a row. Elements may have a shape of their own.
        maxlen: int, the length of a row; None for that of the longest sequence.
        dtype: of the array; `object` or 'U..' for strings.
        padding: 'pre' or 'post', the side where `value` fills a short row.
        truncating: 'pre' or 'post', the side where a sequence longer than a row loses elements.
        value: number or string.

    Returns
        array (sequences, maxlen, *shape of an element).

    Raises
        ValueError: for something that is no list of sequences, and unknown sides.
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in SIDES:
            raise ValueError(f"pad_sequences: {name} is 'pre' or 'post'; given {side!r}.")
    rows, lengths = _measured(sequences)
    if maxlen is None:
        maxlen = max(lengths, default=0)
    _check_string(value, dtype)
    shape = next((np.shape(row)[1:] for row in rows if len(row)), ())
    padded = np.full((len(rows), maxlen, *shape), value, dtype)
    cut = slice(None, maxlen) if truncating == "post" else slice(-maxlen if maxlen else 0, None)
    rows = [row[cut] if length > maxlen else row for row, length in zip(rows, lengths)]
    if maxlen == 0:
        return padded
    lengths = np.minimum(lengths, maxlen).astype("int64")
    if shape or padded.dtype.kind not in "biuf":
        _fill_rows(padded, rows, lengths, padding)
        return padded
    places = np.arange(maxlen)
    filled = places < lengths[:, None] if padding == "post" else (
        places >= maxlen - lengths[:, None])
    padded[filled] = _flat(rows, padded.dtype, int(lengths.sum()))
    return padded


def _measured(sequences):
    """The sequences in a list, and their lengths."""
    if not hasattr(sequences, "__len__"):
        raise ValueError(f"`sequences` must be iterable: pad_sequences takes a list of sequences; "
                         f"given {type(sequences).__name__}. Put them into a list first.")
    rows = list(sequences)
    for i, row in enumerate(rows):
        if not hasattr(row, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: "
                             f"{row!r:.60}, number {i}. One sequence is [sequence].")
    return rows, [len(row) for row in rows]


def _check_string(value, dtype):
    if isinstance(value, str) and np.dtype(dtype).kind not in "OUS":
        raise ValueError(f"`dtype` {dtype} is not compatible with `value`'s type: "
                         f"{type(value)}. You should set `dtype=object` for variable length "
                         f"strings.")


def _fill_rows(padded, rows, lengths, padding):
    for target, row, length in zip(padded, rows, lengths):
        if not length:
            continue
        row = np.asarray(row, dtype=padded.dtype)
        if row.shape[1:] != padded.shape[2:]:
            raise ValueError(f"Shape of sample {row.shape[1:]} of a sequence is different from "
                             f"expected shape {padded.shape[2:]}: that of the first sequence.")
        target[slice(0, length) if padding == "post" else slice(-length, None)] = row


def _flat(rows, dtype, count):
    """All numbers of the rows, one after the other."""
    if all(isinstance(row, np.ndarray) for row in rows):
        return np.concatenate(rows) if rows else np.zeros(0, dtype)
    try:
        return np.fromiter(chain.from_iterable(rows), dtype, count)
    except (TypeError, ValueError) as error:
        raise ValueError(f"pad_sequences: a sequence holds something that is no number for "
                         f"dtype {dtype}: {error}.") from error


# Skip-grams


def make_sampling_table(size, sampling_factor=1e-5):
    """The probability with which the i-th most common word is taken: min(1, √(t / f_i)), t being
    the sampling factor and f_i the word's frequency if the words follow Zipf's law.

    Arguments
        size: int, the number of words, including number 0, which stands for none.
        sampling_factor: the lower it is, the less often common words are taken.

    Returns
        array (size,).  Source: Mikolov et al. 2013; 1 / f_i = i (ln i + γ) + 1/2 - 1 / (12 i).
    """
    i = np.maximum(np.arange(size), 1)
    euler = 0.577
    inverse_frequency = i * (np.log(i) + euler) + 0.5 - 1. / (12. * i)
    return np.minimum(1., np.sqrt(sampling_factor * inverse_frequency))


def skipgrams(sequence, vocabulary_size, window_size=4, negative_samples=1., shuffle=True,
              categorical=False, sampling_table=None, seed=None):
    """Pairs of words that stand near each other (label 1), and pairs by chance (label 0).

    Arguments
        sequence: list of word numbers; 0 stands for no word and is passed over.
        vocabulary_size: int, the largest word number + 1.
        window_size: int, how far apart the words of a pair stand at most.
        negative_samples: float >= 0, pairs by chance for each of the others.
        shuffle: whether to mix the pairs.
        categorical: whether labels are [0, 1] and [1, 0].
        sampling_table: array (vocabulary_size,), the probability of each word to be the first
            of pairs; see `make_sampling_table`.
        seed: int; None for one drawn from np.random.

    Returns
        (couples, labels): list of lists of two ints, list of ints or of lists.
        Source: Mikolov et al. 2013.
    """
    rng = np.random.RandomState(np.random.randint(2 ** 31 - 1) if seed is None else seed)
    words = np.asarray(sequence, dtype="int64")
    firsts = words != 0
    if sampling_table is not None:
        firsts &= np.asarray(sampling_table)[words] >= rng.random_sample(len(words))
    couples = _near(words, firsts, window_size)
    count = int(len(couples) * negative_samples)
    labels = np.repeat([1, 0], [len(couples), count])
    if count:
        chance = np.resize(rng.permutation(couples[:, 0]), count)
        others = rng.randint(1, max(vocabulary_size, 2), size=count)
        couples = np.concatenate([couples, np.stack([chance, others], axis=1)])
    if shuffle:
        order = rng.permutation(len(couples))
        couples, labels = couples[order], labels[order]
    if categorical:
        labels = np.stack([1 - labels, labels], axis=1)
    return couples.tolist(), labels.tolist()


def _near(words, firsts, window_size):
    """The pairs (word, word near it), in the order of the text."""
    places = np.flatnonzero(firsts)
    distances = np.array([d for d in range(-window_size, window_size + 1) if d], dtype="int64")
    near = places[:, None] + distances
    inside = (near >= 0) & (near < len(words))
    inside[inside] = words[near[inside]] != 0
    repeated = np.broadcast_to(words[places][:, None], near.shape)
    return np.stack([repeated[inside], words[near[inside]]], axis=1)


def _remove_long_seq(maxlen, seq, label):
    """The sequences shorter than `maxlen`, and their labels: two lists."""
    kept = [(x, y) for x, y in zip(seq, label) if len(x) < maxlen]
    return [x for x, _ in kept], [y for _, y in kept]


# Time series


class TimeseriesGenerator(Sequence):
    """Batches of windows over a time series, each with the target behind its end.

    Arguments
        data: list or array, its first axis is time.
        targets: list or array of the same length.
        length: int, the steps that a window spans.
        sampling_rate: int, only every so-manieth step of a window is in it.
        stride: int, steps from one window to the next.
        start_index, end_index: the first and the last place in `data` that is used; None for
            its end.
        shuffle: whether windows are taken by chance, not in order.
        reverse: whether windows run backwards.
        batch_size: int, windows in a batch; the last one may have fewer.

    Shapes    (length of data, ...) -> batches (batch_size, length / sampling_rate, ...), and
              targets (batch_size, ...)
    Source: Keras 2.2.4.
    """

    def __init__(self, data, targets, length, sampling_rate=1, stride=1, start_index=0,
                 end_index=None, shuffle=False, reverse=False, batch_size=128):
        if len(data) != len(targets):
            raise ValueError(f"Data and targets have to be of same length. Data length is "
                             f"{len(data)} while target length is {len(targets)}.")
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(f"`start_index+length={self.start_index} > "
                             f"end_index={self.end_index}` is disallowed, as no part of the "
                             f"sequence would be left to be used as current step.")

    def __len__(self):
        span = self.batch_size * self.stride
        return (self.end_index - self.start_index + span) // span

    def __getitem__(self, index):
        if self.shuffle:
            ends = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            behind = min(first + self.batch_size * self.stride, self.end_index + 1)
            ends = np.arange(first, behind, self.stride)
        steps = np.arange(-self.length, 0, self.sampling_rate)
        windows = _taken(self.data, ends[:, None] + steps)
        return windows[:, ::-1] if self.reverse else windows, _taken(self.targets, ends)

    def get_config(self):
        """The arguments, with the data as JSON text.

        Returns
            dict.
        """
        data, targets = (_json_list(values) for values in (self.data, self.targets))
        return {"data": json.dumps(data), "targets": json.dumps(targets), "length": self.length,
                "sampling_rate": self.sampling_rate, "stride": self.stride,
                "start_index": self.start_index, "end_index": self.end_index,
                "shuffle": self.shuffle, "reverse": self.reverse, "batch_size": self.batch_size}

    def to_json(self, **kwargs):
        """The generator as JSON text, with its data.

        Arguments
            kwargs: passed on to `json.dumps`.
        """
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


def timeseries_generator_from_json(json_string):
    """A TimeseriesGenerator from what its `to_json` returned.

    Arguments
        json_string: text.
    """
    config = dict(json.loads(json_string)["config"])
    config["start_index"] -= config["length"]  # written as it is used, not as it was given
    for name in ("data", "targets"):
        config[name] = json.loads(config[name])
    return TimeseriesGenerator(**config)


def _taken(values, places):
    """The elements of a list, array or HDF5 data set at `places`, an array of ints."""
    if isinstance(values, np.ndarray):
        return values[places]
    if isinstance(values, (list, tuple)):
        flat = [values[place] for place in places.ravel()]
    else:
        flat = [values[int(place)] for place in places.ravel()]
    elements = np.array(flat)
    return elements.reshape(*places.shape, *elements.shape[1:])


def _json_list(values):
    return values.tolist() if isinstance(values, np.ndarray) else list(values)
