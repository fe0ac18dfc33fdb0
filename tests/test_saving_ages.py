"""Model files and configs of other ages and libraries: Keras 1, tf.keras, Keras 3."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest
from saved_models import (
    assert_same,
    data_for,
    fresh,  # noqa: F401
    mlp,
    names,
    rng,
)

from keras import layers as L
from keras.models import (
    Model,
    Sequential,
    load_model,
    model_from_config,
    model_from_json,
    model_from_yaml,
)
from keras.saving.errors import ModelFileError


def test_config_of_keras_1(tmp_path):
    entry = {"trainable": True, "W_regularizer": None, "W_constraint": {"name": "MaxNorm", "m": 2,
                                                                        "axis": 0}}
    config = {"class_name": "Sequential", "keras_version": "1.2.2", "config": [
        {"class_name": "Convolution2D", "config": {
            **entry, "name": "c", "batch_input_shape": [None, 6, 6, 2], "nb_filter": 3,
            "nb_row": 2, "nb_col": 3, "subsample": [1, 2], "border_mode": "same", "bias": True,
            "dim_ordering": "tf", "init": "he_normal", "activation": "relu",
            "b_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.1}}},
        {"class_name": "BatchNormalization", "config": {"name": "b", "mode": 0, "axis": -1,
                                                        "beta_init": "zero", "epsilon": 1e-5}},
        {"class_name": "Dropout", "config": {"name": "d", "p": 0.25}},
        {"class_name": "Reshape", "config": {"name": "r", "target_shape": [6, 9]}},
        {"class_name": "LSTM", "config": {
            "name": "l", "output_dim": 4, "inner_activation": "sigmoid", "inner_init": "identity",
            "forget_bias_init": "one", "consume_less": "gpu", "dropout_W": 0.1, "dropout_U": 0.2,
            "input_dim": 9, "init": "uniform", "return_sequences": True}},
        {"class_name": "TimeDistributedDense", "config": {"name": "t", "output_dim": 3}},
    ]}
    model = model_from_json(json.dumps(config))
    conv, norm, drop, _, lstm, last = model.layers
    assert (conv.filters, conv.kernel_size, conv.strides) == (3, (2, 3), (1, 2))
    assert conv.kernel_constraint.max_value == 2 and norm.epsilon == 1e-5 and drop.rate == 0.25
    assert (lstm.units, lstm.dropout, lstm.recurrent_dropout, lstm.implementation) == (
        4, 0.1, 0.2, 2)
    assert isinstance(last, L.TimeDistributed) and model.output_shape == (None, 6, 3)


def test_merge_of_keras_1():
    def dense(name, source):
        return {"class_name": "Dense", "name": name, "inbound_nodes": [[[source, 0, 0]]],
                "config": {"name": name, "output_dim": 3}}

    for mode, cls in [("sum", L.Add), ("concat", L.Concatenate), ("ave", L.Average),
                      ("dot", L.Dot)]:
        config = {"class_name": "Model", "config": {"name": "m", "layers": [
            {"class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": {
                "name": "x", "batch_input_shape": [None, 4], "input_dtype": "float32"}},
            dense("a", "x"), dense("b", "x"),
            {"class_name": "Merge", "name": "m", "inbound_nodes": [[["a", 0, 0], ["b", 0, 0]]],
             "config": {"name": "m", "mode": mode, "concat_axis": -1, "dot_axes": -1,
                        "mode_type": "raw", "output_shape": None}}],
            "input_layers": [["x", 0, 0]], "output_layers": [["m", 0, 0]]}}
        assert isinstance(model_from_config(config).layers[-1], cls)


def test_config_of_tf_keras():
    policy = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
    config = {"class_name": "Functional", "keras_version": "2.9.0", "config": {
        "name": "model", "trainable": True, "layers": [
            {"class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": {
                "name": "x", "batch_input_shape": [None, 5, 4], "dtype": "float32",
                "sparse": False, "ragged": False}},
            {"class_name": "LSTM", "name": "l", "inbound_nodes": [[["x", 0, 0, {
                "mask": None, "training": None}]]], "config": {
                    "name": "l", "units": 3, "time_major": False, "dtype": policy,
                    "kernel_initializer": {"class_name": "GlorotUniform", "config": {
                        "seed": None}, "module": "keras.initializers", "registered_name": None},
                    "bias_regularizer": {"class_name": "L2", "config": {"l2": 0.5}}}},
            {"class_name": "BatchNormalization", "name": "b", "inbound_nodes": [["l", 0, 0, {}]],
             "config": {"name": "b", "axis": [1], "moving_variance_initializer": {
                 "class_name": "Ones", "config": {"dtype": "float32"}}, "synchronized": False}}],
        "input_layers": ["x", 0, 0], "output_layers": [["b", 0, 0]]}}
    model = model_from_json(json.dumps(config))
    assert isinstance(model, Model) and model.layers[2].axis == 1
    assert model.layers[1].dtype == "float32"
    config["config"]["layers"][1]["config"]["time_major"] = True
    with pytest.raises(ValueError, match="time_major"):
        model_from_json(json.dumps(config))


def test_yaml_of_keras_2():
    text = "class_name: Sequential\nconfig:\n- class_name: Dense\n  config:\n    units: 3\n" \
           "    batch_input_shape: !!python/tuple [null, 4]\n    name: !!python/unicode 'd'\n"
    assert model_from_yaml(text).layers[0].name == "d"


def test_optimizer_states_of_older_files(tmp_path):
    """Adam before Keras 2.1.3 had no vhats; other lists that do not fit give a warning."""
    model = mlp()
    model.compile("adam", "mse")
    xs, ys = data_for(model)
    model.train_on_batch(xs, ys)
    model.save(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as f:
        group = f["optimizer_weights"]
        group.attrs["weight_names"] = group.attrs["weight_names"][:13]
    again = load_model(tmp_path / "a.h5")
    assert_same(again.train_on_batch(xs, ys), model.train_on_batch(xs, ys))
    with h5py.File(tmp_path / "a.h5", "a") as f:
        group = f["optimizer_weights"]
        group.attrs["weight_names"] = group.attrs["weight_names"][:5]
    with pytest.warns(UserWarning, match="freshly initialized optimizer"):
        load_model(tmp_path / "a.h5")


def test_optimizer_states_sorted_by_name(tmp_path):
    """Keras up to 2.0.5 kept a state of each weight in the order of their names."""
    model = Sequential([L.Dense(3, input_dim=3, name="b"), L.Dense(3, name="a")])
    model.compile("adam", "mse")
    xs, ys = data_for(model)
    model.train_on_batch(xs, ys)
    model.save(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as f:
        f.attrs["keras_version"] = "2.0.5"
        attrs = f["optimizer_weights"].attrs
        count, *states = names(f["optimizer_weights"], "weight_names")[:9]
        # b/kernel, b/bias, a/kernel, a/bias -> a/bias, a/kernel, b/bias, b/kernel
        attrs["weight_names"] = np.array([count, *(kind[i] for kind in (states[:4], states[4:])
                                                   for i in (3, 2, 1, 0))], "S")
    again = load_model(tmp_path / "a.h5")
    assert_same(again.train_on_batch(xs, ys), model.train_on_batch(xs, ys))
    assert_same(again.get_weights(), model.get_weights())


def test_merged_models_of_keras_1(tmp_path):
    def line(name, n):
        return {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {
            "name": name, "output_dim": 3, "batch_input_shape": [None, n]}}]}

    config = {"class_name": "Sequential", "keras_version": "1.2.2", "config": [
        {"class_name": "Merge", "config": {
            "name": "m", "layers": [line("a", 4), line("b", 5)], "mode": "concat",
            "mode_type": "raw", "concat_axis": -1, "dot_axes": -1, "output_shape": None,
            "output_shape_type": "raw", "output_mask": None, "arguments": {}}},
        {"class_name": "Dense", "config": {"name": "c", "output_dim": 2}}]}
    with pytest.warns(UserWarning, match="`Merge` layer is deprecated"):
        model = model_from_json(json.dumps(config))
        model.save(tmp_path / "a.h5")
        again = load_model(tmp_path / "a.h5", compile=False)
    with h5py.File(tmp_path / "a.h5") as f:
        assert names(f["model_weights"], "layer_names") == ["a", "b", "c"]
    xs, _ = data_for(model)
    a, b, c, d, e, f = model.get_weights()
    wanted = np.concatenate([xs[0] @ a + b, xs[1] @ c + d], -1) @ e + f
    np.testing.assert_allclose(again.predict(xs), wanted, rtol=1e-5, atol=1e-6)
    config["config"][0]["config"]["mode"] = "lambda x: x"
    with pytest.raises(ValueError, match="has no layer in Keras 2"):
        model_from_json(json.dumps(config))


def test_config_of_keras_3(tmp_path):
    """An archive as Keras 3 writes one: modules, policies, calls with keras_history."""
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
              "registered_name": None}

    def tensor(name):
        return {"class_name": "__keras_tensor__", "config": {
            "shape": [None, 4], "dtype": "float32", "keras_history": [name, 0, 0]}}

    def layer(kind, name, *inputs, **config):
        calls = [{"args": [list(inputs)] if len(inputs) > 1 else list(inputs), "kwargs": {}}]
        return {"module": "keras.layers", "class_name": kind, "registered_name": None,
                "config": {"name": name, "trainable": True, "dtype": policy, **config},
                "name": name, "inbound_nodes": calls if inputs else []}

    start = {"module": "keras.initializers", "class_name": "GlorotUniform",
             "config": {"seed": None}, "registered_name": None}
    layers = [layer("InputLayer", "x", batch_shape=[None, 4], ragged=False, sparse=False),
              layer("Dense", "a", tensor("x"), units=4, activation="relu", use_bias=True,
                    kernel_initializer=start, quantization_config=None),
              layer("Add", "b", tensor("x"), tensor("a"))]
    config = {"module": "keras.src.models.functional", "class_name": "Functional",
              "registered_name": "Functional", "config": {
                  "name": "f", "trainable": True, "layers": layers, "input_layers": ["x", 0, 0],
                  "output_layers": ["b", 0, 0]}}
    buffer = io.BytesIO()
    kernel = rng.normal(size=(4, 4)).astype("float32")
    with h5py.File(buffer, "w") as f:
        f["layers/dense/vars/0"], f["layers/dense/vars/1"] = kernel, np.ones(4, "float32")
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "a.keras", "w", packing) as z:
            z.writestr("config.json", json.dumps(config))
            z.writestr("metadata.json", json.dumps({"keras_version": "3.5.0"}))
            z.writestr("model.weights.h5", buffer.getvalue())
        x = rng.normal(size=(3, 4)).astype("float32")
        found = load_model(tmp_path / "a.keras", compile=False).predict(x)
        np.testing.assert_allclose(found, x + np.maximum(x @ kernel + 1, 0), rtol=1e-5, atol=1e-6)
    config["config"]["layers"][1]["config"]["activation"] = "hard_sigmoid"
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as z:
        z.writestr("config.json", json.dumps(config))
        z.writestr("model.weights.h5", buffer.getvalue())
    with pytest.raises(ModelFileError, match="Keras 3's hard_sigmoid"):
        load_model(tmp_path / "a.keras", compile=False)
