"""Cells: what a recurrent layer does at one step (manual 5.6.6 to 5.6.8).

All gates of a cell are one batch, a tensor of shape (gates, samples, units): a step then takes one
product with the state, whether or not each gate has its own dropped-out copy of it.
"""
import numpy as np

from .. import backend as K
from .base import Layer, known
from .fields import Activation, Constraint, Count, Fraction, Initializer, Regularizer


def drawn_mask(x, rate, training):
    """A dropout mask for x; a single 1 where nothing is to be dropped."""
    return K.in_train_phase(lambda: K.dropout(K.ones_like(x), rate),
                            lambda: K.constant(1, x.dtype, (1,) * x.ndim), training)


class GatedCell(Layer):
    """What SimpleRNNCell, GRUCell and LSTMCell share: weights, products with them, dropout.

    A subclass has its arguments as fields, the number of its `gates`, in the order of the kernels'
    columns, and in `step(x, states)` its formula, where x is what the inputs add to the gates.
    """

    gates = 1
    kind = None  # what K.recurrence calls it, if it knows it
    implementation = 1
    # One mask for a whole sequence: (gates, samples, size), or (1, samples, size) for all gates.
    _dropout_mask = None
    _recurrent_dropout_masks = None  # one for each part

    @property
    def parts(self):
        """The gates whose products with the state are taken together, as slices."""
        return [slice(0, self.gates)]

    @property
    def state_size(self):
        return self.units

    @property
    def output_size(self):
        return self.units

    # Weights

    def build(self, input_shape):
        n = known(input_shape[-1], f"{self.name}: the input's last axis", given=input_shape)
        columns = self.gates * self.units
        self.kernel = self.add_weight("kernel", (n, columns))
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel", (self.units, columns), None, self.recurrent_initializer,
            self.recurrent_regularizer, constraint=self.recurrent_constraint)
        self.bias = self.first_bias() if self.use_bias else None
        self.built = True

    def first_bias(self):
        """The bias, a new weight."""
        return self.add_weight("bias", (self.gates * self.units,))

    def by_gate(self, kernel):
        """A kernel (n, gates * units) as one of its own for each gate, (gates, n, units)."""
        split = K.reshape(kernel, (-1, self.gates, self.units))
        return K.permute_dimensions(split, (1, 0, 2))

    def input_bias(self):
        """What is added to the products of the inputs, (gates, 1, units), or None."""
        return K.reshape(self.bias, (self.gates, 1, self.units)) if self.use_bias else None

    def state_bias(self):
        """What is added to the products of the state, likewise."""

    # Dropout

    def forget_masks(self):
        """A new sequence begins: the next step draws new masks."""
        self._dropout_mask = self._recurrent_dropout_masks = None

    def keep_masks(self, inputs, h, training):
        """Draw masks for a sequence, unless it has some already.

        Arguments
            inputs, h: the inputs (samples, n) and the state (samples, units) of a step.
            training: whether to drop anything; None for the learning phase.
        """
        if 0 < self.dropout < 1 and self._dropout_mask is None:
            self._dropout_mask = self.mask(inputs, self.dropout, self.gates, training)
        if 0 < self.recurrent_dropout < 1 and self._recurrent_dropout_masks is None:
            masks = [self.mask(h, self.recurrent_dropout, part.stop - part.start, training)
                     for part in self.parts]
            if self.implementation != 1:
                masks = masks[:1] * len(masks)
            self._recurrent_dropout_masks = masks

    def mask(self, x, rate, gates, training):
        """A mask for x (samples, size) of each of some gates, or of all where implementation is
        not 1; a single 1 where nothing is to be dropped."""
        return drawn_mask(K.stack([x] * (gates if self.implementation == 1 else 1)), rate, training)

    # Products

    def projected(self, inputs):
        """What the inputs add to the gates.

        Shapes    (samples, n) -> (gates, samples, units);
                  (samples, steps, n) -> (gates, steps, samples, units)
        """
        mask = self._dropout_mask
        if inputs.ndim == 2:
            x = K.expand_dims(inputs, 0)
            return self.biased_product(x if mask is None else x * mask)
        rows, steps = (K.shape(inputs)[i] if inputs.shape[i] is None else inputs.shape[i]
                       for i in (0, 1))
        # Step by step in memory, as the loop will read it.
        x = K.reshape(K.permute_dimensions(inputs, (1, 0, 2)), (1, steps * rows, inputs.shape[2]))
        if mask is not None:
            x = K.reshape(x, (1, steps, rows, inputs.shape[2])) * K.expand_dims(mask, 1)
            x = K.reshape(x, (K.shape(x)[0], steps * rows, inputs.shape[2]))
        return K.reshape(self.biased_product(x), (self.gates, steps, rows, self.units))

    def biased_product(self, x):
        """The products of (gates or 1, rows, n) with the kernels, and the bias."""
        product, bias = K.matrices(x, self.by_gate(self.kernel)), self.input_bias()
        return product if bias is None else product + bias

    def recurrent(self, h, part=0):
        """The products of a state (samples, units) with the recurrent kernels of the gates of a
        part, (gates of it, samples, units)."""
        h = K.expand_dims(h, 0)
        if self._recurrent_dropout_masks is not None:
            h = h * self._recurrent_dropout_masks[part]
        kernels = self.by_gate(self.recurrent_kernel)
        return K.matrices(h, kernels if len(self.parts) == 1 else kernels[self.parts[part]])

    @property
    def gate_activation(self):
        return self.recurrent_activation

    def call(self, inputs, states, training=None):
        """One step.

        Arguments
            inputs: tensor (samples, n).
            states: list of tensors (samples, units).
            training: whether to drop anything; None for the learning phase.

        Returns
            (output, list of the new states)
        """
        self.keep_masks(inputs, states[0], training)
        return self.step(self.projected(inputs), states)


