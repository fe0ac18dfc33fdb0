"""A file of ONNX as a model that predicts, run by ONNX Runtime."""
import json

import numpy as np
import onnxruntime


class OnnxModel:
    """What `keras.load_onnx` returns.

    Attributes
        input_names, output_names: lists of strings, in the order of the file.
    """

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        self.session = onnxruntime.InferenceSession(
            path, options, providers=onnxruntime.get_available_providers())
        carried = self.session.get_modelmeta().custom_metadata_map.get("states", "{}")
        self.carried = json.loads(carried)  # name of an input -> that of the output, its new value
        self.inputs = [x for x in self.session.get_inputs() if x.name not in self.carried]
        self.input_names = [x.name for x in self.inputs]
        self.output_names = [y.name for y in self.session.get_outputs()
                             if y.name not in self.carried.values()]
        self.reset_states()

    def reset_states(self):
        """Set the states of stateful layers to zero."""
        self.states = {x.name: np.zeros(x.shape, dtype(x)) for x in self.session.get_inputs()
                       if x.name in self.carried}

    def predict(self, x, batch_size=32):
        """The outputs for some inputs.

        Arguments
            x: array; for several inputs a list of arrays, or a dict by name.
            batch_size: samples per run.

        Returns
            array, or a list of them.
        """
        arrays = [x[name] for name in self.input_names] if isinstance(x, dict) else (
            x if isinstance(x, (list, tuple)) else [x])
        if len(arrays) != len(self.inputs):
            raise ValueError(f"predict: the model has the inputs {', '.join(self.input_names)}; "
                             f"given {len(arrays)} arrays.")
        fed = [np.asarray(array).astype(dtype(x), copy=False)
               for array, x in zip(arrays, self.inputs)]
        batches = [self.run([array[start:start + batch_size] for array in fed])
                   for start in range(0, max(len(fed[0]), 1), batch_size)]
        results = [np.concatenate(parts) for parts in zip(*batches)]
        return results if len(results) > 1 else results[0]

    def run(self, arrays):
        """The outputs for one batch; the states move on."""
        names = [*self.output_names, *self.carried.values()]
        results = self.session.run(names, {**dict(zip(self.input_names, arrays)), **self.states})
        count = len(self.output_names)
        self.states = dict(zip(self.carried, results[count:]))
        return results[:count]


def dtype(x):
    """The NumPy dtype of an input of ONNX Runtime's."""
    name = x.type[len("tensor("):-1]
    return {"float": "float32", "double": "float64"}.get(name, name)
