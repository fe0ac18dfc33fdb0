"""Praise or blame of a film: a convolution finds phrases, an LSTM reads their sequence.

    python imdb_cnn_lstm.py [--quick] [--epochs N]

Shows: `Conv1D` and `MaxPooling1D` shorten a text to a quarter before a recurrent layer, which
makes that layer four times as fast.
Source: Zhou et al., "A C-LSTM neural network for text classification" (2015), with the pooling
that the paper leaves out; the manual's 3.1.5.4 and 3.1.5.5.
At full size: about 85 % after two epochs, with 100 words of each review.
Data: IMDB reviews, 17 MB, downloaded by `keras.datasets` at first use. --quick writes short ones,
of which counting words gets 86 % right.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import imdb
from keras.layers import LSTM, Conv1D, Dense, Dropout, Embedding, MaxPooling1D
from keras.models import Sequential
from keras.preprocessing.sequence import pad_sequences

WORDS = 20000  # the most frequent ones; the others count as one


def reader(length, width, filters, units):
    """The compiled network: (n, length) word numbers -> (n, 1) probabilities of praise."""
    model = Sequential()
    model.add(Embedding(WORDS, width, input_length=length))
    model.add(Dropout(0.25))
    model.add(Conv1D(filters, 5, activation="relu"))
    model.add(MaxPooling1D(pool_size=4))
    model.add(LSTM(units))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="2, or 5 with --quick")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 5 if quick else 2
    np.random.seed(0)  # weights, dropout and order follow from it

    data = small_data.reviews() if quick else imdb.load_data(num_words=WORDS)
    (x_train, y_train), (x_test, y_test) = data
    length = 36 if quick else 100
    x_train, x_test = (pad_sequences(x, length) for x in (x_train, x_test))

    size = dict(width=32, filters=32, units=32) if quick else dict(width=128, filters=64, units=70)
    model = reader(length, **size)
    model.summary()
    model.fit(x_train, y_train, batch_size=30, epochs=epochs, validation_data=(x_test, y_test))
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.92)")


if __name__ == "__main__":
    main()
