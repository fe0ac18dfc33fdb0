"""Convolution and pooling: a window that slides over arrays with their channels last."""
import tensorflow as tf

from ...ops.convolution import windowed
from .lowering import lowers, sizes


def fitting(x, window, dilation, padding):
    """x, if a window has a place in it; looked at in the run where that cannot be known before."""
    if padding == "same" or None not in x.shape[1:-1]:
        return x
    reach = [(w - 1) * d + 1 for w, d in zip(window, dilation)]
    sizes = tf.shape(x)[1:-1]
    fits = tf.reduce_all((sizes >= reach) | (sizes == 0))
    told = f"a window of {reach} does not fit into", sizes
    with tf.control_dependencies([tf.debugging.Assert(fits, told)]):
        return tf.identity(x)


@lowers
def convolution(x, kernel, strides, padding, dilation, groups):
    if 0 in x.shape:  # oneDNN's kernels give such an array a wrong shape
        spatial = windowed("convolution", x, kernel.shape[:-2], strides, padding, dilation,
                           f"a kernel of shape {kernel.shape}")
        return tf.zeros((x.shape[0], *spatial, kernel.shape[-1]), x.dtype)
    x = fitting(x, kernel.shape[:-2], dilation, padding)
    if groups > 1:
        return _in_groups(x, kernel, strides, padding, dilation, groups)
    return tf.nn.convolution(x, kernel, strides, padding.upper(), dilations=dilation)


def _in_groups(x, kernel, strides, padding, dilation, groups):
    """A convolution of each group of channels; TensorFlow has a kernel for it where each group
    is one channel of a picture."""
    *window, channels, filters = kernel.shape
    if len(window) == 1:  # as a picture one pixel high
        y = _in_groups(x[:, None], kernel[None], strides * 2, padding, (1, *dilation), groups)
        return tf.squeeze(y, 1)
    if channels == 1 and len(window) == 2 and strides[0] == strides[1]:
        kernel = tf.reshape(kernel, (*window, groups, filters // groups))
        return tf.nn.depthwise_conv2d(x, kernel, (1, *strides, 1), padding.upper(),
                                      dilations=dilation)
    pairs = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1))
    return tf.concat([tf.nn.convolution(part, own, strides, padding.upper(), dilations=dilation)
                      for part, own in pairs], -1)


@lowers
def transposed_convolution(x, kernel, output_shape, strides, padding, dilation):
    shape = sizes((tf.shape(x)[0], *output_shape[1:-1], kernel.shape[-2]))
    if max(dilation) == 1:
        return tf.nn.conv_transpose(x, kernel, shape, strides, padding.upper())
    source = tf.zeros(shape, x.dtype)
    y = convolution(source, kernel, strides, padding, dilation, 1)
    return tf.gradients(y, source, x)[0]


POOL = {("max", 2): tf.nn.max_pool2d, ("max", 3): tf.nn.max_pool3d,
        ("avg", 2): tf.nn.avg_pool2d, ("avg", 3): tf.nn.avg_pool3d}


@lowers
def pool(x, window, strides, padding, mode):
    x = fitting(x, window, (1,) * len(window), padding)
    if len(window) == 1:
        y = pool(x[:, None], (1, *window), (1, *strides), padding, mode)
        return tf.squeeze(y, 1)
    if len(window) == 3 and x.dtype == "float64":  # which TensorFlow pools in pictures alone
        samples, depth, *size, channels = tf.unstack(tf.shape(x))
        y = tf.reshape(x, sizes((samples * depth, *size, channels)))
        y = pool(y, window[1:], strides[1:], padding, mode)
        size = tf.unstack(tf.shape(y))[1:3]
        y = tf.reshape(y, sizes((samples, depth, size[0] * size[1], channels)))
        y = pool(y, (window[0], 1), (strides[0], 1), padding, mode)
        return tf.reshape(y, sizes((samples, tf.shape(y)[1], *size, channels)))
    return POOL[mode, len(window)](x, window, strides, padding.upper())
