"""Input -> output pairs of single layers and small graphs that the real Keras computed."""

import json
import re

import numpy as np

import keras
from keras import backend as K
from keras import layers
from keras.engine.saving import preprocess_weights_for_loading
from keras.network import Network

TOLERANCE = 1e-4
"""Absolute and relative: inputs and weights are rounded to six decimals."""
STORED_ORDER = {"Highway": (0, 2, 1, 3)}
"""Layers whose arrays the cases keep weight, bias, weight, bias; Keras has the weights first."""


class Skipped(Exception):
    """A case that has no meaning in Keras 2; the reason is its text."""


def array(entry):
    return np.array(entry["data"], "float32").reshape(entry["shape"])


def made(entry):
    """The layer of an entry; layers among its arguments are made too."""
    arguments = [made(a) if isinstance(a, dict) else a for a in entry.get("args", [])]
    options = {k: made(v) if isinstance(v, dict) and "class_name" in v else v
               for k, v in entry.get("kwargs", {}).items()}
    name = entry["class_name"]
    if name == "merge_function(Keras 1)":
        return lambda tensors: merged(tensors, options)
    if not hasattr(layers, name):
        raise Skipped(f"Keras 2 has no {name}")
    if name == "BatchNormalization" and options.get("mode"):
        raise Skipped("Keras 2's BatchNormalization has no modes 1 and 2")
    return getattr(layers, name)(*arguments, **options)


def merged(tensors, options):
    """The tensors, merged in the words of Keras 1."""
    if options["mode"] == "cos" and K.ndim(tensors[0]) > 2:
        raise Skipped("Keras 1's cosines of matrices are wrong: up to 8, with an axis too many")
    return layers.merge(tensors, **options)


def network(graph):
    """The network of a case."""
    tensors = {}
    for entry in graph["layers"]:
        if entry["class_name"] == "Input":
            shape = entry.get("batch_shape")
            tensors[entry["name"]] = layers.Input(
                batch_shape=shape and tuple(shape), shape=entry.get("shape"))
            continue
        layer = made(entry)
        for names in entry["inbound"]:
            inputs = [tensors[name] for name in names]
            tensors[entry["name"]] = layer(inputs[0] if len(inputs) == 1 else inputs)
    return Network([tensors[name] for name in graph["inputs"]],
                   [tensors[name] for name in graph["outputs"]])


def fill(net, arrays, keras_version):
    """Give the layers of a network their arrays as a file of that Keras would."""
    for layer in net.layers:
        count = len(layer.weights)
        own, arrays = arrays[:count], arrays[count:]
        order = STORED_ORDER.get(type(layer).__name__, ())
        own = [own[i] for i in order] if len(order) == count else own
        own = preprocess_weights_for_loading(layer, own, keras_version, "tensorflow")
        if [w.shape for w in own] != [K.int_shape(w) for w in layer.weights]:
            raise Skipped(f"the case contradicts itself: {layer.name} has weights of shape "
                          f"{[K.int_shape(w) for w in layer.weights]}, the case "
                          f"{[w.shape for w in own]}")
        layer.set_weights(own)
    if arrays:
        raise Skipped(f"the case contradicts itself: {len(arrays)} of its arrays have no place")


def activation(case):
    """What an activation of ours makes of the input of a case."""
    function = getattr(keras.activations, case["function"].rpartition(".")[2])
    options = {name: float(v) for name, v in re.findall(r"(\w+)=([\d.]+)", case["note"])}
    return K.eval(function(K.constant(array(case["input"])[None]), **options))[0]


def computed(case):
    """What our layers make of the input of a case."""
    if "function" in case:
        return activation(case)
    net = network(case["graph"])
    fill(net, [array(w) for w in case.get("weights", [])], str(case["keras"]))
    inputs = [case["input"]] if "input" in case else case["inputs"]
    inputs = [array(x) for x in (inputs.values() if isinstance(inputs, dict) else inputs)]
    declared = [K.int_shape(x)[1:] for x in net.inputs]
    if any(None not in shape and x.shape != shape for x, shape in zip(inputs, declared)):
        raise Skipped(f"the case contradicts itself: its graph takes {declared}, its data are "
                      f"{[x.shape for x in inputs]}")
    run = K.function([*net.inputs, K.learning_phase()], net.outputs, list(net.state_updates))
    for _ in range(case.get("predict_calls", 1)):
        (output,) = run([*(x[None] for x in inputs), 0])
    return output[0]


def outcome(case):
    """'passed', or why not."""
    try:
        got, want = computed(case), array(case["expected"])
    except Skipped as reason:
        return f"skipped: {reason}"
    except Exception as error:  # a case must not hide the others
        return f"failed: {type(error).__name__}: {error}"
    ordering = f"{case['graph']}" if "graph" in case else ""
    if got.shape != want.shape and "'th'" in ordering:
        return "skipped: the case contradicts itself: it says 'th', its output is that of 'tf'"
    if got.shape != want.shape:
        return f"failed: shape {got.shape}, expected {want.shape}"
    if not np.allclose(got, want, TOLERANCE, TOLERANCE):
        return f"failed: off by {np.abs(got - want).max():.2g}"
    return "passed"


def outcomes(folder):
    """(name, outcome) of every case in the folder's JSON files."""
    for path in sorted(folder.glob("keras*.json")):
        for name, case in json.loads(path.read_text()).items():
            case["keras"] = int(path.name[len("keras")])
            yield f"{path.stem} {name}", outcome(case)
            K.clear_session()
