"""Texts sorted by subject, with word vectors that were learnt elsewhere and stay as they are.

    python pretrained_word_embeddings.py [--quick] [--epochs N] [--vectors FILE] [--out FOLDER]

Shows: `Tokenizer` and `pad_sequences`; reading a file of vectors; an `Embedding` with
`weights=[...]` and `trainable=False`; `Conv1D` and `GlobalMaxPooling1D` over the words.
Source: Pennington, Socher, Manning, "GloVe: global vectors for word representation" (EMNLP 2014);
the network: Kim, "Convolutional neural networks for sentence classification" (EMNLP 2014), whose
"CNN-static" it is. The manual has `trainable=False` in 3.3.14.
At full size: 20 newsgroups with GloVe's vectors of 100 numbers; not run here, and we know of no
published figure for this very network.
Data: glove.6B.zip (822 MB) from the page of GloVe at Stanford, one of whose files --vectors names;
the newsgroups (14 MB) are downloaded by scikit-learn. --quick tells which module of NumPy a piece
of documentation is of; its vectors, made of which words stand near which, it writes first.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from keras.layers import Conv1D, Dense, Dropout, Embedding, GlobalMaxPooling1D
from keras.models import Sequential
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer, text_to_word_sequence


def newsgroups():
    """(texts, labels, how many of them are to train on)."""
    from sklearn.datasets import fetch_20newsgroups

    parts = [
        fetch_20newsgroups(subset=name, remove=("headers", "footers", "quotes"))
        for name in ("train", "test")
    ]
    texts = [text for part in parts for text in part.data]
    return texts, np.concatenate([part.target for part in parts]), len(parts[0].data)


def documentation(length=25):
    """As `newsgroups()`: pieces of NumPy's documentation, labelled by the module they are of."""
    pieces = []
    for label, module in enumerate([np.fft, np.linalg, np.ma, np.polynomial.polynomial, np.random]):
        for name in sorted(set(module.__all__)):
            words = text_to_word_sequence(getattr(module, name).__doc__ or "")
            words = [word for word in words if word.isalpha()]
            ends = range(length, len(words) + 1, length)[:8]
            pieces += [(" ".join(words[end - length : end]), label) for end in ends]
    pieces = [pieces[i] for i in np.random.permutation(len(pieces))]
    texts, labels = zip(*pieces)
    return texts, np.array(labels), len(texts) * 3 // 4


def write_vectors(texts, size, path, near=5):
    """A file like GloVe's: what is left of the counts of neighbours in `size` dimensions."""
    common = Counter(word for text in texts for word in text.split()).most_common(1000)
    numbers = {word: i for i, (word, _) in enumerate(common)}
    rows = [[word for word in text.split() if word in numbers] for text in texts]
    counts = np.zeros((len(numbers), len(numbers)))
    for row in rows:
        for i, word in enumerate(row):
            for other in row[max(i - near, 0) : i + near + 1]:
                counts[numbers[word], numbers[other]] += 1
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    information = np.log(np.maximum(counts / expected, 1))  # positive pointwise mutual
    left, strengths, _ = np.linalg.svd(information)
    vectors = left[:, :size] * np.sqrt(strengths[:size])
    with path.open("w", encoding="utf-8") as file:
        for word, vector in zip(numbers, vectors):
            print(word, *(f"{x:.4f}" for x in vector), file=file)


def read_vectors(path, numbers, words):
    """The matrix (words, size): row i is the vector of word number i, 0 if the file has none."""
    matrix, found = None, 0
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            word, *vector = line.split(" ")
            if matrix is None:
                matrix = np.zeros((words, len(vector)), dtype="float32")
            if numbers.get(word, words) < words:
                matrix[numbers[word]] = np.array(vector, dtype="float32")
                found += 1
    print(f"{path.name} has vectors for {found} of the {min(len(numbers), words)} words")
    return matrix


def classifier(matrix, filters, classes):
    """The compiled network: numbers of words (n, length) -> probabilities (n, classes)."""
    model = Sequential()
    model.add(Embedding(*matrix.shape, weights=[matrix], trainable=False))
    model.add(Conv1D(filters, 3, activation="relu", padding="same"))
    model.add(GlobalMaxPooling1D())
    model.add(Dropout(0.3))
    model.add(Dense(classes, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--vectors", type=Path, help="a file of GloVe's; needed unless --quick")
    parser.add_argument("--epochs", type=int, help="10, or 30 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()
    if not options.quick and options.vectors is None:
        parser.error("--vectors FILE holds word vectors; try --quick without it")

    np.random.seed(0)
    most_words, longest, filters, epochs = 20_000, 1000, 128, 10
    if options.quick:
        most_words, longest, filters, epochs = 2000, 25, 64, 30
        options.out.mkdir(parents=True, exist_ok=True)
        texts, y, train = documentation()
        options.vectors = options.out / "vectors.txt"
        write_vectors(texts, 50, options.vectors)
    else:
        texts, y, train = newsgroups()
    if options.epochs is not None:
        epochs = options.epochs

    tokenizer = Tokenizer(num_words=most_words)
    tokenizer.fit_on_texts(texts)
    x = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=longest)
    words = min(most_words, len(tokenizer.word_index) + 1)
    matrix = read_vectors(options.vectors, tokenizer.word_index, words)

    model = classifier(matrix, filters, classes=y.max() + 1)
    model.summary()
    model.fit(x[:train], y[:train], batch_size=32, epochs=epochs, verbose=2)

    loss, accuracy = model.evaluate(x[train:], y[train:], verbose=0)
    commonest = np.mean(y[train:] == np.bincount(y).argmax())
    print(f"{len(x) - train} test texts, {commonest:.3f} of them on the commonest subject")
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.8)")


if __name__ == "__main__":
    main()
