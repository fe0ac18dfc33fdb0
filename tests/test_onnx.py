"""Files of ONNX: what ONNX Runtime makes of them is what the model predicts."""

import subprocess
import sys

import layer_cases
import numpy as np
import oracle
import pytest
import test_ops
from engines import ENGINES, running_on
from manual_models import MODELS, RECURRENT, SAMPLES, inputs_for, series_for
from numpy.testing import assert_allclose, assert_array_equal
from op_cases import CASES, leaves, rows

import keras
from keras import backend as K
from keras import layers as L
from keras.__main__ import main
from keras.models import Model, Sequential
from keras.ops.shaping import full

onnx = pytest.importorskip("onnx", reason="extra [onnx]")
onnxruntime = pytest.importorskip("onnxruntime", reason="extra [onnx]")
lowered = pytest.importorskip("keras.backend.onnx")


@pytest.fixture(autouse=True)
def settings():
    K.clear_session()
    np.random.seed(0)
    yield
    K.set_floatx("float32")
    K.set_image_data_format("channels_last")
    K.clear_session()


def listed(x):
    return list(x) if isinstance(x, (list, tuple)) else [x]


def loaded(model, path):
    """The model by way of a file that the checker passes."""
    keras.export_onnx(model, path)
    onnx.checker.check_model(path, full_check=True)
    return keras.load_onnx(path)


def assert_same(found, wanted, tolerance=1e-4):
    for a, b in zip(listed(found), listed(wanted), strict=True):
        assert a.shape == b.shape
        assert_allclose(a, b, rtol=tolerance, atol=tolerance)


# Every op


# A file changes no variables.
OPS = {name: cases for name, cases in CASES.items() if name not in test_ops.UPDATES}


@pytest.mark.parametrize("unknown_sizes", [True, False])
@pytest.mark.parametrize("name, case", rows(OPS))
def test_values(name, case, unknown_sizes):
    """The matrix of tests/test_ops.py; what ONNX has not says why."""
    arrays = case.arrays("float32")
    inputs, result = test_ops.called(name, case, arrays, unknown_sizes)
    xs, values = test_ops.fed(inputs, arrays)
    try:
        file, _ = lowered.proto([(f"x{i}", x) for i, x in enumerate(xs)],
                                [(f"y{i}", y) for i, y in enumerate(test_ops.tensors(result))])
    except NotImplementedError as error:
        op = str(error).split(" uses ")[1].split(":")[0]
        assert lowered.lowering.unsupported[op] in str(error)
        return
    onnx.checker.check_model(file, full_check=True)
    session = onnxruntime.InferenceSession(file.SerializeToString(), quiet())
    feed = {f"x{i}": np.asarray(value) for i, value in enumerate(values)}
    if name in ("foldl", "foldr") and len(values[0]) == 1:
        with pytest.raises(Exception, match="Scan"):  # ONNX Runtime has no loop without turns
            session.run(None, feed)
        return
    found = session.run(None, feed)
    wanted = leaves(getattr(oracle, name)(*case.arrays("float64"), **case.params))
    for x, got, want in zip(test_ops.tensors(result), found, wanted, strict=True):
        assert got.shape == want.shape and str(got.dtype) == K.dtype(x)
        assert_allclose(got, want, rtol=max(case.rtol, 1e-4), atol=max(case.atol, 1e-5))


def quiet():
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return options


ODD = np.array([[np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5, -2.5, 0.5]], "float32")


def test_what_is_no_number_stays_none(tmp_path):
    x = L.Input((8,))
    outputs = [L.Lambda(f)(x) for f in (
        K.relu, K.abs, K.round, K.sqrt, K.exp, K.log, K.sigmoid, K.tanh, K.softplus, K.softsign,
        K.elu, K.hard_sigmoid,
        lambda t: K.maximum(t, 0.0), lambda t: K.minimum(t, 0.0), lambda t: K.clip(t, -1, 1),
        lambda t: K.relu(t, alpha=0.1), lambda t: K.relu(t, max_value=1.0), lambda t: t % 2.0,
        lambda t: K.cast(K.not_equal(t, t), "float32"))]
    model = Model(x, outputs)
    assert_same(loaded(model, tmp_path / "a.onnx").predict(ODD), model.predict(ODD))


# Every layer


def check(layer, shapes, inputs, path, weights=None):
    """A layer on placeholders of some shapes, as a file, on arrays of its own."""
    xs = [L.Input(batch_shape=shape) for shape in shapes]
    model = Model(xs, layer(xs if len(xs) > 1 else xs[0]))
    if weights is not None:
        model.set_weights(weights([w.shape for w in model.weights]))
    assert_same(loaded(model, path).predict(inputs), model.predict(inputs))
    return model


