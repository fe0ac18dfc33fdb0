"""Small colour pictures told apart by a convolutional network, on pictures changed at random.

    python cifar10_cnn.py [--quick] [--epochs N]

Shows: `ImageDataGenerator` between the data and `fit_generator`: each picture is shifted and
mirrored anew every time it is seen, so that the network never sees the same one twice.
Source: the manual's 6.3.1 (augmentation) and 3.1.5.3 (the network, "VGG-like").
At full size: about 80 % after 50 epochs is usual for a network of this size. Larger ones on the
same shifts and mirrorings reach 92.75 % (Springenberg et al., "Striving for simplicity", 2014).
Data: CIFAR-10, 170 MB, downloaded by `keras.datasets` at first use. --quick draws ten kinds of
shapes instead.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import cifar10
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.optimizers import Adam
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import to_categorical

NUM_CLASSES = 10
BATCH = 32


def network(input_shape, filters, units, lr):
    """The compiled network: pictures with values in -0.5..0.5 -> (n, 10) probabilities."""
    model = Sequential()
    for block in (1, 2):  # the second sees half the detail, with twice the filters
        first = {"input_shape": input_shape} if block == 1 else {}
        model.add(Conv2D(block * filters, (3, 3), padding="same", activation="relu", **first))
        model.add(Conv2D(block * filters, (3, 3), padding="same", activation="relu"))
        model.add(MaxPooling2D((2, 2)))
        model.add(Dropout(0.25))

    model.add(Flatten())
    model.add(Dense(units, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(NUM_CLASSES, activation="softmax"))

    model.compile(loss="categorical_crossentropy", optimizer=Adam(lr), metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="50, or 9 with --quick")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 9 if quick else 50
    np.random.seed(0)  # weights, dropout, order and augmentation follow from it

    (x_train, y_train), (x_test, y_test) = small_data.shapes() if quick else cifar10.load_data()
    x_train, x_test = (x.astype("float32") / 255 - 0.5 for x in (x_train, x_test))
    y_train, y_test = (to_categorical(y, NUM_CLASSES) for y in (y_train, y_test))

    changed = ImageDataGenerator(
        width_shift_range=0.1, height_shift_range=0.1, horizontal_flip=True
    )
    size = dict(filters=16, units=64, lr=2e-3) if quick else dict(filters=32, units=512, lr=1e-3)
    model = network(x_train.shape[1:], **size)
    model.summary()
    model.fit_generator(
        changed.flow(x_train, y_train, batch_size=BATCH),
        steps_per_epoch=len(x_train) // BATCH,
        epochs=epochs,
        validation_data=(x_test, y_test),
    )
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.80)")


if __name__ == "__main__":
    main()
