"""Where the windows of convolution and pooling lie, for any number of spatial axes."""

import numpy as np


def each_axis(value, rank):
    """`value` (an int, or one int for each spatial axis) as a tuple of `rank` ints."""
    numbers = (value,) * rank if np.ndim(value) == 0 else tuple(value)
    if len(numbers) != rank:
        raise ValueError(f"{value} does not name {rank} spatial axes")
    return tuple(int(number) for number in numbers)


def placed(n, k, stride, padding, dilation=1):
    """(windows, zeros before) on an axis of n cells, for a window of k cells.

    valid: only windows inside. same: ceil(n / stride) windows, the smaller half of the zeros
    before (TensorFlow's rule). causal: all zeros before, so that no window sees later cells.
    """
    reach = (k - 1) * dilation + 1
    if padding == "valid":
        if reach > n:
            raise ValueError(f"a window that reaches over {reach} cells on an axis of {n}")
        return (n - reach) // stride + 1, 0
    if padding == "causal":
        return (n - 1) // stride + 1, reach - 1
    if padding == "same":
        count = -(-n // stride)
        zeros = max((count - 1) * stride + reach - n, 0)
        return count, zeros // 2
    raise ValueError(f"padding {padding!r}")


class Windows:
    """The windows of a convolution or pooling over spatial axes of the given sizes."""

    def __init__(self, sizes, kernel_size, strides, padding, dilation=1):
        rank = len(sizes)
        self.sizes = tuple(sizes)
        self.kernel_size = each_axis(kernel_size, rank)
        self.strides = each_axis(strides, rank)
        self.dilation = each_axis(dilation, rank)
        axes = zip(self.sizes, self.kernel_size, self.strides, self.dilation, strict=True)
        found = [placed(n, k, s, padding, d) for n, k, s, d in axes]
        self.counts = tuple(count for count, _ in found)
        self.before = tuple(zeros for _, zeros in found)

    def cell(self, window, offset):
        """The cell below `offset` of `window`, or None if it is one of the padded zeros."""
        axes = zip(window, offset, self.strides, self.dilation, self.before, strict=True)
        cell = tuple(i * s + a * d - before for i, a, s, d, before in axes)
        inside = all(0 <= c < n for c, n in zip(cell, self.sizes, strict=True))
        return cell if inside else None

    def cells(self):
        """(window, offset, cell) for each window and each of its cells that is no padding."""
        for window in np.ndindex(self.counts):
            for offset in np.ndindex(self.kernel_size):
                cell = self.cell(window, offset)
                if cell is not None:
                    yield window, offset, cell
