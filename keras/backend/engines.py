"""Which engine runs the graph: chosen once, loaded when first needed (manual 14.2, 14.3)."""
import glob
import importlib
import importlib.util
import os
import sys
import warnings

import numpy as np

from .. import config
from ..graph import names

LIBRARIES = {"torch": "torch", "jax": "jax", "tensorflow": "tensorflow", "theano": "pytensor"}
READY = ("torch", "jax", "tensorflow", "theano")  # the preferred one first
INSTALL = {name: f"pip install {library}" for name, library in LIBRARIES.items()}
# pip brings Keras 3 along, which writes over our files.
INSTALL["tensorflow"] += ("; pip uninstall -y keras; "
                          "pip install --force-reinstall --no-deps keras-classic")
_chosen = None
_loaded = None


def installed():
    """The names of the engines whose library is installed here, the preferred one first."""
    return [name for name in READY if importlib.util.find_spec(LIBRARIES[name])]


def _refusal(name):
    have = installed()
    there = f"Installed here: {', '.join(have)}." if have else "No engine is installed here."
    if name in READY:
        return f"KERAS_BACKEND={name}: {INSTALL[name]} brings it. {there}"
    if name == "cntk":
        return (f"KERAS_BACKEND=cntk: CNTK ended in 2019 and cannot be installed on any Python of "
                f"today; its makers point to ONNX in its place. Build and train on another engine, "
                f"which runs the same scripts; keras.export_onnx(model, path) then writes what "
                f"ONNX Runtime takes. {there}")
    return f"KERAS_BACKEND={name}: the engines are {', '.join(LIBRARIES)}. {there}"


def choose():
    """The engine's name: KERAS_BACKEND, else keras.json's, else the first one installed."""
    wanted = os.environ.get("KERAS_BACKEND")
    have = installed()
    if wanted:
        if wanted not in have:
            raise ImportError(_refusal(wanted))
        return wanted
    if not have:
        raise ImportError("keras has no engine to run on: pip install torch, or jax.")
    wanted = config.file_backend()
    if wanted and wanted not in have:
        warnings.warn(f"{config.home() / 'keras.json'} asks for the backend {wanted!r}, which "
                      f"cannot run here; {have[0]} is used.", stacklevel=3)
    return wanted if wanted in have else have[0]


def backend():
    """The name of the engine in use: 'torch', 'jax', 'tensorflow' or 'theano'.

    Returns
        string.  Source: Keras 2.1.6 manual, Backend.
    """
    global _chosen
    if _chosen is None:
        _chosen = choose()
    return _chosen


def open_device():
    """The device that an open scope of the engine's library names (`with tf.device(...)`)."""
    if "tensorflow" in sys.modules and backend() == "tensorflow":
        return importlib.import_module("keras.backend.tensorflow.devices").open_device()
    return None


names.outer_device = open_device


def unused_gpus():
    """A sentence about GPUs of NVIDIA that are there and that the engine does not use, or None."""
    there = sorted(glob.glob("/dev/nvidia[0-9]*"))
    if not there or engine().gpus():
        return None
    return (f"{', '.join(there)} is there, but the CPU computes: this build of "
            f"{LIBRARIES[backend()]} does not use it. One for CUDA may; CUDA_VISIBLE_DEVICES must "
            f"not hide the GPU.")


def engine():
    """The module of the engine in use; the first call loads its library."""
    global _loaded
    if _loaded is None:
        name = backend()
        drawn = np.random.get_state()
        _loaded = importlib.import_module(f"keras.backend.{name}")
        np.random.set_state(drawn)  # jax's import draws from it; seeds of the user's stay valid
        if os.environ.get("KERAS_QUIET", "0") in ("", "0"):
            sys.stderr.write(f"Using {name} backend.\n")
            if told := unused_gpus():
                sys.stderr.write(f"{told}\n")
        config.write_file(name)
    return _loaded
