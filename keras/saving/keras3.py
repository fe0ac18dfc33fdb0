"""Keras 3's `.keras` files: a zip archive of config.json, metadata.json and model.weights.h5.

Weights lie there under paths made of the classes' names, `layers/dense_1/vars/0`, counted within a
model. We read the layers that we have, and write the same.
"""
import datetime
import io
import json
import os
import re
import shutil
import tempfile
import warnings
import zipfile
import zlib

from .. import backend as K
from ..registry import get_custom_objects
from . import configs
from .building import built, compiled
from .errors import ModelFileError
from .reader import SafeH5, checked_path
from .slots import write_optimizer
from .state import STREAMS, streams
from .training import resume_optimizer, training_config
from .writer import replacing

RATIO = 200  # of unpacked to packed size: JSON reaches 20
TEXT_BYTES = 1 << 28
MEMBERS = 1000
VERSION = "3.0.0"
WEIGHTS = "model.weights.h5"
DAMAGE = (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError)


def is_zip(path):
    """Whether a file begins as zip archives do."""
    with open(path, "rb") as file:
        return file.read(4) == b"PK\x03\x04"


# The archive


class Archive:
    """A `.keras` file, for reading: members are checked before they are unpacked."""

    def __init__(self, path):
        self.path = checked_path(path)
        self.label = repr(self.path)
        try:
            self.zip = zipfile.ZipFile(self.path)
        except DAMAGE as error:
            size = os.path.getsize(self.path)
            raise ModelFileError(f"{self.label} ({size} bytes) is a damaged or truncated zip "
                                 f"archive: {error}. Download or copy it again.") from error
        names = self.zip.namelist()
        if len(names) > MEMBERS or len(set(names)) != len(names):
            raise ModelFileError(f"{self.label} has too many members, or two of one name.")
        self.names = set(names)
        self.opened = [self.zip]

    def member(self, name):
        """The entry of a member that may be read."""
        if name not in self.names:
            raise ModelFileError(f"{self.label} has no {name}: it is no Keras 3 model.")
        info = self.zip.getinfo(name)
        if info.file_size > RATIO * max(info.compress_size, 1) or info.flag_bits & 1:
            raise ModelFileError(f"{self.label}: {name} claims {info.file_size} bytes out of "
                                 f"{info.compress_size}, or is encrypted: refused.")
        return info

    def text(self, name):
        """The JSON of a member as plain data."""
        info = self.member(name)
        if info.file_size > TEXT_BYTES:
            raise ModelFileError(f"{self.label}: {name} has {info.file_size} bytes: too large.")
        return configs.from_json(self._read(info), f"{self.label}: {name}")

    def _read(self, info):
        try:
            with self.zip.open(info) as file:
                data = file.read(info.file_size + 1)
        except DAMAGE as error:
            raise ModelFileError(f"{self.label}: {info.filename} is damaged: {error}.") from error
        if len(data) != info.file_size:
            raise ModelFileError(f"{self.label}: {info.filename} is longer than it claims.")
        return data

    def weights(self):
        """The SafeH5 of the weights."""
        info = self.member(WEIGHTS)
        try:
            if info.compress_type == zipfile.ZIP_STORED:
                source = self.zip.open(info)  # seeks in the file itself
                self.opened.insert(0, source)
            else:
                source = io.BytesIO(self._read(info))
            return SafeH5(source, label=f"{self.label}: {WEIGHTS}", damage=zipfile.BadZipFile)
        except DAMAGE as error:
            raise ModelFileError(f"{self.label}: {WEIGHTS} is damaged: {error}.") from error

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for one in self.opened:
            one.close()


# Where weights lie


def parts(layer, path):
    """[(path, weights)] of a layer and of what is inside it."""
    if hasattr(layer, "get_layer"):
        return network_parts(layer, f"{path}/")
    for names in (("forward_layer", "backward_layer"), ("cell",), ("layer",)):
        inner = [getattr(layer, name, None) for name in names]
        if all(hasattr(one, "weights") for one in inner):
            return [pair for name, one in zip(names, inner)
                    for pair in parts(one, f"{path}/{name}")]
    cells = getattr(layer, "cells", None)
    if isinstance(cells, (list, tuple)):
        return _counted(cells, f"{path}/cells")
    own = [*getattr(layer, "_trainable_weights", ()), *getattr(layer, "_non_trainable_weights", ())]
    return [(f"{path}/vars", own)] if own else []


def network_parts(network, path=""):
    """[(path, weights)] of all layers of a model."""
    return _counted(network.layers, f"{path}layers")


