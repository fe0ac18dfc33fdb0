"""What fit costs beside the steps themselves, and whether workers keep the steps fed.

    python benchmarks/feeding.py

Own overhead: a step of `fit` on the tiny MLP (verbose=1, default callbacks) less the bare step, the
compiled plan on batches that are there. Bar: 0.3 of the step of `plain/tiny.py`.

Feeding: `fit_generator` over a Sequence whose batches are read from a slow disk (a sleep) and
unpacked (zlib), against the slower of reading alone and training alone. Bar: 1.1. The wait for the
first batch, while nothing can train, is part of it.

Prints a line per figure, medians over rounds in which the actions take turns, ratios too; a status
other than 0 if a bar is missed.
"""
import io
import os
import statistics
import sys
import time
import zlib
from contextlib import redirect_stdout
from pathlib import Path

ROUNDS = 7
EPOCHS = 2  # of feeding
os.environ.setdefault("OMP_NUM_THREADS", "1")
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "plain"), str(HERE.parent)]

import numpy as np  # noqa: E402
from workloads import WORKLOADS, arrays  # noqa: E402

from keras.layers import Dense  # noqa: E402
from keras.models import Sequential  # noqa: E402
from keras.training.enqueuers import supplied  # noqa: E402
from keras.training.supply import Items  # noqa: E402
from keras.utils import Sequence  # noqa: E402


def seconds(action):
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def rounds(*actions):
    """The times of the actions in rounds in which they take turns; a first one is left out."""
    return [[seconds(action) for action in actions] for _ in range(ROUNDS + 1)][1:]


def medians(times):
    """The median time of each action."""
    return [statistics.median(own) for own in zip(*times)]


def overhead():
    """Rounds of milliseconds per step: of fit, of the bare step, of the plain program."""
    import tiny
    x, y = arrays("tiny")
    size, epochs = WORKLOADS["tiny"].batch_size, 20
    model = Sequential([Dense(12, activation="relu", input_dim=8), Dense(8, activation="relu"),
                        Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")

    def fit():
        with redirect_stdout(io.StringIO()):
            model.fit(x, y, size, epochs=epochs, verbose=1)

    fit()
    from keras.backend.engines import engine
    function = model._function("train", (False,))
    run = function.plan(True)
    batches = [tuple(engine().feed(a[i:i + size], p) for a, p in zip((x, y), function.fed))
               for i in range(0, len(x), size)]

    def bare():
        with engine().running(run, size):
            for _ in range(epochs):
                for batch in batches:
                    run(*batch)

    plain = tiny.setup()

    steps = epochs * len(batches)

    def by_hand():
        plain.steps(steps)

    return [[1e3 * t / steps for t in times] for times in rounds(fit, bare, by_hand)]


class Packed(Sequence):
    """Batches that are waited for and unpacked.

    Arguments
        wait: seconds for which a batch does not come.
    """

    def __init__(self, wait, batches=60, size=128):
        self.wait, self.batches, self.size = wait, batches, size
        draw = np.random.RandomState(0)
        x = draw.randint(0, 8, (size, 784)).astype("float32")
        self.x = zlib.compress(x.tobytes(), 1)
        self.y = np.eye(10, dtype="float32")[draw.randint(0, 10, size)]

    def __len__(self):
        return self.batches

    def __getitem__(self, i):
        time.sleep(self.wait)
        x = np.frombuffer(zlib.decompress(self.x), "float32").reshape(self.size, 784)
        return x, self.y


def feeding(wait, workers):
    """Rounds of seconds for EPOCHS epochs: of fit_generator, of reading alone, of training
    alone."""
    rows = Packed(wait)
    model = Sequential([Dense(512, activation="relu", input_dim=784),
                        Dense(512, activation="relu"), Dense(10, activation="softmax")])
    model.compile("rmsprop", "categorical_crossentropy")
    x, y = rows[0]
    many = [np.tile(a, (len(rows), 1)) for a in (x, y)]

    def both():
        model.fit_generator(rows, epochs=EPOCHS, verbose=0, workers=workers)

    def reading():
        wanted = EPOCHS * len(rows)
        with supplied(Items(rows, limit=wanted), workers) as supply:
            for _ in range(wanted):
                supply.take()

    def training():
        model.fit(*many, rows.size, EPOCHS, verbose=0, shuffle=False)

    return rounds(both, reading, training)


def main():
    times = overhead()
    share = statistics.median((fit - bare) / plain for fit, bare, plain in times)
    fit, bare, plain = medians(times)
    print(f"tiny step, ms: fit {fit:.3f}, bare {bare:.3f}, plain torch {plain:.3f}; own overhead "
          f"{share:.2f} of plain (bar 0.3)")
    missed = share > 0.3
    for wait, workers in ((0.001, 1), (0.005, 1), (0.02, 1), (0.02, 4)):
        times = feeding(wait, workers)
        ratio = statistics.median(both / max(alone) for both, *alone in times)
        both, reading, training = medians(times)
        print(f"waiting {1e3 * wait:.0f} ms, {workers} workers, s: fit_generator {both:.3f}, "
              f"reading {reading:.3f}, training {training:.3f}; {ratio:.2f} of the slower (1.1)")
        missed |= ratio > 1.1
    return missed


if __name__ == "__main__":
    sys.exit(main())
