"""RNN: a cell repeated along time (manual 5.6.1)."""
import numpy as np

from .. import backend as K
from ..graph import ShapeError, Tensor
from ..registry import CustomObjectScope
from .base import InputSpec
from .cells import Cell, OfCells, built, looped, output_size_of, sizes_of
from .node import as_list


def separated(inputs, states, constants, num_constants):
    """(inputs, states, constants) of a call of a recurrent layer: a tensor and two lists.

    Arguments
        inputs: tensor, or the list [inputs, *states, *constants].
        states, constants: tensors or arrays, or lists of them, where they are not in that list.
        num_constants: int, how many of the list are constants; None for none.
    """
    if isinstance(inputs, (list, tuple)):
        inputs, *rest = inputs
        cut = len(rest) - (num_constants or 0)
        states, constants = rest[:cut], rest[cut:]
    return inputs, _tensors(states), _tensors(constants)


def _tensors(values):
    """A list of tensors of None, one tensor or array, or several."""
    values = [] if values is None else as_list(values)
    return [x if isinstance(x, Tensor) else K.constant(x) for x in values]


def with_states(layer, call, inputs, states, constants, options):
    """What `call`, the `__call__` of `Layer` for a recurrent layer, returns: states and constants
    that layers have made become inputs, so that the graph of layers holds them; others are
    arguments."""
    made = [K.is_keras_tensor(x) for x in (*states, *constants)]
    if not made:
        return call(inputs, **options)
    if all(made):
        return call([inputs, *states, *constants], **options)
    if any(made):
        raise ValueError(f"{layer.name}: the initial state or constants of an RNN layer cannot be "
                         f"specified with a mix of Keras tensors (outputs of layers) and others. "
                         f"Put the others behind an Input(tensor=...).")
    return call(inputs, initial_state=states, constants=constants, **options)


UNKNOWN_BATCH = (
    "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input "
    "tensors ({name}): if using a Sequential model, by passing a `batch_input_shape` argument to "
    "your first layer; if using the functional API, by passing a `batch_shape` argument to your "
    "Input layer. (Of a convolutional RNN it must know the rows and columns too.)")


def zeros(shape, inputs):
    """Zeros of a shape whose first size, where it is unknown, is that of the inputs."""
    dtype = inputs.dtype if "float" in inputs.dtype else K.floatx()
    if None not in shape:
        return K.constant(0, dtype, shape)
    return K.zeros((K.shape(inputs)[0], *shape[1:]), dtype)


class _WithStates(OfCells):
    """The states of a recurrent layer: their shapes, their first values, and where they are kept
    from batch to batch."""

    def state_shapes(self, input_shape):
        """The shapes of the states, (samples, size), for inputs of some shape."""
        return [(input_shape[0], size) for size in sizes_of(self.cell.state_size)]

    def step_shape(self, input_shape):
        """The shape of the output of a step, (samples, size)."""
        return (input_shape[0], output_size_of(self.cell))

    def compute_output_shape(self, input_shape):
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        output = self.step_shape(shape)
        if self.return_sequences:
            output = (output[0], shape[1], *output[1:])
        return [output, *self.state_shapes(shape)] if self.return_state else output

    def compute_mask(self, inputs, mask=None):
        mask = mask[0] if isinstance(mask, list) else mask
        output = mask if self.return_sequences else None
        return [output] + [None] * len(self.states) if self.return_state else output

    def get_initial_state(self, inputs):
        """The states before the first step: a list of zeros.

        Arguments
            inputs: tensor (samples, steps, ...).
        """
        return [zeros(shape, inputs) for shape in self.state_shapes(inputs.shape)]

    def reset_states(self, states=None):
        """Set the states of a stateful layer.

        Arguments
            states: array or list of arrays; None for zeros.

        Raises
            AttributeError: if the layer is not stateful.
            ValueError: for an unknown batch size, or arrays of another number or shape.
        """
        if not self.stateful:
            raise AttributeError(f"Layer must be stateful: {self.name} was made without "
                                 f"stateful=True.")
        shapes = self.state_shapes(self.input_spec[0].shape or (None,))
        if any(None in shape for shape in shapes):
            raise ValueError(UNKNOWN_BATCH.format(name=self.name))
        if self.states[0] is None:
            self.states = [K.zeros(shape, self.dtype, "state") for shape in shapes]
        values = [np.zeros(shape) for shape in shapes] if states is None else as_list(states)
        if len(values) != len(shapes):
            raise ValueError(f"Layer {self.name} expects {len(shapes)} states, but it received "
                             f"{len(values)} state values.")
        for i, (value, shape) in enumerate(zip(values, shapes)):
            if np.shape(value) != shape:
                raise ValueError(f"State {i} is incompatible with layer {self.name}: expected "
                                 f"shape={shape}, found shape={np.shape(value)}")
        K.batch_set_value(list(zip(self.states, values)))

    def checked_states(self, states, inputs):
        """`states`, if they fit the cell."""
        shapes = self.state_shapes(inputs.shape)
        if len(states) != len(shapes):
            raise ValueError(f"Layer {self.name} has {len(shapes)} states but was passed "
                             f"{len(states)} initial states.")
        for i, (state, shape) in enumerate(zip(states, shapes)):
            fits = state.ndim == len(shape) and all(
                None in pair or pair[0] == pair[1] for pair in zip(state.shape, shape))
            if not fits:
                raise ShapeError(f"An initial_state was passed that is not compatible with "
                                 f"`cell.state_size`: state {i} of {self.name} has shape {shape}; "
                                 f"given {state.shape}.")
        return states


