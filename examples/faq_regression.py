"""A straight line through noisy points, found by gradient descent.

    python faq_regression.py [--quick] [--epochs N] [--out FOLDER]

Shows: the smallest network there is, one `Dense` unit: weight and bias are slope and height of
the line; `train_on_batch` in a loop of one's own; `line.png` with the test points and the line.
Source: the first example of "Keras installation and first steps" in the manual's collection of
notes, which reports a test cost of 0.0031. The noise alone costs 0.05 ** 2 = 0.0025.
At full size: this is it, with --quick or without.
Data: 200 points of 0.5 x + 2 with normal noise, drawn here.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from keras.layers import Dense
from keras.models import Sequential


def draw(x, y, predicted, path):
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.scatter(x, y, s=12, label="test points")
    order = x.argsort()
    axes.plot(x[order], predicted[order], color="tab:red", label="what the network says")
    axes.set(xlabel="x", ylabel="y")
    axes.legend()
    figure.savefig(path, dpi=100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="changes nothing: it is quick")
    parser.add_argument("--epochs", type=int, default=301, help="one step each, on all points")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="for the picture")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    np.random.seed(1337)  # points and weights follow from it

    x = np.linspace(-1, 1, 200)
    np.random.shuffle(x)
    y = 0.5 * x + 2 + np.random.normal(0, 0.05, size=200)
    x_train, y_train = x[:160], y[:160]
    x_test, y_test = x[160:], y[160:]

    model = Sequential()
    model.add(Dense(units=1, input_dim=1))
    model.compile(loss="mse", optimizer="sgd")
    for epoch in range(options.epochs):
        cost = model.train_on_batch(x_train, y_train)
        if epoch % 100 == 0:
            print(f"training cost after {epoch} steps: {cost:.5f}")

    slope, height = (float(w.squeeze()) for w in model.layers[0].get_weights())
    print(f"the points follow 0.5 x + 2; the network says {slope:.3f} x + {height:.3f}")
    draw(x_test, y_test, model.predict(x_test)[:, 0], options.out / "line.png")
    print(f"line.png is in {options.out.resolve()}")
    cost = model.evaluate(x_test, y_test, batch_size=40, verbose=0)
    print(f"result: test cost {cost:.5f} (with --quick at most 0.005)")


if __name__ == "__main__":
    main()
