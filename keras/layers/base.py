"""Layer: what all layers are, and how one is called (manual 5.1, 5.13)."""
import copy
import inspect
import re
import warnings

import numpy as np

from .. import backend as K
from .. import constraints, initializers, regularizers
from ..graph import DtypeError, ShapeError
from ..graph.tensor import Tensor
from ..legacy.calls import takes_shape_first
from . import fields
from .node import Node, as_list, unpacked
from .values import are_arrays, function_of, values

OPTIONS = ("name", "trainable", "dtype", "input_shape", "batch_input_shape", "batch_size",
           "input_dtype", "input_dim", "input_length", "weights")


def snake_case(name):
    """`BatchNormalization` -> `batch_normalization`."""
    name = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    name = re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
    return "private" + name if name.startswith("_") else name


class InputSpec:
    """What a layer expects of one of its inputs; None stands for anything.

    Arguments
        dtype: name of the dtype.
        shape: tuple, with None for any size.
        ndim: number of axes.
        max_ndim, min_ndim: bounds of the number of axes.
        axes: dict from an axis to its size.
    """

    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None,
                 axes=None):
        self.dtype = dtype
        self.shape = shape
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = axes or {}

    def complaint(self, shape):
        """What is wrong with an input of `shape`, or None."""
        n = len(shape)
        if self.ndim is not None and n != self.ndim:
            return f"expected ndim={self.ndim}, found ndim={n}"
        if self.max_ndim is not None and n > self.max_ndim:
            return f"expected max_ndim={self.max_ndim}, found ndim={n}"
        if self.min_ndim is not None and n < self.min_ndim:
            return f"expected min_ndim={self.min_ndim}, found ndim={n}"
        for axis, size in self.axes.items():
            if shape[axis] is not None and size is not None and shape[axis] != size:
                return f"expected axis {axis} of input shape to have value {size}"
        for given, size in zip(shape, self.shape or ()):
            if given is not None and size is not None and given != size:
                return f"expected shape={tuple(self.shape)}, found shape={shape}"
        return None


