"""Digits read by a convolutional network.

    python mnist_cnn.py [--quick] [--epochs N]

Shows: `Conv2D`, `MaxPooling2D` and `Flatten`; images with their axis of channels, wherever
`image_data_format` in keras.json puts it.
Source: LeCun et al., "Gradient-based learning applied to document recognition" (1998), whose
LeNet-5 misreads 0.95 % of MNIST; dropout and rectifiers are later; the manual's 3.1.5.3.
At full size: over 99 % after 12 epochs.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead.
"""

import argparse

import numpy as np
import small_data

from keras import backend as K
from keras.datasets import mnist
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.utils import to_categorical

NUM_CLASSES = 10


def as_images(x):
    """Scans (n, height, width) of 0..255 as what Conv2D takes: one channel, values in 0..1."""
    axis = -1 if K.image_data_format() == "channels_last" else 1
    return np.expand_dims(x.astype("float32") / 255, axis)


def cnn(input_shape):
    """The compiled network: images -> (n, 10) probabilities."""
    model = Sequential()
    model.add(Conv2D(32, (3, 3), activation="relu", input_shape=input_shape))
    model.add(Conv2D(64, (3, 3), activation="relu"))
    model.add(MaxPooling2D((2, 2)))
    model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(128, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(NUM_CLASSES, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adadelta", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, default=12)
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    np.random.seed(0)  # weights, dropout and order follow from it

    (x_train, y_train), (x_test, y_test) = small_data.digits() if quick else mnist.load_data()
    x_train, x_test = as_images(x_train), as_images(x_test)
    y_train, y_test = (to_categorical(y, NUM_CLASSES) for y in (y_train, y_test))

    model = cnn(x_train.shape[1:])
    model.summary()
    batch = 32 if quick else 128
    model.fit(x_train, y_train, batch, epochs, validation_data=(x_test, y_test))
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.94)")


if __name__ == "__main__":
    main()
