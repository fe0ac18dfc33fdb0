"""ConvLSTM2D: an LSTM whose products are convolutions of pictures (manual 5.6.5)."""
from .. import backend as K
from .base import known
from .convolutional import Padding
from .fields import (
    Activation,
    Constraint,
    Count,
    DataFormat,
    Fraction,
    Initializer,
    Regularizer,
    sizes,
)
from .recurrent import GatedRNN
from .recurrent_cells import LSTMCell, drawn_mask
from .rnn import RNN, zeros
from .wrappers import rows_of_steps, steps_of_rows


class ConvolvedCell(LSTMCell):
    """An LSTM cell that convolves. The sums of its gates are side by side as channels."""

    kind = None  # its own loop

    @property
    def units(self):
        return self.filters

    @property
    def channel_axis(self):
        """The axis of channels of a step's input (samples, ...)."""
        return 1 if self.data_format == "channels_first" else 3

    def build(self, input_shape):
        n = known(input_shape[self.channel_axis], f"{self.name}: the input's axis of channels",
                  given=input_shape)
        self.kernel = self.add_weight("kernel", (*self.kernel_size, n, 4 * self.filters))
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel", (*self.kernel_size, self.filters, 4 * self.filters), None,
            self.recurrent_initializer, self.recurrent_regularizer,
            constraint=self.recurrent_constraint)
        self.bias = self.first_bias() if self.use_bias else None
        self.built = True

    def mask(self, x, rate, gates, training):
        """A list of masks for x, one for each gate."""
        return [drawn_mask(x, rate, training) for _ in range(gates)]

    def quarters(self, x, axis):
        """The parts of x along an axis, one for each gate."""
        before, n = (slice(None),) * axis, self.filters
        return [x[(*before, slice(k * n, k * n + n))] for k in range(4)]

    def convolved(self, x, masks, kernel, convolve):
        """What `convolve` makes of x, for each gate with its mask where there are some."""
        if masks is None:
            return convolve(x, kernel)
        if x.ndim == 5:
            masks = [K.expand_dims(mask, 1) for mask in masks]
        return K.concatenate([convolve(x * mask, part) for mask, part in zip(
            masks, self.quarters(kernel, 3))], x.ndim - 4 + self.channel_axis)

    def input_conv(self, x, kernel):
        """The convolution of inputs, (samples, ...) or (samples, steps, ...)."""
        rows = rows_of_steps(x) if x.ndim == 5 else x
        y = K.conv2d(rows, kernel, self.strides, self.padding, self.data_format,
                     self.dilation_rate)
        return steps_of_rows(y, x) if x.ndim == 5 else y

    def recurrent_conv(self, h, kernel):
        """The convolution of a state."""
        return K.conv2d(h, kernel, (1, 1), "same", self.data_format)

    def projected(self, inputs):
        y = self.convolved(inputs, self._dropout_mask, self.kernel, self.input_conv)
        if not self.use_bias:
            return y
        shape = [1] * inputs.ndim
        shape[inputs.ndim - 4 + self.channel_axis] = 4 * self.filters
        return y + K.reshape(self.bias, shape)

    def sums(self, x, h):
        masks = self._recurrent_dropout_masks
        y = self.convolved(h, masks and masks[0], self.recurrent_kernel, self.recurrent_conv)
        return self.quarters(x + y, self.channel_axis)


class ConvLSTM2DCell(ConvolvedCell):
    """A step of `ConvLSTM2D`.

    Arguments
        as for `ConvLSTM2D`.
    """
    filters: Count
    kernel_size: sizes(2)
    strides: sizes(2) = (1, 1)
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: sizes(2) = (1, 1)
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


class ConvRNN2D(RNN):
    """A cell that convolves pictures, repeated along time.

    Arguments
        cell: as for `RNN`; it also has `filters`, `kernel_size`, `strides`, `padding`,
            `data_format` and `dilation_rate`.
        return_sequences, return_state, go_backwards, stateful, unroll: as for `RNN`.

    Shapes    (samples, steps, rows, columns, channels) -> (samples, new rows, new columns,
              filters), or with the steps for sequences; channels before the rows where
              data_format is 'channels_first'
    """

    input_ndim = 5

    def step_shape(self, input_shape):
        cell = self.cell
        x = K.placeholder((input_shape[0], *input_shape[2:]), name="step")
        channels = x.shape[1 if cell.data_format == "channels_first" else 3]
        kernel = K.placeholder((*cell.kernel_size, channels, cell.filters), name="kernel")
        return K.conv2d(x, kernel, cell.strides, cell.padding, cell.data_format,
                        cell.dilation_rate).shape

    def state_shapes(self, input_shape):
        return [self.step_shape(input_shape)] * len(self.states)

    def get_initial_state(self, inputs):
        shapes = self.state_shapes(inputs.shape)
        if None not in shapes[0][1:]:
            return [zeros(shape, inputs) for shape in shapes]
        step = self.cell.input_conv(inputs[:, 0], self.cell.kernel)
        axis = self.cell.channel_axis
        return [K.zeros_like(self.cell.quarters(step, axis)[0]) for _ in shapes]


class ConvLSTM2D(GatedRNN, ConvRNN2D):
    """`LSTM` for pictures: convolutions in place of the products with inputs and state.

    Arguments
        filters: int >= 1, the number of output channels.
        kernel_size: int or pair (rows, columns), the window of both convolutions.
        strides: int or pair, the steps of that of the inputs; not with a dilation_rate above 1.
        padding: 'valid' or 'same', of the inputs; that of the state is always 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: int or pair, the spacing of the window on the inputs.
        activation: name or function, of the candidate and of c; None for none.
        recurrent_activation: name or function, of the gates i, f and o.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        unit_forget_bias: whether the bias of the gate f begins with ones.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are held to after
            each step of training.
        return_sequences, go_backwards, stateful, return_state, unroll: as for `RNN`.
        dropout: fraction of the inputs dropped, 0..1, the same ones at all steps of a sequence.
        recurrent_dropout: fraction of the state dropped, likewise.

    Shapes    (samples, steps, rows, columns, channels) -> (samples, new rows, new columns,
              filters), or with the steps for sequences; channels before the rows where
              data_format is 'channels_first'; kernel (kernel_size, channels, 4 filters)
    Source: Keras 2.1.6 manual, 5.6.5; Shi et al. 2015, without the peephole connections.
    """
    filters: Count
    kernel_size: sizes(2)
    strides: sizes(2) = (1, 1)
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: sizes(2) = (1, 1)
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
    return_sequences: bool = False
    go_backwards: bool = False
    stateful: bool = False
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0
    return_state: bool = False
    unroll: bool = False

    cell_class = ConvLSTM2DCell

    def configured(self):
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(f"{self.name}: strides {self.strides} and dilation_rate "
                             f"{self.dilation_rate} cannot both be larger than 1.")
        super().configured()
