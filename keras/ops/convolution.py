"""Convolutions in one, two and three dimensions.

`convolution` and its transpose take channels last; `data_format` ends in the documented ops.
Kernels are (window..., in, out). No kernel is flipped: this is correlation, as in Keras.
"""
from operator import index

from ..config import normalize_data_format
from ..graph import Shape, ShapeError, Tensor, composite, primitive
from ..graph.shapes import window_length
from ..graph.sizes import static
from .shaping import permute_dimensions, reshape, temporal_padding


def sizes_of(value, n, name, op):
    """`value`, an int or n ints >= 1, as a tuple of n. ValueError names the argument."""
    try:
        sizes = (index(value),) * n if not isinstance(value, (tuple, list)) else tuple(
            index(v) for v in value)
    except TypeError:
        sizes = ()
    if len(sizes) != n or min(sizes) < 1:
        raise ValueError(f"{op}: {name} is an int >= 1 or {n} of them; given {value!r}.")
    return sizes


def channels_last(x, data_format):
    """x with its channels moved to the end if `data_format` has them first."""
    if normalize_data_format(data_format) == "channels_last":
        return x
    return permute_dimensions(x, (0, *range(2, x.ndim), 1))


def restored(y, data_format):
    """y, computed with channels last, in the layout `data_format`."""
    if normalize_data_format(data_format) == "channels_last":
        return y
    return permute_dimensions(y, (0, y.ndim - 1, *range(1, y.ndim - 1)))


def _check(op, x, kernel, padding, allowed=("valid", "same")):
    if x.ndim != kernel.ndim:
        raise ShapeError(f"{op}: x has {kernel.ndim} axes (samples, ..., channels) for a kernel "
                         f"of shape {kernel.shape}; given x of shape {x.shape}.")
    if padding not in allowed:
        raise ValueError(f"{op}: padding is one of {', '.join(allowed)}; given {padding!r}.")


def windowed(op, x, window, strides, padding, dilation, given):
    """The spatial sizes after sliding `window` over x (channels last). `given`: words for an
    error about what the user gave as the window."""
    sizes = []
    for size, w, s, d in zip(x.shape[1:-1], window, strides, dilation):
        length = window_length(size, w, padding, s, d)
        if length is not None and length <= 0 and size != 0:
            raise ShapeError(f"{op}: a window of {(w - 1) * d + 1} does not fit into an axis of "
                             f"{size}; given x of shape {x.shape} and {given}. Use "
                             f"padding='same', a smaller window, or larger inputs.")
        sizes.append(length if length is None else max(length, 0))
    return tuple(sizes)


@primitive
def convolution(x: Tensor, kernel: Tensor, strides, padding, dilation, groups=1):
    """The convolution of x (samples, spatial..., in) with a kernel (window..., in/groups, out).

    Arguments
        x: tensor, channels last.
        kernel: tensor; the group g of inputs makes the group g of outputs.
        strides: a step per spatial axis.
        padding: 'valid' or 'same', as TensorFlow pads.
        dilation: a spacing per spatial axis.
        groups: int, the number of groups of channels.
    """
    _check("convolution", x, kernel, padding)
    channels, wanted = x.shape[-1], kernel.shape[-2]
    if channels is not None and wanted is not None and channels != wanted * groups:
        raise ShapeError(f"convolution: x of shape {x.shape} has {channels} channels, the kernel "
                         f"of shape {kernel.shape} takes {wanted * groups}. Check data_format "
                         f"and the layer before.")
    spatial = windowed("convolution", x, kernel.shape[:-2], strides, padding, dilation,
                       f"a kernel of shape {kernel.shape}")
    return (x.shape[0], *spatial, kernel.shape[-1]), x.dtype


