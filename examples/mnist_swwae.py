"""Digits encoded and rebuilt: what was seen is kept, and where it was seen.

    python mnist_swwae.py [--quick] [--epochs N] [--out FOLDER]

Shows: pooling that says where each maximum came from, and unpooling that puts it back there; a
loss between layers, by `add_loss`. The same network without the "where" is trained beside it:
`rebuilt.png` shows digits, then both.
Source: Zhao, Mathieu, Goroshin and LeCun, "Stacked what-where auto-encoders" (2015).
At full size: with "where" the images are rebuilt sharply, without it they stay blurred, as the
paper shows.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead.
"""

import argparse
from pathlib import Path

import numpy as np
import pictures
import small_data

from keras import backend as K
from keras.datasets import mnist
from keras.layers import Conv2D, Input, Lambda, MaxPooling2D, UpSampling2D, multiply
from keras.models import Model

FILTERS = (16, 32)  # of the stages; each halves height and width
MIDDLE = 0.2  # weight of the losses between layers


def is_maximum(pair):
    """1 where x is the maximum of its window of pooling, 0 elsewhere."""
    x, maxima = pair
    return K.cast(K.equal(x, maxima), K.floatx())


def autoencoder(image_shape, where):
    """The compiled network: images -> images, with or without knowledge of where maxima were."""
    image = x = Input(shape=image_shape)
    encoded, places = [], []
    for filters in FILTERS:
        encoded.append(x)
        x = Conv2D(filters, (3, 3), padding="same", activation="relu")(x)
        pooled = MaxPooling2D((2, 2))(x)
        places.append(Lambda(is_maximum)([x, UpSampling2D((2, 2))(pooled)]))
        x = pooled

    between = []
    for i in reversed(range(len(FILTERS))):
        x = UpSampling2D((2, 2))(x)
        if where:
            x = multiply([x, places[i]])
        channels = K.int_shape(encoded[i])[-1]
        last = "sigmoid" if i == 0 else "relu"
        x = Conv2D(channels, (3, 3), padding="same", activation=last)(x)
        if i > 0:
            between.append(MIDDLE * K.mean(K.square(x - encoded[i])))

    model = Model(image, x)
    model.add_loss(between)
    model.compile(loss="mse", optimizer="adam")
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="for the picture")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    options.out.mkdir(parents=True, exist_ok=True)
    np.random.seed(0)  # weights and order follow from it

    (x_train, _), (x_test, _) = small_data.digits() if quick else mnist.load_data()
    x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))

    rebuilt, errors = [], []
    for where in (True, False):
        model = autoencoder(x_train.shape[1:], where)
        model.fit(x_train, x_train, batch_size=32, epochs=epochs, verbose=0)
        rebuilt.append(model.predict(x_test))
        errors.append(np.square(rebuilt[-1] - x_test).mean())
    rows = [x[:16] for x in (x_test, *rebuilt)]
    pictures.save_sheet(options.out / "rebuilt.png", rows)
    print(f"rebuilt.png is in {options.out.resolve()}: digits, with where, without")
    print(f"mean squared error with where {errors[0]:.4f}, without {errors[1]:.4f}")
    part = errors[0] / errors[1]
    print(f"result: error with where, part of that without {part:.3f} (with --quick at most 0.75)")


if __name__ == "__main__":
    main()
