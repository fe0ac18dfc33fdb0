"""Convolutions with a kernel of its own at each place."""
from ..config import normalize_data_format
from ..graph import ShapeError, Tensor, composite
from ..graph.shapes import product
from .convolution import restored, sizes_of, windowed
from .linear import matrices
from .shaping import permute_dimensions, reshape, shape, stack


def _spans(offset, strides, counts):
    """The slices that take, of each spatial axis, the cell `offset` of each window."""
    return tuple(slice(i, i + (n - 1) * s + 1, s) for i, s, n in zip(offset, strides, counts))


def _offsets(window):
    """The cells of a window in C order."""
    if not window:
        return [()]
    return [(i, *rest) for i in range(window[0]) for rest in _offsets(window[1:])]


def _local(op, x, kernel, window, strides, counts, first):
    """Products of each window of x with the kernel of its place; `first`: x has its channels
    second, and so have the features of the kernel."""
    places, features, filters = kernel.shape
    channels = x.shape[1 if first else -1]
    if product(counts) != places or channels is not None and product(window) * channels != features:
        raise ShapeError(f"{op}: {product(counts)} windows of {product(window)} cells want a "
                         f"kernel ({product(counts)}, {product(window)} * channels, filters); "
                         f"given {kernel.shape} for inputs of shape {x.shape}.")
    lead = (slice(None),) * (2 if first else 1)
    cells = [x[(*lead, *_spans(offset, strides, counts))] for offset in _offsets(window)]
    n = len(counts)
    patches = stack(cells, 2 if first else n + 1)  # (samples, [channels], cells, places...)
    if first:
        patches = permute_dimensions(patches, (*range(3, n + 3), 0, 1, 2))
    else:
        patches = permute_dimensions(patches, (*range(1, n + 1), 0, n + 1, n + 2))
    rows = shape(x)[0] if x.shape[0] is None else x.shape[0]
    y = matrices(reshape(patches, (places, rows, features)), kernel)
    return reshape(permute_dimensions(y, (1, 0, 2)), (rows, *counts, filters))


def _checked(op, inputs, kernel, n):
    if inputs.ndim != n + 2 or kernel.ndim != 3 or None in kernel.shape:
        raise ShapeError(f"{op}: inputs have {n + 2} axes, the kernel is (places, features, "
                         f"filters); given {inputs.shape} and {kernel.shape}.")


@composite
def local_conv1d(inputs: Tensor, kernel: Tensor, kernel_size, strides, data_format=None):
    """The convolution along time with a kernel of its own at each step.

    Arguments
        inputs: tensor (samples, steps, channels), whatever the data format.
        kernel: tensor (steps of the result, window * channels, filters).
        kernel_size: tuple of one int, the window.
        strides: tuple of one int.
        data_format: checked only.

    Source: Keras 2.1.6 manual, Backend.
    """
    op = "local_conv1d"
    normalize_data_format(data_format)
    _checked(op, inputs, kernel, 1)
    window = sizes_of(kernel_size, 1, "kernel_size", op)
    strides = sizes_of(strides, 1, "strides", op)
    counts = windowed(op, inputs, window, strides, "valid", (1,), f"a kernel_size of {window}")
    return _local(op, inputs, kernel, window, strides,
                  kernel.shape[:1] if None in counts else counts, first=False)


@composite
def local_conv2d(inputs: Tensor, kernel: Tensor, kernel_size, strides, output_shape,
                 data_format=None):
    """The convolution over pictures with a kernel of its own at each place.

    Arguments
        inputs: tensor of 4 axes.
        kernel: tensor (rows * columns of the result, features, filters); the features are
            (rows, columns, channels) of a window, or (channels, rows, columns) where channels
            are first.
        kernel_size: pair of ints, the window.
        strides: pair of ints.
        output_shape: (rows, columns) of the result.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Source: Keras 2.1.6 manual, Backend.
    """
    op = "local_conv2d"
    first = normalize_data_format(data_format) == "channels_first"
    _checked(op, inputs, kernel, 2)
    y = _local(op, inputs, kernel, sizes_of(kernel_size, 2, "kernel_size", op),
               sizes_of(strides, 2, "strides", op), tuple(output_shape), first)
    return restored(y, data_format)