@primitive
def transposed_convolution(x: Tensor, kernel: Tensor, output_shape: Shape, strides, padding,
                           dilation):
    """The adjoint of `convolution` with respect to its x: (samples, ..., in) to `output_shape`.

    Arguments
        x: tensor, channels last.
        kernel: tensor (window..., out, in).
        output_shape: the shape of the result, channels last.
        strides: a step per spatial axis.
        padding: 'valid' or 'same'.
        dilation: a spacing per spatial axis.
    """
    _check("conv_transpose", x, kernel, padding)
    if x.shape[-1] is not None and x.shape[-1] != kernel.shape[-1]:
        raise ShapeError(f"conv_transpose: x of shape {x.shape} has {x.shape[-1]} channels, the "
                         f"kernel of shape {kernel.shape} takes {kernel.shape[-1]}.")
    shape = (x.shape[0], *static(output_shape)[1:])
    for size, length, *window in zip(x.shape[1:-1], shape[1:-1], kernel.shape, strides, dilation):
        if None not in (size, length) and window_length(
                length, window[0], padding, *window[1:]) != size:
            raise ShapeError(f"conv_transpose: a convolution of output_shape {shape} would not "
                             f"give back x of shape {x.shape} (kernel {kernel.shape}, strides "
                             f"{strides}, padding {padding!r}).")
    return shape, x.dtype


def _convolve(op, n, x, kernel, strides, padding, data_format, dilation_rate):
    if x.ndim != n + 2 or kernel.ndim != n + 2:
        raise ShapeError(f"{op}: x and kernel have {n + 2} axes; given {x.shape} and "
                         f"{kernel.shape}.")
    strides = sizes_of(strides, n, "strides", op)
    dilation = sizes_of(dilation_rate, n, "dilation_rate", op)
    if max(strides) > 1 and max(dilation) > 1:
        raise ValueError(f"{op}: strides {strides} and dilation_rate {dilation} cannot both be "
                         f"larger than 1.")
    y = convolution(channels_last(x, data_format), kernel, strides, padding, dilation)
    return restored(y, data_format)


@composite
def conv1d(x: Tensor, kernel: Tensor, strides=1, padding="valid", data_format=None,
           dilation_rate=1):
    """The convolution along time.

    Arguments
        x: tensor (samples, time, channels).
        kernel: tensor (window, in, out).
        strides: int, the step.
        padding: 'valid', 'same', or 'causal' (no output sees later inputs).
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: int, the spacing of the window.
    """
    _check("conv1d", x, kernel, padding, ("valid", "same", "causal"))
    if padding == "causal":
        x = channels_last(x, data_format)
        dilation, = sizes_of(dilation_rate, 1, "dilation_rate", "conv1d")
        x = temporal_padding(x, (dilation * (kernel.shape[0] - 1), 0))
        return restored(_convolve("conv1d", 1, x, kernel, strides, "valid", "channels_last",
                                  dilation_rate), data_format)
    return _convolve("conv1d", 1, x, kernel, strides, padding, data_format, dilation_rate)


@composite
def conv2d(x: Tensor, kernel: Tensor, strides=(1, 1), padding="valid", data_format=None,
           dilation_rate=(1, 1)):
    """The convolution over pictures.

    Arguments
        x: tensor (samples, rows, columns, channels), or channels second.
        kernel: tensor (rows, columns, in, out).
        strides: pair of ints, the steps.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: pair of ints, the spacings of the window.
    """
    return _convolve("conv2d", 2, x, kernel, strides, padding, data_format, dilation_rate)


@composite
def conv3d(x: Tensor, kernel: Tensor, strides=(1, 1, 1), padding="valid", data_format=None,
           dilation_rate=(1, 1, 1)):
    """The convolution over volumes.

    Arguments
        x: tensor of 5 axes.
        kernel: tensor (depth, rows, columns, in, out).
        strides: three ints, the steps.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: three ints, the spacings of the window.
    """
    return _convolve("conv3d", 3, x, kernel, strides, padding, data_format, dilation_rate)


def _transpose(op, x, kernel, output_shape, strides, padding, data_format, dilation_rate):
    n = kernel.ndim - 2
    x = channels_last(x, data_format)
    output_shape = tuple(output_shape)
    if normalize_data_format(data_format) == "channels_first":
        output_shape = (output_shape[0], *output_shape[2:], output_shape[1])
    y = transposed_convolution(x, kernel, output_shape, sizes_of(strides, n, "strides", op),
                               padding, sizes_of(dilation_rate, n, "dilation_rate", op))
    return restored(y, data_format)


@composite
def conv2d_transpose(x: Tensor, kernel: Tensor, output_shape: Shape, strides=(1, 1),
                     padding="valid", data_format=None, dilation_rate=(1, 1)):
    """The adjoint of conv2d: from what a convolution gives to what it was given.

    Arguments
        x: tensor of 4 axes.
        kernel: tensor (rows, columns, out, in).
        output_shape: the shape of the result; its first size may be symbolic.
        strides: pair of ints.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: pair of ints.
    """
    return _transpose("conv2d_transpose", x, kernel, output_shape, strides, padding, data_format,
                      dilation_rate)


