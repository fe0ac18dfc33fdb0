"""A model file as one of another format."""
import os

from .errors import ModelFileError
from .models import load_model, model_from_json, save_model, suffix
from .onnx import export_onnx
from .writer import replacing


def weights_beside(path):
    """Where the weights of an architecture in a JSON file lie."""
    return f"{os.path.splitext(path)[0]}.weights.h5"


def convert(source, target, weights=None):
    """Write the model in one file as another.

    Arguments
        source: .h5, .keras, or .json with the weights in `<name>.weights.h5` beside it.
        target: .h5 or .hdf5, .keras; .json, with the weights beside it; .weights.h5 or
            .safetensors for the weights alone; .onnx for what the model predicts.
        weights: file of weights for an architecture in JSON.

    Returns
        list of the paths written.
    """
    model = _model(source, weights)
    kind = suffix(target)
    if kind == ".json":
        with replacing(target) as new, open(new, "w", encoding="utf-8") as file:
            file.write(model.to_json())
        model.save_weights(weights_beside(target))
        return [target, weights_beside(target)]
    if kind == ".safetensors" or target.endswith(".weights.h5"):
        model.save_weights(target)
    elif kind in (".h5", ".hdf5", ".keras"):
        save_model(model, target)
    elif kind == ".onnx":
        export_onnx(model, target)
    else:
        raise ModelFileError(f"{target!r}: the format is told by the suffix: .h5, .hdf5, .keras, "
                             f".json, .weights.h5, .safetensors or .onnx.")
    return [target]


def _model(source, weights):
    if suffix(source) != ".json":
        return load_model(source)
    with open(source, encoding="utf-8") as file:
        model = model_from_json(file.read())
    beside = weights or weights_beside(source)
    if not os.path.exists(beside):
        raise ModelFileError(f"{source!r} is an architecture; its weights are not at {beside!r}. "
                             f"Say where: --weights FILE.")
    model.load_weights(beside)
    return model
