"""Sequences and texts against results worked out by hand and by plain loops."""

import json
import math
import random
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from keras.preprocessing import sequence, text
from keras.preprocessing.sequence import (
    TimeseriesGenerator,
    make_sampling_table,
    pad_sequences,
    skipgrams,
    timeseries_generator_from_json,
)
from keras.preprocessing.text import (
    Tokenizer,
    hashing_trick,
    one_hot,
    text_to_word_sequence,
    tokenizer_from_json,
)

# ------------------------------------------------------------------------------ padding


def padded(rows, maxlen, padding, truncating, value):
    """The definition of pad_sequences, for numbers."""
    maxlen = max(map(len, rows), default=0) if maxlen is None else maxlen
    result = []
    for row in map(list, rows):
        if len(row) > maxlen:
            row = row[len(row) - maxlen:] if truncating == "pre" else row[:maxlen]
        fill = [value] * (maxlen - len(row))
        result.append(fill + row if padding == "pre" else row + fill)
    return np.array(result, "int32").reshape(len(rows), maxlen)


@pytest.mark.parametrize("maxlen", [None, 0, 1, 3, 9])
@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("rows", [
    [[1], [2, 3], [4, 5, 6, 7]], [[], [1]], [], [np.array([1, 2]), np.array([3])],
    [(1, 2), np.array([3, 4, 5])]])
def test_pad_sequences(rows, maxlen, padding, truncating):
    got = pad_sequences(rows, maxlen, padding=padding, truncating=truncating, value=8)
    assert got.dtype == "int32"
    assert_array_equal(got, padded(rows, maxlen, padding, truncating, 8))


def test_pad_sequences_of_vectors_and_strings():
    rows = [[[1, 2]], [[3, 4], [5, 6], [7, 8]], []]
    got = pad_sequences(rows, maxlen=2, padding="post", dtype="float32", value=-1.)
    assert_array_equal(got, [[[1, 2], [-1, -1]], [[5, 6], [7, 8]], [[-1, -1], [-1, -1]]])
    words = pad_sequences([["a"], ["b", "long word"]], dtype=object, value="pad")
    assert words.tolist() == [["pad", "a"], ["b", "long word"]]
    assert pad_sequences([[1.7], [2]], dtype="int32").tolist() == [[1], [2]]
    assert pad_sequences([[1.5], [2]], dtype="float64").tolist() == [[1.5], [2]]


@pytest.mark.parametrize("arguments, told", [
    (dict(sequences=5), "must be iterable"),
    (dict(sequences=[1, 2]), "Found non-iterable"),
    (dict(sequences=[[1]], padding="left"), "'pre' or 'post'"),
    (dict(sequences=[[1]], truncating="left"), "'pre' or 'post'"),
    (dict(sequences=[["a"]]), "no number"),
    (dict(sequences=[[1]], value="pad"), "dtype=object"),
    (dict(sequences=[[[1, 2]], [[1, 2, 3]]]), "different from expected shape"),
])
def test_pad_sequences_refuses(arguments, told):
    with pytest.raises(ValueError, match=told):
        pad_sequences(**arguments)


# ------------------------------------------------------------------------------ skip-grams


def near(words, window):
    return [[w, words[j]] for i, w in enumerate(words) if w
            for j in range(max(0, i - window), min(len(words), i + window + 1))
            if j != i and words[j]]


@pytest.mark.parametrize("words", [[1, 2, 3, 4], [5, 0, 6, 6, 0], [7], []])
@pytest.mark.parametrize("window", [1, 2, 9])
def test_skipgrams_in_order(words, window):
    couples, labels = skipgrams(words, 10, window, negative_samples=0, shuffle=False)
    assert couples == near(words, window)
    assert labels == [1] * len(couples)


def test_skipgrams_by_chance():
    words = list(range(1, 40))
    couples, labels = skipgrams(words, 40, 2, negative_samples=0.5, seed=3)
    true = [c for c, label in zip(couples, labels) if label]
    false = [c for c, label in zip(couples, labels) if not label]
    assert sorted(true) == sorted(near(words, 2))
    assert len(false) == len(true) // 2
    assert all(first in words and 1 <= other < 40 for first, other in false)
    assert labels != sorted(labels)
    assert (couples, labels) == skipgrams(words, 40, 2, negative_samples=0.5, seed=3)
    np.random.seed(5)
    drawn = skipgrams(words, 40)
    np.random.seed(5)
    assert drawn == skipgrams(words, 40)
    _, categorical = skipgrams(words, 40, categorical=True, negative_samples=1)
    assert {tuple(label) for label in categorical} == {(0, 1), (1, 0)}


