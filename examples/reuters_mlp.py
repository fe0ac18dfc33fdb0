"""Topics of newswires by a deep dense network: relu against selu.

    python reuters_mlp.py [--quick] [--epochs N]

Shows: texts as rows of words that occur or not (`Tokenizer.sequences_to_matrix`); two networks
that differ in activation, initial weights and dropout only, trained on the same data. With
`selu`, `lecun_normal` and `AlphaDropout` belong together: only so mean and variance stay put from
layer to layer of a deep stack; the paper finds such networks ahead on most of 121 data sets.
Source: Klambauer et al., "Self-normalizing neural networks" (2017); the manual's `selu` and
`AlphaDropout`.
At full size: close to 80 %, what Chollet's "Deep learning with Python" (2017, section 3.5)
reports for a shallow network. With --quick relu fits the training texts faster, and selu the test
texts better.
Data: Reuters newswires, 2 MB, downloaded by `keras.datasets` at first use. --quick writes some.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import reuters
from keras.layers import Activation, AlphaDropout, Dense, Dropout
from keras.models import Sequential
from keras.preprocessing.text import Tokenizer

WORDS = 1000  # the most frequent ones
DEPTH = 6  # dense layers before the last

# activation -> initial weights, kind and rate of dropout
CONTENDERS = {
    "relu": ("glorot_uniform", Dropout, 0.1),
    "selu": ("lecun_normal", AlphaDropout, 0.1),
}


def deep(topics, activation):
    """The compiled network: (n, WORDS) zeros and ones -> (n, topics) probabilities."""
    initializer, dropout, rate = CONTENDERS[activation]
    model = Sequential()
    for i in range(DEPTH):
        first = {"input_shape": (WORDS,)} if i == 0 else {}
        model.add(Dense(64, kernel_initializer=initializer, **first))
        model.add(Activation(activation))
        model.add(dropout(rate))
    model.add(Dense(topics, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="40, or 8 with --quick")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 8 if quick else 40
    np.random.seed(0)  # weights, dropout and order follow from it

    data = small_data.newswires() if quick else reuters.load_data(num_words=WORDS)
    (x_train, y_train), (x_test, y_test) = data
    to_matrix = Tokenizer(num_words=WORDS).sequences_to_matrix
    x_train, x_test = to_matrix(x_train, mode="binary"), to_matrix(x_test, mode="binary")

    losses, accuracies = {}, {}
    for activation in CONTENDERS:
        model = deep(y_train.max() + 1, activation)
        fitted = model.fit(x_train, y_train, batch_size=16, epochs=epochs, verbose=0)
        losses[activation] = fitted.history.get("loss", [])
        accuracies[activation] = model.evaluate(x_test, y_test, verbose=0)[1]

    print("training loss of", *CONTENDERS)
    for epoch, pair in enumerate(zip(*losses.values()), start=1):
        print(f"epoch {epoch:2d}", *(f"{loss:8.4f}" for loss in pair))
    print(f"test accuracy with relu: {accuracies['relu']:.3f}")
    print(f"result: test accuracy with selu {accuracies['selu']:.3f} (with --quick at least 0.80)")


if __name__ == "__main__":
    main()
