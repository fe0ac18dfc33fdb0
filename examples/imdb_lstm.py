"""Praise or blame of a film, read word by word by an LSTM.

    python imdb_lstm.py [--quick] [--epochs N]

Shows: texts as padded rows of word numbers, `Embedding`, `LSTM` with dropout of its inputs and of
its state.
Source: the manual's 3.1.5.4; Hochreiter and Schmidhuber, "Long short-term memory" (1997); the
same dropout mask at every step as in Gal and Ghahramani (2015).
At full size: somewhat over 80 %, as only the last 80 words of a review are read. Dai and Le,
"Semi-supervised sequence learning" (2015), report 86.5 % for an LSTM that reads all of them.
Data: IMDB reviews, 17 MB, downloaded by `keras.datasets` at first use. --quick writes short ones,
of which counting words gets 86 % right.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import imdb
from keras.layers import LSTM, Dense, Embedding
from keras.models import Sequential
from keras.preprocessing.sequence import pad_sequences

WORDS = 20000  # the most frequent ones; the others count as one


def reader(units):
    """The compiled network: (n, any length) word numbers -> (n, 1) probabilities of praise."""
    model = Sequential()
    model.add(Embedding(WORDS, units))
    model.add(LSTM(units, dropout=0.2, recurrent_dropout=0.2))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    np.random.seed(0)  # weights, dropout and order follow from it

    data = small_data.reviews() if quick else imdb.load_data(num_words=WORDS)
    (x_train, y_train), (x_test, y_test) = data
    length = 36 if quick else 80  # of a longer review the end is kept; a shorter begins with zeros
    x_train, x_test = (pad_sequences(x, length) for x in (x_train, x_test))

    model = reader(units=32 if quick else 128)
    model.summary()
    model.fit(x_train, y_train, batch_size=32, epochs=epochs, validation_data=(x_test, y_test))
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.92)")


if __name__ == "__main__":
    main()
