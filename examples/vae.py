"""Digits on a plane: an autoencoder whose code is two numbers with a normal distribution.

    python vae.py [--quick] [--epochs N] [--out FOLDER]

Shows: a sampling step by `Lambda`, and a loss that is no function of (truth, prediction): it is
made of tensors of the model, given to `model.add_loss`, and `fit` gets no targets.
Into the folder go vae_codes.png, where the test digits lie, and vae_digits.png, what lies where.
Source: Kingma, Welling, "Auto-encoding variational Bayes" (ICLR 2014), appendices B and C.1.
At full size: a test loss of some 150 nats a digit with a plane as code; not run here.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from keras import backend as K
from keras.datasets import mnist
from keras.layers import Dense, Input, Lambda
from keras.losses import binary_crossentropy
from keras.models import Model
from keras.optimizers import Adam

CODE = 2  # numbers


def drawn(parameters):
    """A point of each normal distribution, so written that gradients reach mean and variance."""
    mean, log_variance = parameters
    return mean + K.exp(log_variance / 2) * K.random_normal(K.shape(mean))


def autoencoder(pixels, units, lr):
    """(the compiled model, its encoder, its decoder), of pictures as rows of values in 0..1."""
    picture = Input((pixels,))
    hidden = Dense(units, activation="relu")(picture)
    mean = Dense(CODE, name="mean")(hidden)
    log_variance = Dense(CODE, name="log_variance")(hidden)
    encoder = Model(picture, mean)

    code = Input((CODE,))
    hidden = Dense(units, activation="relu")(code)
    decoder = Model(code, Dense(pixels, activation="sigmoid")(hidden))

    redrawn = decoder(Lambda(drawn)([mean, log_variance]))
    model = Model(picture, redrawn)
    unlike = pixels * binary_crossentropy(picture, redrawn)
    # Kullback and Leibler's distance from the code's distribution to the standard normal one
    distance = -0.5 * K.sum(1 + log_variance - K.square(mean) - K.exp(log_variance), axis=-1)
    model.add_loss(K.mean(unlike + distance))
    model.compile(optimizer=Adam(lr))
    return model, encoder, decoder


def draw_codes(codes, labels, path):
    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    points = axes.scatter(*codes.T, c=labels, s=8, cmap="tab10")
    figure.colorbar(points, ticks=range(10))
    figure.savefig(path, dpi=100)


def draw_digits(decoder, side, path, lines=15):
    """What the decoder makes of a grid of codes, as dense as the normal distribution is."""
    steps = norm.ppf(np.linspace(0.03, 0.97, lines))
    codes = np.stack(np.meshgrid(steps, -steps), axis=-1).reshape(-1, CODE)
    tiles = decoder.predict(codes).reshape(lines, lines, side, side)
    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(tiles.transpose(0, 2, 1, 3).reshape(lines * side, -1), cmap="gray_r")
    axes.axis("off")
    figure.savefig(path, dpi=100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="50, or 40 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()

    np.random.seed(0)
    load_data, units, lr, epochs = mnist.load_data, 512, 0.001, 50
    if options.quick:
        from small_data import digits as load_data

        units, lr, epochs = 128, 0.003, 40
    if options.epochs is not None:
        epochs = options.epochs

    (x_train, _), (x_test, y_test) = load_data()
    side = x_train.shape[1]
    x_train, x_test = (x.reshape(len(x), -1).astype("float32") / 255 for x in (x_train, x_test))

    model, encoder, decoder = autoencoder(side * side, units, lr)
    model.summary()
    model.fit(x_train, batch_size=64, epochs=epochs, verbose=2)

    options.out.mkdir(parents=True, exist_ok=True)
    draw_codes(encoder.predict(x_test), y_test, options.out / "vae_codes.png")
    draw_digits(decoder, side, options.out / "vae_digits.png")
    loss = model.evaluate(x_test, None, verbose=0)
    print(f"result: test loss in nats {loss:.2f} (with --quick at most 30)")


if __name__ == "__main__":
    main()
