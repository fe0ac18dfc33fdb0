"""Layers around a layer: TimeDistributed, Bidirectional (manual 5.12)."""
import copy
import inspect

from .. import backend as K
from ..registry import CustomObjectScope
from ..registry import layers as layer_registry
from .base import InputSpec, Layer
from .node import as_list
from .rnn import separated, with_states


class Wrapper(Layer):
    """A layer around another one, whose weights, losses and updates count as its own.

    Arguments
        layer: the inner layer.
    """

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise TypeError(f"{type(self).__name__}: layer is a Keras layer; given {layer!r:.100}. "
                            f"Wrap first, then call: {type(self).__name__}(layer)(x).")
        self.layer = layer
        self._input_map = {}  # for subclasses of Keras 2's time
        self._inner_inputs = {}  # what the inner layer was called on, by the wrapper's own input
        super().__init__(**{"trainable": layer.trainable, **kwargs})

    @property
    def inner_layers(self):
        """The layers that are inside: all that they have belongs to the wrapper."""
        return [self.layer]

    @property
    def trainable(self):
        return self.layer.trainable

    @trainable.setter
    def trainable(self, value):
        for layer in (self.layer, *self.inner_layers):
            layer.trainable = value

    @property
    def activity_regularizer(self):
        return getattr(self.layer, "activity_regularizer", None)

    @property
    def trainable_weights(self):
        return [w for layer in self.inner_layers for w in layer.trainable_weights]

    @property
    def non_trainable_weights(self):
        return [w for layer in self.inner_layers for w in layer.non_trainable_weights]

    def get_weights(self):
        return [w for layer in self.inner_layers for w in layer.get_weights()]

    def set_weights(self, weights):
        for layer in self.inner_layers:
            n = len(layer.weights)
            layer.set_weights(weights[:n])
            weights = weights[n:]

    @property
    def losses(self):
        return [x for layer in self.inner_layers for x in layer.losses] + super().losses

    @property
    def updates(self):
        return [x for layer in self.inner_layers for x in layer.updates] + super().updates

    def inner_inputs(self, inputs):
        """What the inner layers were called on where the wrapper was called on `inputs`."""
        if inputs is None:
            return None
        return [self._inner_inputs.get(x, x) for x in as_list(inputs)]

    def get_losses_for(self, inputs):
        inner = self.inner_inputs(inputs)
        found = [x for layer in self.inner_layers for x in layer.get_losses_for(inner)]
        return found + super().get_losses_for(inputs)

    def get_updates_for(self, inputs):
        inner = self.inner_inputs(inputs)
        found = [x for layer in self.inner_layers for x in layer.get_updates_for(inner)]
        return found + super().get_updates_for(inputs)

    def get_config(self):
        inner = {"class_name": type(self.layer).__name__, "config": self.layer.get_config()}
        return {**super().get_config(), "layer": inner}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer from what `get_config` returned.

        Arguments
            config: dict.
            custom_objects: dict from names to classes and functions that are not Keras' own.
        """
        config = dict(config)
        with CustomObjectScope(custom_objects):
            return cls(layer_registry.deserialize(config.pop("layer")), **config)


def _build(layer, input_shape):
    """Make the weights of an inner layer, with the first values that it was given."""
    layer.build(input_shape)
    layer.built = True
    if layer._initial_weights is not None:
        layer.set_weights(layer._initial_weights)
        layer._initial_weights = None


def _sizes(x, first):
    """The sizes of x from axis `first` on: ints, symbolic scalars where they are unknown."""
    return tuple(K.shape(x)[axis] if size is None else size
                 for axis, size in enumerate(x.shape[first:], first))


def rows_of_steps(x):
    """(samples, steps, ...) -> (samples * steps, ...)"""
    rows = -1
    if None not in x.shape[:2]:
        rows = x.shape[0] * x.shape[1]
    return K.reshape(x, (rows, *_sizes(x, 2)))


def steps_of_rows(y, inputs):
    """(samples * steps, ...) -> (samples, steps, ...), as many of each as `inputs` has."""
    samples, steps = inputs.shape[:2]
    if steps is None:
        steps = K.shape(inputs)[1] if samples is None else -1
    result = K.reshape(y, (-1 if samples is None else samples, steps, *_sizes(y, 1)))
    result.set_shape((*inputs.shape[:2], *y.shape[1:]))
    return result


class TimeDistributed(Wrapper):
    """A layer applied to each step of its input by itself, with the same weights.

    Arguments
        layer: the inner layer, or a model with one input and one output.

    Shapes    (samples, steps, ...) -> (samples, steps, what the layer makes of a step)
    Source: Keras 2.1.6 manual, 5.12.1. A mask of whole steps passes by; one that says more
    reaches the inner layer.
    """

    supports_masking = True
    tells_output_shape = False

    def __init__(self, layer, **kwargs):
        super().__init__(layer, **kwargs)
        self.input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape):
        if not self.layer.built:
            _build(self.layer, (input_shape[0], *input_shape[2:]))
        self.input_spec = InputSpec(shape=(None, None, *input_shape[2:]))
        self.built = True

    def call(self, inputs, training=None, mask=None):
        arguments = {}
        if self.layer._call_takes_training and training is not None:
            arguments["training"] = training
        if self.layer._call_takes_mask and mask is not None and mask.ndim > 2:
            arguments["mask"] = rows_of_steps(mask)
        inner = self._inner_inputs[inputs] = rows_of_steps(inputs)
        return steps_of_rows(self.layer.call(inner, **arguments), inputs)

    def compute_mask(self, inputs, mask=None):
        inner_mask = rows_of_steps(mask) if mask is not None and mask.ndim > 2 else None
        inner = self._inner_inputs[inputs]
        told = self.layer.compute_mask(inner, inner_mask)
        if told is not None:
            return steps_of_rows(told, inputs)
        while mask is not None and mask.ndim > 2:
            mask = K.any(mask, axis=-1)
        return mask

    def compute_output_shape(self, input_shape):
        samples, steps, *step = input_shape
        inner = self.layer.compute_output_shape((samples, *step))
        return (inner[0], steps, *inner[1:])


MERGE = {"sum": lambda x, y: x + y, "mul": lambda x, y: x * y, "ave": lambda x, y: (x + y) / 2,
         "concat": lambda x, y: K.concatenate([x, y])}


def _called(layer, inputs, **arguments):
    """The list of what a layer's `call` returns, with those of the arguments that it takes."""
    taken = inspect.signature(layer.call).parameters
    return as_list(layer.call(inputs, **{name: value for name, value in arguments.items()
                                         if name in taken and value is not None}))


