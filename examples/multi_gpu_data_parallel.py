"""One network on several GPUs, each with a share of every batch.

    python multi_gpu_data_parallel.py [--quick] [--epochs N] [--gpus N]

Shows: `multi_gpu_model`: the replicas share the weights of the model that it is given, so that
this one, the template, is what is saved, loaded and used afterwards. With one GPU there is
nothing to do: the engine takes it by itself; the environment variable CUDA_VISIBLE_DEVICES says
which GPUs a program sees.
Source: the manual's 3.3.4.1 and 20.9.
At full size: over 99 % after 12 epochs, as with mnist_cnn.py on one device. The manual speaks of
a speed that grows almost linearly up to 8 GPUs; a network as small as this one gains little.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead, and lets the CPU stand in for two GPUs.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import small_data

from keras.datasets import mnist
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential, load_model
from keras.utils import multi_gpu_model

NUM_CLASSES = 10
PER_DEVICE = 32  # images of a batch


def cnn(image_shape):
    """The network: images -> (n, 10) probabilities."""
    model = Sequential()
    model.add(Conv2D(32, (3, 3), activation="relu", input_shape=image_shape))
    model.add(Conv2D(32, (3, 3), activation="relu"))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(128, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(NUM_CLASSES, activation="softmax"))
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds, no GPU")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--gpus", type=int, default=2)
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    devices = ["/cpu:0", "/cpu:0"] if quick else [f"/gpu:{i}" for i in range(options.gpus)]
    np.random.seed(0)  # weights, dropout and order follow from it

    (x_train, y_train), (x_test, y_test) = small_data.digits() if quick else mnist.load_data()
    x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))

    template = cnn(x_train.shape[1:])
    parallel = multi_gpu_model(template, gpus=devices)
    loss = "sparse_categorical_crossentropy"
    parallel.compile(loss=loss, optimizer="adam", metrics=["accuracy"])
    parallel.fit(x_train, y_train, batch_size=PER_DEVICE * len(devices), epochs=epochs)

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "template.h5")
        template.save(path)
        loaded = load_model(path, compile=False)  # runs anywhere, with one device or many
    loaded.compile(loss=loss, optimizer="adam", metrics=["accuracy"])
    loss, accuracy = loaded.evaluate(x_test, y_test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.94)")


if __name__ == "__main__":
    main()
