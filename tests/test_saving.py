"""Model files: what is written, that it comes back bit for bit, and that no fault leaves half."""

import copy
import io
import json
import os
import pickle
import zipfile
from pathlib import Path

import h5py
import layer_cases
import numpy as np
import pytest
from saved_models import (
    MODELS,
    OWN,
    Scale,
    assert_same,
    cnn,
    data_for,
    fresh,  # noqa: F401
    lstms,
    mlp,
    names,
    nested,
    own,
    randomize,
    rng,
    shared,
    text,
)

import keras
from keras import backend as K
from keras import layers as L
from keras.__main__ import main
from keras.models import (
    Model,
    Sequential,
    clone_model,
    load_model,
    model_from_config,
    model_from_json,
    model_from_yaml,
    save_model,
)
from keras.saving.errors import ModelFileError
from keras.utils import CustomObjectScope, HDF5Matrix


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("make", MODELS, ids=lambda f: f.__name__)
def test_models_come_back_and_train_on(make, suffix, tmp_path):
    model = make()
    model.compile("adam", "mse")
    randomize(model)
    xs, ys = data_for(model)
    model.train_on_batch(xs, ys)
    if model.stateful:
        model.reset_states()
    path = str(tmp_path / f"model{suffix}")
    if suffix == ".keras" and "hard_sigmoid" in model.to_json():
        with pytest.warns(UserWarning, match="another function in Keras 3"):
            model.save(path)
    else:
        model.save(path)
    again = load_model(path, OWN if make is own else None)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert_same(again.get_weights(), model.get_weights())
    # One more step, dropout masks and all, then predictions.
    assert_same(again.train_on_batch(xs, ys), model.train_on_batch(xs, ys))
    assert_same(again.get_weights(), model.get_weights())
    assert_same(again.optimizer.get_weights(), model.optimizer.get_weights())
    for one in (model, again):
        if one.stateful:
            one.reset_states()
    assert_same(again.predict(xs, batch_size=6), model.predict(xs, batch_size=6))
    assert os.listdir(tmp_path) == [f"model{suffix}"]


@pytest.mark.parametrize("make", MODELS, ids=lambda f: f.__name__)
def test_architectures_as_text_and_copies(make, tmp_path):
    model = make()
    randomize(model)
    xs, _ = data_for(model)
    wanted = model.predict(xs, batch_size=6)

    def check(twin):
        twin.set_weights(model.get_weights())
        for one in (model, twin):
            if one.stateful:
                one.reset_states()
        assert_same(twin.predict(xs, batch_size=6), wanted)

    check(clone_model(model))
    given = OWN if make is own else None
    check(model_from_json(model.to_json(indent=1), given))
    check(model_from_yaml(model.to_yaml(), given))
    check(model_from_config(json.loads(model.to_json()), given))
    with CustomObjectScope(given or {}):
        check(type(model).from_config(model.get_config()))
        check(pickle.loads(pickle.dumps(model)))
    check(copy.deepcopy(model))
    again = make()
    for path in (str(tmp_path / "w.h5"), tmp_path / "w.safetensors"):
        if str(path).endswith(".safetensors"):
            pytest.importorskip("safetensors")
            again = clone_model(model)
        model.save_weights(path)
        again.load_weights(path)
        assert_same(again.get_weights(), model.get_weights())


def each_layer():
    for name, found in layer_cases.CASES.items():
        for i, case in enumerate(found[:2]):
            yield pytest.param(name, case, id=f"{name}-{i}")


@pytest.mark.parametrize("name, case", list(each_layer()))
def test_every_layer_comes_back(name, case, tmp_path):
    inputs = [L.Input(batch_shape=shape) for shape in case.shapes]
    layer = getattr(L, name)(*case.args, **case.options)
    model = Model(inputs, layer(inputs[0] if len(inputs) == 1 else inputs))
    model.set_weights(case.weights([w.shape for w in model.get_weights()]))
    for path in (tmp_path / "a.h5", tmp_path / "a.keras"):
        model.save(path)
        again = load_model(path, {layer.name: getattr(layer, "function", None)}, compile=False)
        assert_same(again.get_weights(), model.get_weights())
        assert name == "Lambda" or json.loads(again.to_json()) == json.loads(model.to_json())
        n = len(case.arrays()[0])
        assert_same(again.predict(case.arrays(), batch_size=n),
                    model.predict(case.arrays(), batch_size=n))


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax",
                                  "Nadam"])