@pytest.mark.parametrize("name, case", layer_cases.rows())
def test_layers(name, case, tmp_path):
    if 0 in case.shapes[0]:
        case.shapes[0] = (2, *case.shapes[0][1:])
    for axes in {(0,), (0, *case.open_axes)}:
        layer = getattr(L, name)(*case.args, **case.options)
        shapes = [tuple(None if i in axes else n for i, n in enumerate(shape))
                  for shape in case.shapes]
        check(layer, shapes, case.arrays(), tmp_path / "a.onnx", case.weights)


UNROLLED = {"LSTM-sigmoid", "masked"}  # these fix their number of steps
SERIES = [(name, steps) for name in RECURRENT for steps in (5, None)
          if steps or name not in UNROLLED]  # fmt: skip


@pytest.mark.parametrize("name, steps", SERIES)
def test_recurrent_layers(name, steps, tmp_path):
    shape = (steps, *series_for(name)[1:])
    x = np.random.normal(size=(3, *series_for(name))).astype("float32")
    x[:, 2:4] *= np.array([1, 0, 1], "float32").reshape(3, *[1] * (x.ndim - 1))
    check(RECURRENT[name](), [(None, *shape)], [x], tmp_path / "a.onnx")


NATIVE = {
    "LSTM": lambda: L.LSTM(3, dropout=0.2, recurrent_dropout=0.2),
    "GRU": lambda: L.GRU(3, return_sequences=True, dropout=0.2),
    "RNN": lambda: L.SimpleRNN(3, activation="relu", go_backwards=True),
}


@pytest.mark.parametrize("kind", NATIVE)
def test_recurrent_layers_are_onnx_s_own(kind, tmp_path):
    """As Keras 2 makes them by default, with hard_sigmoid gates; dropout is for training alone."""
    x = np.random.normal(size=(3, 5, 4)).astype("float32")
    check(NATIVE[kind](), [(None, 5, 4)], [x], tmp_path / "a.onnx")
    kinds = [node.op_type for node in onnx.load(tmp_path / "a.onnx").graph.node]
    assert kind in kinds and "Scan" not in kinds


# Models


RANDOM = {"vae", "vae_conv"}  # they draw numbers whenever they run


@pytest.mark.parametrize("name", MODELS)
def test_models(name, tmp_path, monkeypatch):
    if name in RANDOM:
        monkeypatch.setattr(K, "random_normal", lambda shape: full(shape, 0.5, None))
    model = MODELS[name]()
    x = inputs_for(model)
    model.reset_states()
    twin = loaded(model, tmp_path / "a.onnx")
    assert twin.input_names == model.input_names
    assert_same(twin.predict(x, batch_size=SAMPLES), model.predict(x, batch_size=SAMPLES))


def test_random_numbers_have_their_statistics(tmp_path):
    x = L.Input((1000,))
    noisy = [L.GaussianNoise(0.5)(x, training=True), L.Dropout(0.25)(x, training=True)]
    noisy += [L.Lambda(lambda t: t * 0 + K.random_uniform(K.shape(t), 2.0, 4.0))(x)]
    twin = loaded(Model(x, noisy), tmp_path / "a.onnx")
    ones = np.ones((40, 1000), "float32")
    normal, dropped, uniform = twin.predict(ones, batch_size=40)
    assert abs(normal.mean() - 1) < 0.02 and abs(normal.std() - 0.5) < 0.02
    assert_allclose(np.unique(dropped), [0, 4 / 3], rtol=1e-6)
    assert abs((dropped == 0).mean() - 0.25) < 0.02
    assert uniform.min() >= 2 and uniform.max() < 4 and abs(uniform.mean() - 3) < 0.02


def test_states_go_on_from_batch_to_batch(tmp_path):
    model = Sequential([L.LSTM(3, stateful=True, return_sequences=True,
                               batch_input_shape=(2, 4, 3)), L.GRU(2, stateful=True)])
    x = np.random.normal(size=(6, 4, 3)).astype("float32")
    twin = loaded(model, tmp_path / "a.onnx")
    for _ in range(2):
        assert_same(twin.predict(x, batch_size=2), model.predict(x, batch_size=2))
    model.reset_states()
    twin.reset_states()
    assert_same(twin.predict(x[:2]), model.predict(x[:2], batch_size=2))


def test_each_engine_writes_the_same_nodes(tmp_path):
    """The engine computes what depends on weights alone."""
    x, found = np.random.normal(size=(3, 5, 2)).astype("float32"), []
    for engine in ENGINES:
        K.clear_session()
        np.random.seed(0)
        with running_on(engine):
            model = Sequential([L.Conv1D(3, 2, input_shape=(5, 2)), L.BatchNormalization(),
                                L.LSTM(3, recurrent_activation="sigmoid"), L.Dense(2)])
            twin = loaded(model, tmp_path / "a.onnx")
            assert_same(twin.predict(x), model.predict(x))
        found.append(list(map(str, onnx.load(tmp_path / "a.onnx").graph.node)))
    assert all(nodes == found[0] for nodes in found)
    assert "LSTM" in str(found[0]) and "Sqrt" not in str(found[0])


# Files