class SimpleRNNCell(GatedCell):
    """A step of `SimpleRNN`: `activation(dot(x, kernel) + dot(h, recurrent_kernel) + bias)`.

    Arguments
        as for `SimpleRNN`.

    Source: Keras 2.1.6 manual, 5.6.6.
    """
    units: Count
    activation: Activation = "tanh"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    recurrent_initializer: Initializer = "orthogonal"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    recurrent_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0

    kind = "simple"

    @property
    def gate_activation(self):
        return self.activation  # it has no gate

    def step(self, x, states):
        h = self.activation(K.squeeze(x + self.recurrent(states[0]), 0))
        return h, [h]


class GRUCell(GatedCell):
    """A step of `GRU`.

    Arguments
        as for `GRU`.

    Source: Keras 2.1.6 manual, 5.6.7; reset_after from Keras 2.1.5.
    """
    units: Count
    activation: Activation = "tanh"
    recurrent_activation: Activation = "hard_sigmoid"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    recurrent_initializer: Initializer = "orthogonal"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    recurrent_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0
    implementation: int = 1
    reset_after: bool = False

    gates = 3  # z: how much is kept, r: how much the candidate sees of the state, the candidate

    @property
    def kind(self):
        return "gru_reset_after" if self.reset_after else "gru"

    @property
    def parts(self):
        return [slice(0, 3)] if self.reset_after else [slice(0, 2), slice(2, 3)]

    def first_bias(self):
        shape = (3 * self.units,)
        return self.add_weight("bias", (2, *shape) if self.reset_after else shape)

    def input_bias(self):
        return self.bias_of(0) if self.reset_after and self.use_bias else super().input_bias()

    def state_bias(self):
        return self.bias_of(1) if self.reset_after and self.use_bias else None

    def bias_of(self, part):
        """With reset_after: what is added to the products of the inputs, 0, or of the state, 1."""
        return K.reshape(self.bias, (2, 3, 1, self.units))[part]

    def step(self, x, states):
        h = states[0]
        if self.reset_after:
            u = self.recurrent(h)
            if self.use_bias:
                u = u + self.state_bias()
            z, r = map(self.recurrent_activation, x[:2] + u[:2])
            candidate = self.activation(x[2] + r * u[2])
        else:
            z, r = map(self.recurrent_activation, x[:2] + self.recurrent(h))
            candidate = self.activation(K.squeeze(x[2:] + self.recurrent(r * h, part=1), 0))
        h = z * h + (1 - z) * candidate
        return h, [h]


class LSTMCell(GatedCell):
    """A step of `LSTM`.

    Arguments
        as for `LSTM`.

    Source: Keras 2.1.6 manual, 5.6.8.
    """
    units: Count
    activation: Activation = "tanh"
    recurrent_activation: Activation = "hard_sigmoid"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    recurrent_initializer: Initializer = "orthogonal"
    bias_initializer: Initializer = "zeros"
    unit_forget_bias: bool = True
    kernel_regularizer: Regularizer = None
    recurrent_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0
    implementation: int = 1

    kind = "lstm"
    gates = 4  # i: what comes in, f: what is kept, the candidate, o: what goes out
    bias_parts = (0, 1, 0, 0)  # what those of the bias begin with where unit_forget_bias is set

    @property
    def state_size(self):
        return (self.units, self.units)

    def first_bias(self):
        def ones(shape, dtype=None):
            return K.constant(np.repeat(self.bias_parts, self.units), dtype)

        shape = (len(self.bias_parts) * self.units,)
        return self.add_weight("bias", shape, initializer=ones if self.unit_forget_bias else None)

    def sums(self, x, h):
        """The sums that enter the gates, by gate."""
        return x + self.recurrent(h)

    def step(self, x, states):
        h, c = states
        i, f, candidate, o = self.sums(x, h)
        i, f, o = map(self.recurrent_activation, (i, f, o))
        c = f * c + i * self.activation(candidate)
        h = o * self.activation(c)
        return h, [h, c]
