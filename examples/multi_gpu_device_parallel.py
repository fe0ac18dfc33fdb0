"""One network whose halves run on different GPUs.

    python multi_gpu_device_parallel.py [--quick] [--epochs N]

Shows: `K.device` around the calls of layers says where they are computed; an LSTM that is called
twice, on two devices, with one set of weights. The upper half of a digit is read on the first
device, the lower half on the second, and the CPU puts together what they found.
Source: the manual's 3.3.4.2, with images where it has tweets.
At full size: 98 % or more after 5 epochs, as with mnist_hierarchical_rnn.py. It is no faster than
on one GPU, as the network is too small.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead, and the CPU for both devices.
"""

import argparse

import numpy as np
import small_data

from keras import backend as K
from keras.datasets import mnist
from keras.layers import LSTM, Dense, Input, concatenate
from keras.models import Model
from keras.optimizers import Adam

NUM_CLASSES = 10


def two_halves(half_shape, devices, units, lr):
    """The compiled network: two halves of an image -> (n, 10) probabilities."""
    upper, lower = Input(shape=half_shape), Input(shape=half_shape)
    shared_lstm = LSTM(units)
    with K.device(devices[0]):
        read_above = shared_lstm(upper)
    with K.device(devices[1]):
        read_below = shared_lstm(lower)
    with K.device("/cpu:0"):
        both = concatenate([read_above, read_below], axis=-1)
        digit = Dense(NUM_CLASSES, activation="softmax")(both)
    model = Model([upper, lower], digit)
    model.compile(loss="sparse_categorical_crossentropy", optimizer=Adam(lr), metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds, no GPU")
    parser.add_argument("--epochs", type=int, help="5, or 10 with --quick")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 10 if quick else 5
    devices = ["/cpu:0", "/cpu:0"] if quick else ["/gpu:0", "/gpu:1"]
    np.random.seed(0)  # weights and order follow from it

    (x_train, y_train), (x_test, y_test) = small_data.digits() if quick else mnist.load_data()
    x_train, x_test = (x.astype("float32") / 255 for x in (x_train, x_test))
    middle = x_train.shape[1] // 2
    train, test = ([x[:, :middle], x[:, middle:]] for x in (x_train, x_test))

    size = dict(units=32, lr=0.005) if quick else dict(units=128, lr=0.001)
    model = two_halves(train[0].shape[1:], devices, **size)
    model.summary()
    model.fit(train, y_train, batch_size=32, epochs=epochs, validation_data=(test, y_test))
    loss, accuracy = model.evaluate(test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.85)")


if __name__ == "__main__":
    main()