def test_sampling_table():
    table = make_sampling_table(1000, 1e-3)
    i = 500
    frequency = 1 / (i * (math.log(i) + 0.577) + 0.5 - 1 / (12 * i))
    assert_allclose(table[i], min(1, math.sqrt(1e-3 / frequency)))
    assert table[0] == table[1]
    never = skipgrams([1, 2, 3] * 20, 4, sampling_table=np.zeros(4))
    assert never == ([], [])
    always, _ = skipgrams([1, 2, 3], 4, sampling_table=np.ones(4), negative_samples=0,
                          shuffle=False)
    assert always == near([1, 2, 3], 4)


def test_remove_long():
    assert sequence._remove_long_seq(3, [[1], [1, 2, 3], [4, 5]], [7, 8, 9]) == (
        [[1], [4, 5]], [7, 9])


# ------------------------------------------------------------------------------ time series


@pytest.mark.parametrize("options", [
    dict(), dict(sampling_rate=2), dict(stride=3), dict(reverse=True), dict(batch_size=4),
    dict(start_index=5, end_index=20, sampling_rate=3, stride=2, batch_size=2)])
@pytest.mark.parametrize("kind", [np.array, list])
def test_timeseries(options, kind):
    values = np.arange(60).reshape(30, 2)
    generator = TimeseriesGenerator(kind(values), kind(values[:, 0]), length=6, **options)
    get = {"sampling_rate": 1, "stride": 1, "batch_size": 128, "start_index": 0,
           "end_index": 29, **options}
    ends = list(range(get["start_index"] + 6, get["end_index"] + 1, get["stride"]))
    assert len(generator) == math.ceil(len(ends) / get["batch_size"])
    for n in range(len(generator)):
        x, y = generator[n]
        part = ends[n * get["batch_size"]:(n + 1) * get["batch_size"]]
        windows = [values[end - 6:end:get["sampling_rate"]] for end in part]
        windows = [w[::-1] for w in windows] if options.get("reverse") else windows
        assert_array_equal(x, windows)
        assert_array_equal(y, values[part, 0])


def test_timeseries_shuffled_and_saved():
    values = np.arange(40.)
    generator = TimeseriesGenerator(values, values, 3, shuffle=True, batch_size=8, start_index=2)
    x, y = generator[0]
    assert x.shape == (8, 3) and y.min() >= 5
    assert_array_equal(x[:, 0] + 3, y)
    copy = timeseries_generator_from_json(generator.to_json())
    assert len(copy) == len(generator) and copy.start_index == 5 and copy.shuffle
    with pytest.raises(ValueError, match="is disallowed"):
        TimeseriesGenerator(values, values, 40)
    with pytest.raises(ValueError, match="same length"):
        TimeseriesGenerator(values, values[1:], 4)


# ------------------------------------------------------------------------------ words


def test_words():
    assert text_to_word_sequence("It's  a\ttest, (really).") == ["it's", "a", "test", "really"]
    assert text_to_word_sequence("ÄÖ ß", filters="ö") == ["ä", "ß"]
    assert text_to_word_sequence("a<>b<>", filters="", split="<>") == ["a", "b"]
    assert text_to_word_sequence("a!b", filters=["!"]) == ["a", "b"]
    assert text_to_word_sequence("") == []
    with pytest.raises(TypeError, match="a text is a string"):
        text_to_word_sequence(float("nan"))


def test_hashes():
    got = hashing_trick("the cat the", 50, "md5")
    assert got[0] == got[2] and all(1 <= i < 50 for i in got)
    # md5("the") = 8fc42c6ddf9966db3b09e84365034357
    assert got[0] == int("8fc42c6ddf9966db3b09e84365034357", 16) % 49 + 1
    assert one_hot("a b", 9) == [hash("a") % 8 + 1, hash("b") % 8 + 1]
    assert hashing_trick("a b", 9, lambda word: ord(word)) == [97 % 8 + 1, 98 % 8 + 1]
    with pytest.raises(ValueError, match="'md5'"):
        hashing_trick("a", 9, "sha1")
    with pytest.raises(ValueError, match="n is an int"):
        hashing_trick("a", 1)


TEXTS = ["The cat sat on the mat.", "the dog", "", "A cat & a dog; the dog!"]


def test_tokenizer_counts():
    t = Tokenizer()
    t.fit_on_texts(iter(TEXTS))
    assert t.document_count == 4
    assert dict(t.word_counts) == {"the": 4, "cat": 2, "sat": 1, "on": 1, "mat": 1, "dog": 3,
                                   "a": 2}
    assert dict(t.word_docs) == {"the": 3, "cat": 2, "sat": 1, "on": 1, "mat": 1, "dog": 2, "a": 1}
    # by count; equal ones in the order in which they were met
    assert t.word_index == {"the": 1, "dog": 2, "cat": 3, "a": 4, "sat": 5, "on": 6, "mat": 7}
    assert t.index_word == {i: word for word, i in t.word_index.items()}
    assert t.index_docs[1] == 3 and t.index_docs[7] == 1
    assert t.texts_to_sequences(["the mat, the unknown dog", ""]) == [[1, 7, 1, 2], []]
    assert t.sequences_to_texts([[1, 7, 99], []]) == ["the mat", ""]
    t.fit_on_texts(["mat mat mat mat mat"])
    assert t.word_index["mat"] == 1 and t.document_count == 5


