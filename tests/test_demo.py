"""The demo's claim, recomputed from what it saved."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the demo draws with matplotlib: extra [pictures]")
load_digits = pytest.importorskip("sklearn.datasets", reason="extra [sklearn]").load_digits

ROOT = Path(__file__).resolve().parents[1]
PNG = b"\x89PNG\r\n\x1a\n"


def demo(folder, *arguments):
    """(what the demo prints, what it saved as predictions)."""
    command = [sys.executable, str(ROOT / "examples" / "digits_cnn.py"), "--out", str(folder)]
    env = {**os.environ, "KERAS_HOME": str(folder)}
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, cwd=folder, env=env
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / "predictions.npz") as saved:
        return done.stdout, dict(saved)


def accuracy(saved):
    """Fraction read correctly, by scikit-learn's own labels, not those that the demo saved."""
    labels = load_digits().target[saved["test_rows"]]
    return np.mean(saved["probabilities"].argmax(axis=1) == labels)


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, *demo(folder, "--epochs", "3", "--seed", "1")


def test_last_line_is_the_recomputed_accuracy(short_run):
    _, printed, saved = short_run
    last = printed.rstrip("\n").split("\n")[-1]
    assert re.fullmatch(r"test accuracy: [01]\.\d{3}", last)
    assert last == f"test accuracy: {accuracy(saved):.3f}"


def test_it_learns(short_run):
    _, _, saved = short_run
    assert accuracy(saved) > 0.6  # three epochs of fifty; chance is 0.1


def test_test_rows_are_a_stratified_third_never_trained_on(short_run):
    _, _, saved = short_run
    target = load_digits().target
    train, test = saved["train_rows"], saved["test_rows"]
    assert sorted([*train, *test]) == list(range(len(target)))
    assert len(test) == 599
    share = np.bincount(target[test]) / np.bincount(target)
    assert np.all(abs(share - 1 / 3) < 0.01)
    assert np.array_equal(saved["labels"], target[test])


def test_probabilities_are_probabilities(short_run):
    _, _, saved = short_run
    assert saved["probabilities"].shape == (599, 10)
    assert np.all(saved["probabilities"] >= 0)
    # float32 sums of ten terms
    np.testing.assert_allclose(saved["probabilities"].sum(axis=1), 1, rtol=1e-5)


def test_pictures_are_there_and_the_folder_is_named(short_run):
    folder, printed, _ = short_run
    assert str(folder) in printed
    for name in ("curves.png", "misread.png"):
        picture = (folder / name).read_bytes()
        assert picture.startswith(PNG)
        assert len(picture) > 5_000


def test_most_confused_digits_are_named(short_run):
    _, printed, saved = short_run
    labels, predicted = saved["labels"], saved["probabilities"].argmax(axis=1)
    table = np.zeros((10, 10), int)
    np.add.at(table, (labels, predicted), 1)
    np.fill_diagonal(table, 0)
    digit, read_as = np.unravel_index(table.argmax(), table.shape)
    times = f"{table.max()} time{'s' if table.max() > 1 else ''}"
    assert f"  {digit} read as {read_as}: {times}\n" in printed


def test_summary_and_progress_are_shown(short_run):
    _, printed, _ = short_run
    assert "max_pooling2d_1" in printed
    assert "Trainable params: 62,250" in printed
    assert "Epoch 3/3" in printed
    assert "val_acc: " in printed


def test_same_seed_same_predictions(short_run, tmp_path):
    _, _, saved = short_run
    _, again = demo(tmp_path, "--epochs", "3", "--seed", "1")
    assert np.array_equal(saved["probabilities"], again["probabilities"])


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("KERAS_SLOW_TESTS") != "1", reason="takes a minute; set KERAS_SLOW_TESTS=1"
)
def test_three_seeds_reach_98_percent(tmp_path):
    reached = [accuracy(demo(tmp_path, "--seed", seed)[1]) for seed in ("0", "1", "2")]
    assert min(reached) >= 0.98
