"""Files that others read, and files of others: tf_keras and Keras 3, where they are installed.

KERAS_PEERS names the python of an environment that has tensorflow, tf_keras and keras 3 (see
scripts/peers); without it these tests are left out.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import keras
from keras import backend as K
from keras.models import load_model

sys.path.insert(0, str(Path(__file__).parent / "peers"))
from models import MODELS, data_for, filled  # noqa: E402

PEERS = os.environ.get("KERAS_PEERS")
PROGRAM = Path(__file__).parent / "peers" / "program.py"
TOLERANCE = 1e-4
pytestmark = pytest.mark.skipif(not PEERS, reason="KERAS_PEERS names no other Keras")
OTHERS = {"tf_keras": ".h5", "keras": ".keras"}


def predicted(model, make):
    xs = data_for(make, [K.int_shape(x)[1:] for x in model.inputs])
    ys = model.predict(xs)
    return ys if isinstance(ys, list) else [ys]


@pytest.fixture(scope="module", params=OTHERS)
def exchanged(request, tmp_path_factory):
    """A folder with our files, what the other Keras makes of them, and its own."""
    folder, suffix, known = tmp_path_factory.mktemp("peers"), OTHERS[request.param], {}
    for make in MODELS:
        K.clear_session()
        model = filled(make(keras))
        model.save(folder / f"{make.__name__}{suffix}")
        known[make] = predicted(model, make)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "KERAS_BACKEND")}
    done = subprocess.run([PEERS, PROGRAM, request.param, folder, suffix], timeout=600,
                          capture_output=True, text=True, env={
                              **environment, "TF_CPP_MIN_LOG_LEVEL": "3",
                              "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""})
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, suffix, known


def known_of(path):
    """The predictions in a file beside a model's."""
    if (text := path.with_suffix(".txt")).exists():
        pytest.fail(text.read_text()[-2500:])
    with np.load(path.with_suffix(".npz")) as found:
        return [found[name] for name in found]


def assert_close(found, wanted):
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * max(1, abs(b).max()))


@pytest.mark.parametrize("make", MODELS, ids=lambda f: f.__name__)
def test_another_keras_reads_our_file(make, exchanged):
    folder, suffix, known = exchanged
    assert_close(known_of(folder / f"{make.__name__}{suffix}"), known[make])


@pytest.mark.parametrize("make", MODELS, ids=lambda f: f.__name__)
def test_we_read_the_file_of_another_keras(make, exchanged):
    folder, suffix, _ = exchanged
    path = folder / f"own_{make.__name__}{suffix}"
    wanted = known_of(path)
    assert_close(predicted(load_model(path, compile=False), make), wanted)
