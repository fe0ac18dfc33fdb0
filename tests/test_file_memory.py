"""Weights pass between files and variables without copies: the right numbers, in little memory."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
from engines import each_engine  # noqa: F401

from keras import backend as K
from keras.backend.engines import engine
from keras.layers import Conv2D, Conv3D, Dense
from keras.models import Sequential
from keras.saving import reader

rng = np.random.default_rng(3)
SHAPES = ((), (3,), (2, 3), (3, 3, 2, 5), (2, 1, 3, 2, 4), (0, 2), (1, 1, 1, 1), (2, 2, 0, 3))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_values_go_in_and_out(shape):
    x = K.variable(np.zeros(shape))
    for first in (True, False):
        value = rng.normal(size=shape).astype("float32")
        K.fill_value(x, lambda array, value=value: array.__setitem__(..., value))
        np.testing.assert_array_equal(K.value_view(x), value)
        np.testing.assert_array_equal(K.get_value(x), value)
        np.testing.assert_array_equal(K.eval(x + 0), value)
        mine = K.get_value(x)
        assert mine.flags.writeable and mine.flags.c_contiguous
        mine += 1
        np.testing.assert_array_equal(K.get_value(x), value)
        if first:
            K.set_value(x, np.array(value * 2, order="F"))
            np.testing.assert_array_equal(K.get_value(x), value * 2)


def test_training_after_values_were_taken():
    """What a variable was filled with is its own: steps change it, and nothing else."""
    model = Sequential([Dense(8, input_dim=8)])
    model.compile("sgd", "mse")
    kernel = rng.normal(size=(8, 8)).astype("float32")
    K.fill_value(model.weights[0], lambda array: array.__setitem__(..., kernel))
    shown = K.value_view(model.weights[0])
    x, y = rng.normal(size=(2, 4, 8)).astype("float32")
    model.train_on_batch(x, y)
    gradient = x.T @ (x @ kernel - y) * 2 / y.size
    np.testing.assert_allclose(K.get_value(model.weights[0]), kernel - 0.01 * gradient, 1e-4, 1e-6)
    assert shown.shape == (8, 8)


def test_equal_numbers_take_no_memory():
    x = K.zeros((1 << 20, 1 << 10))
    assert x.initial.strides == (0, 0)
    y = K.variable(K.ones((3, 2)) * 1)
    np.testing.assert_array_equal(K.get_value(K.zeros((2, 3), "int32")), np.zeros((2, 3), "int32"))
    np.testing.assert_array_equal(K.get_value(y), np.ones((3, 2)))


@pytest.mark.parametrize("before", [0, 512])
def test_large_arrays_are_read_in_pieces(before, tmp_path, monkeypatch):
    """Whatever lies before the HDF5 part, and however the array is stored."""
    monkeypatch.setattr(reader, "PIECE", 1000)
    value = rng.normal(size=(100, 30)).astype("float32")
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=before) as f:
        f["first"] = np.arange(10)
        f["plain"] = value
        f["swapped"] = value.astype(">f4")
        f["wide"] = value.astype("float64")
        f.create_dataset("packed", data=value, chunks=(10, 30), compression="gzip")
    with reader.SafeH5(tmp_path / "a.h5") as file:
        for name in ("plain", "swapped", "wide", "packed"):
            x = K.variable(np.zeros((100, 30)))
            file.root.dataset(name).read_into(x)
            np.testing.assert_array_equal(K.get_value(x), value, err_msg=name)
            np.testing.assert_array_equal(file.root.dataset(name).read(), value, err_msg=name)
        plain = file.root.dataset("plain")
        os.truncate(tmp_path / "a.h5", plain.dataset.id.get_offset() + 5000)
        with pytest.raises(reader.ModelFileError, match="'/plain' is damaged .the file ends"):
            plain.read()


def peaks(folder):
    """Megabytes that loading and saving take in a process of their own."""
    program = f"""
import sys
from keras.layers import Dense
from keras.models import Sequential, load_model
def told(what):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(what)) / 1024
def peak(action):
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = told("VmRSS")
    kept = action()
    return told("VmHWM") - before
def made(units):
    return Sequential([Dense(units, input_dim=units) for _ in range(3)])
model = made(3072)  # three kernels of 36 MB: so large that what is free goes back at once
model.get_weights()
for path in ({str(folder)!r} + "/a.h5", {str(folder)!r} + "/a.keras"):
    made(8).save(path)
    load_model(path, compile=False).predict([[0.0] * 8])
    model.save(path)
    model.load_weights(path)  # from now on its memory is of a size that can be used again
    print(peak(lambda: model.save(path)), peak(lambda: load_model(path, compile=False)),
          peak(lambda: model.load_weights(path)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          env={**os.environ, "KERAS_BACKEND": engine().name})
    assert done.returncode == 0, done.stderr
    return [list(map(float, line.split())) for line in done.stdout.splitlines()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is asked of Linux")
def test_files_take_the_weights_and_one_layer(tmp_path):
    """zipfile, out of which .keras files are read, makes two copies more of a layer; TensorFlow's
    tensors and variables are copies of arrays and of each other."""
    layer, little = 36, 8
    held = 3 if engine().name == "tensorflow" else 1
    for (saving, loading, again), copies in zip(peaks(tmp_path), (0, 2), strict=True):
        assert saving < held * layer + little
        assert loading < (3 + held + copies) * layer + little
        assert again < (held + copies) * layer + little


def test_kernels_in_their_own_order(tmp_path):
    """Kernels of convolutions lie otherwise in memory than in files."""
    model = Sequential([Conv2D(5, (2, 3), input_shape=(6, 6, 3)), Conv2D(4, 1)])
    deep = Sequential([Conv3D(3, (1, 2, 3), input_shape=(4, 4, 4, 2))])
    for one in (model, deep):
        one.save(tmp_path / "a.h5")
        want = one.get_weights()
        one.set_weights([w * 0 for w in want])
        one.load_weights(tmp_path / "a.h5")
        for new, old in zip(one.get_weights(), want):
            np.testing.assert_array_equal(new, old)
