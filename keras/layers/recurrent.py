"""Recurrent layers: SimpleRNN, GRU, LSTM (manual 5.6). `rnn` has their base, `recurrent_cells`
their formulas."""
import warnings

from ..legacy.recurrent import Recurrent
from .cells import StackedRNNCells
from .fields import Activation, Constraint, Count, Fraction, Initializer, Regularizer
from .recurrent_cells import GRUCell, LSTMCell, SimpleRNNCell
from .rnn import RNN


class GatedRNN(RNN):
    """A recurrent layer that makes its cell, of the class `cell_class`, from its own arguments and
    from what is the same for all such layers, `cell_options`."""

    cell_class = None
    cell_options = {}

    def configured(self):
        if getattr(self, "implementation", 1) == 0:
            warnings.warn(f"{type(self).__name__}: `implementation=0` has been deprecated; use 1 "
                          f"(a dropout mask for each gate) or 2 (one for all).", stacklevel=4)
        own = {name: getattr(self, name) for name in self.cell_class.fields if name in self.fields}
        self.cell = self.cell_class(**own, **self.cell_options, dtype=self.dtype)
        super().configured()

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        implementation = config.pop("implementation", 1) or 1  # 0 was another way, once
        if "implementation" in cls.fields:  # SimpleRNN had it, once
            config["implementation"] = implementation
        return super().from_config(config, custom_objects)


class SimpleRNN(GatedRNN):
    """Fully connected recurrent layer: `h = activation(dot(x, kernel) + dot(h, recurrent_kernel)
    + bias)`; its output is h.

    Arguments
        units: int >= 1, the size of the state and the output.
        activation: name or function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are held to after
            each step of training.
        dropout: fraction of the inputs dropped, 0..1, the same ones at all steps of a sequence.
        recurrent_dropout: fraction of the state dropped, likewise.
        return_sequences, return_state, go_backwards, stateful, unroll: as for `RNN`.

    Shapes    (samples, steps, n) -> (samples, units), or (samples, steps, units) for sequences;
              kernel (n, units), recurrent kernel (units, units), bias (units,)
    Source: Keras 2.1.6 manual, 5.6.2.
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
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False

    cell_class = SimpleRNNCell


class GRU(GatedRNN):
    """Gated recurrent unit: z = s(x_z + h U_z), r = s(x_r + h U_r), both with the recurrent
    activation s; candidate = activation(x_h + (r h) U_h); h = z h + (1 - z) candidate.
    x_z, x_r, x_h are the columns of `dot(x, kernel) + bias`, U_z, U_r, U_h of the recurrent kernel.

    Arguments
        units: int >= 1, the size of the state and the output.
        activation: name or function, of the candidate; None for none.
        recurrent_activation: name or function, of the gates z and r.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are held to after
            each step of training.
        dropout: fraction of the inputs dropped, 0..1, the same ones at all steps of a sequence.
        recurrent_dropout: fraction of the state dropped, likewise.
        implementation: 1, dropout masks of their own for each gate; 2, the same one for all.
        return_sequences, return_state, go_backwards, stateful, unroll: as for `RNN`.
        reset_after: whether r is applied behind the product, r (h U_h + a bias of its own), as
            cuDNN does.

    Shapes    (samples, steps, n) -> (samples, units), or (samples, steps, units) for sequences;
              kernel (n, 3 units), recurrent kernel (units, 3 units), bias (3 units,), or
              (2, 3 units) with reset_after
    Source: Keras 2.1.6 manual, 5.6.3; Cho et al. 2014; dropout: Gal and Ghahramani 2016.
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
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0
    implementation: int = 1
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    reset_after: bool = False

    cell_class = GRUCell


class LSTM(GatedRNN):
    """Long short-term memory: gates i, f, o = s(x_g + h U_g) with the recurrent activation s,
    candidate = activation(x_c + h U_c); c = f c + i candidate; h = o activation(c); its output is
    h, its states are h and c. The columns of the kernels and the bias are those of i, f, c, o.

    Arguments
        units: int >= 1, the size of the states and the output.
        activation: name or function, of the candidate and of c; None for none.
        recurrent_activation: name or function, of the gates i, f and o.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        unit_forget_bias: whether the bias of the gate f begins with ones (Jozefowicz et al. 2015).
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are held to after
            each step of training.
        dropout: fraction of the inputs dropped, 0..1, the same ones at all steps of a sequence.
        recurrent_dropout: fraction of the state dropped, likewise.
        implementation: 1, dropout masks of their own for each gate; 2, the same one for all.
        return_sequences, return_state, go_backwards, stateful, unroll: as for `RNN`.

    Shapes    (samples, steps, n) -> (samples, units), or (samples, steps, units) for sequences;
              kernel (n, 4 units), recurrent kernel (units, 4 units), bias (4 units,)
    Source: Keras 2.1.6 manual, 5.6.4; Hochreiter and Schmidhuber 1997; dropout: Gal and
    Ghahramani 2016.
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
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0
    implementation: int = 1
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False

    cell_class = LSTMCell


__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "Recurrent", "SimpleRNN", "SimpleRNNCell",
           "StackedRNNCells"]
