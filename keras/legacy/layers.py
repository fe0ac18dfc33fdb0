"""Layers of Keras 1 that Keras 2 kept for old code: Merge, MaxoutDense, Highway."""
import warnings
from types import ModuleType

from .. import backend as K
from ..layers import merge as merge_module
from ..layers.base import InputSpec, Layer, known
from ..layers.convolutional import Conv1D, Conv2D
from ..layers.fields import Activation, Constraint, Initializer, Regularizer
from ..layers.lambdas import Lambda
from ..layers.node import as_list
from ..registry import layers as layer_registry
from .calls import shown_call
from .recurrent import Recurrent  # noqa: F401 (Keras 2 has it here)
from .spellings import merge_layer

AtrousConvolution1D = Conv1D
AtrousConvolution2D = Conv2D


class MaxoutDense(Layer):
    """The largest of several linear functions: max_k dot(x, W_k) + b_k.

    Arguments
        output_dim: int, the number of outputs.
        nb_feature: int, the number of linear functions of each output.
        init: first values of the weights.
        weights: list of arrays, likewise.
        W_regularizer, b_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        W_constraint, b_constraint: what the weights are held to after each step.
        bias: whether a bias is added.
        input_dim: int, the size of the input.

    Shapes    (samples, input_dim) -> (samples, output_dim); W (nb_feature, input_dim,
              output_dim), b (nb_feature, output_dim)
    Source: Keras 1.2; Goodfellow et al. 2013.
    """
    output_dim: int
    nb_feature: int = 4
    init: Initializer = "glorot_uniform"
    W_regularizer: Regularizer = None
    b_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    W_constraint: Constraint = None
    b_constraint: Constraint = None
    bias: bool = True

    def configured(self):
        self.input_spec = InputSpec(ndim=2)

    def build(self, input_shape):
        n = known(input_shape[1], "the input's last axis", given=input_shape)
        self.W = self.add_weight("W", (self.nb_feature, n, self.output_dim),
                                 initializer=self.init)
        self.b = self.add_weight("b", (self.nb_feature, self.output_dim),
                                 initializer="zeros") if self.bias else None
        self.built = True

    def call(self, inputs):
        output = K.dot(inputs, self.W)
        if self.bias:
            output = output + self.b
        return K.max(output, axis=1)


class Highway(Layer):
    """A gate t between a dense layer and its input: t activation(dot(x, W) + b) + (1 - t) x, with
    t = sigmoid(dot(x, W_carry) + b_carry).

    Arguments
        init: first values of the weights.
        activation: name or function; None for none.
        weights: list of arrays, first values.
        W_regularizer, b_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        W_constraint, b_constraint: what the weights are held to after each step.
        bias: whether biases are added.
        input_dim: int, the size of the input.

    Shapes    (samples, n), unchanged; W and W_carry (n, n), b and b_carry (n,)
    Source: Keras 1.2; Srivastava et al. 2015.
    """
    init: Initializer = "glorot_uniform"
    activation: Activation = None
    W_regularizer: Regularizer = None
    b_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    W_constraint: Constraint = None
    b_constraint: Constraint = None
    bias: bool = True

    def configured(self):
        self.input_spec = InputSpec(ndim=2)

    def build(self, input_shape):
        n = known(input_shape[1], "the input's last axis", given=input_shape)
        self.W = self.add_weight("W", (n, n), initializer=self.init)
        self.W_carry = self.add_weight("W_carry", (n, n), initializer=self.init)
        if self.bias:
            self.b = self.add_weight("b", (n,), initializer="zeros")
            self.b_carry = self.add_weight("b_carry", (n,), initializer="ones")
        self.built = True

    def call(self, inputs):
        gate, output = K.dot(inputs, self.W_carry), K.dot(inputs, self.W)
        if self.bias:
            gate, output = gate + self.b_carry, output + self.b
        gate = K.sigmoid(gate)
        return self.activation(output) * gate + (1 - gate) * inputs


# Merge


def merging(mode, concat_axis=-1, dot_axes=-1, output_shape=None, output_mask=None,
            arguments=None, name=None):
    """The layer of Keras 2 that does what a `Merge` of Keras 1 did.

    Arguments
        mode: 'sum', 'mul', 'concat', 'ave', 'max', 'dot', 'cos', or a function of the list of
            tensors.
        concat_axis: int, for 'concat'.
        dot_axes: int or two of them, for 'dot' and 'cos'.
        output_shape, output_mask, arguments: for a function: as for Lambda.
        name: of the layer.

    Returns
        (layer, text that shows how to make it).
    """
    if callable(mode):
        options = {"output_shape": output_shape, "mask": output_mask, "arguments": arguments}
        options = {key: value for key, value in options.items() if value is not None}
        return Lambda(mode, **options, name=name), shown_call("Lambda", (mode,), options)
    if isinstance(dot_axes, list):
        dot_axes = tuple(dot_axes)
    kind, options = merge_layer({"mode": mode, "concat_axis": concat_axis, "dot_axes": dot_axes})
    options = {key: value for key, value in options.items() if value not in (None, False)}
    return getattr(merge_module, kind)(**options, name=name), shown_call(kind, (), options)


