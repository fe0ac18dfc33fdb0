"""Sequences and generators for test_generators, in a module that workers can import; and, as a
program, a fit that is killed while its workers hang.
"""

import json
import math
import os
import signal
import time

import numpy as np

from keras.utils import Sequence


class Rows(Sequence):
    """The rows of a table in batches; they are shuffled by hand after each epoch."""

    def __init__(self, n=22, size=4, weights=False, shuffles=True):
        self.x = np.random.RandomState(5).rand(n, 3).astype("float32")
        self.size, self.weights, self.shuffles = size, weights, shuffles
        self.epochs = 0

    def __len__(self):
        return math.ceil(len(self.x) / self.size)

    def __getitem__(self, i):
        x = self.x[i * self.size:(i + 1) * self.size]
        y = x.sum(axis=1, keepdims=True)
        return (x, y, np.full(len(x), 2.0)) if self.weights else (x, y)

    def on_epoch_end(self):
        self.epochs += 1
        if self.shuffles:
            np.random.shuffle(self.x)  # in place: batches that are views must be used by now


class Noise(Sequence):
    """Batches of random numbers, from NumPy's global generator."""

    def __len__(self):
        return 5

    def __getitem__(self, i):
        return np.random.rand(4, 3), np.ones((4, 1))


class Indices(Sequence):
    """Batches that hold their number."""

    def __init__(self, n=6):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return np.full((2, 3), float(i)), np.full((2, 1), float(i))


class Large(Sequence):
    """Batches of 8 MB."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return np.full((8, 1 << 17), float(i)), np.ones((8, 1))


class Faulty(Sequence):
    """Batch 3 goes wrong; `fault` says how."""

    def __init__(self, fault):
        self.fault = fault

    def __len__(self):
        return 8

    def __getitem__(self, i):
        if i == 3:
            trouble(self.fault)
        return np.ones((4, 3)), np.ones((4, 1))


def trouble(fault):
    if fault == "exception":
        raise KeyError("no such file")
    if fault in ("SIGKILL", "SIGSEGV"):
        os.kill(os.getpid(), getattr(signal, fault))
    if fault == "exit":
        os._exit(7)
    time.sleep(1000 if fault == "hang" else 0)


def faulty(fault):
    """A generator with the batches of `Faulty`."""
    sequence = Faulty(fault)
    i = 0
    while True:
        yield sequence[i]
        i += 1


def children():
    """The processes that this one started, and theirs."""
    found, mine = [], {os.getpid()}
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            with open(f"/proc/{pid}/stat") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) in mine and state != "Z":
            mine.add(pid)
            found.append(pid)
    return found


def main():
    """Wait for the first batch of workers of which one hangs, tell of them, and be killed."""
    from keras.utils import OrderedEnqueuer
    enqueuer = OrderedEnqueuer(Faulty("hang"), use_multiprocessing=True)
    enqueuer.start(workers=2)
    next(enqueuer.get())
    print(json.dumps(children()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
