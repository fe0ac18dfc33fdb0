"""One script of the Keras 2 kind, for every library that still understands it.

    keras_script.py keras       our package, or Keras 3, whichever this environment's `keras` is
    keras_script.py tf_keras

Keras 3's engine is chosen by KERAS_BACKEND, as ours is. The models are in keras_models.py.
"""
import functools
import importlib
import os
import platform
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from protocol import absent, serve  # noqa: E402

LIBRARY = sys.argv[1]
PARTS = (".applications", ".backend", ".models", ".layers", ".optimizers", ".utils")
try:
    if LIBRARY != "keras":
        for part in ("", *PARTS):
            sys.modules["keras" + part] = importlib.import_module(LIBRARY + part)
    import keras_models

    import keras
    from keras.backend import clear_session
    from keras.models import load_model
    from keras.utils import to_categorical
except ImportError as import_error:
    absent(import_error)

from workloads import IMAGES, LETTERS, WORKLOADS, arrays  # noqa: E402


def start(name):
    """A function of the number of steps, which does them."""
    workload, make = WORKLOADS[name], getattr(keras_models, name)
    if workload.does == "build":
        return building(make)
    if workload.does in ("save", "load"):
        return filing(make(), workload.does)
    model, (x, y) = make(), arrays(name)
    if workload.does == "train_on_batch":
        return repeated(lambda: model.train_on_batch(x, y))
    if workload.does == "predict":
        return repeated(lambda: model.predict(x, verbose=0))
    return training(model, x, y, workload)


def repeated(action):
    def run(times):
        for _ in range(times):
            action()

    return run


def building(make):
    def build():
        make()
        clear_session()

    return repeated(build)


def filing(model, does):
    """Saving a model, or loading it, weights and all, in HDF5."""
    folder = tempfile.TemporaryDirectory()
    path = os.path.join(folder.name, "model.h5")
    model.save(path)
    if does == "save":
        run = repeated(functools.partial(model.save, path))
    else:
        run = repeated(functools.partial(load_model, path, compile=False))
    run.folder = folder  # it stays as long as this function
    return run


def training(model, x, y, workload):
    if y.ndim == 1:
        classes = IMAGES[workload.name][1] if workload.name in IMAGES else LETTERS
        y = to_categorical(y, classes)
    batch_size = workload.batch_size

    def run(steps):
        epochs = max(1, steps // workload.steps_per_epoch)
        rows = min(steps, workload.steps_per_epoch) * batch_size
        inputs = x[:rows] if len(model.inputs) == 1 else [x[:rows], y[:rows]]
        model.fit(inputs, y[:rows], batch_size=batch_size, epochs=epochs, verbose=0)

    return run


def versions():
    found = {"python": platform.python_version(), "keras": keras.__version__}
    for name in ("keras-classic", "tf_keras", "torch", "jax", "pytensor", "tensorflow-cpu",
                 "tensorflow"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    try:
        found["engine"] = keras.backend.backend()
    except AttributeError:
        found["engine"] = "unknown"
    return found


if __name__ == "__main__":
    serve(versions, start)
