"""Settings that hold for the whole process: floatx, epsilon, image_data_format.

keras.json and the KERAS_* variables give their first values (manual 14.2, 14.3).
"""
import json
import os
import tempfile
import warnings
from pathlib import Path

import numpy as np

FLOATX = ("float16", "float32", "float64")
FORMATS = ("channels_first", "channels_last")

_settings = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}
_file = {}  # what keras.json says, read once


def home():
    """The folder of keras.json, data sets and weights: KERAS_HOME, else ~/.keras."""
    if os.environ.get("KERAS_HOME"):
        return Path(os.environ["KERAS_HOME"])
    try:
        return Path.home() / ".keras"
    except RuntimeError:  # a user without a home: no folder can be made or found there
        return Path(os.devnull) / ".keras"


def _valid(key, value):
    if key == "floatx":
        return value in FLOATX
    if key == "image_data_format":
        return value in FORMATS
    if key == "epsilon":
        return isinstance(value, float) and 0 < value < 1
    return key == "backend" and isinstance(value, str)


def read_file():
    """Take the settings of keras.json over, if there is a readable one."""
    path = home() / "keras.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it holds no JSON object")
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        warnings.warn(f"{path} cannot be used ({error}); the defaults hold.", stacklevel=2)
        return
    wrong = [key for key in (*_settings, "backend") if key in found and not _valid(key, found[key])]
    if wrong:
        given = ", ".join(f"{key}: {found[key]!r:.60}" for key in wrong)
        warnings.warn(f"{path}: no Keras of this line knows {given}; the defaults hold for that.",
                      stacklevel=2)
    _file.update((key, value) for key, value in found.items() if _valid(key, value))
    _settings.update({key: value for key, value in _file.items() if key in _settings})


def file_backend():
    """The engine that keras.json names, or None."""
    return _file.get("backend")


def floatx():
    """The dtype of floats where none is given: 'float16', 'float32' or 'float64'.

    Returns
        string.  Source: Keras 2.1.6 manual, Backend.
    """
    return _settings["floatx"]


def set_floatx(floatx):
    """Set the dtype of floats where none is given.

    Arguments
        floatx: 'float16', 'float32' or 'float64'; ValueError for any other.
    """
    if floatx not in FLOATX:
        raise ValueError(f"set_floatx: floatx is one of {', '.join(FLOATX)}; given {floatx!r}.")
    _settings["floatx"] = str(floatx)


def cast_to_floatx(x):
    """x as a NumPy array of floats.

    Arguments
        x: array, or anything that NumPy makes one of.
    """
    return np.asarray(x, dtype=floatx())


def epsilon():
    """The small number that keeps divisions and logarithms finite, 1e-7 at first.

    Returns
        float.  Source: Keras 2.1.6 manual, Backend.
    """
    return _settings["epsilon"]


def set_epsilon(e):
    """Set the number that `epsilon()` returns.

    Arguments
        e: float.
    """
    _settings["epsilon"] = float(e)


def image_data_format():
    """Where pictures have their channels: 'channels_last' or 'channels_first'.

    Returns
        string.  Source: Keras 2.1.6 manual, Backend.
    """
    return _settings["image_data_format"]


def set_image_data_format(data_format):
    """Set where pictures have their channels.

    Arguments
        data_format: 'channels_last' or 'channels_first'; ValueError for any other.
    """
    if data_format not in FORMATS:
        raise ValueError(f"set_image_data_format: data_format is one of {', '.join(FORMATS)}; "
                         f"given {data_format!r}.")
    _settings["image_data_format"] = str(data_format)


def normalize_data_format(value):
    """`value` in lower case; None means `image_data_format()`. ValueError for unknown ones."""
    value = image_data_format() if value is None else str(value).lower()
    if value not in FORMATS:
        raise ValueError(f"data_format is 'channels_first', 'channels_last' or None; "
                         f"given {value!r}.")
    return value


def write_file(backend):
    """Write keras.json with the settings in use, unless one is there. Whole or not at all; of a
    home that cannot be written a warning tells."""
    path = home() / "keras.json"
    if path.exists():
        return
    text = json.dumps({**_settings, "backend": backend}, indent=4)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".keras-json-", dir=path.parent) as folder:
            written = Path(folder) / path.name
            written.write_text(text, encoding="utf-8")
            os.replace(written, path)
    except OSError as error:
        warnings.warn(f"{path} cannot be written ({error}). All works without it; KERAS_HOME "
                      f"names a folder of your own.", stacklevel=3)



read_file()
