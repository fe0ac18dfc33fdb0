"""Digits read pixel by pixel by the simplest of recurrent networks.

    python mnist_irnn.py [--quick] [--epochs N]

Shows: `SimpleRNN` with rectifiers, its state kept by an identity matrix at first: 784 steps, of
which none need be forgotten. A long sequence wants a small learning rate and clipped gradients.
Source: Le, Jaitly and Hinton, "A simple way to initialize recurrent networks of rectified linear
units" (2015).
At full size: slow. The paper reports 97 % after a million steps; expect 93 % after some 900
epochs.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead, four pixels at a step, and larger weights and steps to match.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import mnist
from keras.initializers import Identity, RandomNormal
from keras.layers import Dense, SimpleRNN
from keras.models import Sequential
from keras.optimizers import RMSprop
from keras.utils import to_categorical

NUM_CLASSES = 10


def irnn(steps, pixels, stddev, lr):
    """The compiled network: (n, steps, pixels) values -> (n, 10) probabilities."""
    model = Sequential()
    model.add(
        SimpleRNN(
            100,
            activation="relu",
            kernel_initializer=RandomNormal(stddev=stddev),
            recurrent_initializer=Identity(gain=1.0),
            input_shape=(steps, pixels),
        )
    )
    model.add(Dense(NUM_CLASSES, activation="softmax"))
    optimizer = RMSprop(lr=lr, clipnorm=1.0)
    model.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="900, or 12 with --quick")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 12 if quick else 900
    np.random.seed(0)  # weights and order follow from it

    (x_train, y_train), (x_test, y_test) = small_data.digits() if quick else mnist.load_data()
    pixels = 4 if quick else 1  # at a step
    x_train, x_test = (x.astype("float32") / 255 for x in (x_train, x_test))
    x_train, x_test = (x.reshape(len(x), -1, pixels) for x in (x_train, x_test))
    y_train, y_test = (to_categorical(y, NUM_CLASSES) for y in (y_train, y_test))

    size = dict(stddev=0.03, lr=1e-3) if quick else dict(stddev=0.001, lr=1e-6)
    model = irnn(x_train.shape[1], pixels, **size)
    model.summary()
    model.fit(x_train, y_train, batch_size=16, epochs=epochs, validation_data=(x_test, y_test))
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.60)")


if __name__ == "__main__":
    main()
