"""Praise or blame of a film, from the mean of its words and pairs of words.

    python imdb_fasttext.py [--quick] [--epochs N] [--pairs 0]

Shows: how far `Embedding` and `GlobalAveragePooling1D` get without any idea of order, and how
pairs of neighbours, as words of their own, bring back what is needed of it. Pairs are not listed:
a hash gives each one of a fixed number of rows in the embedding.
Source: Joulin et al., "Bag of tricks for efficient text classification" (2016), known as
fastText.
At full size: close to 90 % after 5 epochs. What pairs are worth on these reviews was measured by
Wang and Manning, "Baselines and bigrams" (2012), with linear models: 86.95 % without, 89.16 %
with.
Data: IMDB reviews, 17 MB, downloaded by `keras.datasets` at first use. --quick writes short ones,
of which words alone get 86 % right, pairs 99 %.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import imdb
from keras.layers import Dense, Embedding, GlobalAveragePooling1D
from keras.models import Sequential
from keras.preprocessing.sequence import pad_sequences

WORDS = 20000  # the most frequent ones; the others count as one


def with_pairs(text, rows):
    """The numbers of a text's words, then those of its pairs of neighbours, from WORDS on."""
    words = np.array(text)
    pairs = words[:-1] * WORDS + words[1:]
    return np.concatenate([words, WORDS + pairs * 2654435761 % 2**32 % rows])  # Knuth's constant


def mean_reader(numbers, width):
    """The compiled network: (n, any length) numbers -> (n, 1) probabilities of praise."""
    model = Sequential()
    model.add(Embedding(numbers, width))
    model.add(GlobalAveragePooling1D())
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="5, or 12 with --quick")
    parser.add_argument("--pairs", type=int, help="rows for pairs of words; 0 for words only")
    options = parser.parse_args()
    quick, epochs, rows = options.quick, options.epochs, options.pairs
    if epochs is None:
        epochs = 12 if quick else 5
    if rows is None:
        rows = 2000 if quick else 200000
    np.random.seed(0)  # weights and order follow from it

    data = small_data.reviews() if quick else imdb.load_data(num_words=WORDS)
    (x_train, y_train), (x_test, y_test) = data
    if rows:
        x_train, x_test = ([with_pairs(text, rows) for text in x] for x in (x_train, x_test))
    length = 70 if quick else 800
    x_train, x_test = (pad_sequences(x, length) for x in (x_train, x_test))

    model = mean_reader(WORDS + rows, width=50)
    model.summary()
    model.fit(x_train, y_train, batch_size=32, epochs=epochs, validation_data=(x_test, y_test))
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.92)")


if __name__ == "__main__":
    main()