def test_optimizers_go_on(name, tmp_path):
    options = {} if name == "Nadam" else {"decay": 0.1}
    options = {**options, "momentum": 0.9} if name == "SGD" else options
    options = {**options, "amsgrad": True} if name == "Adam" else options
    model = Sequential([L.Dense(3, input_dim=4), L.Dense(2)])
    model.compile(getattr(keras.optimizers, name)(lr=0.05, clipnorm=1.0, **options), "mse")
    xs, ys = data_for(model)
    for _ in range(3):
        model.train_on_batch(xs, ys)
    model.save(tmp_path / "a.h5")
    twins = [load_model(tmp_path / "a.h5"), copy.deepcopy(model)]
    for _ in range(2):
        wanted = model.train_on_batch(xs, ys)
        for twin in twins:
            assert twin.train_on_batch(xs, ys) == wanted
            assert_same(twin.get_weights(), model.get_weights())


def test_what_compile_was_given(tmp_path):
    def loss(a, b):
        return K.mean(K.square(a - b), -1)

    model = shared()
    model.compile(keras.optimizers.SGD(0.1), loss={"second": loss, model.output_names[0]: "mae"},
                  metrics={"second": ["mse", loss]}, loss_weights=[1.0, 0.5])
    xs, ys = data_for(model)
    model.save(tmp_path / "a.h5")
    with pytest.raises(ValueError, match="custom_objects"):
        load_model(tmp_path / "a.h5")
    again = load_model(tmp_path / "a.h5", {"loss": loss})
    assert again.metrics_names == model.metrics_names
    assert again.evaluate(xs, ys, verbose=0) == model.evaluate(xs, ys, verbose=0)
    assert load_model(tmp_path / "a.h5", compile=False).optimizer is None
    model.save(tmp_path / "b.h5", include_optimizer=False)
    with pytest.warns(UserWarning, match="No training configuration"):
        assert load_model(tmp_path / "b.h5").optimizer is None


# The layout


def test_layout(tmp_path):
    model = mlp()
    model.compile("adam", "mse", ["acc"])
    xs, ys = data_for(model)
    model.train_on_batch(xs, ys)
    model.save(tmp_path / "a.h5")
    model.save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "a.h5") as f, h5py.File(tmp_path / "w.h5") as w:
        assert text(f.attrs["keras_version"]) == "2.2.4"
        assert text(f.attrs["backend"]) == "tensorflow"
        assert json.loads(f.attrs["model_config"])["class_name"] == "Sequential"
        training = json.loads(f.attrs["training_config"])
        assert set(training) == {"optimizer_config", "loss", "metrics", "sample_weight_mode",
                                 "loss_weights"}
        assert training["optimizer_config"]["class_name"] == "Adam"
        for group in (f["model_weights"], w):
            assert names(group, "layer_names") == ["dense_1", "batch_normalization_1", "dropout_1",
                                                   "dense_2"]
            assert text(group.attrs["keras_version"]) == "2.2.4"
            assert text(group.attrs["backend"]) == "tensorflow"
            assert names(group["dense_1"], "weight_names") == ["dense_1/kernel:0",
                                                               "dense_1/bias:0"]
            assert names(group["batch_normalization_1"], "weight_names") == [
                f"batch_normalization_1/{n}:0" for n in ("gamma", "beta", "moving_mean",
                                                         "moving_variance")]
            assert len(group["dropout_1"].attrs["weight_names"]) == 0
            assert_same(group["dense_1/dense_1/kernel:0"][()], model.get_weights()[0])
        states = names(f["optimizer_weights"], "weight_names")
        assert len(states) == 1 + 3 * 6 and f["optimizer_weights"][states[0]].shape == ()
        assert f["optimizer_weights"][states[0]][()] == 1


def test_names_of_wrapped_and_nested_weights(tmp_path):
    lstms().save_weights(tmp_path / "a.h5")
    nested().save_weights(tmp_path / "b.h5")
    with h5py.File(tmp_path / "a.h5") as f:
        assert names(f["bidirectional_1"], "weight_names") == [
            f"bidirectional_1/{way}_lstm_1/{n}:0" for way in ("forward", "backward")
            for n in ("kernel", "recurrent_kernel", "bias")]
        assert names(f["time_distributed_1"], "weight_names") == [
            "time_distributed_1/kernel:0", "time_distributed_1/bias:0"]
    with h5py.File(tmp_path / "b.h5") as f:  # trainable weights first, then the frozen ones
        found = [n.split("/")[-1] for n in names(f["middle"], "weight_names")]
        assert found == ["gamma:0", "beta:0", "kernel:0", "bias:0", "moving_mean:0",
                         "moving_variance:0"]


