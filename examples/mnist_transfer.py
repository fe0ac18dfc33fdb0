"""What was learned of the digits 0 to 4 serves to read 5 to 9.

    python mnist_transfer.py [--quick] [--epochs N]

Shows: two halves of one model, `Sequential(features + classification)`; `trainable = False`,
which counts from the next `compile` on; that frozen weights stay what they were.
Source: the FAQ of the manual, 3.3.13 (frozen layers); Yosinski et al., "How transferable are
features in deep neural networks?" (2014).
At full size: about 99 % on both halves after 5 epochs each, the second in half the time.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead.
"""

import argparse
import time

import numpy as np
import small_data

from keras.datasets import mnist
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.utils import to_categorical

CLASSES = 5  # of each half


def half(x, y, first):
    """The images of the digits `first` to `first + 4`, and which of the five each one is."""
    rows = (y >= first) & (y < first + CLASSES)
    return x[rows], to_categorical(y[rows] - first, CLASSES)


def trained(model, train, test, batch_size, epochs):
    """Test accuracy of the model, compiled with the layers that are trainable now."""
    model.compile(loss="categorical_crossentropy", optimizer="adadelta", metrics=["accuracy"])
    start = time.time()
    model.fit(*train, batch_size, epochs, validation_data=test)
    print(f"{model.count_params():,} weights, {time.time() - start:.1f} s\n")
    return model.evaluate(*test, verbose=0)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="5, or 12 with --quick, of each half")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 12 if quick else 5
    np.random.seed(0)  # weights, dropout and order follow from it

    train, test = small_data.digits() if quick else mnist.load_data()
    train, test = ((x[..., None].astype("float32") / 255, y) for x, y in (train, test))

    features = [
        Conv2D(32, (3, 3), activation="relu", input_shape=train[0].shape[1:]),
        Conv2D(32, (3, 3), activation="relu"),
        MaxPooling2D((2, 2)),
        Dropout(0.25),
        Flatten(),
    ]
    classification = [
        Dense(128, activation="relu"),
        Dropout(0.5),
        Dense(CLASSES, activation="softmax"),
    ]
    model = Sequential(features + classification)
    batch = 32 if quick else 128
    first = trained(model, half(*train, 0), half(*test, 0), batch, epochs)

    for layer in features:
        layer.trainable = False
    before = features[0].get_weights()
    second = trained(model, half(*train, 5), half(*test, 5), batch, epochs)
    assert all(map(np.array_equal, before, features[0].get_weights()))

    print(f"test accuracy on 0 to 4: {first:.3f}")
    print(f"result: test accuracy on 5 to 9 {second:.3f} (with --quick at least 0.90)")


if __name__ == "__main__":
    main()
