"""Convolutions, cell by cell. Kernels are (window..., in, out), whatever the data format."""

import numpy as np

from .arrays import array, as_given, channels_last
from .windows import Windows


def convolved(x, kernel, strides, padding, data_format, dilation_rate):
    """y[n, i, o] = sum over a, c of x[n, i * strides + a * dilation - before, c] * k[a, c, o]"""
    x, kernel = channels_last(x, data_format), array(kernel)
    rank = x.ndim - 2
    windows = Windows(x.shape[1:-1], kernel.shape[:rank], strides, padding, dilation_rate)
    y = np.zeros((x.shape[0], *windows.counts, kernel.shape[-1]))
    for window, offset, cell in windows.cells():
        y[(slice(None), *window)] += x[(slice(None), *cell)] @ kernel[offset]
    return as_given(y, data_format)


def conv1d(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution over one axis; padding 'causal' too."""
    return convolved(x, kernel, strides, padding, data_format, dilation_rate)


def conv2d(x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """Convolution over rows and columns."""
    return convolved(x, kernel, strides, padding, data_format, dilation_rate)


def conv3d(
    x, kernel, strides=(1, 1, 1), padding="valid", data_format=None, dilation_rate=(1, 1, 1)
):
    """Convolution over three axes."""
    return convolved(x, kernel, strides, padding, data_format, dilation_rate)


def transposed(x, kernel, output_shape, strides, padding, data_format):
    """Each cell of x adds itself times the kernel to the cells that conv would have read for it.

    The kernel is that of the convolution from the output back to x: (window..., out, in).
    """
    x, kernel = channels_last(x, data_format), array(kernel)
    y = channels_last(np.zeros(tuple(int(n) for n in output_shape)), data_format)
    rank = x.ndim - 2
    windows = Windows(y.shape[1:-1], kernel.shape[:rank], strides, padding)
    if windows.counts != x.shape[1:-1] or y.shape[-1] != kernel.shape[-2]:
        raise ValueError(f"an output of {output_shape} does not come back to {x.shape}")
    for window, offset, cell in windows.cells():
        y[(slice(None), *cell)] += x[(slice(None), *window)] @ kernel[offset].T
    return as_given(y, data_format)


def conv2d_transpose(x, kernel, output_shape, strides=(1, 1), padding="valid", data_format=None):
    """The adjoint of conv2d; kernel (rows, columns, out, in)."""
    return transposed(x, kernel, output_shape, strides, padding, data_format)


def conv3d_transpose(x, kernel, output_shape, strides=(1, 1, 1), padding="valid", data_format=None):
    """The adjoint of conv3d; kernel (depth, rows, columns, out, in)."""
    return transposed(x, kernel, output_shape, strides, padding, data_format)


def depthwise(x, kernel, strides, padding, data_format, dilation_rate):
    """Each channel c by kernels of its own, kernel[..., c, m]; to channel c * multiplier + m."""
    x, kernel = channels_last(x, data_format), array(kernel)
    rank, multiplier = x.ndim - 2, kernel.shape[-1]
    windows = Windows(x.shape[1:-1], kernel.shape[:rank], strides, padding, dilation_rate)
    y = np.zeros((x.shape[0], *windows.counts, x.shape[-1] * multiplier))
    for window, offset, cell in windows.cells():
        for c in range(x.shape[-1]):
            for m in range(multiplier):
                term = x[(slice(None), *cell, c)] * kernel[(*offset, c, m)]
                y[(slice(None), *window, c * multiplier + m)] += term
    return as_given(y, data_format)


def depthwise_conv2d(
    x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """Convolution of each channel by itself; kernel (rows, columns, in, multiplier)."""
    return depthwise(x, depthwise_kernel, strides, padding, data_format, dilation_rate)


def separable(x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate):
    """A depthwise convolution, then one with a window of a single cell."""
    y = depthwise(x, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return convolved(y, pointwise_kernel, 1, "valid", data_format, 1)


def separable_conv1d(
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    """Kernels (steps, in, multiplier) and (1, in * multiplier, out)."""
    return separable(
        x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate
    )


def separable_conv2d(
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """Kernels (rows, columns, in, multiplier) and (1, 1, in * multiplier, out)."""
    return separable(
        x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate
    )


def local_conv1d(inputs, kernel, kernel_size, strides, data_format=None):
    """A kernel for each output step: (steps out, window * in, out), the window's axes in C order.

    The manual gives the input as (batch, steps, in) without a condition, and Keras 2 only
    checks `data_format` here.
    """
    inputs, kernel = array(inputs), array(kernel)
    windows = Windows(inputs.shape[1:-1], kernel_size, strides, "valid")
    y = np.zeros((inputs.shape[0], *windows.counts, kernel.shape[-1]))
    own = kernel.reshape((*windows.counts, *windows.kernel_size, inputs.shape[-1], -1))
    for window, offset, cell in windows.cells():
        y[(slice(None), *window)] += inputs[(slice(None), *cell)] @ own[window + offset]
    return y


def local_conv2d(inputs, kernel, kernel_size, strides, output_shape, data_format=None):
    """A kernel for each output cell: (rows out * columns out, features, out).

    Features are (rows, columns, in) in C order; (in, rows, columns) for channels_first.
    """
    x, kernel = channels_last(inputs, data_format), array(kernel)
    windows = Windows(x.shape[1:-1], kernel_size, strides, "valid")
    if windows.counts != tuple(output_shape):
        raise ValueError(f"output_shape {output_shape}, the windows give {windows.counts}")
    patch = (*windows.kernel_size, x.shape[-1])
    own = kernel.reshape((*windows.counts, *patch, -1))
    if data_format == "channels_first":
        own = kernel.reshape((*windows.counts, patch[-1], *patch[:-1], -1))
        own = np.moveaxis(own, 2, 4)
    y = np.zeros((x.shape[0], *windows.counts, kernel.shape[-1]))
    for window, offset, cell in windows.cells():
        y[(slice(None), *window)] += x[(slice(None), *cell)] @ own[window + offset]
    return as_given(y, data_format)
