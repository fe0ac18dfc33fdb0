"""Models as files of ONNX, which other runtimes read (needs the extra `onnx`)."""
import os

from .reader import checked_path
from .writer import may_write, replacing


def _library():
    try:
        from ..backend import onnx
    except ImportError as error:
        raise ImportError(f"ONNX files need the packages onnx and onnxruntime, of which "
                          f"{error.name} is not here: pip install onnx onnxruntime.") from error
    return onnx


def export_onnx(model, filepath, overwrite=True):
    """Write what a model predicts as a file of ONNX, opset 18. No training goes into it.

    Inputs and outputs have the names of the model's; the number of samples is free unless the
    model fixes it. States of stateful layers become further inputs, and outputs with their new
    values. Above 2 GB the weights stand in a second file, `filepath` with `.data` behind.

    Arguments
        model: Model that is built.
        filepath: path.
        overwrite: whether to replace a file of that name without asking.

    Raises
        NotImplementedError: naming the layer and the reason, where ONNX has no such operation.
    """
    library = _library()
    if not model.outputs:
        raise ValueError(f"export_onnx: {model.name} has no inputs and outputs yet; call it on "
                         f"data first, or give its first layer an input_shape.")
    if not may_write(filepath, overwrite):
        return
    filepath = os.path.realpath(os.fspath(filepath))
    data = f"{filepath}.data"
    found, arrays = library.proto(
        list(zip(model.input_names, model.inputs)), list(zip(model.output_names, model.outputs)),
        model.state_updates, os.path.basename(data))
    if arrays:
        with replacing(data) as new, open(new, "wb") as file:
            for array in arrays:
                array.tofile(file)
    with replacing(filepath) as new, open(new, "wb") as file:
        file.write(found.SerializeToString())


def load_onnx(filepath):
    """A model from a file of ONNX, of `export_onnx` or another program's, run by ONNX Runtime.

    Arguments
        filepath: path.

    Returns
        object with `predict(x, batch_size=32)`, `reset_states()`, `input_names`, `output_names`.
    """
    return _library().OnnxModel(checked_path(filepath))