class RNN(_WithStates):
    """A cell repeated along time, each step with the states that the one before left.

    Arguments
        cell: object with `call(inputs, states) -> (output, new states)`, which may take `constants`
            and `training` too, and `state_size`, an int or a tuple of ints; or a list of cells,
            which are stacked.
        return_sequences: whether to return the outputs of all steps, not that of the last.
        return_state: whether to return the last states too, behind the output.
        go_backwards: whether to begin with the last step; outputs stay in that order.
        stateful: whether sample i of a batch goes on from where sample i of the last batch ended;
            the size of the batch must then be known.
        unroll: whether to write the steps out, for short sequences; their number must be known.

    Shapes    (samples, steps, ...) -> (samples, size), or (samples, steps, size) for sequences;
              states (samples, size)
    Masks     where it is 0 the states stay as they are.  Source: Keras 2.1.6 manual, 5.6.1.
    """
    cell: Cell
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False

    supports_masking = True
    takes_sequences = True
    tells_output_shape = False
    input_ndim = 3
    _num_constants = None

    def configured(self):
        self.input_spec = [InputSpec(ndim=self.input_ndim)]
        self.states = [None] * len(sizes_of(self.cell.state_size))

    @property
    def inner_cells(self):
        return [self.cell]

    def build(self, input_shape):
        shapes = input_shape if isinstance(input_shape, list) else [input_shape]
        shape = tuple(shapes[0])
        count = self._num_constants or 0
        self.input_spec = [InputSpec(shape=(shape[0] if self.stateful else None, None, *shape[2:]))]
        built(self.cell, (shape[0], *shape[2:]), shapes[len(shapes) - count:])
        if self.stateful:
            self.reset_states()
        self.built = True

    def assert_input_compatibility(self, inputs):
        super().assert_input_compatibility(as_list(inputs)[:1])

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        """The output on symbolic tensors.

        Arguments
            inputs: tensor; or the list [inputs, *states, *constants].
            initial_state: tensor or array, or a list of them, the states before the first step.
            constants: likewise, what each step gets besides.
            kwargs: `mask`, `training`.
        """
        inputs, states, constants = separated(inputs, initial_state, constants, self._num_constants)
        self._num_constants = len(constants) or self._num_constants
        return with_states(self, super().__call__, inputs, states, constants, kwargs)

    def call(self, inputs, mask=None, training=None, initial_state=None, constants=None):
        inputs, states, constants = separated(inputs, initial_state, constants, self._num_constants)
        mask = mask[0] if isinstance(mask, list) else mask
        if not states:
            states = self.states if self.stateful else self.get_initial_state(inputs)
        states = self.checked_states(list(states), inputs)
        last, outputs, *states = looped(self.cell, inputs, states, constants, training, mask,
                                        self.go_backwards, self.unroll)
        if self.stateful:
            self.add_update(list(zip(self.states, states)), inputs)
        output = outputs if self.return_sequences else last
        return [output, *states] if self.return_state else output

    def get_config(self):
        config = super().get_config()
        if self._num_constants is not None:
            config["num_constants"] = self._num_constants
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer from what `get_config` returned.

        Arguments
            config: dict.
            custom_objects: dict from names to classes and functions that are not Keras' own.
        """
        config = dict(config)
        num_constants = config.pop("num_constants", None)
        with CustomObjectScope(custom_objects):
            layer = cls(**config)
        layer._num_constants = num_constants
        return layer
