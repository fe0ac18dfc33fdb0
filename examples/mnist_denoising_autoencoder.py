"""Digits under noise, and what an autoencoder makes of them.

    python mnist_denoising_autoencoder.py [--quick] [--epochs N] [--out FOLDER]

Shows: a convolutional encoder and its mirror image of `Conv2DTranspose`, as models of their own
and as one; targets that are images; `denoised.png` with clean, noisy and denoised digits in three
rows.
Source: Vincent et al., "Extracting and composing robust features with denoising autoencoders"
(2008).
At full size: the strokes come back clean, and little of the noise is left after 30 epochs.
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
from keras.layers import Conv2D, Conv2DTranspose, Dense, Flatten, Input, Reshape
from keras.models import Model

NOISE = 0.5  # standard deviation, where black is 0 and white 1


def autoencoder(image_shape, code, filters):
    """The compiled network: noisy images (n, height, width, 1) -> clean ones."""
    noisy = x = Input(shape=image_shape)
    for count in filters:
        x = Conv2D(count, (3, 3), strides=2, padding="same", activation="relu")(x)
    small = K.int_shape(x)[1:]  # (height / 4, width / 4, filters[-1])
    encoder = Model(noisy, Dense(code)(Flatten()(x)), name="encoder")

    latent = Input(shape=(code,))
    x = Dense(int(np.prod(small)), activation="relu")(latent)
    x = Reshape(small)(x)
    for count in reversed(filters):
        x = Conv2DTranspose(count, (3, 3), strides=2, padding="same", activation="relu")(x)
    clean = Conv2DTranspose(1, (3, 3), padding="same", activation="sigmoid")(x)
    decoder = Model(latent, clean, name="decoder")

    model = Model(noisy, decoder(encoder(noisy)))
    model.compile(loss="mse", optimizer="adam")
    return model


def with_noise(x, rng):
    return np.clip(x + rng.normal(0, NOISE, size=x.shape), 0, 1).astype("float32")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="30, or 20 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="for the picture")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 20 if quick else 30
    options.out.mkdir(parents=True, exist_ok=True)
    np.random.seed(0)  # weights and order follow from it
    rng = np.random.RandomState(0)  # of the noise

    (x_train, _), (x_test, _) = small_data.digits() if quick else mnist.load_data()
    x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))
    noisy_train, noisy_test = with_noise(x_train, rng), with_noise(x_test, rng)

    model = autoencoder(x_train.shape[1:], code=16, filters=(16, 32) if quick else (32, 64))
    model.summary()
    batch = 32 if quick else 128
    model.fit(noisy_train, x_train, batch, epochs, validation_data=(noisy_test, x_test))

    denoised = model.predict(noisy_test)
    rows = [x[:16] for x in (x_test, noisy_test, denoised)]
    pictures.save_sheet(options.out / "denoised.png", rows)
    left = np.square(denoised - x_test).mean() / np.square(noisy_test - x_test).mean()
    print(f"denoised.png is in {options.out.resolve()}")
    print(f"result: part of the noise's square that is left {left:.3f} (with --quick at most 0.50)")


if __name__ == "__main__":
    main()
