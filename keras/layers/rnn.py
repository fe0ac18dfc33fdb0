"""RNN: a cell repeated along time (manual 5.6.1), and cells stacked into one (5.6.9)."""
import numpy as np

from .. import backend as K
from ..graph import ShapeError, Tensor
from ..registry import CustomObjectScope, get_custom_objects, has_arg
from ..registry import layers as layer_registry
from .base import InputSpec, Layer
from .fields import Kind
from .node import as_list
from .recurrent_cells import GatedCell


# Cells


def sizes_of(state_size):
    """The sizes of a cell's states as a list."""
    return list(state_size) if isinstance(state_size, (list, tuple)) else [state_size]


def output_size_of(cell):
    """The size of a cell's output: by default that of its first state."""
    size = getattr(cell, "output_size", None)
    return sizes_of(cell.state_size)[0] if size is None else size


def built(cell, shape, constants):
    """Make the weights of a cell for the shapes of a step's input and of the constants."""
    if isinstance(cell, Layer):
        cell.build([shape, *constants] if constants and takes(cell, "constants") else shape)


def takes(cell, name):
    """Whether a cell's `call` takes an argument `name`."""
    return has_arg(cell.call, name)


def called(cell, inputs, states, constants, training):
    """A step of a cell, with those arguments that it takes."""
    options = {}
    if constants and takes(cell, "constants"):
        options["constants"] = constants
    if takes(cell, "training"):
        options["training"] = training
    output, states = cell.call(inputs, states, **options)
    return output, list(states)


def forget_masks(cell):
    """A new sequence begins: cells draw new dropout masks."""
    if isinstance(cell, StackedRNNCells):
        for inner in cell.cells:
            forget_masks(inner)
    elif isinstance(cell, GatedCell):
        cell.forget_masks()


class ClassName(str):
    """The name of a class in a config; in this process it knows the class too, so that a layer with
    a cell of the user's can be copied."""

    def __new__(cls, known):
        self = super().__new__(cls, known.__name__)
        self.known = known
        return self

    def __getnewargs__(self):
        return (self.known,)


def described(cell):
    """A cell in a config."""
    return {"class_name": ClassName(type(cell)), "config": cell.get_config()}


def from_description(cell):
    """The cell that a config describes; a cell itself stays as it is."""
    if not isinstance(cell, dict):
        return cell
    name = cell.get("class_name")
    if isinstance(name, ClassName) and name not in get_custom_objects():
        return name.known.from_config(cell["config"])
    return layer_registry.deserialize(cell)


def _checked(cell, where):
    """`cell`, if it is one."""
    if not callable(getattr(cell, "call", None)):
        raise ValueError(f"{where}: a cell has a method call(inputs, states); given {cell!r:.200}.")
    if not hasattr(cell, "state_size"):
        raise ValueError(f"{where}: a cell has an attribute state_size, an int, or a tuple of ints, "
                         f"one for each state; {type(cell).__name__} has none.")
    return cell


def _cell(value, where):
    if isinstance(value, (list, tuple)):
        return StackedRNNCells(value)
    return _checked(from_description(value), where)


Cell = Kind(_cell, described)
Cells = Kind(lambda value, where: [_checked(from_description(cell), where) for cell in value],
             lambda cells: [described(cell) for cell in cells])


class StackedRNNCells(Layer):
    """Cells as one: each gets the output of the one before.

    Arguments
        cells: list of cells.
        reverse_state_order: whether the states of the last cell come first, as before Keras 2.2.

    Source: Keras 2.1.6 manual, 5.6.9.
    """
    cells: Cells
    reverse_state_order: bool = False

    @property
    def in_order_of_states(self):
        """The cells as their states are ordered."""
        return self.cells[::-1] if self.reverse_state_order else self.cells

    @property
    def state_size(self):
        return tuple(size for cell in self.in_order_of_states for size in sizes_of(cell.state_size))

    @property
    def output_size(self):
        return output_size_of(self.cells[-1])

    def build(self, input_shape):
        shape, *constants = input_shape if isinstance(input_shape, list) else [input_shape]
        for cell in self.cells:
            built(cell, shape, constants)
            shape = (shape[0], output_size_of(cell))
        self.built = True

    def call(self, inputs, states, constants=None, training=None):
        """A step of each cell.

        Arguments
            inputs: tensor (samples, ...).
            states: list of the states of all cells.
            constants: list of tensors for the cells that take them.
            training: whether to drop anything; None for the learning phase.
        """
        left, groups = list(states), []
        for cell in self.in_order_of_states:
            count = len(sizes_of(cell.state_size))
            groups.append(left[:count])
            left = left[count:]
        order = -1 if self.reverse_state_order else 1
        results = []
        for cell, own in zip(self.cells, groups[::order]):
            inputs, new = called(cell, inputs, own, constants, training)
            results.append(new)
        return inputs, [state for new in results[::order] for state in new]

    @property
    def layers(self):
        """Those cells that are layers."""
        return [cell for cell in self.cells if isinstance(cell, Layer)]

    @property
    def trainable_weights(self):
        return [w for cell in self.layers for w in cell.trainable_weights] if self.trainable else []

    @property
    def non_trainable_weights(self):
        fixed = [w for cell in self.layers for w in cell.non_trainable_weights]
        if self.trainable:
            return fixed
        return [w for cell in self.layers for w in cell.trainable_weights] + fixed

    @property
    def losses(self):
        return [x for cell in self.layers for x in cell.losses]

    def get_losses_for(self, inputs):
        return [x for cell in self.layers for x in cell.get_losses_for(inputs)]


