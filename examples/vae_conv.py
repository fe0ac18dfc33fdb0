"""New digits drawn by a convolutional variational autoencoder.

    python vae_conv.py [--quick] [--epochs N] [--out FOLDER]

Shows: `Conv2D` with strides that shrink, `Conv2DTranspose` that enlarges; a layer of one's own
that draws the code and adds its part of the loss while it is called (`self.add_loss`), beside an
ordinary loss given to `compile`.
Into the folder goes vae_conv.png: test digits, the same redrawn, and digits that never were.
Source: Kingma, Welling, "Auto-encoding variational Bayes" (ICLR 2014); the decoder as in Radford,
Metz, Chintala, "Unsupervised representation learning with deep convolutional GANs" (2015).
At full size: about 100 nats a digit with a code of 16 numbers; not run here.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from keras import backend as K
from keras.datasets import mnist
from keras.layers import Conv2D, Conv2DTranspose, Dense, Flatten, Input, Layer, Reshape
from keras.models import Model
from keras.optimizers import Adam


class NormalCode(Layer):
    """Points drawn from normal distributions; the loss grows as these leave the standard one.

    Shapes    [means (n, code), logarithms of variances (n, code)] -> (n, code)
    """

    def call(self, inputs):
        mean, log_variance = inputs
        distance = -0.5 * K.sum(1 + log_variance - K.square(mean) - K.exp(log_variance), axis=-1)
        self.add_loss(K.mean(distance), inputs)
        return mean + K.exp(log_variance / 2) * K.random_normal(K.shape(mean))

    def compute_output_shape(self, input_shape):
        return input_shape[0]


def nats(truth, found):
    """The cross-entropy of whole pictures, where Keras' loss is the mean over their pixels."""
    return K.sum(K.binary_crossentropy(truth, found), axis=[1, 2, 3])


def autoencoder(side, filters, code, lr):
    """(the compiled model, its decoder), of pictures (n, side, side, 1) of values in 0..1."""
    picture = Input((side, side, 1))
    x = Conv2D(filters, (3, 3), strides=2, padding="same", activation="relu")(picture)
    x = Conv2D(2 * filters, (3, 3), strides=2, padding="same", activation="relu")(x)
    small = K.int_shape(x)[1:]
    x = Flatten()(x)
    parameters = [Dense(code)(x), Dense(code)(x)]

    point = Input((code,))
    x = Dense(int(np.prod(small)), activation="relu")(point)
    x = Reshape(small)(x)
    x = Conv2DTranspose(filters, (3, 3), strides=2, padding="same", activation="relu")(x)
    x = Conv2DTranspose(1, (3, 3), strides=2, padding="same", activation="sigmoid")(x)
    decoder = Model(point, x)

    model = Model(picture, decoder(NormalCode()(parameters)))
    model.compile(optimizer=Adam(lr), loss=nats)
    return model, decoder


def draw(rows, path):
    """Each of `rows` is a name and pictures (n, side, side, 1)."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    for axes, (name, pictures) in zip(figure.subplots(len(rows), 1), rows.items()):
        axes.imshow(np.concatenate(pictures[..., 0], axis=1), cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(name)
        axes.axis("off")
    figure.savefig(path, dpi=100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="30, or 25 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()

    np.random.seed(0)
    load_data, filters, code, lr, epochs = mnist.load_data, 32, 16, 0.001, 30
    if options.quick:
        from small_data import digits as load_data

        filters, code, lr, epochs = 16, 8, 0.005, 25
    if options.epochs is not None:
        epochs = options.epochs

    (x_train, _), (x_test, _) = load_data()
    x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))

    model, decoder = autoencoder(x_train.shape[1], filters, code, lr)
    model.summary()
    model.fit(x_train, x_train, batch_size=64, epochs=epochs, verbose=2)

    options.out.mkdir(parents=True, exist_ok=True)
    rows = {
        "test digits": x_test[:16],
        "redrawn from their codes": model.predict(x_test[:16]),
        "drawn from random codes": decoder.predict(np.random.normal(size=(16, code))),
    }
    draw(rows, options.out / "vae_conv.png")
    loss = model.evaluate(x_test, x_test, verbose=0)
    print(f"result: test loss in nats {loss:.2f} (with --quick at most 28)")


if __name__ == "__main__":
    main()
