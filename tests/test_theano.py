"""What only the theano engine has to promise: linkers, with and without a compiler; a folder for
compiled code that is the user's own; programs that know which sizes are 1."""

import importlib.util
import os
import stat
import subprocess
import sys

import numpy as np
import pytest
from engines import running_on
from numpy.testing import assert_allclose

from keras import backend as K
from keras.layers import LSTM, Conv1D, Dense, Dropout, Embedding, MaxPooling1D
from keras.models import Sequential

if importlib.util.find_spec("pytensor") is None:  # the engine imports it, with settings of ours
    pytest.skip("pytensor is not installed: extra [theano]", allow_module_level=True)

SLOW = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("KERAS_SLOW_TESTS") != "1", reason="compiles: KERAS_SLOW_TESTS=1"
    ),
]
X = np.arange(6.0).reshape(2, 3) / 10


@pytest.fixture(autouse=True)
def on_theano():
    np.random.seed(7)
    with running_on("theano"):
        yield
    K.clear_session()


# The linkers

DESCENT = """
import numpy as np
from keras import backend as K

x, v = K.placeholder((None, 3)), K.variable(np.ones(3))
loss = K.sum(K.exp(x * v))
f = K.function([x], [loss], [K.update_sub(v, 0.1 * K.gradients(loss, [v])[0])])
print(*[float(f([np.arange(6.0).reshape(2, 3) / 10])[0]) for _ in range(3)])
"""


def descended():
    """What DESCENT prints."""
    v, found = np.ones(3), []
    for _ in range(3):
        found.append(np.exp(X * v).sum())
        v -= 0.1 * (np.exp(X * v) * X).sum(0)
    return found


