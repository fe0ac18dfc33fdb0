"""Sizes and kernels of convolutions, for layers of your own."""
from ..config import normalize_data_format
from ..layers.convolutional import transposed_length
from ..saving.conversion import convert_kernel

__all__ = ["conv_input_length", "conv_output_length", "convert_kernel", "deconv_length",
           "normalize_data_format", "normalize_padding", "normalize_tuple"]

PADDINGS = ("valid", "same", "causal", "full")


def normalize_tuple(value, n, name):
    """An int, or several of them, as a tuple of n ints.

    Arguments
        value: int, or n ints in a list or tuple.
        n: int.
        name: of the argument, for errors.

    Raises
        ValueError: for anything else.
    """
    if isinstance(value, int):
        return (value,) * n
    wrong = f"The `{name}` argument must be a tuple of {n} integers. Received: {value!r}"
    try:
        parts = tuple(value)
    except TypeError:
        raise ValueError(wrong) from None
    if len(parts) != n:
        raise ValueError(wrong)
    try:
        return tuple(int(part) for part in parts)
    except (TypeError, ValueError):
        raise ValueError(wrong) from None


def normalize_padding(value):
    """The name of a padding in lower case: 'valid', 'same' or 'causal' ('full' in the lengths).

    Arguments
        value: string.
    """
    padding = value.lower()
    if padding not in PADDINGS[:3]:
        raise ValueError(f"The `padding` argument must be one of \"valid\", \"same\" (or "
                         f"\"causal\" for Conv1D). Received: {value!r}")
    return padding


def _known_padding(padding):
    if padding not in PADDINGS:
        raise ValueError(f"padding is one of {', '.join(map(repr, PADDINGS))}; given {padding!r}.")
    return padding


def conv_output_length(input_length, filter_size, padding, stride, dilation=1):
    """The size of an axis after a convolution.

    Arguments
        input_length: int, or None for an unknown one.
        filter_size: int, the window.
        padding: 'valid', 'same', 'causal' or 'full'.
        stride: int, the step of the window.
        dilation: int, its spacing.

    Returns
        int or None.
    """
    _known_padding(padding)
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation + 1
    places = {"valid": input_length - reach + 1, "full": input_length + reach - 1}
    return -(-places.get(padding, input_length) // stride)


def conv_input_length(output_length, filter_size, padding, stride):
    """The size of an axis before a convolution: the smallest that gives `output_length`, but for
    'same' with an even window.

    Arguments
        output_length: int, or None for an unknown one.
        filter_size: int, the window.
        padding: 'valid', 'same' or 'full'.
        stride: int, the step of the window.

    Returns
        int or None.
    """
    if _known_padding(padding) == "causal":
        raise ValueError("conv_input_length: padding is 'valid', 'same' or 'full'; given "
                         "'causal'.")
    if output_length is None:
        return None
    margin = {"valid": 0, "same": filter_size // 2, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * margin + filter_size


def deconv_length(dim_size, stride_size, kernel_size, padding, output_padding=None, dilation=1):
    """The size of an axis after a transposed convolution.

    Arguments
        dim_size: int, or None for an unknown one.
        stride_size, kernel_size, dilation: ints.
        padding: 'valid', 'same' or 'full'.
        output_padding: int, cells beyond the smallest size; None for the usual ones.

    Returns
        int or None.
    """
    if _known_padding(padding) == "causal":
        raise ValueError("deconv_length: padding is 'valid', 'same' or 'full'; given 'causal'.")
    if dim_size is None:
        return None
    if padding != "full":
        return transposed_length(dim_size, kernel_size, stride_size, padding, output_padding,
                                 dilation)
    reach = (kernel_size - 1) * dilation + 1
    if output_padding is None:
        return dim_size * stride_size - (stride_size + reach - 2)
    return (dim_size - 1) * stride_size + reach - 2 * (reach - 1) + output_padding
