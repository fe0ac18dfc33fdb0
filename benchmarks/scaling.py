"""Does anything of ours grow faster than the work? Our package alone, on KERAS_BACKEND's engine.

    python benchmarks/scaling.py

- milliseconds of a training step at four batch sizes, depths and widths of a stack of Dense layers,
  and of each layer or 1,000 samples or so many weights: the last column must not rise;
- a graph of 10,000 operations: seconds to build it, and to plan, compile and run it once;
- a step of one model alone, and with a hundred others alive that have trained.
"""
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from keras import backend as K  # noqa: E402
from keras.layers import Dense  # noqa: E402
from keras.models import Sequential  # noqa: E402

ROUNDS = 7
OPS = 10000


def stack(depth, width):
    """A compiled stack of `depth` layers with `width` units each, of as many inputs."""
    model = Sequential([Dense(width, activation="relu", input_shape=(width,))])
    for _ in range(depth - 1):
        model.add(Dense(width, activation="relu"))
    model.compile("sgd", "mse")
    return model


def milliseconds(model, batch, steps=20):
    """Median ms of a training step."""
    width = model.input_shape[1]
    x = np.random.RandomState(0).normal(size=(batch * steps, width)).astype("float32")
    times = []
    for _ in range(ROUNDS + 2):
        begin = time.perf_counter()
        model.fit(x, x, batch_size=batch, verbose=0)
        times.append((time.perf_counter() - begin) / steps * 1e3)
    return statistics.median(times[2:])


def table(name, values, figure, share):
    """Print a line for each of the values: the figure, and what falls to its share of the work."""
    print(f"\n{name:>12} {'ms per step':>12} {share:>24}")
    for value in values:
        ms, part = figure(value)
        print(f"{value:>12} {ms:>12.3f} {part:>24.4g}")


def of_batch(batch):
    ms = milliseconds(stack(4, 64), batch)
    return ms, ms / batch * 1000


def of_depth(depth):
    ms = milliseconds(stack(depth, 64), 128)
    return ms, ms / depth


def of_width(width):
    ms = milliseconds(stack(4, width), 128)
    return ms, ms / (4 * width * width) * 1e6


def long_graph():
    """Print how long a graph of `OPS` operations takes."""
    begin = time.perf_counter()
    x = y = K.placeholder((None, 8))
    for _ in range(OPS // 4):
        y = K.tanh(K.relu(y * 0.5 + 1.0))
    built = time.perf_counter()
    K.function([x], [y])([np.ones((2, 8), "float32")])
    print(f"\n{OPS:,} operations: built in {built - begin:.2f} s, planned, compiled and run in "
          f"{time.perf_counter() - built:.2f} s")


def company():
    """Print the time of a model's step alone and beside a hundred others."""
    model = stack(3, 16)
    alone = milliseconds(model, 32)
    others = [stack(3, 16) for _ in range(100)]
    for other in others:
        other.fit(np.ones((32, 16)), np.ones((32, 16)), verbose=0)
    print(f"a step alone: {alone:.3f} ms, beside {len(others)} other models: "
          f"{milliseconds(model, 32):.3f} ms")


def main():
    table("batch size", (32, 128, 512, 2048), of_batch, "ms per 1,000 samples")
    table("depth", (2, 8, 32, 128), of_depth, "ms per layer")
    table("width", (32, 128, 512, 2048), of_width, "ms per million weights")
    long_graph()
    company()


if __name__ == "__main__":
    main()
