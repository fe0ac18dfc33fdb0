"""Runs the keras-js cases, input -> output pairs that the real Keras computed, on our layers.

    python scripts/check_fixtures.py FOLDER [-v]

FOLDER holds keras-js' *.json (its MANIFEST.json describes them). Prints `N passed, M failed, K
skipped (reasons)`; -v lists what failed and what was skipped. The exit status is 1 after failures.
"""

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np

import keras
from keras import backend as K
from keras import layers
from keras.network import Network

TOLERANCE = 1e-4
"""Absolute and relative: inputs and weights are rounded to six decimals."""
CONTRADICTORY = {"keras1_convolutional convolutional.ZeroPadding1D.0":
                 "the case says padding=3, its output has padding 1",
                 "keras1_convolutional convolutional.UpSampling1D.0":
                 "the case says length=3 on 4x4, its data are length 2 on 3x5",
                 "keras1_convolutional convolutional.UpSampling2D.0":
                 "the case says dim_ordering='th', its output is that of 'tf'",
                 "keras1_convolutional convolutional.UpSampling3D.0":
                 "the case says dim_ordering='th', its output is that of 'tf'"}


class Skipped(Exception):
    """A case that cannot run yet; the reason is its text."""


def array(entry):
    return np.array(entry["data"], "float32").reshape(entry["shape"])


def made(entry, keras_1=False):
    """The layer of an entry; layers among its arguments are made too."""
    arguments = [made(a) if isinstance(a, dict) else a for a in entry.get("args", [])]
    options = {k: made(v) if isinstance(v, dict) and "class_name" in v else v
               for k, v in entry.get("kwargs", {}).items()}
    name = entry["class_name"]
    if not hasattr(layers, name):
        kinds = ("LSTM", "GRU", "RNN")
        raise Skipped("recurrent" if any(kind in name for kind in kinds) else f"no {name}")
    try:
        return getattr(layers, name)(*arguments, **options)
    except (TypeError, ValueError) as error:
        if keras_1:
            raise Skipped("Keras 1 spelling") from error
        raise


def network(graph, keras_1):
    """The network of a case."""
    tensors = {}
    for entry in graph["layers"]:
        if entry["class_name"] == "Input":
            shape = entry.get("batch_shape")
            tensors[entry["name"]] = layers.Input(
                batch_shape=shape and tuple(shape), shape=entry.get("shape"))
            continue
        layer = made(entry, keras_1)
        for names in entry["inbound"]:
            inputs = [tensors[name] for name in names]
            tensors[entry["name"]] = layer(inputs[0] if len(inputs) == 1 else inputs)
    return Network([tensors[name] for name in graph["inputs"]],
                   [tensors[name] for name in graph["outputs"]])


def computed(case):
    """What our layers make of the input of a case."""
    if "function" in case:
        function = getattr(keras.activations, case["function"].rpartition(".")[2])
        options = {name: float(v) for name, v in re.findall(r"(\w+)=([\d.]+)", case["note"])}
        return K.eval(function(K.constant(array(case["input"])[None]), **options))[0]
    net = network(case["graph"], case["keras"] == 1)
    weights = [array(w) for w in case.get("weights", [])]
    if [w.shape for w in weights] != [tuple(w.shape) for x in net.layers for w in x.weights]:
        raise Skipped("Keras 1 weights") if case["keras"] == 1 else AssertionError("weights differ")
    net.set_weights(weights)
    inputs = [case["input"]] if "input" in case else case["inputs"]
    inputs = list(inputs.values()) if isinstance(inputs, dict) else inputs
    updates = list(net.state_updates)
    run = K.function([*net.inputs, K.learning_phase()], net.outputs, updates)
    for _ in range(case.get("predict_calls", 1)):
        (output,) = run([*(array(x)[None] for x in inputs), 0])
    return output[0]


def outcome(case):
    """'passed', or why not."""
    if case["id"] in CONTRADICTORY:
        return f"skipped: {CONTRADICTORY[case['id']]}"
    try:
        got, want = computed(case), array(case["expected"])
    except Skipped as reason:
        return f"skipped: {reason}"
    except Exception as error:  # a case must not hide the others
        return f"failed: {type(error).__name__}: {error}"
    if got.shape != want.shape:
        return f"failed: shape {got.shape}, expected {want.shape}"
    if not np.allclose(got, want, TOLERANCE, TOLERANCE):
        return f"failed: off by {np.abs(got - want).max():.2g}"
    return "passed"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", action="store_true", help="list what failed and what was skipped")
    options = parser.parse_args()
    counts, reasons = Counter(), Counter()
    for path in sorted(options.folder.glob("keras*.json")):
        for name, case in json.loads(path.read_text()).items():
            case.update(id=f"{path.stem} {name}", keras=int(path.name[len("keras")]))
            result = outcome(case)
            kind, _, reason = result.partition(": ")
            counts[kind] += 1
            reasons[reason] += kind == "skipped"
            if options.v and result != "passed":
                print(f"{case['id']}: {result}")
    why = ", ".join(f"{n} {reason}" for reason, n in reasons.most_common() if n)
    print(f"{counts['passed']} passed, {counts['failed']} failed, "
          f"{counts['skipped']} skipped ({why})")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
