"""GRU and LSTM in the form of NVIDIA's library, with weights in its arrangement (manual 5.6.10,
5.6.11). On a GPU they run in its kernels; elsewhere they give the same numbers."""
from .. import backend as K
from .fields import Constraint, Count, Initializer, Regularizer
from .recurrent import GatedRNN
from .recurrent_cells import GRUCell, LSTMCell


def transposed_by_gate(cell, kernel):
    """A kernel (n, gates * units) as one of its own for each gate, (gates, n, units): the library
    reads the numbers of each gate's part, row by row, as a matrix (units, n)."""
    n = kernel.shape[0]
    split = K.permute_dimensions(K.reshape(kernel, (n, cell.gates, cell.units)), (1, 0, 2))
    return K.permute_dimensions(K.reshape(split, (cell.gates, cell.units, n)), (0, 2, 1))


class _CuDNNGRUCell(GRUCell):
    """The cell of `CuDNNGRU`."""

    by_gate = transposed_by_gate

    def first_bias(self):
        return self.add_weight("bias", (6 * self.units,))


class _CuDNNLSTMCell(LSTMCell):
    """The cell of `CuDNNLSTM`; it has a bias for the inputs' products and one for the state's."""

    by_gate = transposed_by_gate
    bias_parts = (0, 0, 0, 0, 0, 1, 0, 0)

    def input_bias(self):
        return K.sum(K.reshape(self.bias, (2, 4, 1, self.units)), axis=0)


class CuDNNGRU(GatedRNN):
    """`GRU` with tanh, sigmoid gates and reset_after.

    Arguments
        units: int >= 1, the size of the state and the output.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are held to after
            each step of training.
        return_sequences, return_state, stateful, go_backwards: as for `RNN`.

    Shapes    (samples, steps, n) -> (samples, units), or (samples, steps, units) for sequences;
              kernel (n, 3 units), recurrent kernel (units, 3 units), bias (6 units,)
    Source: Keras 2.1.6 manual, 5.6.10.
    """
    units: Count
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
    return_sequences: bool = False
    return_state: bool = False
    stateful: bool = False
    go_backwards: bool = False

    cell_class = _CuDNNGRUCell
    cell_options = {"recurrent_activation": "sigmoid", "reset_after": True}
    unroll = False


class CuDNNLSTM(GatedRNN):
    """`LSTM` with tanh and sigmoid gates.

    Arguments
        units: int >= 1, the size of the states and the output.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        unit_forget_bias: whether the bias of the gate f begins with ones.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are held to after
            each step of training.
        return_sequences, return_state, stateful, go_backwards: as for `RNN`.

    Shapes    (samples, steps, n) -> (samples, units), or (samples, steps, units) for sequences;
              kernel (n, 4 units), recurrent kernel (units, 4 units), bias (8 units,)
    Source: Keras 2.1.6 manual, 5.6.11.
    """
    units: Count
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
    return_sequences: bool = False
    return_state: bool = False
    stateful: bool = False
    go_backwards: bool = False

    cell_class = _CuDNNLSTMCell
    cell_options = {"recurrent_activation": "sigmoid"}
    unroll = False
