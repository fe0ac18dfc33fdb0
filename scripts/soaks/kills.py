"""A process that saves a model again and again is killed: its file is whole, the old or the new."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time

ROUNDS = 200
SUFFIXES = (".h5", ".keras")
MODELS = 3  # of several sizes, so that different steps of a save take the time


def run(rounds, seed, files=None):
    """Kill that many savers.

    Arguments
        rounds: int.
        seed: int, of the moments.
        files: not used.
    """
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, __file__, folder, str(rounds), str(seed)],
                              env={**os.environ, "OMP_NUM_THREADS": "1", "KERAS_QUIET": "1"},
                              capture_output=True, text=True, timeout=60 + 5 * rounds)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


# The process that forks the savers: keras is imported once


def trials(folder, rounds, seed):
    moments = random.Random(seed)
    models = [model(10 ** (1 + size)) for size in range(MODELS)]
    counts = {"old": 0, "new": 0}
    saved = 0
    for n in range(rounds):
        one, suffix = models[n % MODELS], SUFFIXES[n // MODELS % len(SUFFIXES)]
        path = os.path.join(folder, f"model{suffix}")
        numbered(one, 0)
        start = time.monotonic()
        one.save(path)
        last = killed(one, path, moments.uniform(0, 3 * (time.monotonic() - start)))
        found = number_in(path)
        assert found in (last, last + 1), f"round {n}: {found} in the file, saved was {last}"
        counts["old" if found == last else "new"] += 1
        saved += last
        for litter in os.listdir(folder):
            os.unlink(os.path.join(folder, litter))
    print(f"{rounds} kills during {saved} saves: 0 unreadable files; {counts['old']} held the last "
          f"save that had ended, {counts['new']} the one that was under way")


def model(units):
    from keras.layers import Dense
    from keras.models import Sequential
    made = Sequential([Dense(units, input_dim=100), Dense(3)])
    made.compile("adam", "mse")
    made._function("train", (False,))  # makes the optimizer's states
    return made


def numbered(one, n):
    """Let all numbers of a model be n."""
    one.set_weights([w * 0 + n for w in one.get_weights()])
    one.optimizer.set_weights([w * 0 + n for w in one.optimizer.get_weights()])


def number_in(path):
    """The number that all of a saved model's are."""
    import numpy as np

    from keras.models import load_model
    found = load_model(path)
    values = np.concatenate([w.ravel() for w in (*found.get_weights(),
                                                 *found.optimizer.get_weights())])
    assert values.min() == values.max(), f"{path} holds a mixture"
    return int(values[0])


def killed(one, path, seconds):
    """The number of the last save that ended in a child that was killed after some seconds."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        save_for_ever(one, path, writing)
    os.close(writing)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child ended by itself"
    with os.fdopen(reading, "rb") as pipe:
        return len(pipe.read())


def save_for_ever(one, path, told):
    """Save a model with the numbers 1, 2, ...; a byte is written to `told` after each save."""
    try:
        n = 0
        while True:
            n += 1
            numbered(one, n)
            one.save(path)
            os.write(told, b".")
    finally:
        os._exit(1)


if __name__ == "__main__":
    trials(sys.argv[1], *map(int, sys.argv[2:]))
