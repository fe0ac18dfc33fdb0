"""Memory that is longer than a batch: a stateful LSTM beside an ordinary one.

    python lstm_stateful.py [--quick] [--epochs N]

Shows: `stateful=True`, a fixed `batch_shape`, `shuffle=False` and `reset_states`. Row i of a batch
goes on where row i of the batch before ended. The task, the mean of the last numbers of a series,
needs more of the past than a piece of the series holds: the ordinary network, whose memory begins
anew with each piece, can explain only a part of the variance.
Source: the manual's 3.3.15; Hochreiter, Schmidhuber, "Long short-term memory" (1997).
At full size: pieces of 4 numbers, means of 16. By the mathematics of it the best stateless guess
explains 4/16 of the variance; the stateful one may come near all. Not run here.
Data: noise, drawn by the script. --quick: pieces of 2, means of 6: at best 2/6 without the past.
"""

import argparse

import numpy as np

from keras.layers import LSTM, Dense
from keras.models import Sequential
from keras.optimizers import Adam

SERIES = 32  # side by side: the rows of a batch


def pieces(batches, length, window):
    """(x, y): `batches` after each other; y is the mean of the `window` numbers up to x's end."""
    noise = np.random.uniform(-1, 1, size=(SERIES, batches * length))
    sums = np.cumsum(np.pad(noise, ((0, 0), (window, 0))), axis=1)
    means = (sums[:, window:] - sums[:, :-window]) / window
    x = noise.reshape(SERIES, batches, length).transpose(1, 0, 2)
    y = means[:, length - 1 :: length].T
    return x.reshape(-1, length, 1), y.reshape(-1, 1)


def regressor(length, units, stateful, lr):
    """The compiled network: pieces of a series -> the mean of its last numbers."""
    model = Sequential()
    model.add(LSTM(units, batch_input_shape=(SERIES, length, 1), stateful=stateful))
    model.add(Dense(1))
    model.compile(loss="mse", optimizer=Adam(lr))
    return model


def explained(model, x, y):
    """The part of y's variance that the predictions account for: 1 is all, 0 none."""
    model.reset_states()
    return 1 - np.mean((model.predict(x, batch_size=SERIES) - y) ** 2) / np.var(y)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="50, or 40 with --quick")
    options = parser.parse_args()

    np.random.seed(0)
    length, window, units, batches, lr, epochs = 4, 16, 64, 500, 0.001, 50
    if options.quick:
        length, window, units, batches, lr, epochs = 2, 6, 16, 100, 0.006, 40
    if options.epochs is not None:
        epochs = options.epochs

    x, y = pieces(batches, length, window)
    x_test, y_test = pieces(100, length, window)

    stateless = regressor(length, units, False, lr)
    stateless.fit(x, y, batch_size=SERIES, epochs=epochs, verbose=0)

    stateful = regressor(length, units, True, lr)
    stateful.summary()
    for epoch in range(epochs):
        stateful.fit(
            x, y, batch_size=SERIES, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=2
        )
        stateful.reset_states()  # the next epoch begins at the start of the series again

    print(f"stateless: {explained(stateless, x_test, y_test):.3f} of the variance explained,")
    print(f"where {length / window:.3f} is the most that a piece can tell")
    found = explained(stateful, x_test, y_test)
    print(f"result: variance explained with state {found:.3f} (with --quick at least 0.7)")


if __name__ == "__main__":
    main()
