"""Locally connected layers: convolutions with a kernel of its own at each place (manual 5.5)."""
from .. import backend as K
from ..graph import ShapeError
from .base import InputSpec, Layer, known
from .fields import (
    Activation,
    Constraint,
    Count,
    DataFormat,
    Initializer,
    Kind,
    Regularizer,
    one_of,
    sizes,
)


def _only_valid(value, where):
    if str(value).lower() != "valid":
        raise ValueError(f"{where}: invalid border mode for locally connected layers (only "
                         f"\"valid\" is supported): {value!r}. Put a ZeroPadding layer before.")
    return "valid"


Valid = Kind(_only_valid)


class LocallyConnected1D(Layer):
    """As Conv1D, but with a kernel and a bias of its own at each step.

    Arguments
        filters: int >= 1, the number of output channels.
        kernel_size: int, the window.
        strides: int, its step.
        padding: 'valid' only.
        data_format: 'channels_first' for (samples, channels, steps); else (samples, steps,
            channels), whatever K.image_data_format() is.
        activation: name or function, applied to the output; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: what the weights are held to after each step.

    Shapes    (samples, steps, n) -> (samples, new steps, filters);
              kernel (new steps, kernel_size * n, filters), bias (new steps, filters)
    Source: Keras 2.1.6 manual, 5.5.1.
    """
    filters: Count
    kernel_size: sizes(1)
    strides: sizes(1) = 1
    padding: Valid = "valid"
    data_format: one_of(None, "channels_last", "channels_first") = None
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None

    takes_sequences = True

    def configured(self):
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape):
        first = self.data_format == "channels_first"
        steps, n = (known(input_shape[axis], f"axis {axis} of the input", given=input_shape)
                    for axis in ((2, 1) if first else (1, 2)))
        (places,) = places_of((steps,), self.kernel_size, self.strides)
        self.kernel = self.add_weight("kernel", (places, self.kernel_size[0] * n, self.filters))
        self.bias = self.add_weight("bias", (places, self.filters)) if self.use_bias else None
        self.input_spec = InputSpec(ndim=3, axes={1: n if first else steps,
                                                  2: steps if first else n})
        self.built = True

    def call(self, inputs):
        first = self.data_format == "channels_first"
        if first:
            inputs = K.permute_dimensions(inputs, (0, 2, 1))
        output = K.local_conv1d(inputs, self.kernel, self.kernel_size, self.strides)
        if self.use_bias:
            output = K.bias_add(output, self.bias, "channels_last")
        output = self.activation(output)
        return K.permute_dimensions(output, (0, 2, 1)) if first else output


class LocallyConnected2D(Layer):
    """As Conv2D, but with a kernel and a bias of its own at each place.

    Arguments
        filters: int >= 1, the number of output channels.
        kernel_size: int or pair (rows, columns), the window.
        strides: int or pair, its steps.
        padding: 'valid' only.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        activation: name or function, applied to the output; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: what the weights are held to after each step.

    Shapes    (samples, rows, columns, n), or channels second -> (samples, r, c, filters);
              kernel (r * c, product of kernel_size * n, filters), bias (r, c, filters)
    Source: Keras 2.1.6 manual, 5.5.2.
    """
    filters: Count
    kernel_size: sizes(2)
    strides: sizes(2) = (1, 1)
    padding: Valid = "valid"
    data_format: DataFormat = None
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None

    def configured(self):
        self.input_spec = InputSpec(ndim=4)

    def build(self, input_shape):
        first = self.data_format == "channels_first"
        rows, columns, n = (known(input_shape[axis], f"axis {axis} of the input",
                                  given=input_shape)
                            for axis in ((2, 3, 1) if first else (1, 2, 3)))
        self.places = places_of((rows, columns), self.kernel_size, self.strides)
        (r, c), (height, width) = self.places, self.kernel_size
        self.kernel = self.add_weight("kernel", (r * c, height * width * n, self.filters))
        self.bias = self.add_weight("bias", (r, c, self.filters)) if self.use_bias else None
        self.input_spec = InputSpec(ndim=4, axes=dict(enumerate(input_shape[1:], 1)))
        self.built = True

    def call(self, inputs):
        output = K.local_conv2d(inputs, self.kernel, self.kernel_size, self.strides, self.places,
                                self.data_format)
        if self.use_bias:
            output = K.bias_add(output, self.bias, self.data_format)
        return self.activation(output)


def places_of(lengths, window, strides):
    """How many places a window has along each axis; ShapeError if it does not fit."""
    if any(w > size for size, w in zip(lengths, window)):
        raise ShapeError(f"a window of {window} does not fit into {lengths}. Use a smaller "
                         f"kernel_size, or larger inputs.")
    return tuple((size - w) // s + 1 for size, w, s in zip(lengths, window, strides))
