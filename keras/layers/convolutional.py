"""Convolutions (manual 5.3). Cropping, padding and upsampling live in `resizing`.

The manual's order of axes: 'channels_last' is (samples, spatial..., channels), 'channels_first'
(samples, channels, spatial...). Kernels are (window..., in, out) in both.
"""
from .. import backend as K
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
    optional,
    sizes,
    whole,
)
from .pooling import (  # noqa: F401 (Keras 2 has them here too)
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from .resizing import (  # noqa: F401 (and these)
    Cropping1D,
    Cropping2D,
    Cropping3D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)

Padding = one_of("valid", "same")


class _Conv(Layer):
    """What the convolutions share. A subclass has a `rank`, the fields of `Conv2D`, and tells in
    `convolved(inputs)` how the input and its kernel meet."""

    rank = None  # the number of spatial axes

    def configured(self):
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(f"{self.name}: strides {self.strides} and dilation_rate "
                             f"{self.dilation_rate} cannot both be larger than 1.")
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def channel_axis(self):
        return 1 if self.data_format == "channels_first" else -1

    def channels_of(self, input_shape):
        """The number of channels of the input, which is fixed from now on."""
        n = known(input_shape[self.channel_axis], "the input's axis of channels",
                  given=input_shape)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: n})
        return n

    def build(self, input_shape):
        n = self.channels_of(input_shape)
        self.kernel = self.add_weight("kernel", (*self.kernel_size, n, self.filters))
        self.bias = self.add_weight("bias", (self.filters,)) if self.use_bias else None
        self.built = True

    def call(self, inputs):
        output = self.convolved(inputs)
        if self.use_bias:
            output = K.bias_add(output, self.bias, self.data_format)
        return self.activation(output)


class Conv1D(_Conv):
    """Convolution along time: `activation(conv1d(x, kernel) + bias)`.

    Arguments
        filters: int >= 1, the number of output channels.
        kernel_size: int, the window.
        strides: int, its step; not with a dilation_rate above 1.
        padding: 'valid' for none, 'same' for as many steps as the input has (divided by the
            stride), 'causal' likewise, but no output sees later inputs.
        data_format: 'channels_last' or 'channels_first'; None for K.image_data_format().
        dilation_rate: int, the spacing of the window.
        activation: name or function, applied to the output; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: what the weights are held to after each step.

    Shapes    (samples, steps, n) -> (samples, new steps, filters);
              kernel (kernel_size, n, filters), bias (filters,)
    Source: Keras 2.1.6 manual, 5.3.1; `data_format` from 2.2.
    """
    filters: Count
    kernel_size: sizes(1)
    strides: sizes(1) = 1
    padding: one_of("valid", "same", "causal") = "valid"
    data_format: DataFormat = "channels_last"
    dilation_rate: sizes(1) = 1
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None

    rank = 1
    takes_sequences = True

    def configured(self):
        super().configured()
        if self.padding == "causal" and self.data_format == "channels_first":
            raise ValueError(f"{self.name}: when using causal padding in `Conv1D`, `data_format` "
                             f"must be \"channels_last\" (temporal data).")

    def convolved(self, inputs):
        return K.conv1d(inputs, self.kernel, self.strides[0], self.padding, self.data_format,
                        self.dilation_rate[0])


class Conv2D(_Conv):
    """Convolution over pictures: `activation(conv2d(x, kernel) + bias)`.

    Arguments
        filters: int >= 1, the number of output channels.
        kernel_size: int or pair (rows, columns), the window.
        strides: int or pair, its steps; not with a dilation_rate above 1.
        padding: 'valid' for none, 'same' for as many rows and columns as the input has (divided
            by the strides).
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: int or pair, the spacing of the window.
        activation: name or function, applied to the output; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: what the weights are held to after each step.

    Shapes    (samples, rows, columns, n) -> (samples, new rows, new columns, filters), or
              channels second; kernel (*kernel_size, n, filters), bias (filters,)
    Source: Keras 2.1.6 manual, 5.3.2.
    """
    filters: Count
    kernel_size: sizes(2)
    strides: sizes(2) = (1, 1)
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: sizes(2) = (1, 1)
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None

    rank = 2

    def convolved(self, inputs):
        return K.conv2d(inputs, self.kernel, self.strides, self.padding, self.data_format,
                        self.dilation_rate)


class Conv3D(_Conv):
    """Convolution over volumes: `activation(conv3d(x, kernel) + bias)`.

    Arguments
        filters: int >= 1, the number of output channels.
        kernel_size: int or three, the window.
        strides: int or three, its steps; not with a dilation_rate above 1.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: int or three, the spacing of the window.
        activation: name or function, applied to the output; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: what the weights are held to after each step.

    Shapes    (samples, a, b, c, n) -> (samples, new a, new b, new c, filters), or channels
              second; kernel (*kernel_size, n, filters), bias (filters,)
    Source: Keras 2.1.6 manual, 5.3.5.
    """
    filters: Count
    kernel_size: sizes(3)
    strides: sizes(3) = (1, 1, 1)
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: sizes(3) = (1, 1, 1)
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None

    rank = 3

    def convolved(self, inputs):
        return K.conv3d(inputs, self.kernel, self.strides, self.padding, self.data_format,
                        self.dilation_rate)


