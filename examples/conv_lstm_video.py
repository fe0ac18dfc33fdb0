"""The next picture of a film, by convolutions with a memory.

    python conv_lstm_video.py [--quick] [--epochs N] [--out FOLDER]

Shows: `ConvLSTM2D`, a recurrent layer whose state is an image; a convolution of each frame by
`TimeDistributed`; and a film that goes on from its own predictions.
Into the folder goes conv_lstm_video.png: frames of a new film, and what the network makes of them.
Source: Shi et al., "Convolutional LSTM network: a machine learning approach for precipitation
nowcasting" (NIPS 2015).
At full size: 1,000 films of 15 frames of 40 x 40 pixels; expect squares that stay sharp for some
frames and blur as guesses are built upon guesses. Not run here.
Data: drawn by the script: squares that move evenly. --quick: 200 films of 8 frames of 16 x 16.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from keras.layers import Conv2D, ConvLSTM2D, TimeDistributed
from keras.models import Sequential
from keras.optimizers import Adam


def films(count, frames, size):
    """(count, frames, size, size, 1) of 0 and 1: two squares each, with their own velocities."""
    shown = np.zeros((count, frames, size, size, 1), dtype="float32")
    for film in shown:
        for _ in range(2):
            half = np.random.randint(1, 3)
            speed = np.random.randint(-1, 2, size=2)
            start = np.random.randint(size // 4, 3 * size // 4, size=2)
            for i, frame in enumerate(film):
                row, column = start + i * speed
                frame[max(row - half, 0) : row + half, max(column - half, 0) : column + half] = 1
    return shown


def forecaster(size, filters, layers, lr):
    """The compiled network: films -> the frame that comes after each of their frames."""
    model = Sequential()
    for i in range(layers):
        shape = {"input_shape": (None, size, size, 1)} if i == 0 else {}
        model.add(ConvLSTM2D(filters, (3, 3), padding="same", return_sequences=True, **shape))
    model.add(TimeDistributed(Conv2D(1, (3, 3), padding="same", activation="sigmoid")))
    model.compile(loss="binary_crossentropy", optimizer=Adam(lr))
    return model


def overlap(found, truth):
    """Pixels that are white in both, as a fraction of those that are white in either."""
    found, truth = found > 0.5, truth > 0.5
    return np.sum(found & truth) / max(np.sum(found | truth), 1)


def continued(model, film, count):
    """The film and `count` frames that the network adds, one by one."""
    for _ in range(count):
        film = np.concatenate([film, model.predict(film[None])[0, -1:]])
    return film


def draw(films_by_name, path):
    """A line for each film, a column for each of its frames."""
    columns = len(next(iter(films_by_name.values())))
    figure = Figure(figsize=(1.2 * columns, 1.4 * len(films_by_name)), layout="constrained")
    for line, (name, film) in zip(figure.subfigures(len(films_by_name), 1), films_by_name.items()):
        line.suptitle(name, fontsize=9)
        for axes, frame in zip(line.subplots(1, columns), film):
            axes.imshow(frame[:, :, 0], cmap="gray", vmin=0, vmax=1)
            axes.axis("off")
    figure.savefig(path, dpi=80)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="300, or 8 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()

    np.random.seed(0)
    count, frames, size, filters, layers, lr, epochs = 1000, 15, 40, 40, 4, 0.001, 300
    if options.quick:
        count, frames, size, filters, layers, lr, epochs = 200, 8, 16, 12, 1, 0.02, 8
    if options.epochs is not None:
        epochs = options.epochs

    train, test = films(count, frames, size), films(50, frames, size)
    model = forecaster(size, filters, layers, lr)
    model.summary()
    model.fit(train[:, :-1], train[:, 1:], batch_size=10, epochs=epochs, verbose=2)

    options.out.mkdir(parents=True, exist_ok=True)
    known = frames // 2
    made = continued(model, test[0, :known], frames - known)
    draw(
        {"a new film": test[0], f"its first {known} frames, and the rest made of them": made},
        options.out / "conv_lstm_video.png",
    )
    found = model.predict(test[:, :-1])
    still = overlap(test[:, known - 1 : -1], test[:, known:])
    print(f"overlap of a frame with the one before it: {still:.3f}")
    reached = overlap(found[:, known - 1 :], test[:, known:])
    print(f"result: overlap with the true next frame {reached:.3f} (with --quick at least 0.65)")


if __name__ == "__main__":
    main()
