"""Digits read line by line: one LSTM reads the pixels of a line, another the lines.

    python mnist_hierarchical_rnn.py [--quick] [--epochs N]

Shows: `TimeDistributed` around a recurrent layer: what is a sequence for one layer is a single
step for the next.
Source: Li, Luong and Jurafsky, "A hierarchical neural autoencoder for paragraphs and documents"
(2015), where the lines are sentences and the pixels words.
At full size: 98 % or more after 5 epochs is usual.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import mnist
from keras.layers import LSTM, Dense, Input, TimeDistributed
from keras.models import Model
from keras.optimizers import Adam
from keras.utils import to_categorical

NUM_CLASSES = 10


def reader_of_lines(lines, pixels, units, lr):
    """The compiled network: (n, lines, pixels, 1) values -> (n, 10) probabilities."""
    image = Input(shape=(lines, pixels, 1))
    encoded_lines = TimeDistributed(LSTM(units))(image)  # (n, lines, units)
    encoded_image = LSTM(units)(encoded_lines)
    prediction = Dense(NUM_CLASSES, activation="softmax")(encoded_image)
    model = Model(image, prediction)
    model.compile(loss="categorical_crossentropy", optimizer=Adam(lr), metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="5, or 10 with --quick")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 10 if quick else 5
    np.random.seed(0)  # weights and order follow from it

    (x_train, y_train), (x_test, y_test) = small_data.digits() if quick else mnist.load_data()
    x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))
    y_train, y_test = (to_categorical(y, NUM_CLASSES) for y in (y_train, y_test))

    size = dict(units=32, lr=0.005) if quick else dict(units=128, lr=0.001)
    model = reader_of_lines(*x_train.shape[1:3], **size)
    model.summary()
    model.fit(x_train, y_train, batch_size=32, epochs=epochs, validation_data=(x_test, y_test))
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.80)")


if __name__ == "__main__":
    main()
