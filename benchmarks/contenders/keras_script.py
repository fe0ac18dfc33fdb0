"""One script of the Keras 2 kind, for every library that still understands it.

    keras_script.py keras       our package, or Keras 3, whichever this environment's `keras` is
    keras_script.py tf_keras

Keras 3's engine is chosen by KERAS_BACKEND, as ours is. The models are in keras_models.py.
"""
import importlib
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from protocol import absent, serve  # noqa: E402

LIBRARY = sys.argv[1]
try:
    if LIBRARY != "keras":
        for part in ("", ".applications", ".models", ".layers", ".optimizers", ".utils"):
            sys.modules["keras" + part] = importlib.import_module(LIBRARY + part)
    import keras_models

    import keras
    from keras.utils import to_categorical
except ImportError as import_error:
    absent(import_error)

from workloads import IMAGES, LETTERS, WORKLOADS, arrays  # noqa: E402


def start(name):
    """A function of the number of steps, which does them."""
    workload = WORKLOADS[name]
    model = getattr(keras_models, name)()
    x, y = arrays(name)
    return predicting(model, x) if workload.predicts else training(model, x, y, workload)


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


def predicting(model, x):
    def run(n):
        for _ in range(n):
            model.predict(x, verbose=0)

    return run


def versions():
    found = {"python": platform.python_version(), "keras": keras.__version__}
    for name in ("keras-classic", "tf_keras", "torch", "jax", "tensorflow-cpu", "tensorflow"):
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