def test_long_lists_of_names_are_stored_in_pieces(tmp_path):
    model = Sequential([L.Dense(2, input_dim=2, name=f"{i}" + "x" * 9000) for i in range(9)])
    model.save(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as f:
        attrs = f["model_weights"].attrs
        assert "layer_names" not in attrs and {"layer_names0", "layer_names1"} <= set(attrs)
        assert len(f.attrs["model_config"]) > 64512
    assert_same(load_model(tmp_path / "a.h5", compile=False).get_weights(), model.get_weights())
    with pytest.raises(RuntimeError, match="longer than 64512 bytes"):
        Sequential([L.Dense(2, input_dim=2, name="x" * 70000)]).save(tmp_path / "b.h5")
    assert os.listdir(tmp_path) == ["a.h5"]


def test_strings_of_h5py_2_and_3(tmp_path):
    model = mlp()
    model.save(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as f:
        f.attrs["model_config"] = np.bytes_(f.attrs["model_config"])  # of fixed length
        for group in (f["model_weights"], f["model_weights/dense_1"]):
            for name in list(group.attrs):
                value = group.attrs[name]
                group.attrs[name] = ([v.decode() for v in value] if isinstance(value, np.ndarray)
                                     else np.bytes_(value))
    assert_same(load_model(tmp_path / "a.h5", compile=False).get_weights(), model.get_weights())


def test_groups_and_open_files():
    model = mlp()
    buffer = io.BytesIO()
    with h5py.File("memory.h5", "w", driver="core", backing_store=False) as f:
        save_model(model, f.create_group("inner"))
        assert_same(load_model(f["inner"], compile=False).get_weights(), model.get_weights())
    save_model(model, buffer)
    assert_same(load_model(buffer, compile=False).get_weights(), model.get_weights())


def test_overwriting_is_asked_for(tmp_path, monkeypatch):
    path = str(tmp_path / "a.h5")
    mlp().save_weights(path)
    before = Path(path).read_bytes()
    monkeypatch.setattr("builtins.input", lambda text: "n")
    cnn().save_weights(path, overwrite=False)
    assert Path(path).read_bytes() == before
    monkeypatch.setattr("builtins.input", lambda text: "y")
    cnn().save_weights(path, overwrite=False)
    assert Path(path).read_bytes() != before


def test_odd_names(tmp_path):
    for name in ("..", "../../x", "a/../../b", "a b", "ü", "x" * 10000, "a:0"):
        model = Sequential([L.Dense(2, input_dim=2, name=name)])
        model.save(tmp_path / "a.h5")
        assert_same(load_model(tmp_path / "a.h5", compile=False).get_weights(),
                    model.get_weights())
    for name in ("a\0b", "/a", "a//b", ".", "./a"):
        with pytest.raises(ValueError, match="cannot be saved"):
            Sequential([L.Dense(2, input_dim=2, name=name)]).save(tmp_path / "b.h5")
    assert os.listdir(tmp_path) == ["a.h5"]


# Loading weights


def test_weights_by_order_and_name(tmp_path):
    path = tmp_path / "w.h5"
    first = Sequential([L.Dense(3, input_dim=2, name="a"), L.Dropout(0.1),
                        L.Dense(4, name="b")])
    first.save_weights(path)
    other = Sequential([L.Dense(3, input_dim=2), L.Activation("relu"), L.Dense(4)])
    other.load_weights(path)  # names do not count
    assert_same(other.get_weights(), first.get_weights())

    by_name = Sequential([L.Dense(3, input_dim=2, name="a"), L.Dense(5, name="new")])
    before = by_name.layers[1].get_weights()
    by_name.load_weights(path, by_name=True)
    assert_same(by_name.layers[0].get_weights(), first.layers[0].get_weights())
    assert_same(by_name.layers[1].get_weights(), before)

    wrong = Sequential([L.Dense(3, input_dim=2, name="a"), L.Dense(5, name="b")])
    before = wrong.get_weights()
    with pytest.raises(ValueError, match=r"'b'.*has shape \(3, 5\), the saved one has \(3, 4\)"):
        wrong.load_weights(path)
    with pytest.raises(ValueError, match="skip_mismatch"):
        wrong.load_weights(path, by_name=True)
    assert_same(wrong.get_weights(), before)  # also the layer that fits
    with pytest.warns(UserWarning, match="Skipping loading of weights"):
        wrong.load_weights(path, by_name=True, skip_mismatch=True)
    assert_same(wrong.get_weights(), [*first.get_weights()[:2], *before[2:]])
    with pytest.raises(ValueError, match="only be set to True when by_name"):
        wrong.load_weights(path, skip_mismatch=True)
    with pytest.raises(ValueError, match="containing 2 layers into a model with 1 layers"):
        Sequential([L.Dense(3, input_dim=2)]).load_weights(path)
    with pytest.raises(ValueError, match=r"expects 1 weight\(s\)"):
        Sequential([L.Dense(3, input_dim=2, use_bias=False), L.Dense(4)]).load_weights(path)


def test_weights_of_a_model_file(tmp_path):
    model = mlp()
    model.save(tmp_path / "a.h5")
    other = mlp()
    other.load_weights(tmp_path / "a.h5")
    assert_same(other.get_weights(), model.get_weights())
    model.save_weights(tmp_path / "w.h5")
    with pytest.raises(ModelFileError, match="weights only.*load_weights"):
        load_model(tmp_path / "w.h5")


def test_kernels_reshaped(tmp_path):
    model = Sequential([L.Conv2D(4, (1, 6), input_shape=(8, 8, 3))])
    model.save_weights(tmp_path / "w.h5")
    other = Sequential([L.Conv2D(4, (2, 3), input_shape=(8, 8, 3))])
    with pytest.raises(ValueError, match="has shape"):
        other.load_weights(tmp_path / "w.h5")
    other.load_weights(tmp_path / "w.h5", reshape=True)
    assert_same(other.get_weights()[0].ravel(), model.get_weights()[0].ravel())


class Own(Model):
    def __init__(self):
        super().__init__()
        self.a = L.Dense(3)
        self.b = L.Dense(2)

    def call(self, x):
        return self.b(self.a(x))


def test_subclassed_models_keep_their_weights(tmp_path):
    x = rng.normal(size=(4, 5)).astype("float32")
    model, other = Own(), Own()
    wanted = model.predict(x)
    other.predict(x)
    model.save_weights(tmp_path / "w.h5")
    other.load_weights(tmp_path / "w.h5")
    assert_same(other.predict(x), wanted)
    with pytest.raises(NotImplementedError, match="save_weights"):
        model.save(tmp_path / "a.h5")
    assert os.listdir(tmp_path) == ["w.h5"]


# Clones


def test_clones(tmp_path):
    model = own()
    clone = clone_model(model)
    assert clone.layers[1] is not model.layers[1] and isinstance(clone.layers[1], Scale)
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    live = Sequential([L.Lambda(lambda x: 2 * x, input_shape=(3,))])  # no file: no consent needed
    assert clone_model(live).predict(np.ones((1, 3))).tolist() == [[2, 2, 2]]
    x = L.Input((4,))
    begun = clone_model(nested(), x)
    assert begun.inputs == [x]
    held = clone_model(mlp(), K.variable(np.ones((2, 4))))
    assert held.predict(None, steps=1).shape == (2, 3)
    with pytest.raises(ValueError, match="2 input_tensors are given"):
        clone_model(mlp(), [x, x])
    with pytest.raises(ValueError, match="subclass of Model"):
        clone_model(Own())
    shallow = copy.copy(model)
    assert shallow.layers[0] is model.layers[0]


# Faults


def test_damaged_and_foreign_files(tmp_path):
    path = str(tmp_path / "a.h5")
    model = mlp()
    model.save(path)
    data = Path(path).read_bytes()
    for n in (0, 7, 100, 600, 2048, len(data) // 2, len(data) - 1):
        with open(path, "wb") as f:
            f.write(data[:n])
        with pytest.raises(ModelFileError, match="a.h5") as caught:
            load_model(path)
        if n >= 2048:
            assert f"has {n} bytes, {len(data)} were written" in str(caught.value)
            assert "older checkpoint" in str(caught.value)
    for start, told in [(b"<html><body>404", "web page"), (b"version https://git-lfs.github.com",
                        "git lfs pull"), (b"\x80\x04\x95", "pickle"), (b"{}", "JSON")]:
        with open(path, "wb") as f:
            f.write(start)
        with pytest.raises(ModelFileError, match=told):
            load_model(path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_model(tmp_path / "none.h5")
    with pytest.raises(ModelFileError, match="a directory"):
        load_model(tmp_path)
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("x", "y")
    with pytest.raises(ModelFileError, match="no Keras 3 model"):
        load_model(path)


def test_all_missing_names_at_once(tmp_path):
    def my_loss(a, b):
        return K.mean(a - b, -1)

    model = own()
    model.compile("sgd", my_loss)
    model.save(tmp_path / "a.h5")
    with pytest.raises(ValueError) as caught:
        load_model(tmp_path / "a.h5")
    wanted = "custom_objects={'swish': swish, 'Scale': Scale, 'my_loss': my_loss}"
    assert wanted in str(caught.value)
    assert "a.h5" in str(caught.value)


# HDF5Matrix and the command line


def test_hdf5_matrix(tmp_path):
    path = str(tmp_path / "d.h5")
    x = rng.normal(size=(20, 3))
    with h5py.File(path, "w") as f:
        f["x"], f["in/y"] = x, np.arange(20)
    whole, part = HDF5Matrix(path, "x"), HDF5Matrix(path, "x", 5, 15, lambda a: a * 2)
    assert whole.shape == (20, 3) and part.shape == (10, 3) and len(part) == 10
    assert whole.ndim == 2 and whole.size == 60 and whole.dtype == "float64"
    assert_same(whole[2:7], x[2:7])
    assert_same(part[2:4], 2 * x[7:9])
    assert_same(part[-1], 2 * x[14])
    assert_same(part[[3, 1, 1]], 2 * x[[8, 6, 6]])
    assert_same(np.asarray(part), 2 * x[5:15])
    assert_same(whole[::-3], x[::-3])
    assert_same(whole[x[:, 0] > 0], x[x[:, 0] > 0])
    assert_same(HDF5Matrix(path, "in/y")[3], 3)
    for key in (10, -11, [0, 10], "a"):
        with pytest.raises(IndexError):
            part[key]
    with pytest.raises(ValueError, match="which has 20"):
        HDF5Matrix(path, "x", 5, 25)
    with pytest.raises(OSError):
        HDF5Matrix(path, "nothing")


@pytest.mark.parametrize("locking", [None, False])
def test_a_file_that_is_open_already(tmp_path, locking):
    """The manual's FAQ 3.3.18 reads with h5py beside an HDF5Matrix, whoever opened first."""
    path = str(tmp_path / "d.h5")
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(4)
    with h5py.File(path, "r", locking=locking) as file:
        assert_same(HDF5Matrix(path, "x")[:], file["x"][:])
    matrix = HDF5Matrix(path, "x")
    with h5py.File(path, "r", locking=locking) as file:
        assert_same(matrix[:], file["x"][:])


def test_inspect_and_convert(tmp_path, capsys):
    def run(*arguments):
        code = main([*map(str, arguments)])
        return code, *capsys.readouterr()

    model = mlp()
    model.compile("adam", "mse")
    path = tmp_path / "a.h5"
    model.save(path)
    told = run("inspect", path)[1]
    for part in ("Keras 2.2.4 on tensorflow", "Sequential, 4 layers", "dense_1", "4x6",
                 "compiled: Adam", "custom objects needed: none", "data only"):
        assert part in told
    for target in ("b.keras", "b.json", "c.hdf5"):
        assert run("convert", path, tmp_path / target)[0] == 0
    assert run("convert", tmp_path / "b.json", tmp_path / "d.h5")[0] == 0
    for name in ("b.keras", "c.hdf5", "d.h5"):
        assert_same(load_model(tmp_path / name, compile=False).get_weights(), model.get_weights())
    own().save(tmp_path / "own.keras")
    assert "custom objects needed: swish, Scale" in run("inspect", tmp_path / "own.keras")[1]
    assert run("inspect", tmp_path / "b.json")[0] == 0
    model.save_weights(tmp_path / "w.h5")
    assert "weights only" in run("inspect", tmp_path / "w.h5")[1]
    for arguments in (["convert", path, tmp_path / "a.txt"], ["inspect", tmp_path / "none.h5"],
                      ["convert", tmp_path / "own.keras", tmp_path / "e.h5"]):
        code, _, error = run(*arguments)
        assert code == 1 and error.startswith("error: ")