class Layer:
    """The base of all layers. A layer has weights, made in `build`, and a formula, `call`.

    Arguments
        name: string, unique in a model; None for one made of the class's name.
        trainable: bool, whether `fit` changes its weights.
        dtype: of its weights; None for floatx.
        input_shape, batch_input_shape, batch_size: shape of its input where the layer is the
            first of a Sequential, without or with the axis of samples.
        input_dim, input_length: the same for samples of one axis, or (steps, input_dim).
        weights: list of arrays, the first values of its weights.
    """

    fields = {}
    supports_masking = False
    stateful = False
    takes_sequences = False  # whether input_dim alone means (steps, input_dim)
    tells_output_shape = False  # whether what it returns is compared with compute_output_shape

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "__init__" not in cls.__dict__ and fields.own_fields(cls):
            cls.fields = fields.merged_fields(cls, cls.fields)
            cls.__init__ = fields.constructor(cls, Layer.__init__)
        signature = inspect.signature(cls.call).parameters
        cls._call_takes_mask = "mask" in signature
        cls._call_takes_training = "training" in signature
        if "compute_output_shape" in cls.__dict__ and "tells_output_shape" not in cls.__dict__:
            cls.tells_output_shape = True

    def __init__(self, **kwargs):
        for option in kwargs:
            if option not in OPTIONS:
                known = [*self.fields, *OPTIONS]
                raise TypeError(f"{type(self).__name__}: unknown keyword argument {option!r}; it "
                                f"takes {', '.join(known)}.{fields.nearest(option, known)}")
        self.name = kwargs.get("name") or self._automatic_name()
        self.trainable = kwargs.get("trainable", True)
        self.input_spec = None
        self.built = False
        self._trainable_weights = []
        self._non_trainable_weights = []
        self._losses = []  # pairs (tensor, ids of the inputs it depends on, or None)
        self._updates = []
        self._inbound_nodes = []
        self._outbound_nodes = []
        self._initial_weights = kwargs.get("weights")
        shape = kwargs.get("batch_input_shape")
        sample = kwargs.get("input_shape")
        if sample is None and kwargs.get("input_dim") is not None:
            steps = (kwargs.get("input_length"),) if self.takes_sequences else ()
            sample = (*steps, kwargs["input_dim"])
        if shape is None and sample is not None:
            shape = (kwargs.get("batch_size"), *tuple_of(sample))
        if shape is not None:
            self.batch_input_shape = tuple(shape)
        dtype = kwargs.get("dtype") or kwargs.get("input_dtype")
        self.dtype = dtype or K.floatx()
        self._saves_dtype = dtype is not None or shape is not None

    def _automatic_name(self):
        prefix = snake_case(type(self).__name__)
        return f"{prefix}_{K.get_uid(prefix)}"

    def configured(self):
        """Called when the fields are set: the place to check one against another."""

    # For subclasses

    def build(self, input_shape):
        """Make the weights.

        Arguments
            input_shape: tuple, or list of them; None where a size is unknown.
        """
        self.built = True

    def call(self, inputs, **kwargs):
        """The formula of the layer.

        Arguments
            inputs: tensor, or list of them.
            kwargs: `mask`, `training`, ... as the layer names them.
        """
        return inputs

    def compute_mask(self, inputs, mask=None):
        """The mask of the output: by default that of the input.

        Arguments
            inputs: tensor, or list of them.
            mask: tensor or None, or list of them.
        """
        if self.supports_masking:
            return mask
        if any(m is not None for m in as_list(mask)):
            raise TypeError(f"Layer {self.name} does not support masking, but was passed an input "
                            f"with a mask. Set supports_masking = True in the layer if it may "
                            f"pass the mask on, or put the masking behind it.")
        return None

    def compute_output_shape(self, input_shape):
        """The shape of the output, found by a trial call that leaves no trace.

        Arguments
            input_shape: tuple, or list of them.
        """
        trial = self._trial()
        telling = [cls for cls in type(self).__mro__ if "compute_output_shape" in vars(cls)
                   and not cls.__module__.startswith("keras.")]
        if telling:  # a user's class asks what the class below it, not its own call, makes
            trial = super(telling[-1], trial)
        if isinstance(input_shape, list) and not isinstance(input_shape[0], (tuple, list)):
            input_shape = tuple(input_shape)  # one shape, as JSON has it
        shapes = input_shape if isinstance(input_shape, list) else [input_shape]
        with K.scratch_graph():
            inputs = unpacked([K.placeholder(shape) for shape in shapes])
            if not self.built:
                trial.build(input_shape)
            outputs = trial.call(inputs)
        return unpacked([x.shape for x in as_list(outputs)])

    def _trial(self):
        """The layer for a call that leaves no trace in it."""
        trial = copy.copy(self)
        for name in ("_trainable_weights", "_non_trainable_weights", "_losses", "_updates",
                     "_inbound_nodes", "_outbound_nodes"):
            setattr(trial, name, list(getattr(self, name)))
        return trial

    def _array_function(self, shapes, several, kwargs):
        """As `values.function_of`; a model knows its graph."""
        return function_of(self, shapes, several, kwargs)

    def _version(self):
        """What the functions of arrays depend on, beside their inputs."""
        return None

    @takes_shape_first
    def add_weight(self, name=None, shape=None, dtype=None, initializer=None, regularizer=None,
                   trainable=True, constraint=None):
        """A new weight of the layer.

        Arguments
            name: string. Without an initializer, regularizer or constraint of its own the
                weight takes the layer's `<name>_initializer` and so on, where there are such.
            shape: tuple of ints.
            dtype: None for the layer's.
            initializer, regularizer, constraint: names, functions, or objects.
            trainable: bool.

        Returns
            the variable.
        """
        initializer = self._own("initializer", name, initializer) or "glorot_uniform"
        regularizer = regularizers.get(self._own("regularizer", name, regularizer))
        constraint = constraints.get(self._own("constraint", name, constraint))
        dtype = dtype or self.dtype
        value = initializers.get(initializer)(tuple(shape), dtype=dtype)
        weight = K.variable(value, dtype, name, constraint)
        if regularizer is not None:
            self.add_loss(regularizer(weight))
        (self._trainable_weights if trainable else self._non_trainable_weights).append(weight)
        return weight

    def _own(self, what, name, given):
        return given if given is not None else getattr(self, f"{name}_{what}", None)

    def add_loss(self, losses, inputs=None):
        """Add to what training minimises.

        Arguments
            losses: scalar tensor or number, or a list of them.
            inputs: the inputs they depend on; None for those that depend on weights only.
        """
        key = None if inputs is None else frozenset(as_list(inputs))
        # A regularizer whose factors are 0 returns a plain 0.0.
        for x in [] if losses is None else as_list(losses):
            self._losses.append((x if K.is_tensor(x) else K.constant(x), key))

    def add_update(self, updates, inputs=None):
        """Add updates that run with every training step.

        Arguments
            updates: what `K.update` returns, a pair (variable, new value), or a list of them.
            inputs: the inputs they depend on; None for none.
        """
        updates = updates if isinstance(updates, list) else [updates]
        key = None if inputs is None else frozenset(as_list(inputs))
        self._updates.extend((x, key) for x in updates)

    # Calling

    def __call__(self, inputs, **kwargs):
        """The output of the layer.

        Arguments
            inputs: symbolic tensor, or list of them; or arrays, then the output is an array, too:
                its value in test phase, or with `training=True` in that of training.
            kwargs: passed on to `call`.
        """
        several = isinstance(inputs, (list, tuple))
        if several and len(inputs) == 1 and isinstance(self.input_spec, InputSpec):
            inputs, several = inputs[0], False  # a layer of one input takes it in a list, too
        tensors = inputs if several else [inputs]
        masks, masked = [], False
        for x in tensors:
            if not isinstance(x, Tensor):
                if are_arrays(tensors):
                    return values(self, inputs, **kwargs)
                raise ValueError(f"Layer {self.name} was called with an input that is not a "
                                 f"symbolic tensor: {type(x).__name__}. Give it the output of "
                                 f"keras.layers.Input or of another layer.")
            masks.append(x.keras_mask)
            masked = masked or x.keras_mask is not None
        mask = masks if several else masks[0]
        arguments = kwargs
        if masked and self._call_takes_mask and "mask" not in kwargs:
            kwargs = {**kwargs, "mask": mask}
        with K.name_scope(self.name):
            try:
                self.assert_input_compatibility(tensors)
                if not self.built:
                    self._build_for(inputs, tensors)
                outputs = self.call(inputs, **kwargs)
            except (ShapeError, DtypeError) as error:
                if hasattr(error, "layer"):
                    raise
                raise self._told(error, tensors) from error
            return self._connected(inputs, tensors, outputs, mask, masks, arguments)

    def _told(self, error, tensors):
        """The error with the layer's name and what it was called on."""
        told = type(error)(f"{self.name} ({type(self).__name__}), given "
                           f"{', '.join(str(x.shape) for x in tensors)}: {error}")
        told.layer = self
        return told

    def _build_for(self, inputs, tensors):
        shapes = [x.shape for x in tensors]
        self.build(shapes if isinstance(inputs, (list, tuple)) else shapes[0])
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def assert_input_compatibility(self, inputs):
        """ValueError if the inputs are not what `input_spec` says.

        Arguments
            inputs: tensor, or list of them.
        """
        if self.input_spec is None:
            return
        specs = self.input_spec if isinstance(self.input_spec, list) else [self.input_spec]
        inputs = inputs if isinstance(inputs, list) else as_list(inputs)
        if len(inputs) != len(specs):
            raise ValueError(f"Layer {self.name} expects {len(specs)} inputs, but it received "
                             f"{len(inputs)} input tensors.")
        for i, (x, spec) in enumerate(zip(inputs, specs)):
            complaint = None if spec is None else spec.complaint(x.shape)
            if complaint is not None:
                raise ShapeError(f"Input {i} is incompatible with layer {self.name}: {complaint}. "
                                 f"Full shape received: {x.shape}.")

    def _connected(self, inputs, tensors, outputs, mask, masks, arguments):
        """Record the call as a node; the outputs know the layer they come from."""
        results = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        given = set(map(id, tensors))
        if not given.isdisjoint(map(id, results)):
            results = [K.identity(x) if id(x) in given else x for x in results]
        output_mask = self.compute_mask(inputs, mask)
        output_masks = list(output_mask) if isinstance(output_mask, (list, tuple)) else (
            [output_mask] * len(results))
        if self.tells_output_shape:
            self._fill_shapes(results, inputs, tensors)
        layers, indices, places = [], [], []
        for x in tensors:
            layer, index, place = x.keras_history or (None, None, None)
            layers.append(layer)
            indices.append(index)
            places.append(place)
        index = len(self._inbound_nodes)
        Node(self, layers, indices, places, list(tensors), list(results), masks, output_masks,
             arguments)
        for i, x in enumerate(results):
            if not isinstance(x, Tensor):
                raise TypeError(f"{self.name} ({type(self).__name__}): call returns symbolic "
                                f"tensors; it returned {x!r:.100}. Compute with the functions of "
                                f"keras.backend.")
            x.keras_history = (self, index, i)
            x.keras_mask = output_masks[i]
        regularizer = getattr(self, "activity_regularizer", None)
        if regularizer is not None:
            for x in results:
                self.add_loss(regularizer(x), inputs)
        return results[0] if len(results) == 1 else list(results)

    def _fill_shapes(self, results, inputs, tensors):
        """Make known what the layer tells of its shapes. A wrong one did no harm in Keras 2."""
        shapes = [x.shape for x in tensors]
        told = self.compute_output_shape(
            shapes if isinstance(inputs, (list, tuple)) else shapes[0])
        several = bool(told) and isinstance(told[0], (tuple, list))
        for x, shape in zip(results, told if several else [told]):
            try:
                if shape is not None:
                    x.set_shape(shape)
            except ShapeError:
                warnings.warn(
                    f"{self.name} ({type(self).__name__}): compute_output_shape says "
                    f"{tuple(shape)}, call made {x.shape}, which holds. Mend one of the two.",
                    stacklevel=5)

    # Weights

    @property
    def trainable_weights(self):
        return self._trainable_weights if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, weights):
        self._trainable_weights = list(weights)

    @property
    def non_trainable_weights(self):
        if self.trainable:
            return self._non_trainable_weights
        return self._trainable_weights + self._non_trainable_weights

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights):
        self._non_trainable_weights = list(weights)

    @property
    def weights(self):
        return self.trainable_weights + self.non_trainable_weights

    def get_weights(self):
        """The values of the weights, a list of NumPy arrays."""
        return K.batch_get_value(self.weights)

    def set_weights(self, weights):
        """Set the weights.

        Arguments
            weights: list of arrays in the order of `get_weights()`; ValueError if their number
                or a shape differs.
        """
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(f"You called set_weights(weights) on {self.name} with a list of "
                             f"{len(weights)} arrays; it has {len(own)} weights: "
                             f"{[w.name for w in own]}.")
        for w, value in zip(own, weights):
            if w.shape != np.shape(value):
                raise ValueError(f"{self.name}: weight {w.name} has shape {w.shape}; the array "
                                 f"given for it has {np.shape(value)}.")
        K.batch_set_value(list(zip(own, weights)))

    def count_params(self):
        """The number of elements of all weights."""
        if not self.built:
            raise RuntimeError(f"count_params: {self.name} has no weights yet; call it, or its "
                               f"build(input_shape), first.")
        return sum(K.count_params(w) for w in self.weights)

    # Losses and updates

    @property
    def losses(self):
        return [x for x, _ in self._losses]

    @property
    def updates(self):
        if not self.trainable and not self.stateful:
            return []
        return [x for x, _ in self._updates]

    def get_losses_for(self, inputs):
        """The losses that depend on `inputs`; for None those that depend on no input."""
        return _added_for(self._losses, inputs)

    def get_updates_for(self, inputs):
        """The updates that depend on `inputs`; for None those that depend on no input."""
        if not self.trainable and not self.stateful:
            return []
        return _added_for(self._updates, inputs)

    # Nodes

    @property
    def inbound_nodes(self):
        return self._inbound_nodes

    @inbound_nodes.setter
    def inbound_nodes(self, nodes):
        self._inbound_nodes = nodes

    @property
    def outbound_nodes(self):
        return self._outbound_nodes

    @outbound_nodes.setter
    def outbound_nodes(self, nodes):
        self._outbound_nodes = nodes

    @property
    def uses_learning_phase(self):
        return any(x.uses_learning_phase for node in self._inbound_nodes
                   for x in node.output_tensors)

    def _at(self, index, what):
        if not self._inbound_nodes:
            raise RuntimeError(f"The layer has never been called and thus has no defined "
                               f"{_word(what)}: {self.name}.")
        if not -len(self._inbound_nodes) <= index < len(self._inbound_nodes):
            raise ValueError(f"Asked to get {_word(what)} at node {index}, but the layer "
                             f"{self.name} has only {len(self._inbound_nodes)} inbound nodes.")
        return unpacked(getattr(self._inbound_nodes[index], what))

    def _only(self, what):
        n = len(self._inbound_nodes)
        if n == 0:
            raise AttributeError(f"The layer has never been called and thus has no defined "
                                 f"{_word(what)}: {self.name}.")
        first, *others = [getattr(node, what) for node in self._inbound_nodes]
        word = _word(what)
        getter = f"get_{word.replace(' ', '_')}_at(node_index)"
        if "shape" in what and any(shapes != first for shapes in others):
            raise AttributeError(
                f'The layer "{self.name}" has multiple inbound nodes with different {word}s. '
                f'Hence the notion of "{word}" is ill-defined for the layer. '
                f'Use `{getter}` instead.')
        if others and "shape" not in what:
            raise AttributeError(
                f'Layer {self.name} has multiple inbound nodes, hence the notion of "layer '
                f'{word}" is ill-defined. Use `{getter}` instead.')
        return unpacked(first)

    input = property(lambda self: self._only("input_tensors"))
    output = property(lambda self: self._only("output_tensors"))
    input_mask = property(lambda self: self._only("input_masks"))
    output_mask = property(lambda self: self._only("output_masks"))
    input_shape = property(lambda self: self._only("input_shapes"))
    output_shape = property(lambda self: self._only("output_shapes"))

    def get_input_at(self, node_index):
        """The input of the call number `node_index`, from 0."""
        return self._at(node_index, "input_tensors")

    def get_output_at(self, node_index):
        """The output of the call number `node_index`, from 0."""
        return self._at(node_index, "output_tensors")

    def get_input_mask_at(self, node_index):
        """The input mask of the call number `node_index`, from 0."""
        return self._at(node_index, "input_masks")

    def get_output_mask_at(self, node_index):
        """The output mask of the call number `node_index`, from 0."""
        return self._at(node_index, "output_masks")

    def get_input_shape_at(self, node_index):
        """The input shape of the call number `node_index`, from 0."""
        return self._at(node_index, "input_shapes")

    def get_output_shape_at(self, node_index):
        """The output shape of the call number `node_index`, from 0."""
        return self._at(node_index, "output_shapes")

    # Configs

    def get_config(self):
        """The arguments of the constructor as plain data; `from_config` makes a layer of it."""
        config = {"name": self.name, "trainable": self.trainable}
        if hasattr(self, "batch_input_shape"):
            config["batch_input_shape"] = self.batch_input_shape
        if self._saves_dtype:
            config["dtype"] = self.dtype
        return {**config, **fields.plain(self)}

    @classmethod
    def from_config(cls, config):
        """A new layer with the arguments `config`, a dict made by `get_config`."""
        return cls(**config)


def _word(what):
    """What a list of a node is in messages: `output_masks` is the "output mask"."""
    return what.replace("_tensors", "").replace("_", " ").removesuffix("s")


def tuple_of(shape):
    """A shape as a tuple; a bare size is one axis."""
    return tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)


def _added_for(entries, inputs):
    if inputs is None:
        return [x for x, key in entries if key is None]
    wanted = frozenset(as_list(inputs))
    return [x for x, key in entries if key is not None and key <= wanted]


def known(size, what, given):
    """`size`, which a layer needs to make its weights. ShapeError where it is unknown."""
    if size is None:
        raise ShapeError(f"{what} must have a known size; given shape {given}. Give it in the "
                         f"Input, or as input_shape of the first layer.")
    return size
