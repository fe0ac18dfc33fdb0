"""The documented entrance to models: Model, Sequential, and what makes models of configs."""
from . import backend as K
from .layers.base import Layer
from .layers.input_layer import Input, InputLayer
from .layers.node import as_list
from .legacy.layers import Merge
from .network import Network
from .network.traversal import source_inputs
from .registry import layers as layer_registry
from .saving.cloning import clone_model
from .saving.models import (
    load_model,
    model_from_config,
    model_from_json,
    model_from_yaml,
    save_model,
)
from .saving.state import same_random_state
from .training.model import Model


class Sequential(Model):
    """A line of layers, each fed with the output of the one before.

    Arguments
        layers: list of layers to begin with.
        name: string.

    The first layer is given the shape of its input (`input_shape`, `input_dim`,
    `batch_input_shape`), or the shape is taken from the first data.
    """

    def __init__(self, layers=None, name=None):
        super().__init__(name=name)
        self.build_input_shape = None
        self._add_all(layers or [])

    # Layers are added by `add`, not by setting attributes.
    def __setattr__(self, name, value):
        Layer.__setattr__(self, name, value)

    @property
    def model(self):
        """The model itself (Keras 1 and 2.1 wrapped one)."""
        return self

    def add(self, layer):
        """Put a layer at the end of the line.

        Arguments
            layer: Layer with one input and one output.
        """
        if not isinstance(layer, Layer):
            raise TypeError(f"The added layer must be an instance of class Layer. Found: "
                            f"{layer!r}")
        before = list(self._layers), self.inputs, self.outputs
        try:
            if not self._layers and self.outputs is None:
                self._begin(layer)
            elif self.outputs is not None:
                self._extend(layer)
            else:
                self._layers.append(layer)
        except Exception:
            self._layers, self.inputs, self.outputs = before  # what does not fit is not added
            raise
        self.built = self.outputs is not None

    def _begin(self, layer):
        """The first layer: with a shape of its input the graph begins with it."""
        if isinstance(layer, InputLayer):
            self._start_from(layer._inbound_nodes[0].output_tensors)
            return
        if isinstance(layer, Merge) and layer.layers:  # Keras 1: models merged, then a line
            output = layer.get_output_at(0)
            self._layers = [layer]
            self._start_from(source_inputs(output))
            self._connect(output)
            return
        inner = layer
        while isinstance(inner, Network) and inner.layers and inner.inputs is None:
            inner = inner.layers[0]
        shape = getattr(inner, "batch_input_shape", None)
        dtype = getattr(inner, "dtype", None)
        if shape is None and isinstance(inner, Network) and inner.inputs:
            shape, dtype = K.int_shape(inner.inputs[0]), K.dtype(inner.inputs[0])
        if shape is None:
            self._layers = [layer]
            return
        x = Input(batch_shape=shape, dtype=dtype, name=f"{layer.name}_input")
        self._start_from([x])
        self._extend(layer)

    def _start_from(self, tensors):
        self.inputs = list(tensors)
        self.outputs = list(tensors)

    def _add_all(self, layers):
        """As `add` for each layer, but the graph is made once, at the end."""
        for layer in layers:
            if self.outputs is None or not isinstance(layer, Layer):
                self.add(layer)
            else:
                self._extend(layer, False)
        if self.outputs is not None:
            self._connect(self.outputs[0])
            self.built = True

    def _extend(self, layer, connect=True):
        output = layer(self.outputs[0])
        if isinstance(output, (list, tuple)):
            raise TypeError(f"All layers in a Sequential model should have a single output tensor; "
                            f"{layer.name} has {len(output)}. For multi-output layers, use the "
                            f"functional API.")
        self._layers.append(layer)
        if connect:
            self._connect(output)
        else:
            self.outputs = [output]

    def _connect(self, output):
        """Make the graph anew, now that it ends in `output`."""
        added = self._layers  # without the Input that begins the line
        self._init_graph(self.inputs, [output])
        self._inbound_nodes = self._inbound_nodes[-1:]
        self._layers = added
        self._functions = {}
        self._outputs = None  # a compiled model learns with its new end

    def pop(self):
        """Take the last layer off. TypeError if there is none."""
        if not self._layers:
            raise TypeError("There are no layers in the model.")
        last = self._layers.pop()
        if self.outputs is None:
            return
        last._inbound_nodes.pop()
        if self._layers:
            before = self._layers[-1]
            before._outbound_nodes = []
            self._connect(before._inbound_nodes[-1].output_tensors[0])
        else:
            self.inputs = self.outputs = self.traversal = None
            self.built = False

    def build(self, input_shape=None):
        """Make the weights.

        Arguments
            input_shape: tuple with the axis of samples; not needed where the first layer
                knows it.
        """
        if self.outputs is None:
            if input_shape is None:
                raise ValueError("build: the shape of the input is unknown; give input_shape.")
            self.build_input_shape = tuple(input_shape)
            self._build_graph(Input(batch_shape=input_shape, name=f"{self.name}_input"))
        self.built = True

    def _build_graph(self, x):
        layers, self._layers = self._layers, []
        if not layers:
            raise ValueError(f"{self.name} has no layers yet; add(layer) adds one.")
        self._start_from([x])
        for layer in layers:
            self._extend(layer)

    def _set_graph(self, inputs):
        self.build_input_shape = K.int_shape(inputs[0])
        self._build_graph(inputs[0])
        if self.optimizer is not None:
            self._complete_compile()

    def call(self, inputs, mask=None):
        if self.outputs is None:
            self.build(K.int_shape(as_list(inputs)[0]))
        return super().call(inputs, mask)

    def predict_proba(self, x, batch_size=None, verbose=0, steps=None):
        """The outputs for some inputs, as probabilities of classes.

        Arguments
            x, batch_size, verbose, steps: as for `predict`.
        """
        return self.predict(x, batch_size, verbose, steps)

    def predict_classes(self, x, batch_size=None, verbose=0, steps=None):
        """The numbers of the classes predicted for some inputs.

        Arguments
            x, batch_size, verbose, steps: as for `predict`.

        Returns
            integer array (samples,), or (samples, 1) where there is one output unit.
        """
        shares = self.predict(x, batch_size, verbose, steps)
        if shares.shape[-1] > 1:
            return shares.argmax(axis=-1)
        return (shares > 0.5).astype("int32")

    def get_config(self):
        config = {"name": self.name,
                  "layers": [{"class_name": type(layer).__name__, "config": layer.get_config()}
                             for layer in self.layers]}
        shape = self.build_input_shape
        if shape is None and self.inputs and not hasattr(self.layers[0], "batch_input_shape"):
            shape = K.int_shape(self.inputs[0])  # an InputLayer was added, or a model comes first
        if shape:
            config["build_input_shape"] = shape
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model from what `get_config` returned.

        Arguments
            config: dict; or a list of layers, as Keras before 2.2.3 wrote it.
            custom_objects: dict from names to classes and functions that are not Keras' own.
        """
        entries = config if isinstance(config, list) else config["layers"]
        model = cls(name=None if isinstance(config, list) else config.get("name"))
        with same_random_state():
            model._add_all(layer_registry.deserialize(entry, custom_objects)
                           for entry in entries)
        if not isinstance(config, list) and config.get("build_input_shape") and not model.inputs:
            model.build(tuple(config["build_input_shape"]))
        return model


layer_registry.update({"Model": Model, "Sequential": Sequential})

__all__ = ["Input", "InputLayer", "Model", "Sequential", "clone_model", "load_model",
           "model_from_config", "model_from_json", "model_from_yaml", "save_model"]