def _counted(layers, path):
    used, found = {}, []
    for layer in layers:
        name = keras_3_class(layer)
        stem = snake_case(name)
        n = used[stem] = used.get(stem, -1) + 1
        found += parts(layer, f"{path}/{stem}_{n}" if n else f"{path}/{stem}")
    return found


def snake_case(name):
    """`ConvLSTM2D` -> `conv_lstm2d`, as Keras 3 does it; Keras 2 has `conv_lst_m2d`."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def keras_3_class(layer):
    """The name of a layer's class in Keras 3."""
    name = type(layer).__name__
    return "Functional" if name == "Model" else name


# Reading


def read_keras(path, custom_objects=None, compile=True, safe_mode=True):
    """The model in a `.keras` file; arguments as for `load_model`."""
    with Archive(path) as archive:
        config = archive.text("config.json")
        metadata = archive.text("metadata.json") if "metadata.json" in archive.names else {}
        own = isinstance(metadata, dict) and metadata.get("written_by") == "keras-classic"
        if not own and _uses_other_function(config) and OTHER_FUNCTION not in {
                **get_custom_objects(), **(custom_objects or {})}:
            raise ModelFileError(
                f"{archive.label} uses Keras 3's hard_sigmoid, which is another function than "
                f"Keras 2's. Pass it: custom_objects={{'hard_sigmoid': lambda x: "
                f"K.relu(x + 3, max_value=6) / 6}}.")
        training = config.get("compile_config") if isinstance(config, dict) else None
        training = _training(training) if compile and isinstance(training, dict) else None
        model = built(config, custom_objects, safe_mode, archive.label, training)
        with archive.weights() as file:
            fill(model, file)
            if training is None:
                if compile:
                    warnings.warn("No training configuration found in save file: the model was "
                                  "*not* compiled. Compile it manually.", stacklevel=4)
            elif compiled(model, training, custom_objects, archive.label):
                _resume(model, file.root)
        return model


def _training(config):
    """Keras 3's compile_config in the words of Keras 2; None if it names no loss."""
    if not config.get("loss") or not config.get("optimizer"):
        return None
    optimizer = config["optimizer"]
    if isinstance(optimizer, str):
        optimizer = {"class_name": optimizer, "config": {}}
    return {**{key: config.get(key) for key in ("loss", "loss_weights", "metrics",
                                                "weighted_metrics")},
            "optimizer_config": optimizer}


def fill(model, file):
    """Set the weights of a model from an open weights file of Keras 3."""
    wanted = []
    for path, weights in network_parts(model):
        if path.rsplit("/", 1)[0] and path not in file.root:
            raise file.refuse(f"{path!r:.200}", f"is missing: the file has other layers than "
                                                f"{model.name}.")
        group = file.root.subgroup(path)
        data = [group.dataset(str(i)) for i in range(len(group.keys()))]
        shapes, own = [d.shape for d in data], [tuple(K.int_shape(w)) for w in weights]
        if shapes != own:
            raise file.refuse(f"{path!r:.200}", f"has the shapes {shapes}; the layer has {own}.")
        wanted += zip(weights, data)
    for w, d in wanted:
        d.read_into(w)


def _resume(model, root):
    """The optimizer's states, where we wrote them; Keras 3's own are laid out otherwise."""
    resume_optimizer(model, root)
    if "optimizer" in root:
        warnings.warn("the states of Keras 3's optimizer are not taken over: training begins with "
                      "a fresh one.", stacklevel=5)


def read_keras_weights(path, model):
    """Set the weights of a model from a `.keras` file."""
    with Archive(path) as archive, archive.weights() as file:
        fill(model, file)


# Writing


def write_keras(path, model, include_optimizer=True):
    """Save a model as a `.keras` file."""
    import h5py
    config = keras_3_entry(model)
    optimizer = include_optimizer and model.optimizer
    if optimizer:
        training = json.loads(configs.json_text(training_config(model)))
        config["compile_config"] = {
            **{k: v for k, v in training.items() if k not in ("optimizer_config",
                                                              "sample_weight_mode")},
            "optimizer": {**_module("optimizers"), **training["optimizer_config"]}}
    if _uses_other_function(config):
        warnings.warn("this model uses hard_sigmoid, which is another function in Keras 3: it "
                      "loads here as it is, but predicts otherwise there.", stacklevel=4)
    metadata = {"keras_version": VERSION, "written_by": "keras-classic",
                "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")}
    with replacing(path) as new, zipfile.ZipFile(new, "w") as archive:
        archive.writestr("metadata.json", json.dumps(metadata))
        archive.writestr("config.json", configs.json_text(config))
        # HDF5 goes back in what it writes, an archive cannot: a file without a name in between.
        with tempfile.TemporaryFile(dir=os.path.dirname(new)) as weights:
            with h5py.File(weights, "w") as root:
                write_vars(root, model)
                if optimizer:
                    write_optimizer(root, model.optimizer)
                    root.attrs[STREAMS] = json.dumps(streams(model)).encode()
            weights.seek(0)
            with archive.open(WEIGHTS, "w", force_zip64=True) as member:
                shutil.copyfileobj(weights, member, 1 << 20)