# Transposed


def _paddings(n):
    """The kind of output_padding: n ints >= 0, one for all, or None."""
    def take(value, where):
        parts = tuple(value) if isinstance(value, (tuple, list)) else (value,) * n
        if len(parts) != n or any(whole(part, where) < 0 for part in parts):
            raise ValueError(f"{where} is an int >= 0, {n} of them, or None; given {value!r}.")
        return parts

    return optional(Kind(take))


def transposed_length(size, window, stride, padding, output_padding=None, dilation=1):
    """The size of an axis before the convolution that is transposed.

    Arguments
        size: int, or a symbolic scalar.
        window, stride, dilation: ints.
        padding: 'valid' or 'same'.
        output_padding: int, the cells beyond the smallest such size; None for the usual ones.
    """
    reach = (window - 1) * dilation + 1
    if output_padding is not None:
        cut = 2 * (reach // 2) if padding == "same" else 0
        return (size - 1) * stride + reach - cut + output_padding
    return size * stride + (max(reach - stride, 0) if padding == "valid" else 0)


class _Transposed:
    """What makes a convolution the transposed one: its kernel is (window..., out, in)."""

    def configured(self):
        super().configured()
        if self.output_padding is not None and any(
                p >= s for p, s in zip(self.output_padding, self.strides)):
            raise ValueError(f"{self.name}: strides {self.strides} must be greater than "
                             f"output_padding {self.output_padding}.")

    def build(self, input_shape):
        n = self.channels_of(input_shape)
        self.kernel = self.add_weight("kernel", (*self.kernel_size, self.filters, n))
        self.bias = self.add_weight("bias", (self.filters,)) if self.use_bias else None
        self.built = True

    def lengths(self, inputs):
        """The spatial sizes of the output: ints, symbolic where the input's are unknown."""
        first = self.data_format == "channels_first"
        extra = self.output_padding or (None,) * self.rank
        found = []
        for i in range(self.rank):
            axis = i + (2 if first else 1)
            size = K.shape(inputs)[axis] if inputs.shape[axis] is None else inputs.shape[axis]
            found.append(transposed_length(size, self.kernel_size[i], self.strides[i],
                                           self.padding, extra[i], self.dilation_rate[i]))
        return found

    def output_sizes(self, inputs):
        """The shape of the output; None for the axis of samples where it is unknown."""
        samples, lengths = inputs.shape[0], self.lengths(inputs)
        if self.data_format == "channels_first":
            return (samples, self.filters, *lengths)
        return (samples, *lengths, self.filters)


class Conv2DTranspose(_Transposed, Conv2D):
    """The transposed convolution over pictures: from what a Conv2D gives to what it was given.

    Arguments
        output_padding: int or pair, rows and columns beyond the smallest picture that a Conv2D
            takes to this input; less than the strides. None for the manual's size:
            'same' gives size * stride, 'valid' size * stride + max(kernel_size - stride, 0).
        The others are those of `Conv2D`.

    Shapes    as for Conv2D; kernel (*kernel_size, filters, n)
    Source: Keras 2.1.6 manual, 5.3.4; `output_padding` and `dilation_rate` from 2.2.
    """
    filters: Count
    kernel_size: sizes(2)
    strides: sizes(2) = (1, 1)
    padding: Padding = "valid"
    output_padding: _paddings(2) = None
    data_format: DataFormat = None
    dilation_rate: sizes(2) = (1, 1)
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None

    def convolved(self, inputs):
        return K.conv2d_transpose(inputs, self.kernel, self.output_sizes(inputs), self.strides,
                                  self.padding, self.data_format, self.dilation_rate)


class Conv3DTranspose(_Transposed, Conv3D):
    """The transposed convolution over volumes: from what a Conv3D gives to what it was given.

    Arguments
        output_padding: int or three, as for `Conv2DTranspose`.
        The others are those of `Conv3D`.

    Shapes    as for Conv3D; kernel (*kernel_size, filters, n)
    Source: Keras 2.2.4.
    """
    filters: Count
    kernel_size: sizes(3)
    strides: sizes(3) = (1, 1, 1)
    padding: Padding = "valid"
    output_padding: _paddings(3) = None
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

    dilation_rate = (1, 1, 1)

    def convolved(self, inputs):
        return K.conv3d_transpose(inputs, self.kernel, self.output_sizes(inputs), self.strides,
                                  self.padding, self.data_format)


# Depthwise and separable


class _SeparableConv(_Conv):
    """A convolution of each channel by itself, then one of a single cell that mixes them."""

    def build(self, input_shape):
        n = self.channels_of(input_shape)
        m = self.depth_multiplier
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", (*self.kernel_size, n, m), initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer, constraint=self.depthwise_constraint)
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel", (*(1,) * self.rank, n * m, self.filters),
            initializer=self.pointwise_initializer, regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint)
        self.bias = self.add_weight("bias", (self.filters,)) if self.use_bias else None
        self.built = True

    def convolved(self, inputs):
        convolution = K.separable_conv1d if self.rank == 1 else K.separable_conv2d
        return convolution(inputs, self.depthwise_kernel, self.pointwise_kernel, self.strides,
                           self.padding, self.data_format, self.dilation_rate)