@composite
def conv3d_transpose(x: Tensor, kernel: Tensor, output_shape: Shape, strides=(1, 1, 1),
                     padding="valid", data_format=None):
    """The adjoint of conv3d.

    Arguments
        x: tensor of 5 axes.
        kernel: tensor (depth, rows, columns, out, in).
        output_shape: the shape of the result; its first size may be symbolic.
        strides: three ints.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
    """
    return _transpose("conv3d_transpose", x, kernel, output_shape, strides, padding, data_format,
                      (1, 1, 1))


def _depthwise(op, n, x, kernel, strides, padding, data_format, dilation_rate):
    """Each channel of x with its own `multiplier` kernels; the result has its channels last."""
    x = channels_last(x, data_format)
    if x.ndim != n + 2 or kernel.ndim != n + 2:
        raise ShapeError(f"{op}: x and the depthwise kernel have {n + 2} axes; given {x.shape} "
                         f"and {kernel.shape}.")
    *window, channels, multiplier = kernel.shape
    if x.shape[-1] not in (None, channels):
        raise ShapeError(f"{op}: x of shape {x.shape} (channels last) has {x.shape[-1]} channels, "
                         f"the depthwise kernel of shape {kernel.shape} takes {channels}.")
    strides = sizes_of(strides, n, "strides", op)
    dilation = sizes_of(dilation_rate, n, "dilation_rate", op)
    grouped = reshape(kernel, (*window, 1, channels * multiplier))
    return convolution(x, grouped, strides, padding, dilation, channels)


@composite
def depthwise_conv2d(x: Tensor, depthwise_kernel: Tensor, strides=(1, 1), padding="valid",
                     data_format=None, dilation_rate=(1, 1)):
    """The convolution of each channel by itself.

    Arguments
        x: tensor of 4 axes.
        depthwise_kernel: tensor (rows, columns, in, multiplier); gives in * multiplier channels.
        strides: pair of ints.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: pair of ints.
    """
    return restored(_depthwise("depthwise_conv2d", 2, x, depthwise_kernel, strides, padding,
                               data_format, dilation_rate), data_format)


def _separable(op, n, x, depthwise_kernel, pointwise_kernel, strides, padding, data_format,
               dilation_rate):
    y = _depthwise(op, n, x, depthwise_kernel, strides, padding, data_format, dilation_rate)
    ones = (1,) * n
    return restored(convolution(y, pointwise_kernel, ones, "valid", ones), data_format)


@composite
def separable_conv2d(x: Tensor, depthwise_kernel: Tensor, pointwise_kernel: Tensor,
                     strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """depthwise_conv2d, then a 1x1 convolution that mixes the channels.

    Arguments
        x: tensor of 4 axes.
        depthwise_kernel: tensor (rows, columns, in, multiplier).
        pointwise_kernel: tensor (1, 1, in * multiplier, out).
        strides: pair of ints.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: pair of ints.
    """
    return _separable("separable_conv2d", 2, x, depthwise_kernel, pointwise_kernel, strides,
                      padding, data_format, dilation_rate)


@composite
def separable_conv1d(x: Tensor, depthwise_kernel: Tensor, pointwise_kernel: Tensor, strides=1,
                     padding="valid", data_format=None, dilation_rate=1):
    """The convolution of each channel along time, then a mix of the channels.

    Arguments
        x: tensor of 3 axes.
        depthwise_kernel: tensor (window, in, multiplier).
        pointwise_kernel: tensor (1, in * multiplier, out).
        strides: int.
        padding: 'valid', 'same' or 'causal'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dilation_rate: int.
    """
    dilation = sizes_of(dilation_rate, 1, "dilation_rate", "separable_conv1d")
    if padding == "causal":
        x = channels_last(x, data_format)
        x = temporal_padding(x, (dilation[0] * (depthwise_kernel.shape[0] - 1), 0))
        y = _separable("separable_conv1d", 1, x, depthwise_kernel, pointwise_kernel, strides,
                       "valid", "channels_last", dilation)
        return restored(y, data_format)
    return _separable("separable_conv1d", 1, x, depthwise_kernel, pointwise_kernel, strides,
                      padding, data_format, dilation)