def write_vars(root, model):
    """Store the weights of a model in an h5py group, in Keras 3's places."""
    for path, weights in network_parts(model):
        group = root.create_group(path)
        for i, w in enumerate(weights):
            group.create_dataset(str(i), data=K.value_view(w))


def _module(part):
    return {"module": f"keras.{part}", "registered_name": None}


MODULES = {"Functional": "src.models.functional", "Sequential": "models"}
OTHER_FUNCTION = "hard_sigmoid"  # Keras 3's is relu6(x + 3) / 6, ours clip(0.2 x + 0.5, 0, 1)


def _uses_other_function(config):
    return OTHER_FUNCTION in configs.strings(config)


def keras_3_entry(layer):
    """A layer or model as Keras 3 describes it."""
    config = json.loads(configs.json_text(layer.get_config()))
    return _entry(type(layer).__name__, config)


def _entry(name, config):
    name = "Functional" if name == "Model" else name
    return {**_module(MODULES.get(name, "layers")), "class_name": name,
            "config": _arguments(name, config)}


def _arguments(name, config):
    """A config with Keras 3's names, and Keras 3's form of what is inside."""
    config = dict(config)
    shape = config.pop("batch_input_shape", None)
    if name == "InputLayer":
        config["batch_shape"] = shape
    for key in ("layer", "cell"):
        if isinstance(config.get(key), dict):
            config[key] = _entry(config[key]["class_name"], config[key]["config"])
    if isinstance(config.get("cells"), list):
        config["cells"] = [_entry(one["class_name"], one["config"]) for one in config["cells"]]
    if name == "Functional":
        config = _graph(config)
    elif name == "Sequential":
        config["layers"] = _with_input(config["layers"], config.pop("build_input_shape", None))
    config.pop("implementation", None)
    if not config.get("reverse_state_order", True):
        del config["reverse_state_order"]
    return config


RECURRENT = ("RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM2D", "Bidirectional")


def _graph(config):
    """The config of a functional model with its calls in Keras 3's form. There a model's own node
    is not counted, but that of a functional one is, among the inputs and outputs."""
    lines = {one["name"] for one in config["layers"] if one["class_name"] == "Sequential"}
    nested = lines | {one["name"] for one in config["layers"] if one["class_name"] == "Model"}

    def place(own_node, name, index, number):
        return [name, index - (name in own_node), number]

    def tensor(history):
        return {"class_name": "__keras_tensor__", "config": {
            "shape": [None], "dtype": "float32", "keras_history": place(nested, *history[:3])}}

    def call(node, kind):
        first, *others = [tensor(history) for history in node]
        options = node[0][3] if len(node[0]) > 3 else {}
        if others and kind in RECURRENT:
            return {"args": [first], "kwargs": {**options, "initial_state": others}}
        return {"args": [[first, *others]] if others else [first], "kwargs": options}

    layers = [{**_entry(one["class_name"], one["config"]), "name": one["name"],
               "inbound_nodes": [call(node, one["class_name"]) for node in one["inbound_nodes"]]}
              for one in config["layers"]]
    return {**config, "layers": layers,
            **{key: [place(lines, *history) for history in config[key]]
               for key in ("input_layers", "output_layers")}}


def _with_input(layers, shape):
    """The layers of a Sequential with an InputLayer in front: Keras 3 takes the shape from it."""
    entries = [_entry(one["class_name"], one["config"]) for one in layers]
    first = layers[0]["config"] if layers and isinstance(layers[0]["config"], dict) else {}
    shape = first.get("batch_input_shape") or shape
    if shape and layers[0]["class_name"] != "InputLayer":
        dtype = "int32" if layers[0]["class_name"] == "Embedding" else first.get("dtype")
        entries.insert(0, _entry("InputLayer", {
            "batch_input_shape": shape, "dtype": dtype or "float32", "sparse": False,
            "name": f"{first.get('name')}_input"}))
    return entries
