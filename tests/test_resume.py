"""A run that was killed and started again ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from engines import each_engine  # noqa: F401

from keras import backend as K
from keras.callbacks import BackupAndRestore, LambdaCallback
from keras.layers import Dense
from keras.models import Sequential
from keras.saving.errors import ModelFileError

X = np.random.RandomState(0).rand(40, 3)
Y = X.sum(1)


@pytest.mark.parametrize("kind, points", [("arrays", 2), ("sequence", 2), ("hooks", 1)])
def test_kill_and_resume(kind, points, tmp_path):
    """tests/resumable.py tells what is compared; `scripts/soak resume` takes 50 points."""
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / "resumable.py", kind, str(points), "3", tmp_path],
        env={
            **os.environ,
            "KERAS_QUIET": "1",
            "KERAS_BACKEND": K.backend(),
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": equal") == points


class Killed(Exception):
    """In place of a signal."""


def killed_at(epoch):
    def end(number, logs):
        if number == epoch:
            raise Killed

    return LambdaCallback(on_epoch_end=end)


def model(units=1):
    K.clear_session()
    np.random.seed(1)
    made = Sequential([Dense(units, input_dim=3)])
    made.compile("adam", "mse")
    return made


def interrupted(folder, **options):
    """Leaves a backup of the first two epochs of a run."""
    with pytest.raises(Killed):
        model().fit(
            X,
            Y,
            10,
            epochs=5,
            verbose=0,
            callbacks=[BackupAndRestore(folder, **options), killed_at(2)],
        )


def test_the_backup_goes_when_its_duty_is_done(tmp_path):
    interrupted(tmp_path)
    assert os.listdir(tmp_path) == ["backup.h5"]
    history = model().fit(X, Y, 10, epochs=5, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert history.epoch == [0, 1, 2, 3, 4]
    assert os.listdir(tmp_path) == []


def test_a_finished_run_is_not_run_again(tmp_path):
    steps = []
    for _ in range(2):
        kept = BackupAndRestore(tmp_path, delete_checkpoint=False)
        count = LambdaCallback(on_epoch_begin=lambda epoch, logs: steps.append(epoch))
        history = model().fit(X, Y, epochs=3, verbose=0, callbacks=[kept, count])
        assert history.epoch == [0, 1, 2]
    assert steps == [0, 1, 2]
    more = model().fit(X, Y, epochs=4, verbose=0, callbacks=BackupAndRestore(tmp_path))
    assert more.epoch == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"x": X[:30], "y": Y[:30]}, r"samples, batch size.*\[40, 10, None\].*\[30, 10, None\]"),
        ({"batch_size": 8}, "begin anew, or give each call of fit a backup_dir"),
        ({"initial_epoch": 1}, "initial_epoch was 0, and is 1 now"),
        ({"units": 2, "y": np.stack([Y, Y], 1)}, "shapes of weights"),
    ],
)
def test_the_backup_of_another_run(options, message, tmp_path):
    interrupted(tmp_path)
    arguments = {"x": X, "y": Y, "batch_size": 10, "epochs": 5, "verbose": 0, **options}
    other = model(arguments.pop("units", 1))
    with pytest.raises(ValueError, match=message):
        other.fit(callbacks=[BackupAndRestore(tmp_path)], **arguments)


def test_damaged_backups(tmp_path):
    interrupted(tmp_path)
    whole = (tmp_path / "backup.h5").read_bytes()
    (tmp_path / "backup.h5").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelFileError, match="truncated"):
        model().fit(X, Y, 10, callbacks=[BackupAndRestore(tmp_path)])


def test_plain_generators_begin_anew_after_an_epoch(tmp_path):
    def batches():
        while True:
            for start in range(0, 40, 10):
                yield X[start : start + 10], Y[start : start + 10]

    def run(folder, *others):
        backup = BackupAndRestore(folder, save_freq=1)
        with pytest.warns(UserWarning, match="plain generator, which cannot be set back"):
            return net.fit_generator(batches(), 4, 4, verbose=0, callbacks=[backup, *others])

    net = model()
    want = run(tmp_path / "whole").history
    net = model()
    with pytest.raises(Killed):
        run(tmp_path / "killed", killed_at(2))
    net = model()
    assert run(tmp_path / "killed").history == want


def test_arguments_of_the_backup(tmp_path):
    for wrong in (0, -1, "batch", True, None):
        with pytest.raises(ValueError, match="save_freq is 'epoch' or a number of batches"):
            BackupAndRestore(tmp_path, wrong)
    two = [BackupAndRestore(tmp_path), BackupAndRestore(tmp_path)]
    with pytest.raises(ValueError, match="takes one BackupAndRestore"):
        model().fit(X, Y, callbacks=two)


def test_signals_are_as_before(tmp_path):
    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    model().fit(X, Y, verbose=0, callbacks=BackupAndRestore(tmp_path))
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before