def test_one_file_for_batches_of_any_size_by_name_or_number(tmp_path):
    a, b = L.Input((3,), name="a"), L.Input((2,), dtype="int32", name="b")
    joined = L.concatenate([L.Dense(4)(a), L.Lambda(lambda t: K.cast(t, "float32"))(b)])
    model = Model([b, a], [L.Dense(2, name="y")(joined), L.Dense(1, name="z")(joined)])
    model.set_weights([np.random.normal(size=w.shape) for w in model.weights])
    model.export(str(tmp_path / "a.onnx"))
    twin = keras.load_onnx(tmp_path / "a.onnx")
    assert (twin.input_names, twin.output_names) == (["b", "a"], ["y", "z"])
    x = [np.arange(14).reshape(7, 2), np.ones((7, 3))]
    for size in (1, 3, 7):
        assert_same(twin.predict(x, batch_size=size), model.predict(x))
    assert_same(twin.predict({"a": x[1], "b": x[0]}), model.predict(x))
    with pytest.raises(ValueError, match="the model has the inputs b, a; given 1 arrays"):
        twin.predict(x[0])
    graph = onnx.load(tmp_path / "a.onnx")
    assert [(o.domain, o.version) for o in graph.opset_import] == [("", lowered.OPSET)]
    names = {x.name for x in graph.graph.initializer}
    assert {w.name for w in model.weights} == names


def test_model_files_become_files_of_onnx(tmp_path, capsys):
    model = Sequential([L.Dense(4, input_dim=3, activation="relu"), L.Dense(2)])
    model.save(tmp_path / "a.h5")
    assert main(["convert", str(tmp_path / "a.h5"), str(tmp_path / "a.onnx")]) == 0
    x = np.random.normal(size=(5, 3)).astype("float32")
    assert_same(keras.load_onnx(tmp_path / "a.onnx").predict(x), model.predict(x))


def test_a_file_runs_without_an_engine(tmp_path):
    keras.export_onnx(Sequential([L.Dense(2, input_dim=3)]), tmp_path / "a.onnx")
    code = ("import sys, keras, numpy; model = keras.load_onnx(sys.argv[1]); "
            "print(model.predict(numpy.ones((1, 3))).shape, "
            "sorted({'torch', 'jax', 'tensorflow'} & set(sys.modules)))")
    command = [sys.executable, "-c", code, str(tmp_path / "a.onnx")]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "(1, 2) []\n"


def test_shared_weights_are_written_once(tmp_path):
    layer, x = L.Conv2D(64, 3, padding="same"), L.Input((6, 6, 64))
    model = Model(x, layer(layer(layer(x))))
    keras.export_onnx(model, tmp_path / "a.onnx")
    size = (tmp_path / "a.onnx").stat().st_size
    assert size < 1.1 * sum(w.nbytes for w in model.get_weights())


def test_many_weights_stand_in_a_file_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(lowered.graph, "BYTES", 3000)
    model = Sequential([L.Dense(40, input_dim=30), L.Dense(20)])
    twin = loaded(model, tmp_path / "a.onnx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.onnx", "a.onnx.data"]
    assert (tmp_path / "a.onnx").stat().st_size < 2000
    x = np.random.normal(size=(3, 30)).astype("float32")
    assert_same(twin.predict(x), model.predict(x))


def test_float64(tmp_path):
    K.set_floatx("float64")
    model = Sequential([L.Dense(4, input_dim=3, activation="tanh"), L.BatchNormalization(),
                        L.Reshape((2, 2)), L.SimpleRNN(3)])
    x = np.random.normal(size=(5, 3))
    found = loaded(model, tmp_path / "a.onnx").predict(x)
    assert found.dtype == "float64"
    assert_same(found, model.predict(x), 1e-9)


def test_refusals(tmp_path):
    x = L.Input((3,))
    model = Model(x, L.Lambda(lambda t: K.truncated_normal(K.shape(t)), name="drawn")(x))
    with pytest.raises(NotImplementedError, match="drawn uses clipped_normal: ONNX draws from"):
        keras.export_onnx(model, tmp_path / "a.onnx")
    with pytest.raises(ValueError, match="has no inputs and outputs yet"):
        keras.export_onnx(Sequential([L.Dense(2)]), tmp_path / "a.onnx")
    with pytest.raises(ValueError, match="a path that ends in .onnx, or the folder"):
        model.export(tmp_path / "a.pb")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        keras.load_onnx(tmp_path / "none.onnx")
    assert not list(tmp_path.iterdir())


def test_the_packages_that_are_missing(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("keras.backend.onnx")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delattr(keras.backend, "onnx")
    with pytest.raises(ImportError, match="pip install onnx onnxruntime"):
        keras.load_onnx(tmp_path / "a.onnx")


def test_the_old_file_is_asked_for(tmp_path, monkeypatch):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"old")
    monkeypatch.setattr("builtins.input", lambda text: "n")
    keras.export_onnx(Sequential([L.Dense(2, input_dim=2)]), path, overwrite=False)
    assert_array_equal(path.read_bytes(), b"old")
