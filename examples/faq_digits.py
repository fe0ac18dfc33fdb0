"""Digits read by one hidden layer, with curves of the training and a page of answers.

    python faq_digits.py [--quick] [--epochs N] [--out FOLDER]

Shows: a `Sequential` given as a list, activations as layers, an optimizer with its own numbers;
what `fit` returns, drawn as `digits_curves.png`; `predict_classes`, drawn as `digits_read.png`.
Source: the second example of "Keras installation and first steps" in the manual's collection of
notes.
At full size: the notes report a test accuracy of 0.974 after 4 epochs, and a loss of 0.097.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead.
"""

import argparse
from pathlib import Path

import numpy as np
import small_data
from matplotlib.figure import Figure

from keras.datasets import mnist
from keras.layers import Activation, Dense
from keras.models import Sequential
from keras.optimizers import RMSprop
from keras.utils import np_utils


def draw_curves(history, path):
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    for axes, key, title in zip(figure.subplots(1, 2), ["loss", "acc"], ["loss", "accuracy"]):
        axes.plot(history.get(key, []), label="training")
        axes.plot(history.get("val_" + key, []), label="test")
        axes.set(title=title, xlabel="epoch")
        axes.legend()
    figure.savefig(path, dpi=100)


def draw_read(images, digits, read, path):
    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, image, digit, answer in zip(figure.subplots(3, 8).ravel(), images, digits, read):
        axes.imshow(image, cmap="gray_r")
        axes.set_title(f"{answer}", color="black" if answer == digit else "red")
        axes.axis("off")
    figure.savefig(path, dpi=100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="4, or 10 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="for pictures")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 10 if quick else 4
    options.out.mkdir(parents=True, exist_ok=True)
    np.random.seed(1337)  # weights and order follow from it

    (x_train, y_train), (images, digits) = small_data.digits() if quick else mnist.load_data()
    x_train = x_train.reshape(len(x_train), -1) / 255.0
    x_test = images.reshape(len(images), -1) / 255.0
    y_train = np_utils.to_categorical(y_train, num_classes=10)
    y_test = np_utils.to_categorical(digits, num_classes=10)

    model = Sequential(
        [
            Dense(400, input_dim=x_train.shape[1]),
            Activation("relu"),
            Dense(10),
            Activation("softmax"),
        ]
    )
    rmsprop = RMSprop(lr=0.001, rho=0.9, epsilon=1e-08, decay=0.0)
    model.compile(optimizer=rmsprop, loss="categorical_crossentropy", metrics=["accuracy"])
    fitted = model.fit(
        x_train, y_train, epochs=epochs, batch_size=32, validation_data=(x_test, y_test)
    )

    draw_curves(fitted.history, options.out / "digits_curves.png")
    draw_read(images, digits, model.predict_classes(x_test), options.out / "digits_read.png")
    print(f"digits_curves.png and digits_read.png are in {options.out.resolve()}")
    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"test loss: {loss:.4f}")
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.93)")


if __name__ == "__main__":
    main()
