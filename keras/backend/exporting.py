"""Functions of the graph in files of an engine's library."""
import importlib

from .engines import backend


def saved_model(function, path, inputs, outputs):
    """Write a function in test phase as a SavedModel of TensorFlow.

    Arguments
        function: what `K.function` made.
        path: folder to write.
        inputs: list of names, those of its inputs in the signature.
        outputs: list of names, likewise.

    Raises
        NotImplementedError: on other engines than tensorflow.
    """
    if backend() != "tensorflow":
        raise NotImplementedError(
            f"A SavedModel is written by the engine tensorflow; this is {backend()}. Save the "
            f"model, load it with KERAS_BACKEND=tensorflow, and export it there.")
    importlib.import_module("keras.backend.tensorflow.export").saved_model(
        function, path, inputs, outputs)