def test_tokenizer_limits():
    t = Tokenizer(num_words=3)
    t.fit_on_texts(TEXTS)
    assert t.texts_to_sequences(["the dog cat unknown"]) == [[1, 2]]
    t = Tokenizer(num_words=4, oov_token="<new>")
    t.fit_on_texts(TEXTS)
    assert t.word_index["<new>"] == 1 and t.word_index["the"] == 2
    assert t.texts_to_sequences(["the dog cat unknown"]) == [[2, 3, 1, 1]]
    assert t.sequences_to_texts([[2, 3, 1, 77]]) == ["the dog <new> <new>"]


def test_tokenizer_of_characters_and_lists():
    t = Tokenizer(char_level=True)
    t.fit_on_texts(["Abca"])
    assert t.word_index == {"a": 1, "b": 2, "c": 3}
    assert t.texts_to_sequences(["CAb"]) == [[3, 1, 2]]
    t = Tokenizer(lower=False)
    t.fit_on_texts([["New York", "new"], ["New York"]])
    assert t.word_index == {"New York": 1, "new": 2}
    assert t.texts_to_sequences([["new", "York"]]) == [[2]]


def matrix(tokenizer, sequences, columns, mode):
    """The definition of the four modes, element by element."""
    result = np.zeros((len(sequences), columns))
    for row, numbers in zip(result, sequences):
        for i in set(numbers):
            if i >= columns:
                continue
            count = numbers.count(i)
            idf = math.log(1 + tokenizer.document_count / (1 + tokenizer.index_docs.get(i, 0)))
            row[i] = {"binary": 1, "count": count, "freq": count / len(numbers),
                      "tfidf": (1 + math.log(count)) * idf}[mode]
    return result


@pytest.mark.parametrize("mode", ["binary", "count", "freq", "tfidf"])
@pytest.mark.parametrize("num_words", [None, 4])
def test_tokenizer_matrix(mode, num_words):
    t = Tokenizer(num_words)
    t.fit_on_texts(TEXTS)
    columns = num_words or 8
    sequences = t.texts_to_sequences(TEXTS)
    want = matrix(t, sequences, columns, mode)
    assert_allclose(t.texts_to_matrix(TEXTS, mode), want)
    assert_allclose(t.sequences_to_matrix(sequences, mode), want)
    high = [[1, 1, 9], [2]]
    assert_allclose(t.sequences_to_matrix(high, mode), matrix(t, high, columns, mode))


def test_tokenizer_on_sequences():
    t = Tokenizer(num_words=5)
    t.fit_on_sequences([[1, 2, 1], [2]])
    assert t.document_count == 2 and t.index_docs[1] == 1 and t.index_docs[2] == 2
    assert_allclose(t.sequences_to_matrix([[1, 1]], "tfidf"), matrix(t, [[1, 1]], 5, "tfidf"))


def test_tokenizer_errors():
    with pytest.raises(ValueError, match="fit on some text"):
        Tokenizer().texts_to_matrix(["a"])
    with pytest.raises(ValueError, match="before using tfidf"):
        Tokenizer(5).texts_to_matrix(["a"], "tfidf")
    with pytest.raises(ValueError, match="Unknown vectorization mode"):
        Tokenizer(5).texts_to_matrix(["a"], "one-hot")
    with pytest.raises(TypeError, match="unknown argument 'num_word'"):
        Tokenizer(num_word=5)
    with pytest.warns(UserWarning, match="renamed `num_words`"):
        assert Tokenizer(nb_words=5).num_words == 5


def test_tokenizer_as_json():
    t = Tokenizer(num_words=6, oov_token="?", filters=".", char_level=False)
    t.fit_on_texts(TEXTS)
    copy = tokenizer_from_json(t.to_json(indent=1))
    assert vars(copy) == vars(t)
    assert copy.texts_to_sequences(TEXTS) == t.texts_to_sequences(TEXTS)
    copy.fit_on_texts(["more"])
    # Keras 2.2's form: dictionaries are text in the text
    config = json.loads(t.to_json())
    assert config["class_name"] == "Tokenizer"
    assert json.loads(config["config"]["word_index"]) == t.word_index


def test_corpus_is_streamed_and_counted_like_a_loop():
    rng = random.Random(0)
    words = [f"w{i}" for i in range(50)]
    texts = [" ".join(rng.choices(words, k=20)) for _ in range(200)]
    t = Tokenizer()
    t.fit_on_texts(x for x in texts)
    counts = {}
    for line in texts:
        for word in line.split():
            counts[word] = counts.get(word, 0) + 1
    assert dict(t.word_counts) == counts
    stream = t.texts_to_sequences_generator(x for x in texts)
    assert next(stream) == [t.word_index[word] for word in texts[0].split()]


def test_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pad_sequences([[1]])
        text.one_hot("a", 4)
