"""Model files that real Kerases wrote: each one loads, and predicts what is known of it."""

import json
import re
import warnings

import h5py
import numpy as np

from keras import backend as K
from keras import layers
from keras.models import Model, Sequential, load_model, model_from_json
from keras.utils import conv_utils

WORDS = r"[_-]?(architecture|arch|topology|config|model|weights)$"
"""What a file's name says of its part in a family: an architecture, or weights for one."""


# What users' programs of that time defined themselves


class Bias(layers.Layer):
    """A vector that is added."""

    def build(self, input_shape):
        self.bias = self.add_weight("bias", (input_shape[1],))
        super().build(input_shape)

    def call(self, x):
        return x + self.bias


class Attention(layers.Layer):
    """The mean over time, weighted by a softmax of a projection."""

    def build(self, input_shape):
        self.w = self.add_weight("w", (input_shape[2], 1))
        super().build(input_shape)

    def call(self, x):
        scores = K.exp(K.squeeze(K.dot(x, self.w), -1))
        return K.sum(x * K.expand_dims(scores / K.sum(scores, 1, keepdims=True)), 1)


def attention_model(words, width, units):
    """Two LSTMs, one on the other, and attention to all of it."""
    x = layers.Input((None,), name="input")
    embedded = layers.Embedding(words, width, name="embedding")(x)
    options = {"return_sequences": True, "recurrent_activation": "sigmoid"}
    first = layers.LSTM(units, name="rnn_1", **options)(embedded)
    second = layers.LSTM(units, name="rnn_2", **options)(first)
    joined = layers.concatenate([embedded, first, second], name="rnn_concat")
    seen = Attention(name="attention")(joined)
    return Model(x, layers.Dense(words, activation="softmax", name="output")(seen))


class Bag(layers.Layer):
    """Weights of given shapes, for files whose program is not known."""

    def __init__(self, shapes, **kwargs):
        super().__init__(**kwargs)
        self.shapes = shapes

    def build(self, input_shape):
        for i, shape in enumerate(self.shapes):
            self.add_weight(f"w{i}", shape)
        super().build(input_shape)

    def call(self, x):
        return x


OWN = {"Bias": Bias}


# The folder


class Files:
    """A folder of model files with its manifest."""

    def __init__(self, folder):
        self.folder = folder
        rows = json.loads((folder / "MANIFEST.json").read_text())["rows"]
        self.rows = [row for row in rows if row["file"].endswith((".h5", ".hdf5", ".json"))
                     and not re.search("layer graph|inputs.and.outputs", row["what"])]
        self.families = {}
        for row in self.rows:
            self.families.setdefault(family(row["file"]), []).append(row["file"])

    def architecture_for(self, row):
        """The text of the architecture that belongs to a file of weights; None if there is none."""
        others = [name for name in self.families[family(row["file"])] if name != row["file"]]
        for name in others:
            if name.endswith(".json"):
                return architecture(self.folder / name)
        for name in others:
            with h5py.File(self.folder / name) as file:
                if "model_config" in file.attrs:
                    return text(file.attrs["model_config"])
        return None

    def outcome(self, row):
        """'passed', or why not."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.check(row)
        except Exception as error:  # a file must not hide the others
            return f"failed: {type(error).__name__}: {error}"
        return "passed"

    def check(self, row):
        path = self.folder / row["file"]
        if path.suffix == ".json":
            text = architecture(path)
            again = model_from_json(text, OWN).to_json()
            assert model_from_json(again, OWN).to_json() == again
            return
        if row.get("full_model"):
            model = load(path)
        else:
            model = self.with_weights(row, path)
        assert all(np.isfinite(w).all() for w in model.get_weights())
        self.compare(row, model)

    def with_weights(self, row, path):
        """The model of a file of weights, filled."""
        found = self.architecture_for(row)
        if found is not None:
            model = model_from_json(found, OWN)
        elif "graph" in row:
            model = attention_model(465, 100, 128)
        else:
            return bag(path)
        model.load_weights(str(path), by_name="graph" in row)
        return model

    def compare(self, row, model):
        expected = row.get("expected")
        if expected is None:
            xs = [np.zeros([2, *(n or 4 for n in K.int_shape(x)[1:])], K.dtype(x))
                  for x in model.inputs]
            assert all(np.isfinite(y).all() for y in listed(model.predict(xs)))
            return
        path = self.folder / expected["file"]
        with np.load(path) if path.suffix == ".npz" else h5py.File(path) as known:
            xs, wanted = known_pairs(known)
        absolute = float(re.search(r"abs (\S+)", row["tolerance"])[1])
        if row.get("backend") == "theano" and expected["kind"] == "peer":
            turn_kernels(model)  # the second opinion did not turn them
        for y, want in zip(listed(model.predict(xs)), wanted, strict=True):
            largest = np.abs(want).max() if "relative" in row["tolerance"] else 1
            worst = np.abs(y - want).max()
            assert y.shape == want.shape and worst <= absolute * largest, f"off by {worst:.2g}"


def family(name):
    """What the files of one model have in common in their names."""
    return re.sub(WORDS, "", name.rpartition(".")[0])


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def architecture(path):
    """The text of a model's architecture; some programs wrapped it in theirs."""
    text = path.read_text()
    inner = json.loads(text).get("keras_model")
    return text if inner is None else inner


