"""What is in a model file, told without running anything of it."""
import json
import os

import numpy as np

from . import configs
from .ages import modernized
from .errors import ConfigError, ModelFileError
from .keras3 import WEIGHTS, Archive, is_zip
from .reader import SafeH5, checked_path
from .weights import layer_names, weights_group

SHOWN = 60


def report(path):
    """The lines that tell what a model file holds.

    Arguments
        path: of an .h5, .keras or .json file.

    Returns
        list of strings.
    """
    path = checked_path(path)
    lines = [f"{path}: {os.path.getsize(path):,} bytes"]
    if is_zip(path):
        return lines + _of_archive(path)
    with open(path, "rb") as file:
        start = file.read(1)
    if start in (b"{", b"["):
        with open(path, encoding="utf-8") as file:
            config = configs.from_json(file.read(), path)
        return [*lines, "JSON: an architecture", *_architecture(config, {}, {}, path)]
    with SafeH5(path) as file:
        return lines + _of_h5(file)


def _of_archive(path):
    with Archive(path) as archive:
        metadata = archive.text("metadata.json") if "metadata.json" in archive.names else {}
        lines = [f"Keras 3 archive, written by Keras {str(metadata.get('keras_version'))[:40]}"]
        config = archive.text("config.json")
        training = config.get("compile_config") or {}
        lines += _architecture(config, {}, training if isinstance(training, dict) else {})
        with archive.weights() as file:
            found = list(datasets(file.root))
            lines.append(f"{WEIGHTS}: {_total(found)}")
        return lines


def _of_h5(file):
    root = file.root
    text = root.attribute("model_config")
    kind = "a model" if isinstance(text, str) else "weights only"
    group = weights_group(root)
    version = root.attribute("keras_version") or group.attribute("keras_version")
    backend = root.attribute("backend") or group.attribute("backend")
    lines = [f"HDF5: {kind}, written by Keras {version or '1 (not said)'} on "
             f"{backend or 'a backend that is not said'}"]
    shapes = {}
    for name in layer_names(group):
        own = group.subgroup(name)
        shapes[name] = [own.dataset(one) for one in own.names("weight_names") or ()]
    if isinstance(text, str):
        training = root.attribute("training_config")
        training = configs.from_json(training, "training_config") if training else {}
        config = configs.from_json(text, "model_config")
        lines += _architecture(config, shapes, training if isinstance(training, dict) else {})
    else:
        lines += [_row(name, "", shapes) for name in shapes]
    lines.append(f"weights: {_total([d for data in shapes.values() for d in data])}")
    if "optimizer_weights" in root:
        states = root.subgroup("optimizer_weights").names("weight_names") or []
        lines.append(f"optimizer states: {len(states)} arrays")
    return lines


def datasets(group, depth=0):
    """All data sets below a SafeGroup, links followed nowhere."""
    for name in group.keys() if depth < 50 else ():
        try:
            yield from datasets(group.subgroup(name), depth + 1)
        except ModelFileError as error:
            if "no group" not in str(error):
                raise
            yield group.dataset(name)


def _total(found):
    count = sum(int(np.prod(d.shape, dtype=object)) for d in found)
    return f"{len(found)} arrays, {count:,} numbers, {sum(d.nbytes for d in found):,} bytes"


def _row(name, kind, shapes):
    own = ", ".join("x".join(map(str, d.shape)) or "scalar" for d in shapes.get(name, ())[:8])
    return f"  {name[:SHOWN]:32} {kind[:SHOWN]:24} {own}"


def _architecture(config, shapes, training, label="the config"):
    name, inner = configs.envelope(config, label)
    try:
        config = modernized({"class_name": name, "config": inner})
    except (ConfigError, ValueError) as error:
        return [f"architecture: {name[:SHOWN]}, which does not load: {error}"]
    entries = list(configs.layer_entries(config))[1:]
    lines = [f"architecture: {name[:SHOWN]}, {len(entries)} layers"]
    for entry in entries:
        inner = entry["config"] if isinstance(entry["config"], dict) else {}
        lines.append(_row(str(inner.get("name")), str(entry["class_name"]), shapes))
    optimizer = training.get("optimizer_config") or training.get("optimizer")
    if optimizer:
        label = optimizer.get("class_name") if isinstance(optimizer, dict) else optimizer
        loss = json.dumps(training.get("loss"))
        lines.append(f"compiled: {str(label)[:SHOWN]}, loss {loss[:SHOWN]}")
    needed = configs.missing_names(config, training=training)
    lines.append("custom objects needed: " + (", ".join(n[:SHOWN] for n in needed) or "none"))
    return [*lines, _verdict(entries)]


def _verdict(entries):
    code = [str(entry["config"].get("name"))[:SHOWN] for entry in entries
            if entry["class_name"] == "Lambda" and isinstance(entry["config"], dict)
            and "lambda" in (entry["config"].get("function_type"),
                             entry["config"].get("output_shape_type"),
                             entry["config"].get("mask_type"))]
    if code:
        return (f"safety: holds Python byte code in {', '.join(code)}; load_model refuses it. Give "
                f"custom_objects={{{code[0]!r}: function}}, or build the model in code and "
                f"load_weights.")
    return "safety: data only; nothing in this file can run"
