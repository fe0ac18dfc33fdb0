"""Praise or blame of a film, read forwards and backwards.

    python imdb_bidirectional_lstm.py [--quick] [--epochs N]

Shows: `Bidirectional`: one LSTM reads the words in their order, another from the end, and what
both remember goes on side by side.
Source: Schuster and Paliwal, "Bidirectional recurrent neural networks" (1997); the manual's
`Bidirectional`.
At full size: between 80 and 85 %, with 100 words of each review. See imdb_lstm.py for what is
known of longer ones.
Data: IMDB reviews, 17 MB, downloaded by `keras.datasets` at first use. --quick writes short ones,
of which counting words gets 86 % right.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import imdb
from keras.layers import LSTM, Bidirectional, Dense, Dropout, Embedding
from keras.models import Sequential
from keras.preprocessing.sequence import pad_sequences

WORDS = 20000  # the most frequent ones; the others count as one


def reader(units, length):
    """The compiled network: (n, length) word numbers -> (n, 1) probabilities of praise."""
    model = Sequential()
    model.add(Embedding(WORDS, 2 * units, input_length=length))
    model.add(Bidirectional(LSTM(units), merge_mode="concat"))
    model.add(Dropout(0.5))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    np.random.seed(0)  # weights, dropout and order follow from it

    data = small_data.reviews() if quick else imdb.load_data(num_words=WORDS)
    (x_train, y_train), (x_test, y_test) = data
    length = 36 if quick else 100
    x_train, x_test = (pad_sequences(x, length) for x in (x_train, x_test))

    model = reader(16 if quick else 64, length)
    model.summary()
    model.fit(x_train, y_train, batch_size=32, epochs=epochs, validation_data=(x_test, y_test))
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.92)")


if __name__ == "__main__":
    main()