def _turned(layer):
    """A copy of a recurrent layer that goes the other way, with weights of its own."""
    config = layer.get_config()
    return type(layer).from_config({**config, "go_backwards": not config["go_backwards"]})


class Bidirectional(Wrapper):
    """A recurrent layer along time and another one against it.

    Arguments
        layer: the recurrent layer; the one against time is a copy with weights of its own.
        merge_mode: 'concat' (features side by side), 'sum', 'mul', 'ave' (mean), or None for a
            list of both outputs.
        weights: list of arrays, first values: those along time, then those against it.

    Shapes    as for the layer; with 'concat' twice the features
    Source: Keras 2.1.6 manual, 5.12.2. States stand in the order [along time..., against it...].
    """

    supports_masking = True
    tells_output_shape = False

    def __init__(self, layer, merge_mode="concat", weights=None, **kwargs):
        if merge_mode is not None and merge_mode not in MERGE:
            raise ValueError(f"Invalid merge mode. Merge mode should be one of {{'sum', 'mul', "
                             f"'ave', 'concat', None}}; given {merge_mode!r}.")
        self.merge_mode = merge_mode
        self.num_constants = kwargs.pop("num_constants", None)
        half = len(weights or ()) // 2
        self.forward_layer, self.backward_layer = copy.copy(layer), _turned(layer)
        for inner, prefix, values in ((self.forward_layer, "forward", (weights or [])[:half]),
                                      (self.backward_layer, "backward", (weights or [])[half:])):
            inner.name = f"{prefix}_{layer.name}"
            inner._initial_weights = values or None
        super().__init__(layer, **kwargs)
        self.input_spec = layer.input_spec

    stateful = property(lambda self: self.layer.stateful)
    return_sequences = property(lambda self: self.layer.return_sequences)
    return_state = property(lambda self: self.layer.return_state)

    @property
    def inner_layers(self):
        return [self.forward_layer, self.backward_layer]

    def build(self, input_shape):
        for layer in self.inner_layers:
            layer._num_constants = self.num_constants
            with K.name_scope(layer.name):
                _build(layer, input_shape)
        self.built = True

    def assert_input_compatibility(self, inputs):
        super().assert_input_compatibility(as_list(inputs)[:1])  # states and constants follow

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        inputs, states, constants = separated(inputs, initial_state, constants, self.num_constants)
        if len(states) % 2:
            raise ValueError(f"{self.name}: initial_state is a list of the states along time, then "
                             f"those against it; given {len(states)}.")
        self.num_constants = len(constants) or None
        return with_states(self, super().__call__, inputs, states, constants, kwargs)

    def call(self, inputs, mask=None, training=None, initial_state=None, constants=None):
        inputs, states, constants = separated(inputs, initial_state, constants, self.num_constants)
        mask = mask[0] if isinstance(mask, list) else mask
        half = len(states) // 2
        results = [_called(layer, inputs, mask=mask, training=training, initial_state=own or None,
                           constants=constants or None)
                   for layer, own in zip(self.inner_layers, (states[:half], states[half:]))]
        if self.return_sequences:
            results[1][0] = K.reverse(results[1][0], 1)
        return self.gathered(*results, MERGE.get(self.merge_mode))

    def gathered(self, along, against, merge):
        """What the wrapper gives, from the lists [output, *states] of both layers."""
        outputs = [along[0], against[0]]
        if self.merge_mode is not None:
            outputs = [merge(*outputs)]
        if self.return_state:
            outputs += along[1:] + against[1:]
        return outputs[0] if len(outputs) == 1 else outputs

    def compute_mask(self, inputs, mask=None):
        mask = mask[0] if isinstance(mask, list) else mask
        masks = [mask if self.return_sequences else None]
        if self.return_state:
            masks += [None] * len(self.forward_layer.states)
        return self.gathered(masks, masks, lambda x, y: x)

    def compute_output_shape(self, input_shape):
        shapes = self.forward_layer.compute_output_shape(input_shape)
        shapes = shapes if isinstance(shapes, list) else [shapes]
        times = 2 if self.merge_mode == "concat" else 1
        return self.gathered(shapes, shapes, lambda x, y: (*x[:-1], x[-1] * times))

    def reset_states(self):
        """Set the states of both layers to zeros."""
        for layer in self.inner_layers:
            layer.reset_states()

    def get_config(self):
        constants = {} if self.num_constants is None else {"num_constants": self.num_constants}
        return {**super().get_config(), "merge_mode": self.merge_mode, **constants}
