"""Cells of any make: what they tell, how they are called, how they stand in a config; and
StackedRNNCells, which makes one of several (manual 5.6.1, 5.6.9)."""
from .. import backend as K
from ..activations import hard_sigmoid, linear, relu, sigmoid, tanh
from ..registry import get_custom_objects, has_arg
from ..registry import layers as layer_registry
from .base import Layer
from .fields import Kind
from .recurrent_cells import GatedCell

# What K.recurrence knows.
ACTIVATIONS = {tanh: "tanh", sigmoid: "sigmoid", hard_sigmoid: "hard_sigmoid", relu: "relu",
               linear: "linear"}


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


def looped(cell, inputs, states, constants, training, mask, backwards, unroll):
    """[last output, outputs, *last states] of a cell along `inputs` (samples, steps, ...)."""
    if constants and not takes(cell, "constants"):
        raise ValueError(f"{type(cell).__name__}: this RNN cell does not support constants; its "
                         f"`call` takes no argument of that name.")
    forget_masks(cell)
    sequences, step = _along(cell, inputs, states, training)
    if not is_gated(cell):
        # A cell may keep the dropout masks of its first call: let that be one before the loop.
        step(inputs[:, 0], [*states, *constants])
    last, outputs, new = K.rnn(step, sequences, states, backwards, mask, constants, unroll,
                               inputs.shape[1])
    results = [last, outputs, *new]
    if not is_gated(cell) or mask is not None and unroll:  # they take masks in another way
        return results
    return as_recurrence(cell, inputs, states, mask, backwards, results)


def as_recurrence(cell, inputs, states, mask, backwards, results):
    """`results`, a loop of one of our cells over the inputs, as the op that engines may have for
    it."""
    activations = [ACTIVATIONS.get(a) for a in (cell.activation, cell.gate_activation)]
    if cell.kind is None or None in activations:
        return results
    return list(K.recurrence(
        cell.kind, inputs, states, cell.by_gate(cell.kernel), cell.by_gate(cell.recurrent_kernel),
        cell.input_bias(), cell.state_bias(), activations, backwards, lambda: tuple(results),
        cell._dropout_mask, cell._recurrent_dropout_masks or [], mask))


def is_gated(cell):
    """Whether a cell is one of ours, and works as we made it."""
    return isinstance(cell, GatedCell) and type(cell).call is GatedCell.call


def _along(cell, inputs, states, training):
    """What a loop over the inputs goes along, and the function of a step. Our cells compute what
    does not hang on the states for all steps at once."""
    if is_gated(cell):
        cell.keep_masks(inputs[:, 0], states[0], training)
        return cell.projected(inputs), cell.step
    count = len(states)

    def step(x, before):
        return called(cell, x, before[:count], before[count:], training)

    return inputs, step


class ClassName(str):
    """The name of a class in a config; in this process it knows the class too, so that a layer
    with a cell of the user's can be copied."""

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
        raise ValueError(f"{where}: a cell has an attribute state_size, an int, or a tuple of "
                         f"ints, one for each state; {type(cell).__name__} has none.")
    return cell


def _cell(value, where):
    if isinstance(value, (list, tuple)):
        return StackedRNNCells(value)
    return _checked(from_description(value), where)


Cell = Kind(_cell, described)
Cells = Kind(lambda value, where: [_checked(from_description(cell), where) for cell in value],
             lambda cells: [described(cell) for cell in cells])


class OfCells(Layer):
    """A layer whose weights and losses are those of its `inner_cells`."""

    @property
    def inner_layers(self):
        """Those cells that are layers."""
        return [cell for cell in self.inner_cells if isinstance(cell, Layer)]

    @property
    def trainable_weights(self):
        if not self.trainable:
            return []
        return [w for cell in self.inner_layers for w in cell.trainable_weights]

    @property
    def non_trainable_weights(self):
        fixed = [w for cell in self.inner_layers for w in cell.non_trainable_weights]
        if self.trainable:
            return fixed
        return [w for cell in self.inner_layers for w in cell.trainable_weights] + fixed

    @property
    def losses(self):
        return [x for cell in self.inner_layers for x in cell.losses] + super().losses

    def get_losses_for(self, inputs):
        inner = [x for cell in self.inner_layers for x in cell.get_losses_for(inputs)]
        return inner + super().get_losses_for(inputs)


class StackedRNNCells(OfCells):
    """Cells as one: each gets the output of the one before.

    Arguments
        cells: list of cells.
        reverse_state_order: whether the states of the last cell come first, as before Keras 2.2.

    Source: Keras 2.1.6 manual, 5.6.9.
    """
    cells: Cells
    reverse_state_order: bool = False

    @property
    def inner_cells(self):
        return self.cells

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