class Merge(Layer):
    """Several tensors, or the outputs of several models, made one.

    Arguments
        layers: list of layers or models whose outputs are merged, so that the layer can stand
            first in a Sequential; None to call it on a list of tensors.
        mode: 'sum', 'mul', 'concat', 'ave', 'max', 'dot', 'cos', or a function of the list of
            tensors.
        concat_axis: int, for 'concat'.
        dot_axes: int or two of them, for 'dot' and 'cos'.
        output_shape, output_mask, arguments: for a function: as for Lambda.
        node_indices, tensor_indices: lists of ints, which outputs of `layers` are meant.

    Source: Keras 1.2 and `keras.legacy` of 2.1.6; 'cos' gives (samples, 1).
    """
    supports_masking = True

    def __init__(self, layers=None, mode="sum", concat_axis=-1, dot_axes=-1, output_shape=None,
                 output_mask=None, arguments=None, node_indices=None, tensor_indices=None,
                 **kwargs):
        super().__init__(**kwargs)
        self.layers = list(layers or [])
        self.mode = mode
        self.concat_axis = concat_axis
        self.dot_axes = dot_axes
        self.merging, told = merging(mode, concat_axis, dot_axes, output_shape, output_mask,
                                     arguments)
        warnings.warn(f"The `Merge` layer is deprecated; use `{told}` on a list of tensors.",
                      stacklevel=2)
        if self.layers:
            self(self._outputs_of_layers(node_indices, tensor_indices))

    def _outputs_of_layers(self, node_indices, tensor_indices):
        nodes = node_indices or [0] * len(self.layers)
        places = tensor_indices or [0] * len(self.layers)
        return [as_list(layer.get_output_at(node))[place]
                for layer, node, place in zip(self.layers, nodes, places)]

    def build(self, input_shape):
        self.merging.build(input_shape)
        self.built = True

    def call(self, inputs, mask=None):
        if self.merging._call_takes_mask:
            return self.merging.call(inputs, mask=mask)
        return self.merging.call(inputs)

    def compute_mask(self, inputs, mask=None):
        return self.merging.compute_mask(inputs, mask)

    # In a Sequential the weights of the models that are merged count as those of the layer.

    @property
    def trainable_weights(self):
        return [w for layer in self.layers for w in layer.trainable_weights]

    @property
    def non_trainable_weights(self):
        return [w for layer in self.layers for w in layer.non_trainable_weights]

    def get_losses_for(self, inputs):
        inner = [x for layer in self.layers for x in layer.losses]
        return super().get_losses_for(inputs) + (inner if inputs is None else [])

    def get_updates_for(self, inputs):
        inner = [x for layer in self.layers for x in layer.updates]
        return super().get_updates_for(inputs) + (inner if inputs is None else [])

    def get_config(self):
        if callable(self.mode):
            raise NotImplementedError(f"{self.name}: a Merge by a function of yours has no "
                                      f"config; use a Lambda layer.")
        inner = [{"class_name": type(layer).__name__, "config": layer.get_config()}
                 for layer in self.layers]
        return {**super().get_config(), "layers": inner, "mode": self.mode,
                "concat_axis": self.concat_axis, "dot_axes": self.dot_axes}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer from what `get_config` returned.

        Arguments
            config: dict.
            custom_objects: dict from names to classes and functions that are not Keras' own.
        """
        config = dict(config)
        layers = [layer_registry.deserialize(entry, custom_objects)
                  for entry in config.pop("layers", [])]
        return cls(layers, **config)


def merge(inputs, mode="sum", concat_axis=-1, dot_axes=-1, output_shape=None, output_mask=None,
          arguments=None, name=None):
    """Several tensors made one, in the words of Keras 1.

    Arguments
        inputs: list of tensors.
        mode, concat_axis, dot_axes, output_shape, output_mask, arguments: as for `Merge`.
        name: of the layer.

    Returns
        tensor.
    """
    layer, told = merging(mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name)
    warnings.warn(f"The `merge` function is deprecated; use `{told}` on the list of tensors.",
                  stacklevel=2)
    return layer(list(inputs))


class _CallableModule(ModuleType):
    """`keras.layers.merge` is a module, and was a function, too: `merge([a, b], mode='concat')`."""

    __call__ = staticmethod(merge)


merge_module.__class__ = _CallableModule
