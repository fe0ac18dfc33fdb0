"""Network: a graph of layers from input tensors to output tensors (manual 3.2, 4.3)."""
import numpy as np

from .. import backend as K
from ..graph.tensor import Tensor
from ..layers.base import Layer
from ..layers.input_layer import InputLayer
from ..layers.node import Node, as_list, unpacked
from ..legacy.calls import takes_old_names
from ..saving.methods import Saved
from ..saving.state import same_random_state
from . import config as configs
from . import printing
from .collected import Collected
from .traversal import Traversal

# Our own attributes that hold layers; what else a subclass sets to layers are its layers.
OWN = {"_layers", "input_layers", "output_layers", "metrics", "weighted_metrics",
       "stateful_metrics"}


class Network(Saved, Collected):
    """Layers connected from inputs to outputs; itself a layer.

    Arguments
        inputs: tensor made by `Input`, or a list of them.
        outputs: tensor, or a list of them.
        name: string.

    A subclass may instead define `call` and make its layers as attributes in `__init__`; it is
    built when it is first called or fitted.
    """

    supports_masking = True
    tells_output_shape = False  # what it says of its output's shape comes from the graph itself

    @takes_old_names("Model")
    def __init__(self, inputs=None, outputs=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.traversal = None
        self._calls = []
        if inputs is not None and outputs is not None:
            self._init_graph(as_list(inputs), as_list(outputs))
        elif inputs is not None or outputs is not None:
            raise TypeError(f"{type(self).__name__} needs both inputs and outputs; given only "
                            f"{'inputs' if outputs is None else 'outputs'}.")
        else:
            self._init_subclassed()

    # Making

    def _init_graph(self, inputs, outputs):
        self._check_tensors(inputs, outputs)
        traversal = Traversal(inputs, outputs)
        names = [layer.name for layer in traversal.layers]
        if len(set(names)) < len(names):
            name = next(name for name in names if names.count(name) > 1)
            raise ValueError(f'The name "{name}" is used {names.count(name)} times in the '
                             f'model. All layer names should be unique.')
        self.inputs, self.outputs = inputs, outputs
        self.traversal, self._layers = traversal, traversal.layers
        self.input_layers = [x.keras_history[0] for x in inputs]
        self.output_layers = [x.keras_history[0] for x in outputs]
        self.input_names = [layer.name for layer in self.input_layers]
        self.output_names = _numbered([layer.name for layer in self.output_layers])
        self.built = True
        self._last_masks = [x.keras_mask for x in outputs]
        Node(self, [], [], [], inputs, outputs, [x.keras_mask for x in inputs], self._last_masks)

    def _check_tensors(self, inputs, outputs):
        for what, tensors in (("inputs", inputs), ("outputs", outputs)):
            for x in tensors:
                if not isinstance(x, Tensor) or x.keras_history is None:
                    raise ValueError(
                        f"The {what} of a {type(self).__name__} must be the output of a Keras "
                        f"layer (Keras tensors); found {x!r}. Wrap free operations in a Lambda "
                        f"layer.")
        if len(set(inputs)) != len(inputs):
            raise ValueError("The list of inputs passed to the model is redundant. All inputs "
                             f"should only appear once. Found: {inputs}")
        for x in inputs:
            layer, index, _ = x.keras_history
            if layer._inbound_nodes[index].inbound_layers:
                raise TypeError(f"Model inputs must come from `keras.layers.Input`; {x!r} is the "
                                f"output of the layer {layer.name}. K.function can be fed with it.")

    def _init_subclassed(self):
        self.inputs = self.outputs = None
        self._layers = []
        self.input_layers, self.output_layers = [], []
        self.input_names, self.output_names = [], []

    def __setattr__(self, name, value):
        if self.__dict__.get("traversal") is None and name not in OWN:
            for layer in _layers_in(value):
                if "_layers" not in self.__dict__:
                    raise RuntimeError(f"{type(self).__name__}.__init__ sets layers before it has "
                                       f"called super().__init__(): always start with that line.")
                if layer not in self._layers:
                    self._layers.append(layer)
        super().__setattr__(name, value)

    @property
    def is_graph_network(self):
        return self.traversal is not None

    _is_graph_network = is_graph_network

    @property
    def nodes_by_depth(self):
        """Dict: the length of the longest way to an output -> the calls of layers there."""
        found = {}
        for layer, index in self.traversal.nodes:
            depth = self.traversal.depths[layer, index]
            found.setdefault(depth, []).append(layer._inbound_nodes[index])
        return found

    @property
    def layers_by_depth(self):
        """Dict: the length of the longest way to an output -> the layers there."""
        return {depth: list(dict.fromkeys(node.outbound_layer for node in nodes))
                for depth, nodes in self.nodes_by_depth.items()}

    _nodes_by_depth, _layers_by_depth = nodes_by_depth, layers_by_depth

    # Layers and weights

    @property
    def layers(self):
        return self._layers

    def get_layer(self, name=None, index=None):
        """A layer of the model.

        Arguments
            name: string; it decides if both are given.
            index: int, in the order of `layers`.
        """
        if name is None and index is None:
            raise ValueError("get_layer: give the name or the index of a layer.")
        if name is None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"Was asked to retrieve layer at index {index} but model only "
                                 f"has {len(self.layers)} layers.")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. The model has "
                         f"{', '.join(layer.name for layer in self.layers)}.")

    @property
    def trainable_weights(self):
        if not self.trainable:
            return []
        return _unique(w for layer in self.layers for w in layer.trainable_weights)

    @trainable_weights.setter
    def trainable_weights(self, weights):
        raise AttributeError("the weights of a model are those of its layers")

    @property
    def non_trainable_weights(self):
        fixed = [w for layer in self.layers for w in layer.non_trainable_weights]
        if not self.trainable:
            fixed = [w for layer in self.layers for w in layer.trainable_weights] + fixed
        return _unique(fixed)

    def get_weights(self):
        """The values of all weights, layer by layer, a list of NumPy arrays."""
        return K.batch_get_value([w for layer in self.layers for w in layer.weights])

    def set_weights(self, weights):
        """Set all weights.

        Arguments
            weights: list of arrays in the order of `get_weights()`.
        """
        own = [w for layer in self.layers for w in layer.weights]
        if len(own) != len(weights):
            raise ValueError(f"set_weights: {self.name} has {len(own)} weights, {len(weights)} "
                             f"arrays were given.")
        for w, value in zip(own, weights):
            if w.shape != np.shape(value):
                raise ValueError(f"{self.name}: weight {w.name} has shape {w.shape}; the array "
                                 f"given for it has {np.shape(value)}.")
        K.batch_set_value(list(zip(own, weights)))

    def count_params(self):
        """The number of elements of all weights."""
        return sum(K.count_params(w) for w in self.weights)

    @property
    def stateful(self):
        return any(layer.stateful for layer in self.layers)

    def reset_states(self):
        """Set the states of all stateful layers to zeros."""
        for layer in self.layers:
            if layer.stateful and hasattr(layer, "reset_states"):
                layer.reset_states()

    @property
    def uses_learning_phase(self):
        return self.outputs is not None and any(x.uses_learning_phase for x in self.outputs)

    # Calling

    def _only(self, what):
        """Of a model that was called again too, `input`, `output` and the like are its own."""
        return super()._only(what) if self.traversal is None else self._at(0, what)

    def call(self, inputs, mask=None):
        """The outputs of the graph on other inputs: each layer is computed anew.

        Arguments
            inputs: tensor, or list of them.
            mask: tensor or None, or list of them.
        """
        if self.traversal is None:
            raise NotImplementedError(f"{type(self).__name__} has no inputs and outputs: a "
                                      f"subclass of Model defines `call`.")
        tensors = as_list(inputs)
        if len(tensors) != len(self.inputs):
            raise ValueError(f"{self.name} has {len(self.inputs)} inputs; it was called on "
                             f"{len(tensors)}.")
        masks = as_list(mask) if mask is not None else [None] * len(tensors)
        pairs = []
        self._calls.append((frozenset(tensors), pairs))
        outputs, self._last_masks = self._run(tensors, masks, pairs)
        return unpacked(list(outputs))

    def _array_function(self, shapes, several, kwargs):
        if self.outputs is None:
            return super()._array_function(shapes, several, kwargs)
        return K.function([*self.inputs, K.learning_phase()], self.outputs)

    def _version(self):
        return self.outputs and tuple(self.outputs)

    def _run(self, tensors, masks, pairs):
        """Outputs and their masks for inputs and theirs; fills `pairs` (layer, its inputs)."""
        values = dict(zip(self.inputs, zip(tensors, masks)))
        for layer, index in self.traversal.nodes:
            node = layer._inbound_nodes[index]
            if values.keys() >= set(node.output_tensors):
                continue
            if not node.inbound_layers:  # an Input(tensor=...) that is not fed
                values.update((x, (x, None)) for x in node.output_tensors)
                continue
            results, result_masks = self._computed_again(
                layer, node, *zip(*(values[x] for x in node.input_tensors)))
            pairs.append((layer, [values[x][0] for x in node.input_tensors]))
            values.update(zip(node.output_tensors, zip(results, result_masks)))
        return zip(*(values[x] for x in self.outputs))

    def _computed_again(self, layer, node, inputs, masks):
        """The outputs of one layer for the call `node`, on other inputs, and their masks."""
        inputs, mask = unpacked(list(inputs)), unpacked(list(masks))
        kwargs = dict(node.arguments)
        if layer._call_takes_mask and "mask" not in kwargs:
            kwargs["mask"] = mask
        with K.name_scope(layer.name):
            outputs = as_list(layer.call(inputs, **kwargs))
        out_masks = as_list(layer.compute_mask(inputs, mask))
        if len(out_masks) < len(outputs):
            out_masks = out_masks * len(outputs)
        for x, again in zip(node.output_tensors, outputs):
            if again.shape != x.shape and len(again.shape) == len(x.shape):
                again.set_shape(tuple(b if a is None and i else a for i, (a, b) in enumerate(
                    zip(again.shape, x.shape))))
        regularizer = getattr(layer, "activity_regularizer", None)
        if regularizer is not None:
            for x in outputs:
                layer.add_loss(regularizer(x), inputs)
        return outputs, out_masks

    def compute_output_shape(self, input_shape):
        """The shape of the output for inputs of other shapes.

        Arguments
            input_shape: tuple, or list of them.
        """
        if self.traversal is None:
            return super().compute_output_shape(input_shape)
        several = isinstance(input_shape, list) and isinstance(input_shape[0], (tuple, list))
        shapes = dict(zip(self.inputs, input_shape if several else [input_shape]))
        for layer, index in self.traversal.nodes:
            node = layer._inbound_nodes[index]
            if not node.inbound_layers:
                shapes.update((x, shapes.get(x, x.shape)) for x in node.output_tensors)
                continue
            told = layer.compute_output_shape(unpacked([shapes[x] for x in node.input_tensors]))
            several = isinstance(told, list) and isinstance(told[0], (tuple, list))
            shapes.update(zip(node.output_tensors, told if several else [told]))
        return unpacked([tuple(shapes[x]) for x in self.outputs])

    def compute_mask(self, inputs, mask=None):
        if self.traversal is None:
            return None
        return unpacked(list(self._last_masks))

    # Configs and printing

    def get_config(self):
        if self.traversal is None:
            raise NotImplementedError(
                f"{type(self).__name__} is a subclass of Model with a `call` of its own: Python "
                f"code, not a configuration. Keep the class, and save_weights its weights.")
        return configs.network_config(self)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model from what `get_config` returned.

        Arguments
            config: dict.
            custom_objects: dict from names to classes and functions that are not Keras' own.
        """
        with same_random_state():
            inputs, outputs = configs.rebuilt(config, custom_objects)
        return cls(inputs=inputs, outputs=outputs, name=config.get("name"))

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False):
        """Print a table of the layers.

        Arguments
            line_length: int, the width of the table.
            positions: list of floats or ints, where the columns end.
            print_fn: function called with each line; None for `print`.
            expand_nested: whether the layers of models in the model follow them, indented.
        """
        if not self.built:
            raise ValueError("This model has never been called, thus its weights have not yet "
                             "been created, so no summary can be displayed. Build the model first "
                             "(e.g. by calling it on some test data).")
        printing.print_summary(self, line_length, positions, print_fn, expand_nested)


def _numbered(names):
    """Names of outputs: a layer that gives two of them is counted up."""
    result = []
    for name in names:
        n = result.count(name)
        result.append(f"{name}_{n}" if n else name)
    return result


def _layers_in(value):
    if isinstance(value, Layer):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            if isinstance(part, Layer):
                yield part


def _unique(items):
    return list(dict.fromkeys(items))


__all__ = ["InputLayer", "Network"]
