"""A program whose batches go wrong, for test_generators: SOURCE, MODE and FAULT say how.

It prints one line of JSON: what fit raised, how long it took, which threads and processes of its
own are left.
"""

import json
import os
import signal
import sys
import threading
import time
import warnings

import numpy as np

from keras.layers import Dense
from keras.models import Sequential
from keras.training import supply
from keras.utils import OrderedEnqueuer, Sequence, data_utils

SOURCE, MODE, FAULT = sys.argv[1:4]


def trouble(i):
    if i != 3:
        return
    if FAULT == "exception":
        raise KeyError("no such file")
    if FAULT in ("SIGKILL", "SIGSEGV"):
        os.kill(os.getpid(), getattr(signal, FAULT))
    if FAULT == "exit":
        os._exit(7)
    if FAULT in ("hang", "Ctrl-C", "parent killed", "dropped"):
        time.sleep(1000)


def batch(i):
    trouble(i)
    return np.ones((4, 3)), np.ones((4, 1))


class Batches(Sequence):
    def __len__(self):
        return 8

    def __getitem__(self, i):
        return batch(i)


def batches():
    i = 0
    while True:
        yield batch(i)
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


def fitted(source):
    model = Sequential([Dense(1, input_dim=3)])
    model.compile("sgd", "mse")
    model.fit_generator(source, 8, 2, verbose=0, workers=2, shuffle=False,
                        use_multiprocessing=MODE == "process")


def dropped(source):
    """Take a batch from an enqueuer, and forget it."""
    kind = OrderedEnqueuer if SOURCE == "sequence" else data_utils.GeneratorEnqueuer
    enqueuer = kind(source, use_multiprocessing=MODE == "process")
    enqueuer.start(workers=2)
    next(enqueuer.get())


def main():
    source = Batches() if SOURCE == "sequence" else batches()
    supply.SILENCE = supply.GRACE = 0.3
    if FAULT == "Ctrl-C":
        threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    if FAULT == "hang":
        threading.Timer(3.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    if FAULT == "parent killed":
        threading.Timer(2.0, tell_and_die).start()
    start, error = time.time(), None
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            dropped(source) if FAULT == "dropped" else fitted(source)
        except BaseException as caught:
            error = caught
    print(json.dumps({
        "error": type(error).__name__, "message": str(error), "cause": str(error.__cause__)
        if error else "", "seconds": time.time() - start, "children": children(),
        "threads": [t.name for t in threading.enumerate() if t is not threading.main_thread()],
        "warnings": [str(w.message) for w in told]}))


def tell_and_die():
    print(json.dumps(children()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
