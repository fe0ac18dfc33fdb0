"""Training runs that are killed and go on, in processes of their own.

`python tests/resumable.py KIND POINTS SEED FOLDER` trains once undisturbed and without backups,
then once for each of POINTS seeded kill points: killed there by SIGKILL, started again, compared
bit for bit. It prints a line for each point and exits with 1 if one differs. Each run is a fork of
this process, which has loaded the libraries and computed nothing yet.
"""

import os
import signal
import sys
import traceback

import numpy as np

import keras
from keras import backend as K
from keras.backend.engines import engine
from keras.callbacks import (
    BackupAndRestore,
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from keras.layers import LSTM, BatchNormalization, Dense, Dropout, GaussianNoise, Lambda, Reshape
from keras.models import Sequential
from keras.training import loop

EPOCHS = 4  # EarlyStopping ends it after three
STEPS = 7  # in an epoch, the last one smaller


class Batches(keras.utils.Sequence):
    """Batches that change after each pass, by the global random numbers."""

    def __init__(self, x, y):
        self.x, self.y = x, y
        self.order = np.arange(len(x))

    def __len__(self):
        return STEPS

    def __getitem__(self, i):
        rows = self.order[16 * i : 16 * i + 16]
        return self.x[rows], self.y[rows]

    def on_epoch_end(self):
        np.random.shuffle(self.order)


class Noted(keras.callbacks.Callback):
    """A user's callback that looks at batches and remembers what it saw."""

    backed_up = ("losses",)

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_batch_end(self, batch, logs=None):
        self.losses.append([batch, logs["loss"]])


def built():
    model = Sequential(
        [
            Reshape((4, 2), input_shape=(8,)),
            LSTM(6, dropout=0.2, recurrent_dropout=0.2),
            Dense(12, activation="relu"),
            BatchNormalization(),
            GaussianNoise(0.1),
            Dropout(0.3),
            Dense(1),
            Lambda(lambda x: x + 0.01 * K.random_normal(K.shape(x))),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    return model


def kill_at(step, number):
    """Send this process a signal when it has made so many steps, of training or validation."""
    add, seen = loop.Means.add, [0]

    def counted(means, row, sizes):
        add(means, row, sizes)
        before, seen[0] = seen[0], seen[0] + len(sizes)
        if before < step <= seen[0]:
            os.kill(os.getpid(), number)

    loop.Means.add = counted


def trained(folder, kind, save_freq):
    """The outcome of a run: a dict from names to arrays. All batches are of 16 rows or, the last
    ones, of `rest`: each size more is a program more for jax to compile."""
    keras.utils.set_random_seed(11)
    rest = 11
    x = np.random.rand(16 * (STEPS - 1) + rest, 8).astype("float32")
    y = x.sum(1, keepdims=True) + 0.1 * np.random.rand(len(x), 1)
    held_out = x[:32], y[:32]
    model = built()
    plateau = ReduceLROnPlateau("loss", 0.5, patience=1, min_delta=10.0)
    listens = kind == "hooks"
    stopping = EarlyStopping(patience=2, min_delta=100.0, restore_best_weights=listens)
    best = ModelCheckpoint(os.path.join(folder, "best.h5"), save_best_only=True)
    noted = Noted()
    callbacks = [
        LearningRateScheduler(lambda epoch, lr: lr * 0.9),
        plateau,
        stopping,
        best,
        CSVLogger(os.path.join(folder, "log.csv")),
    ]
    if save_freq is not None:
        callbacks.append(BackupAndRestore(folder, save_freq, delete_checkpoint=False))
    if listens:
        callbacks.append(noted)
    options = dict(epochs=EPOCHS, verbose=0, callbacks=callbacks, validation_data=held_out)
    if kind == "sequence":
        options["validation_data"] = Batches(*held_out)
        model.fit_generator(Batches(x, y), workers=2, validation_steps=2, **options)
    else:
        model.fit(x, y, 16, shuffle="batch" if kind == "blocks" else True, **options)
    history = model.history
    found = {f"weight {i}": w for i, w in enumerate(model.get_weights())}
    found.update({f"state {i}": w for i, w in enumerate(model.optimizer.get_weights())})
    found.update({f"history {k}": np.array(v) for k, v in history.history.items()})
    found.update(
        {
            "epochs": np.array(history.epoch),
            "lr": K.get_value(model.optimizer.lr),
            "plateau": np.array([plateau.best, plateau.wait, plateau.cooldown_counter]),
            "stopping": np.array([stopping.best, stopping.wait, stopping.stopped_epoch]),
            "best": np.array(best.best),
            "noted": np.array(noted.losses),
            "stream": np.array(np.random.rand(3)),
            "next": model.train_on_batch(x[:rest], y[:rest]),
            "log": np.frombuffer(open(os.path.join(folder, "log.csv"), "rb").read(), "uint8"),
        }
    )
    return found


def run(folder, kind, save_freq, kill=None, number=signal.SIGKILL):
    """Train in a fork. Returns its exit status; the outcome is in the folder."""
    os.makedirs(folder, exist_ok=True)
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        if kill is not None:
            kill_at(kill, number)
        np.savez(os.path.join(folder, "outcome.npz"), **trained(folder, kind, save_freq))
        code = 0
    except SystemExit as error:
        code = error.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def outcome(folder):
    with np.load(os.path.join(folder, "outcome.npz")) as found:
        return dict(found)


def differing(one, other):
    """The names under which two outcomes differ in a bit."""
    return [
        name
        for name in {**one, **other}
        if name not in one
        or name not in other
        or one[name].shape != other[name].shape
        or one[name].tobytes() != other[name].tobytes()
    ]


def main(kind, points, seed, folder):
    # jax compiles each program once, not in each run, as it would by itself.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", os.path.join(folder, "compiled"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    engine()
    draw = np.random.RandomState(seed)
    wrong = 0
    whole = os.path.join(folder, f"{kind}-whole")
    assert run(whole, kind, None) == 0
    wanted = outcome(whole)
    steps = len(wanted["epochs"]) * (STEPS + 2)
    for point in range(points):
        save_freq = ["epoch", 3, 1][draw.randint(3) if point else 2]
        step = int(draw.randint(1, steps + 1))
        number = [signal.SIGKILL, signal.SIGTERM][int(draw.rand() < 0.3)]
        if point == 0:  # the backup after the last step of an epoch, in its validation
            step, number = STEPS + 1, signal.SIGKILL
        own = os.path.join(folder, f"{kind}-{point}")
        killed = run(own, kind, save_freq, step, number)
        again = run(own, kind, save_freq)
        odd = differing(wanted, outcome(own)) if again == 0 else ["it failed"]
        expected = -number if number == signal.SIGKILL else 128 + number
        if killed != expected:
            odd.append(f"ended with {killed}, not {expected}")
        wrong += bool(odd)
        print(
            f"{K.backend()} {kind} save_freq={save_freq} {signal.Signals(number).name} "
            f"after step {step} of {steps}: {'differs: ' + ', '.join(odd) if odd else 'equal'}",
            flush=True,
        )
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
