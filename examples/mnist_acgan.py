"""Digits drawn to order by a generator that was trained against a judge.

    python mnist_acgan.py [--quick] [--epochs N] [--out FOLDER]

Shows: two models that are trained in turn, by `train_on_batch`; layers that learn in one model
and are frozen in another; models with two outputs; an `Embedding` of classes. `drawn.png` has a
column for each digit.
Source: Odena, Olah and Shlens, "Conditional image synthesis with auxiliary classifier GANs"
(2016); its advice on training from Radford et al., "Unsupervised representation learning with
deep convolutional generative adversarial networks" (2015).
At full size: legible digits after some 10 of 100 epochs. The last line says how many of the drawn
digits a classifier that knows only real ones takes for what was ordered.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead.
"""

import argparse
from pathlib import Path

import numpy as np
import pictures
import small_data
from sklearn.neighbors import KNeighborsClassifier

from keras.datasets import mnist
from keras.layers import (
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Input,
    LeakyReLU,
    Reshape,
    multiply,
)
from keras.models import Model, Sequential
from keras.optimizers import Adam

NUM_CLASSES = 10
LOSSES = ["binary_crossentropy", "sparse_categorical_crossentropy"]  # real or not, which digit
REAL, FAKE = 0.95, 0.0  # never quite sure of real ones, as in Salimans et al. (2016)


def generator(size, latent, filters):
    """(noise (n, latent), digits (n, 1)) -> images (n, size, size, 1) in -1..1."""
    start = size // 4
    draw = Sequential(name="draw")
    draw.add(Dense(start * start * 2 * filters, activation="relu", input_shape=(latent,)))
    draw.add(Reshape((start, start, 2 * filters)))
    draw.add(Conv2DTranspose(filters, 5, strides=2, padding="same", activation="relu"))
    draw.add(Conv2DTranspose(1, 5, strides=2, padding="same", activation="tanh"))

    noise, digit = Input(shape=(latent,)), Input(shape=(1,), dtype="int32")
    idea = Flatten()(Embedding(NUM_CLASSES, latent, embeddings_initializer="glorot_normal")(digit))
    return Model([noise, digit], draw(multiply([noise, idea])), name="generator")


def judge(size, filters):
    """images -> (how likely each is real, which digit it shows)."""
    look = Sequential(name="look")
    look.add(Conv2D(filters, 3, strides=2, padding="same", input_shape=(size, size, 1)))
    look.add(LeakyReLU(0.2))
    look.add(Dropout(0.3))
    look.add(Conv2D(2 * filters, 3, strides=2, padding="same"))
    look.add(LeakyReLU(0.2))
    look.add(Dropout(0.3))
    look.add(Flatten())

    image = Input(shape=(size, size, 1))
    seen = look(image)
    real = Dense(1, activation="sigmoid", name="real")(seen)
    digit = Dense(NUM_CLASSES, activation="softmax", name="digit")(seen)
    return Model(image, [real, digit], name="judge")


class Pair:
    """A generator and its judge, each trained against the other."""

    def __init__(self, size, latent, filters, lr):
        self.latent = latent
        self.judge = judge(size, filters)
        self.judge.compile(optimizer=Adam(lr, beta_1=0.5), loss=LOSSES)

        self.generator = generator(size, latent, filters)
        frozen = Model(self.judge.inputs, self.judge.outputs)  # the same layers ...
        frozen.trainable = False  # ... which the generator's training leaves alone
        self.deceit = Model(self.generator.inputs, frozen(self.generator.outputs))
        self.deceit.compile(optimizer=Adam(lr, beta_1=0.5), loss=LOSSES)

    def noise(self, count):
        return np.random.normal(size=(count, self.latent))

    def drawn(self, digits):
        """Images, one of each of `digits`."""
        return self.generator.predict([self.noise(len(digits)), digits.reshape(-1, 1)])

    def train(self, images, digits):
        """(loss of the judge, loss of the generator) of one step of each."""
        count = len(images)
        ordered = np.random.randint(NUM_CLASSES, size=count)
        seen = np.concatenate([images, self.drawn(ordered)])
        truth = np.repeat([REAL, FAKE], count)
        judged = self.judge.train_on_batch(seen, [truth, np.concatenate([digits, ordered])])

        ordered = np.random.randint(NUM_CLASSES, size=2 * count)
        order = [self.noise(2 * count), ordered.reshape(-1, 1)]
        deceived = self.deceit.train_on_batch(order, [np.full(2 * count, REAL), ordered])
        return judged[0], deceived[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="100, or 24 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="for the picture")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 24 if quick else 100
    options.out.mkdir(parents=True, exist_ok=True)
    np.random.seed(0)  # weights, dropout, order and noise follow from it

    (x_train, y_train), _ = small_data.digits() if quick else mnist.load_data()
    x_train = x_train[..., None].astype("float32") / 127.5 - 1
    size, batch = x_train.shape[1], 50 if quick else 100

    if quick:
        pair = Pair(size, latent=20, filters=32, lr=2e-3)
    else:
        pair = Pair(size, latent=100, filters=96, lr=2e-4)
    for epoch in range(1, epochs + 1):
        rows = np.random.permutation(len(x_train))
        steps = rows[: len(rows) // batch * batch].reshape(-1, batch)  # the odd ones wait
        losses = [pair.train(x_train[step], y_train[step]) for step in steps]
        print("epoch {:3d}: judge {:.3f}, generator {:.3f}".format(epoch, *np.mean(losses, axis=0)))

    ordered = np.tile(np.arange(NUM_CLASSES), 10)
    images = pair.drawn(ordered)
    pictures.save_sheet(options.out / "drawn.png", np.split(images, 10), low=-1, scale=4)
    print(f"drawn.png is in {options.out.resolve()}")

    critic = KNeighborsClassifier(3).fit(x_train.reshape(len(x_train), -1), y_train)
    right = critic.score(images.reshape(len(images), -1), ordered)
    print(f"result: drawn digits that are as ordered {right:.3f} (with --quick at least 0.70)")


if __name__ == "__main__":
    main()