def listed(x):
    return x if isinstance(x, list) else [x]


def load(path):
    """The model in a file; Lambda layers, whose code is refused, double their input."""
    with h5py.File(path) as file:
        config = json.loads(text(file.attrs["model_config"]))
    entries = config["config"] if isinstance(config["config"], list) else config["config"]["layers"]
    code = [one["config"]["name"] for one in entries if one["class_name"] == "Lambda"]
    if code:
        try:
            load_model(str(path))
        except ValueError as error:
            assert code[0] in str(error)
        else:
            raise AssertionError("code of a file was taken")
    model = load_model(str(path), {**OWN, **dict.fromkeys(code, lambda x: 2 * x)})
    again = model_from_json(model.to_json(), {**OWN, **dict.fromkeys(code, lambda x: 2 * x)})
    again.set_weights(model.get_weights())
    return model


def bag(path):
    """A model of nothing but the arrays in a file of weights, filled from it; and compared."""
    with h5py.File(path) as file:
        arrays = {text(name): [file[name][w][()] for w in file[name].attrs["weight_names"]]
                  for name in file.attrs["layer_names"]}
    model = Sequential([layers.InputLayer((2,)), *(
        Bag([w.shape for w in arrays[name]], name=name) for name in arrays)])
    for by_name in (False, True):
        model.set_weights([np.zeros_like(w) for w in model.get_weights()])
        model.load_weights(str(path), by_name=by_name)
        for w, want in zip(model.get_weights(), sum(arrays.values(), []), strict=True):
            np.testing.assert_array_equal(w, want)
    return model


def known_pairs(known):
    """(inputs, outputs) of a file of known numbers."""
    if "in_0" in known:
        return ([known[f"in_{i}"] for i in range(9) if f"in_{i}" in known],
                [known[f"out_{i}"] for i in range(9) if f"out_{i}" in known])
    if "input" in known:
        return [known["input"]], [known["output"]]
    return tuple([known[group][name][()] for name in json.loads(known.attrs[names])[names]]
                 for group, names in (("inputs", "inputs"), ("predictions", "outputs")))


def turn_kernels(model):
    for layer in model.layers:
        weights = layer.get_weights()
        if layer.__class__.__name__ in ("Conv1D", "Conv2D"):
            layer.set_weights([conv_utils.convert_kernel(weights[0]), *weights[1:]])


def turned_pairs(files):
    """(name, outcome) of each pair of files that hold one network for Theano and for others."""
    rows = [row for row in files.rows if "pair_check" in row]
    for first, second in zip(rows[::2], rows[1::2]):
        wanted = first["pair_check"]["relation_tf_vs_theano"]
        bags = [bag(files.folder / row["file"]) for row in (first, second)]
        found = {"flip": 0, "equal": 0}
        for a, b in zip(*(model.get_weights() for model in bags)):
            if np.allclose(a, b, atol=1e-6):
                found["equal"] += 1
            elif np.allclose(conv_utils.convert_kernel(a.transpose(2, 3, 1, 0)),
                             b.transpose(2, 3, 1, 0), atol=1e-6):
                found["flip"] += 1
        name = f"{first['file']} and {second['file']}"
        yield name, "passed" if found == wanted else f"failed: {found}, expected {wanted}"


def outcomes(folder):
    """(name, outcome) of every model file in the folder."""
    files = Files(folder)
    for row in files.rows:
        yield row["file"], files.outcome(row)
        K.clear_session()
    yield from turned_pairs(files)
