"""Digits read by two dense layers with dropout.

    python mnist_mlp.py [--quick] [--epochs N]

Shows: the shortest way from arrays to a test accuracy: `Sequential`, `fit`, `evaluate`.
Source: the manual's 3.1.5.1; dropout as in Srivastava et al., "Dropout: a simple way to prevent
neural networks from overfitting" (JMLR 2014), whose networks of this kind misread 1.25 % of MNIST
(their table 2, 3 x 1024 units with ReLU).
At full size: expect about 98 % after 20 epochs.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import mnist
from keras.layers import Dense, Dropout
from keras.models import Sequential
from keras.utils import to_categorical

NUM_CLASSES = 10


def mlp(pixels, units):
    """The compiled network: (n, pixels) grey values in 0..1 -> (n, 10) probabilities."""
    model = Sequential()
    model.add(Dense(units, activation="relu", input_shape=(pixels,)))
    model.add(Dropout(0.2))
    model.add(Dense(units, activation="relu"))
    model.add(Dropout(0.2))
    model.add(Dense(NUM_CLASSES, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="20, or 10 with --quick")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 10 if quick else 20
    np.random.seed(0)  # weights, dropout and order follow from it

    (x_train, y_train), (x_test, y_test) = small_data.digits() if quick else mnist.load_data()
    x_train, x_test = (x.reshape(len(x), -1).astype("float32") / 255 for x in (x_train, x_test))
    y_train, y_test = (to_categorical(y, NUM_CLASSES) for y in (y_train, y_test))

    model = mlp(pixels=x_train.shape[1], units=128 if quick else 512)
    model.summary()
    model.fit(x_train, y_train, batch_size=32 if quick else 128, epochs=epochs)
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.94)")


if __name__ == "__main__":
    main()