# The layer


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


class RNN(Layer):
    """A cell repeated along time, each step with the states that the one before left.

    Arguments
        cell: object with `call(inputs, states) -> (output, new states)`, which may take `constants`
            and `training` too, and `state_size`, an int or a tuple of ints; or a list of cells, which
            are stacked.
        return_sequences: whether to return the outputs of all steps, not that of the last.
        return_state: whether to return the last states too, behind the output.
        go_backwards: whether to begin with the last step; outputs stay in that order.
        stateful: whether sample i of a batch goes on from where sample i of the last batch ended; the
            size of the batch must then be known.
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
    ndim = 3  # of the inputs
    _num_constants = None

    def configured(self):
        self.input_spec = [InputSpec(ndim=self.ndim)]
        self.states = [None] * len(sizes_of(self.cell.state_size))

    # Shapes

    def state_shapes(self, input_shape):
        """The shapes of the states, (samples, size), for inputs of some shape."""
        return [(input_shape[0], size) for size in sizes_of(self.cell.state_size)]

    def compute_output_shape(self, input_shape):
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        states = self.state_shapes(shape)
        output = (*states[0][:-1], output_size_of(self.cell))
        if self.return_sequences:
            output = (output[0], shape[1], *output[1:])
        return [output, *states] if self.return_state else output

    def compute_mask(self, inputs, mask=None):
        mask = mask[0] if isinstance(mask, list) else mask
        output = mask if self.return_sequences else None
        return [output] + [None] * len(self.states) if self.return_state else output

    # Weights and states

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

    # Calling

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        """The output on symbolic tensors.

        Arguments
            inputs: tensor; or the list [inputs, *states, *constants].
            initial_state: tensor or array, or a list of them, the states before the first step.
            constants: likewise, what each step gets besides.
            kwargs: `mask`, `training`.
        """
        inputs, states, constants = separated(inputs, initial_state, constants, self._num_constants)
        extra = [*states, *constants]
        self._num_constants = len(constants) or self._num_constants
        if not extra:
            return super().__call__(inputs, **kwargs)
        if all(K.is_keras_tensor(x) for x in extra):
            return super().__call__([inputs, *extra], **kwargs)
        if any(K.is_keras_tensor(x) for x in extra):
            raise ValueError(f"{self.name}: the initial state or constants of an RNN layer cannot be "
                             f"specified with a mix of Keras tensors (outputs of layers) and "
                             f"others. Put the others behind an Input(tensor=...).")
        return super().__call__(inputs, initial_state=states, constants=constants, **kwargs)

    def call(self, inputs, mask=None, training=None, initial_state=None, constants=None):
        inputs, states, constants = separated(inputs, initial_state, constants, self._num_constants)
        mask = mask[0] if isinstance(mask, list) else mask
        if not states:
            states = self.states if self.stateful else self.get_initial_state(inputs)
        states = self.checked_states(list(states), inputs)
        if constants and not takes(self.cell, "constants"):
            raise ValueError(f"{self.name}: its cell does not support constants; its `call` takes no "
                             f"argument of that name.")
        forget_masks(self.cell)
        last, outputs, states = self.run(inputs, states, constants, mask, training)
        if self.stateful:
            self.add_update(list(zip(self.states, states)), inputs)
        output = outputs if self.return_sequences else last
        return [output, *states] if self.return_state else output

    def run(self, inputs, states, constants, mask, training):
        """(last output, all outputs, last states) of the cell along the inputs."""
        cell = self.cell
        if isinstance(cell, GatedCell) and type(cell).call is GatedCell.call:
            # What does not hang on the states is computed for all steps at once.
            cell.keep_masks(inputs[:, 0], states[0], training)
            inputs, step = cell.projected(inputs), cell.step
        else:
            def step(x, before):
                own = before[:len(states)]
                return called(cell, x, own, before[len(states):], training)

            # A cell may keep dropout masks from its first call on: let it come before the loop.
            step(inputs[:, 0], [*states, *constants])
        return K.rnn(step, inputs, states, self.go_backwards, mask, constants, self.unroll,
                     inputs.shape[1])

    # What belongs to the cell

    @property
    def cell_layer(self):
        """A list of the cell, if it is a layer."""
        return [self.cell] if isinstance(self.cell, Layer) else []

    @property
    def trainable_weights(self):
        return [w for cell in self.cell_layer for w in cell.trainable_weights if self.trainable]

    @property
    def non_trainable_weights(self):
        return [w for cell in self.cell_layer
                for w in (cell.non_trainable_weights if self.trainable else cell.weights)]

    @property
    def losses(self):
        return [x for cell in self.cell_layer for x in cell.losses] + super().losses

    def get_losses_for(self, inputs):
        inner = [x for cell in self.cell_layer for x in cell.get_losses_for(inputs)]
        return inner + super().get_losses_for(inputs)

    # Configs

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


UNKNOWN_BATCH = (
    "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input "
    "tensors ({name}): if using a Sequential model, by passing a `batch_input_shape` argument to your "
    "first layer; if using the functional API, by passing a `batch_shape` argument to your Input "
    "layer.")


def zeros(shape, inputs):
    """Zeros of a shape whose first size, where it is unknown, is that of the inputs."""
    if None not in shape:
        return K.constant(0, inputs.dtype, shape)
    return K.zeros((K.shape(inputs)[0], *shape[1:]), inputs.dtype)
