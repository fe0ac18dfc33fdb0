"""Recurrent: the base of recurrent layers that tell their step themselves (Keras 1 to 2.0)."""
import numpy as np

from .. import backend as K
from ..layers.base import InputSpec, Layer
from ..layers.node import as_list
from ..layers.rnn import separated, with_states, zeros


class Recurrent(Layer):
    """A step repeated along time, each with the states that the one before left.

    A subclass sets `units` and makes its weights in `build`, which also sets `states` to a list
    of as many Nones as there are states. It has `step(inputs, states) -> (output, new states)`,
    `states` being followed by the constants; and, where it needs to, `get_constants`,
    `preprocess_input` and `get_initial_state`. New layers are written as cells for `RNN`.

    Arguments
        return_sequences: whether to return the outputs of all steps, not that of the last.
        return_state: whether to return the last states too, behind the output.
        go_backwards: whether to begin with the last step.
        stateful: whether sample i of a batch goes on from where sample i of the last one ended.
        unroll: whether to write the steps out, for short sequences.
        implementation: int, for the subclass.
        input_dim, input_length: ints, the shape of a sample, where the layer is the first.

    Shapes    (samples, steps, n) -> (samples, units), or (samples, steps, units) for sequences
    Source: `keras.legacy.layers` of 2.1.6.
    """

    supports_masking = True
    takes_sequences = True
    dropout = recurrent_dropout = 0.

    def __init__(self, return_sequences=False, return_state=False, go_backwards=False,
                 stateful=False, unroll=False, implementation=0, **kwargs):
        super().__init__(**kwargs)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.implementation = implementation
        self.input_spec = [InputSpec(ndim=3)]
        self.state_spec = None
        self.states = [None]

    # For subclasses

    def step(self, inputs, states):
        """One step.

        Arguments
            inputs: tensor (samples, ...), what `preprocess_input` made of a step.
            states: list of the states, then the constants.

        Returns
            (output, list of new states).
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method step(self, inputs, "
                                  f"states).")

    def get_constants(self, inputs, training=None):
        """What each step gets besides the states: a list of tensors, here none."""
        return []

    def preprocess_input(self, inputs, training=None):
        """What the steps are taken from: here the inputs themselves."""
        return inputs

    def get_initial_state(self, inputs):
        """The states before the first step: a list of zeros, (samples, units) each."""
        return [zeros((inputs.shape[0], self.units), inputs) for _ in self.states]

    # What all of them share

    def compute_output_shape(self, input_shape):
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        output = (shape[0], shape[1], self.units) if self.return_sequences else (
            shape[0], self.units)
        if not self.return_state:
            return output
        return [output, *((shape[0], self.units) for _ in self.states)]

    def compute_mask(self, inputs, mask=None):
        mask = mask[0] if isinstance(mask, list) else mask
        output = mask if self.return_sequences else None
        return [output] + [None] * len(self.states) if self.return_state else output

    def assert_input_compatibility(self, inputs):
        specs = self.input_spec
        self.input_spec = as_list(specs)[:1]
        try:
            super().assert_input_compatibility(as_list(inputs)[:1])
        finally:
            self.input_spec = specs

    def __call__(self, inputs, initial_state=None, **kwargs):
        """The output on symbolic tensors.

        Arguments
            inputs: tensor; or the list [inputs, *states].
            initial_state: tensor or array, or a list of them, the states before the first step.
            kwargs: `mask`, `training`.
        """
        inputs, states, _ = separated(inputs, initial_state, None, None)
        if not states:
            return super().__call__(inputs, **kwargs)

        def call(tensors, constants=None, **options):
            return super(Recurrent, self).__call__(tensors, **options)

        return with_states(self, call, inputs, states, [], kwargs)

    def call(self, inputs, mask=None, training=None, initial_state=None):
        inputs, states, _ = separated(inputs, initial_state, None, None)
        mask = mask[0] if isinstance(mask, list) else mask
        if not states:
            states = self.states if self.stateful else self.get_initial_state(inputs)
        if len(states) != len(self.states):
            raise ValueError(f"Layer {self.name} has {len(self.states)} states but was passed "
                             f"{len(states)} initial states.")
        last, outputs, states = K.rnn(
            self.step, self.preprocess_input(inputs, training=training), list(states),
            self.go_backwards, mask, self.get_constants(inputs, training=training), self.unroll,
            inputs.shape[1])
        if self.stateful:
            self.add_update(list(zip(self.states, states)), inputs)
        output = outputs if self.return_sequences else last
        return [output, *states] if self.return_state else output

    def reset_states(self, states=None):
        """Set the states of a stateful layer.

        Arguments
            states: array or list of arrays; None for zeros.
        """
        if not self.stateful:
            raise AttributeError(f"Layer must be stateful: {self.name} was made without "
                                 f"stateful=True.")
        samples = (as_list(self.input_spec)[0].shape or (None,))[0]
        if samples is None:
            raise ValueError(f"{self.name} is stateful and must know its batch size: give "
                             f"batch_input_shape to the first layer, or batch_shape to Input.")
        if self.states[0] is None:
            self.states = [K.zeros((samples, self.units), self.dtype) for _ in self.states]
        values = as_list(states) if states is not None else [
            np.zeros(K.int_shape(state)) for state in self.states]
        if len(values) != len(self.states):
            raise ValueError(f"Layer {self.name} expects {len(self.states)} states, but it "
                             f"received {len(values)} state values.")
        K.batch_set_value(list(zip(self.states, values)))

    def get_config(self):
        own = {name: getattr(self, name) for name in (
            "return_sequences", "return_state", "go_backwards", "stateful", "unroll",
            "implementation")}
        return {**super().get_config(), **own}
