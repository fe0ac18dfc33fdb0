"""Training on an HDF5 file that need not fit into memory.

    python hdf5_training.py [--quick] [--epochs N] [--out FOLDER]

Shows: a file written piece by piece with h5py; `HDF5Matrix`, which reads and scales the rows of a
batch when they are needed; `shuffle="batch"`, which keeps the rows of a batch together, as a file
is slow when they are far apart; `predict` on a data set of the file itself.
Source: the manual's 20.2 (`HDF5Matrix`) and its FAQ, 3.3.18.
At full size: 97 to 98 % after 5 epochs, as with the same digits in memory.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead. Either is written to `digits.h5` in the folder.
"""

import argparse
from pathlib import Path

import h5py
import numpy as np
import small_data

from keras.datasets import mnist
from keras.layers import Dense, Flatten, Lambda
from keras.models import Sequential
from keras.utils import HDF5Matrix

NUM_CLASSES = 10
PIECE = 256  # rows written, and stored, together


def write(path, **arrays):
    """An HDF5 file that holds each of `arrays` under its name."""
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            shape = array.shape[1:]
            data = file.create_dataset(
                name, (0, *shape), array.dtype, maxshape=(None, *shape), chunks=(PIECE, *shape)
            )
            for start in range(0, len(array), PIECE):
                piece = array[start : start + PIECE]
                data.resize(start + len(piece), axis=0)
                data[start:] = piece


def scaled(x):
    return x.astype("float32") / 255


def network(image_shape):
    """The compiled network: images with values in 0..1 -> (n, 10) probabilities."""
    model = Sequential()
    model.add(Flatten(input_shape=image_shape))
    model.add(Dense(128, activation="relu"))
    model.add(Dense(NUM_CLASSES, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="5, or 15 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="for the file")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 15 if quick else 5
    options.out.mkdir(parents=True, exist_ok=True)
    np.random.seed(0)  # weights and order follow from it

    path = options.out / "digits.h5"
    (x_train, y_train), (x_test, y_test) = small_data.digits() if quick else mnist.load_data()
    write(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    del x_train, y_train, x_test, y_test  # from here on there is only the file

    x_train = HDF5Matrix(str(path), "x_train", normalizer=scaled)
    y_train = HDF5Matrix(str(path), "y_train")
    x_test = HDF5Matrix(str(path), "x_test", normalizer=scaled)
    y_test = HDF5Matrix(str(path), "y_test")

    model = network(x_train.shape[1:])
    model.fit(x_train, y_train, batch_size=32, epochs=epochs, shuffle="batch")
    loss, accuracy = model.evaluate(x_test, y_test)

    raw = Sequential([Lambda(lambda x: x / 255, input_shape=x_train.shape[1:]), model])
    with h5py.File(path, "r") as file:
        read = raw.predict(file["x_test"]).argmax(axis=1)
        print("the first test digits:", *file["y_test"][:20])
        print("          are read as:", *read[:20])
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.93)")


if __name__ == "__main__":
    main()