@pytest.mark.parametrize(
    "linker, flags",
    [
        ("numpy", ""),
        ("numpy", "cxx="),
        ("c", "cxx="),
        pytest.param("c", "", marks=SLOW),
        pytest.param("numba", "", marks=SLOW),
        ("jax", ""),
    ],
)
def test_a_step_by_each_linker(linker, flags, tmp_path):
    """In a process of its own: PyTensor reads its flags when it is imported."""
    if linker == "jax":
        pytest.importorskip("jax", reason="jax is not installed: extra [jax]")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DESCENT],
        env={
            **os.environ,
            "KERAS_BACKEND": "theano",
            "KERAS_THEANO_LINKER": linker,
            "PYTENSOR_FLAGS": f"base_compiledir={tmp_path}{',' * bool(flags)}{flags}",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert_allclose([float(each) for each in done.stdout.split()], descended(), rtol=1e-5)


def test_a_linker_that_there_is_not(monkeypatch):
    monkeypatch.setenv("KERAS_THEANO_LINKER", "cuda")
    with pytest.raises(ValueError, match="KERAS_THEANO_LINKER=cuda: it takes numpy, c, numba, jax"):
        K.function([K.placeholder((2,))], [K.variable(1.0)])([X[0, :2]])


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype:UserWarning")
def test_layers_by_the_linker_for_jax(monkeypatch):
    """The ops that PyTensor lacks are ours: lookups, windows, random numbers."""
    pytest.importorskip("jax", reason="jax is not installed: extra [jax]")
    model = Sequential([
        Embedding(5, 4, input_length=6),
        Conv1D(3, 3, padding="same"),
        MaxPooling1D(2),
        LSTM(3),
        Dropout(0.5),
        Dense(2, activation="softmax"),
    ])
    model.compile("sgd", "categorical_crossentropy")
    x = np.random.randint(0, 5, (8, 6))
    before = model.get_weights()
    wanted = model.predict(x)
    loss = model.train_on_batch(x, np.eye(2)[x[:, 0] % 2])
    monkeypatch.setenv("KERAS_THEANO_LINKER", "jax")
    same = Sequential.from_config(model.get_config())
    same.compile("sgd", "categorical_crossentropy")
    same.set_weights(before)
    assert_allclose(same.predict(x), wanted, rtol=1e-4, atol=1e-6)
    losses = [same.train_on_batch(x, np.eye(2)[x[:, 0] % 2]) for _ in range(2)]
    assert np.isfinite([loss, *losses]).all() and losses[0] != losses[1]
    assert all((a != b).any() for a, b in zip(before, same.get_weights()))


# The folder for compiled code


def folder_of(flags, home):
    """Where PyTensor keeps compiled code in a process with these flags and KERAS_HOME."""
    done = subprocess.run(
        [sys.executable, "-c", "from keras.backend.theano import process; import pytensor;"
         "print(pytensor.config.base_compiledir)"],
        env={**os.environ, "KERAS_HOME": str(home), "PYTENSOR_FLAGS": flags},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_compiled_code_lies_in_a_folder_of_the_users_own(tmp_path):
    assert folder_of("", tmp_path) == str(tmp_path / "theano")
    assert stat.S_IMODE((tmp_path / "theano").stat().st_mode) == 0o700


def test_the_users_own_folder_is_kept(tmp_path):
    own = tmp_path / "own"
    assert folder_of(f"base_compiledir={own}", tmp_path) == str(own)
    assert not (tmp_path / "theano").exists()


@pytest.mark.parametrize("trap", ["link", "file"])
def test_a_folder_that_is_not_private_is_not_used(trap, tmp_path):
    from keras.backend.theano.process import private

    theirs, folder = tmp_path / "theirs", tmp_path / "theano"
    theirs.mkdir(mode=0o777)
    if trap == "link":
        folder.symlink_to(theirs)
    else:
        folder.write_text("")
    used = private(folder)
    assert used not in (folder, theirs) and stat.S_IMODE(used.stat().st_mode) == 0o700
    used.rmdir()


def test_a_folder_that_others_could_write_is_closed(tmp_path):
    from keras.backend.theano.process import private

    (tmp_path / "theano").mkdir()
    (tmp_path / "theano").chmod(0o777)
    assert stat.S_IMODE(private(tmp_path / "theano").stat().st_mode) == 0o700


# Programs


def functions(f):
    """How many functions of PyTensor a function of the graph has compiled."""
    return sum(len(program.functions) for program in f.plans.values())


def test_one_program_for_all_sizes_above_1():
    x = K.placeholder((None, None))
    f = K.function([x], [K.mean(x, 0)])
    for shape in ((2, 3), (5, 4), (7, 3)):
        assert_allclose(f([np.ones(shape)])[0], np.ones(shape[1]))
    assert functions(f) == 1
    assert_allclose(f([np.ones((1, 3))])[0], np.ones(3))
    assert functions(f) == 2


def test_sizes_of_1_that_were_computed_are_stretched():
    """PyTensor stretches what it knows to have size 1; here it learns that in the run."""
    x, y = K.placeholder((None, 3)), K.placeholder((None, 3))
    f = K.function([x, y], [x[K.shape(x)[0] - 1:] + y])
    for n in (2, 4):
        assert_allclose(f([np.ones((n, 3)), np.ones((5, 3))])[0], np.full((5, 3), 2))


def test_windows_know_their_sizes_in_the_run():
    x = K.placeholder((None, None, 2))
    kernel = K.variable(np.ones((3, 2, 1)))
    f = K.function([x], [K.conv1d(x, kernel, padding="same")])
    for n in (4, 5):
        assert_allclose(f([np.ones((2, n, 2))])[0][0, :, 0], [4, *[6] * (n - 2), 4])
    assert functions(f) == 1
    pooled = K.function([x], [K.pool2d(x[:, None], (1, 2), pool_mode="avg")])
    for n in (4, 6):
        assert_allclose(pooled([np.ones((2, n, 2))])[0], np.ones((2, 1, n - 1, 2)))
    assert functions(pooled) == 1
    f = K.function([x], [K.conv1d(x, kernel)])
    with pytest.raises(ValueError, match="window of 3 does not fit into an axis of 2"):
        f([np.ones((2, 2, 2))])


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides, dilation", [((2, 3), (1, 1)), ((1, 1), (2, 1))])
def test_patches_and_their_sums_are_adjoint(padding, strides, dilation):
    """<patches(x), y> = <x, summed(y)> for all x and y."""
    import pytensor.tensor as pt

    from keras.backend.theano.windows import Patches, summed

    op = Patches((2, 3), strides, padding, dilation, 0, ("test", "a window"))
    x = pt.tensor4(dtype="float64")
    rng = np.random.default_rng(0)
    given = rng.normal(size=(2, 7, 8, 3))
    seen = op(x).eval({x: given}, mode="FAST_COMPILE")
    y = rng.normal(size=seen.shape)
    back = summed(op, pt.constant(y), (7, 8)).eval(mode="FAST_COMPILE")
    assert_allclose((seen * y).sum(), (given * back).sum())
