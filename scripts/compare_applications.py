"""Do our architectures and tf_keras' compute the same with the same weights, both ways?

    KERAS_PEERS=PYTHON python scripts/compare_applications.py
    KERAS_PEERS=PYTHON python scripts/compare_applications.py MobileNet VGG16

PYTHON has tf_keras and TensorFlow. For each architecture one side draws weights, saves them with
`save_weights` and predicts; the other loads the file and must predict the same to 1e-4. Exit
status 1 if one does not. About ten minutes and 8 GB for all.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

NAMES = ["DenseNet121", "DenseNet169", "DenseNet201", "InceptionResNetV2", "InceptionV3",
         "MobileNet", "MobileNetV2", "NASNetLarge", "NASNetMobile", "ResNet50", "VGG16", "VGG19",
         "Xception"]
TOLERANCE = 1e-4
SPREAD = 2.  # of the logits, so that the probabilities tell something


def images(name):
    size = {"NASNetLarge": 331}.get(name, 299 if name in (
        "InceptionResNetV2", "InceptionV3", "Xception") else 224)
    return np.random.RandomState(0).rand(2, size, size, 3).astype("float32") * 2 - 1


def drawn(weight, shape, random):
    """A value for a weight that keeps activations about as large as they are."""
    if "variance" in weight or "gamma" in weight:
        return random.uniform(0.8, 1.2, shape)
    if len(shape) == 1:
        return random.normal(0, 0.05, shape)
    fan_in = shape[0] * shape[1] if "depthwise" in weight else np.prod(shape[:-1])
    return random.normal(0, fan_in ** -0.5, shape)


def draw_weights(model, x):
    """Give a model weights at random; the last layer's such that the logits differ by SPREAD."""
    random = np.random.RandomState(1)
    for layer in model.layers:
        layer.set_weights([drawn(w.name, value.shape, random)
                           for w, value in zip(layer.weights, layer.get_weights())])
    last = [layer for layer in model.layers if layer.weights][-1]
    values = last.get_weights()
    last.set_weights([1e-3 * value for value in values])
    for _ in range(2):
        spread = np.log(model.predict(x, verbose=0).astype("float64")).std()
        last.set_weights([SPREAD / spread * value for value in last.get_weights()])


def renamed(model):
    """tf_keras' ResNet50 has other names and another order; give its layers those of 2016."""
    for layer in model.layers:
        name = {"conv1_conv": "conv1", "conv1_bn": "bn_conv1", "predictions": "fc1000"}.get(
            layer.name, layer.name)
        if found := re.fullmatch(r"conv(\d)_block(\d)_(\d)_(conv|bn)", layer.name):
            stage, block, part, kind = found.groups()
            branch = "1" if part == "0" else "2" + "abc"[int(part) - 1]
            name = f"{'res' if kind == 'conv' else 'bn'}{stage}{'abcdef'[int(block) - 1]}" \
                   f"_branch{branch}"
        layer._name = name


def built(name, module):
    if module == "keras":
        from keras import applications
        return getattr(applications, name)(weights=None)
    from tf_keras import applications
    model = getattr(applications, name)(weights=None)
    if name == "ResNet50":
        renamed(model)
        for layer in model.layers:
            if type(layer).__name__ == "BatchNormalization":
                layer.epsilon = 1e-3  # Keras 2's default; tf_keras took another one later
    return model


def side(module, name, task, folder):
    """What one side does: `draw` weights, save and predict, or `load` and predict."""
    model, x = built(name, module), images(name)
    path = os.path.join(folder, "weights.h5")
    if task == "draw":
        draw_weights(model, x)
        model.save_weights(path)
    else:
        model.load_weights(path, by_name=name == "ResNet50")
    np.save(os.path.join(folder, f"{task}.npy"), model.predict(x, verbose=0))
    print(json.dumps(len(model.get_weights())))


def run(python, module, name, task, folder):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if module == "keras":
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    else:
        environment.pop("PYTHONPATH", None)
    subprocess.run([python, __file__, "--side", module, name, task, folder], env=environment,
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def difference(name, first, second):
    """(largest difference, largest probability) where `first` draws and `second` loads."""
    with tempfile.TemporaryDirectory() as folder:
        run(*first, name, "draw", folder)
        run(*second, name, "load", folder)
        want, got = (np.load(os.path.join(folder, f"{task}.npy")) for task in ("draw", "load"))
    return np.abs(want - got).max(), want.max()


def main(names):
    peers = os.environ.get("KERAS_PEERS")
    if not peers:
        sys.exit("KERAS_PEERS is to name a python that has tf_keras and TensorFlow.")
    ours, theirs = (sys.executable, "keras"), (peers, "tf_keras")
    failed = False
    for name in names or NAMES:
        for pair, what in (((ours, theirs), "ours -> tf_keras"),
                           ((theirs, ours), "tf_keras -> ours")):
            try:
                off, largest = difference(name, *pair)
            except subprocess.CalledProcessError as error:
                print(f"{name:18} {what:17} FAILED\n{error.stderr[-2000:]}", flush=True)
                failed = True
                continue
            good = off <= TOLERANCE
            failed |= not good
            print(f"{name:18} {what:17} {'same' if good else 'DIFFERENT'}: largest difference "
                  f"{off:.1e}, largest probability {largest:.3f}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        side(*sys.argv[2:])
    else:
        main(sys.argv[1:])
