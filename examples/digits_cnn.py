"""Handwritten digits read by a small convolutional network.

    python digits_cnn.py [--seed 0] [--epochs 50] [--out demo_output]

Shows: convolution, pooling and dropout; curves of the training, a page of the mistakes.
Source: section 3.1.5.3 of the manual ("VGG-like") in small.
At full size: this is it; 98 % or more of the test digits are read correctly (tests/test_demo.py).
Data: the 1,797 scans of 8 x 8 pixels that ship inside scikit-learn. A stratified third, the same
for every seed, is never trained on; the last line says how much of it is read correctly.
Into the folder go `curves.png`, `misread.png` and `predictions.npz`.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import keras
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential

NUM_CLASSES = 10
SPLIT_SEED = 0  # of the data; --seed is that of the network


def split(labels):
    """(rows to train on, rows to test on): the test rows are a third of each digit."""
    rows = np.arange(len(labels))
    return train_test_split(rows, test_size=1 / 3, stratify=labels, random_state=SPLIT_SEED)


def digit_reader():
    """The compiled network: (n, 8, 8, 1) grey values in 0..1 -> (n, 10) probabilities."""
    model = Sequential()
    model.add(Conv2D(32, (3, 3), padding="same", activation="relu", input_shape=(8, 8, 1)))
    model.add(Conv2D(32, (3, 3), padding="same", activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))

    model.add(Conv2D(64, (3, 3), padding="same", activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))

    model.add(Flatten())
    model.add(Dense(128, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(NUM_CLASSES, activation="softmax"))

    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def confusions(labels, predicted):
    """[(times, digit, read as)] of the pairs that were mixed up, the most frequent first."""
    wrong = labels != predicted
    pairs = np.stack([labels[wrong], predicted[wrong]], axis=1)
    kinds, times = np.unique(pairs, axis=0, return_counts=True)
    return sorted(
        ((int(n), int(digit), int(read_as)) for n, (digit, read_as) in zip(times, kinds)),
        key=lambda row: (-row[0], row[1:]),
    )


def draw_curves(history, path):
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, key, title in zip(figure.subplots(1, 2), ["loss", "acc"], ["loss", "accuracy"]):
        epochs = range(1, len(history[key]) + 1)
        axes.plot(epochs, history[key], label="training (with dropout)")
        axes.plot(epochs, history["val_" + key], label="validation")
        axes.set(title=title, xlabel="epoch")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=100)


def draw_misread(images, labels, probabilities, path, most=24):
    """A page of the digits that were read wrongly, the surest mistakes first."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-probabilities[wrong].max(axis=1))]
    shown = wrong[:most]
    columns = 6
    lines = max(1, -(-len(shown) // columns))
    figure = Figure(figsize=(1.7 * columns, 2.1 * lines + 0.5), layout="constrained")
    figure.suptitle(f"{len(wrong)} of {len(labels)} test digits misread, {len(shown)} shown")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in panels:
        axes.axis("off")
    for axes, row in zip(panels, shown):
        axes.imshow(images[row, :, :, 0], cmap="gray_r", vmin=0, vmax=1)
        sure = probabilities[row, predicted[row]]
        axes.set_title(f"{labels[row]} read as {predicted[row]}\n({sure:.0%} sure)", fontsize=9)
    figure.savefig(path, dpi=100)


def arguments():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seed", type=int, default=0, help="of weights, dropout and order")
    options.add_argument("--epochs", type=int, default=50)
    options.add_argument("--out", type=Path, default=Path("demo_output"), help="folder of results")
    return options.parse_args()


def main():
    options = arguments()
    np.random.seed(options.seed)  # every seed that is not given comes from here
    options.out.mkdir(parents=True, exist_ok=True)

    digits = load_digits()
    images = (digits.images / 16).astype("float32").reshape(-1, 8, 8, 1)
    train, test = split(digits.target)
    x_train, x_test = images[train], images[test]
    y_train, y_test = (
        keras.utils.to_categorical(digits.target[rows], NUM_CLASSES) for rows in (train, test)
    )

    model = digit_reader()
    model.summary()
    history = model.fit(
        x_train, y_train, batch_size=32, epochs=options.epochs, validation_split=0.1
    ).history
    loss, accuracy = model.evaluate(x_test, y_test)
    probabilities = model.predict(x_test)

    labels = digits.target[test]
    draw_curves(history, options.out / "curves.png")
    draw_misread(x_test, labels, probabilities, options.out / "misread.png")
    np.savez(
        options.out / "predictions.npz",
        train_rows=train,
        test_rows=test,
        labels=labels,
        probabilities=probabilities,
    )

    mixed_up = confusions(labels, probabilities.argmax(axis=1))
    print(f"\nmost confused of {len(test)} test digits:" + ("" if mixed_up else " none"))
    for times, digit, read_as in mixed_up[:3]:
        print(f"  {digit} read as {read_as}: {times} time{'s' if times > 1 else ''}")
    print(f"curves.png, misread.png and predictions.npz are in {options.out.resolve()}")
    print(f"test loss: {loss:.4f}")
    print(f"test accuracy: {accuracy:.3f}")


if __name__ == "__main__":
    main()
