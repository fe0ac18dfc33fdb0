"""One script of the Keras 2 kind, for every library that still understands it.

    keras_script.py keras       our package, or Keras 3, whichever this environment's `keras` is
    keras_script.py tf_keras

Keras 3's engine is chosen by KERAS_BACKEND, as ours is. The models are those of Keras' examples of
2015-2019 (mnist_mlp, mnist_cnn, imdb_lstm), `tiny` is the first network of many a tutorial.
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
        for part in ("", ".models", ".layers", ".optimizers", ".utils"):
            sys.modules["keras" + part] = importlib.import_module(LIBRARY + part)
    import keras
    from keras.layers import LSTM, Conv2D, Dense, Dropout, Embedding, Flatten, MaxPooling2D
    from keras.models import Sequential
    from keras.optimizers import Adadelta
    from keras.utils import to_categorical
except ImportError as import_error:
    absent(import_error)

from workloads import WORKLOADS, arrays  # noqa: E402

# The hard_sigmoid gates are Keras 2's default; since then it is sigmoid. (Keras 3's has another
# slope, which makes no difference to the speed.)
OURS = keras.__version__.startswith("2.2.")
HARD_GATES = {} if OURS else {"recurrent_activation": "hard_sigmoid"}


def tiny():
    model = Sequential()
    model.add(Dense(12, activation="relu", input_shape=(8,)))
    model.add(Dense(8, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model


def mnist_mlp():
    model = Sequential()
    model.add(Dense(512, activation="relu", input_shape=(784,)))
    model.add(Dropout(0.2))
    model.add(Dense(512, activation="relu"))
    model.add(Dropout(0.2))
    model.add(Dense(10, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop")
    return model


def mnist_cnn():
    model = Sequential()
    model.add(Conv2D(32, kernel_size=(3, 3), activation="relu", input_shape=(28, 28, 1)))
    model.add(Conv2D(64, (3, 3), activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(128, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(10, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer=Adadelta(1.0, rho=0.95, epsilon=1e-7))
    return model


def imdb_lstm():
    model = Sequential()
    model.add(Embedding(20000, 128))
    model.add(LSTM(128, dropout=0.2, recurrent_dropout=0.2, **HARD_GATES))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model


def start(name):
    if name == "predict_one":
        return predict_one()
    return training(name)


def training(name):
    workload = WORKLOADS[name]
    x, y = arrays(name)
    if y.ndim == 1:
        y = to_categorical(y, 10)
    model = globals()[name]()
    batch_size = workload.batch_size

    def run(steps):
        epochs = max(1, steps // workload.steps_per_epoch)
        rows = min(steps, workload.steps_per_epoch) * batch_size
        model.fit(x[:rows], y[:rows], batch_size=batch_size, epochs=epochs, verbose=0)

    return run


def predict_one():
    model = tiny()
    row = arrays("tiny")[0][:1]

    def run(n):
        for _ in range(n):
            model.predict(row, verbose=0)

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