class SeparableConv1D(_SeparableConv):
    """Separable convolution along time. Its arguments are those of `SeparableConv2D`, with one
    int where that has two.

    Shapes    (samples, steps, n) -> (samples, new steps, filters)
    Source: Keras 2.1.6 and 2.2.4 packages.
    """
    filters: Count
    kernel_size: sizes(1)
    strides: sizes(1) = 1
    padding: one_of("valid", "same", "causal") = "valid"
    data_format: DataFormat = "channels_last"
    dilation_rate: sizes(1) = 1
    depth_multiplier: Count = 1
    activation: Activation = None
    use_bias: bool = True
    depthwise_initializer: Initializer = "glorot_uniform"
    pointwise_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    depthwise_regularizer: Regularizer = None
    pointwise_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    depthwise_constraint: Constraint = None
    pointwise_constraint: Constraint = None
    bias_constraint: Constraint = None

    rank = 1
    takes_sequences = True


class SeparableConv2D(_SeparableConv):
    """A convolution of each channel by itself, then a 1x1 convolution that mixes them.

    Arguments
        depth_multiplier: int >= 1, the channels that each channel of the input becomes before
            they are mixed.
        depthwise_initializer, pointwise_initializer, bias_initializer: first values of weights.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: penalties on them.
        depthwise_constraint, pointwise_constraint, bias_constraint: what they are held to.
        The others are those of `Conv2D`.

    Shapes    as for Conv2D; depthwise kernel (*kernel_size, n, depth_multiplier), pointwise
              kernel (1, 1, n * depth_multiplier, filters)
    Source: Keras 2.1.6 manual, 5.3.3; `dilation_rate` stands where the packages have it.
    """
    filters: Count
    kernel_size: sizes(2)
    strides: sizes(2) = (1, 1)
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: sizes(2) = (1, 1)
    depth_multiplier: Count = 1
    activation: Activation = None
    use_bias: bool = True
    depthwise_initializer: Initializer = "glorot_uniform"
    pointwise_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    depthwise_regularizer: Regularizer = None
    pointwise_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    depthwise_constraint: Constraint = None
    pointwise_constraint: Constraint = None
    bias_constraint: Constraint = None

    rank = 2


class DepthwiseConv2D(Conv2D):
    """The convolution of each channel by itself; nothing mixes them.

    Arguments
        depth_multiplier: int >= 1, the channels that each channel of the input becomes.
        depthwise_initializer, bias_initializer: first values of the weights.
        depthwise_regularizer, bias_regularizer: penalties on them.
        depthwise_constraint, bias_constraint: what they are held to.
        The others are those of `Conv2D`.

    Shapes    (samples, rows, columns, n) -> (samples, new rows, new columns, n *
              depth_multiplier), or channels second; kernel (*kernel_size, n, depth_multiplier)
    Source: Keras 2.2.4.
    """
    kernel_size: sizes(2)
    strides: sizes(2) = (1, 1)
    padding: Padding = "valid"
    depth_multiplier: Count = 1
    data_format: DataFormat = None
    activation: Activation = None
    use_bias: bool = True
    depthwise_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    depthwise_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    depthwise_constraint: Constraint = None
    bias_constraint: Constraint = None
    dilation_rate: sizes(2) = (1, 1)

    def build(self, input_shape):
        n = self.channels_of(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", (*self.kernel_size, n, self.depth_multiplier),
            initializer=self.depthwise_initializer, regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint)
        channels = (n * self.depth_multiplier,)
        self.bias = self.add_weight("bias", channels) if self.use_bias else None
        self.built = True

    def convolved(self, inputs):
        return K.depthwise_conv2d(inputs, self.depthwise_kernel, self.strides, self.padding,
                                  self.data_format, self.dilation_rate)


# Keras 1's names

AtrousConvolution1D = AtrousConv1D = Convolution1D = Conv1D
AtrousConvolution2D = AtrousConv2D = Convolution2D = Conv2D
Convolution3D = Conv3D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D
Convolution2DTranspose = Deconvolution2D = Deconv2D = Conv2DTranspose
Deconvolution3D = Deconv3D = Conv3DTranspose
