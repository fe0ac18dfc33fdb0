"""keras.json, KERAS_BACKEND and KERAS_HOME: what they decide, and what becomes of broken ones."""

import json
import os
import pathlib
import platform
import subprocess
import sys
import types
import warnings
from importlib import metadata

import pytest

from keras import config
from keras.__main__ import main
from keras.backend import engines


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of its own, and the settings as a new process has them."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(
        config,
        "_settings",
        {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"},
    )
    monkeypatch.setattr(config, "_file", {})
    return tmp_path / "home"


def given(home, text):
    home.mkdir()
    (home / "keras.json").write_text(text)


def test_a_file_gives_the_first_values(home):
    given(
        home,
        '{"image_data_format": "channels_first", "epsilon": 1e-05, "floatx": "float16",'
        ' "backend": "jax", "other": 1}',
    )
    config.read_file()
    assert (config.floatx(), config.epsilon()) == ("float16", 1e-5)
    assert config.image_data_format() == "channels_first"
    assert config.file_backend() == "jax"


def test_a_file_may_say_part(home):
    given(home, '{"epsilon": 0.001}')
    config.read_file()
    assert (config.floatx(), config.epsilon()) == ("float32", 0.001)
    assert config.file_backend() is None


@pytest.mark.parametrize("text", ['{"floatx": "flo', "", "[1, 2]", "\x00\xff", '"jax"'])
def test_a_broken_file_is_one_warning(home, text):
    given(home, text)
    with pytest.warns(UserWarning, match="keras.json cannot be used .*the defaults hold") as told:
        config.read_file()
    assert len(told) == 1
    assert (config.floatx(), config.file_backend()) == ("float32", None)
    config.write_file("torch")
    assert (home / "keras.json").read_text() == text, "what is there is never overwritten"


def test_a_foreign_file_counts_as_far_as_it_is_understood(home):
    given(home, '{"floatx": "bfloat16", "epsilon": "tiny", "image_data_format": "channels_first"}')
    with pytest.warns(UserWarning, match="floatx: 'bfloat16', epsilon: 'tiny'") as told:
        config.read_file()
    assert len(told) == 1
    assert (config.floatx(), config.epsilon()) == ("float32", 1e-7)
    assert config.image_data_format() == "channels_first"


def test_the_file_is_written_whole_with_what_is_in_use(home):
    config.set_epsilon(1e-4)
    config.write_file("torch")
    assert json.loads((home / "keras.json").read_text()) == {
        "floatx": "float32",
        "epsilon": 1e-4,
        "image_data_format": "channels_last",
        "backend": "torch",
    }
    assert os.listdir(home) == ["keras.json"]
    assert home.stat().st_mode & 0o077 == 0, "the folder is the user's own"


def test_a_write_that_fails_leaves_nothing_and_one_warning(home, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.warns(UserWarning, match="cannot be written .*No space.*KERAS_HOME") as told:
        config.write_file("torch")
    assert len(told) == 1 and os.listdir(home) == []


def test_a_home_that_cannot_be_made(home, monkeypatch):
    home.write_text("a file is in the way")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        config.read_file()
    with pytest.warns(UserWarning, match="cannot be written"):
        config.write_file("torch")


def test_a_user_without_a_home(home, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")

    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(pathlib.Path, "home", nowhere)
    config.read_file()
    with pytest.warns(UserWarning, match="cannot be written"):
        config.write_file("torch")


def test_the_environment_goes_before_the_file(home, monkeypatch):
    config._file["backend"] = "theano"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert engines.choose() == "torch"


def test_a_file_that_names_no_engine_here_warns_once(home):
    config._file["backend"] = "cntk"
    with pytest.warns(UserWarning, match="keras.json asks for the backend 'cntk'") as told:
        assert engines.choose() == engines.installed()[0]
    assert len(told) == 1


@pytest.mark.parametrize(
    "name, message",
    [
        ("cntk", ".*cannot be installed.*point to ONNX.*keras.export_onnx.*Installed here"),
        ("mxnet", "the engines are torch, jax, tensorflow, theano"),
    ],
)
def test_an_engine_that_is_not_here_is_an_import_error(home, monkeypatch, name, message):
    monkeypatch.setenv("KERAS_BACKEND", name)
    with pytest.raises(ImportError, match=f"KERAS_BACKEND={name}: {message}"):
        engines.choose()


def test_import_writes_nothing_and_the_first_use_does(tmp_path):
    code = """
import os, sys, keras
home = os.environ["KERAS_HOME"]
assert not os.path.exists(home), os.listdir(home)
assert not {"torch", "jax"} & set(sys.modules)
print(keras.backend.backend())
keras.backend.eval(keras.backend.constant(1.0))
assert os.listdir(home) == ["keras.json"]
"""
    env = {**os.environ, "KERAS_HOME": str(tmp_path / "home"), "KERAS_QUIET": ""}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"Using {done.stdout.strip()} backend.\n" == done.stderr


def test_doctor_tells_of_engines_devices_and_settings(home, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(engines, "READY", ("torch", "other"))
    monkeypatch.setattr(engines, "LIBRARIES", {"torch": "torch", "other": "no_such_library"})
    monkeypatch.setattr(engines, "INSTALL", {"other": "pip install other"})
    monkeypatch.setattr(engines, "backend", lambda: "torch")
    monkeypatch.setattr(engines, "engine", lambda: types.SimpleNamespace(gpus=lambda: 0))
    monkeypatch.setattr(engines.glob, "glob", lambda pattern: [])
    (tmp_path / "keras-3.15.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    monkeypatch.setenv("KERAS_QUIET", "1")
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    for part in (
        f"Python {platform.python_version()}",
        f"engine torch: torch {metadata.version('torch')}, in use",
        "engine other: not installed (pip install other)",
        "GPUs: none. The CPU computes.",
        f"settings: {home / 'keras.json'} (not there",
        "    KERAS_QUIET=1\n",
        "Keras 3.15.0 is installed",
    ):
        assert part in told

    monkeypatch.setattr(engines.glob, "glob", lambda pattern: ["/dev/nvidia0"])
    assert main(["doctor"]) == 0
    assert "GPUs: none. /dev/nvidia0 is there, but the CPU" in capsys.readouterr().out
    monkeypatch.setattr(engines, "engine", lambda: types.SimpleNamespace(gpus=lambda: 2))
    assert main(["doctor"]) == 0
    assert "GPUs: /gpu:0, /gpu:1\n" in capsys.readouterr().out
