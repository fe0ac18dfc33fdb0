"""Pooling, window by window. Padded cells are never the largest and do not count in a mean."""

import numpy as np

from .arrays import as_given, channels_last
from .windows import Windows


def pooled(x, pool_size, strides, padding, data_format, pool_mode):
    """The largest cell, or the mean cell, of each window and channel."""
    if pool_mode not in ("max", "avg"):
        raise ValueError(f"pool_mode {pool_mode!r}")
    x = channels_last(x, data_format)
    windows = Windows(x.shape[1:-1], pool_size, strides, padding)
    y = np.zeros((x.shape[0], *windows.counts, x.shape[-1]))
    for window in np.ndindex(windows.counts):
        cells = [windows.cell(window, offset) for offset in np.ndindex(windows.kernel_size)]
        inside = [x[(slice(None), *cell)] for cell in cells if cell is not None]
        reduced = np.max(inside, axis=0) if pool_mode == "max" else np.mean(inside, axis=0)
        y[(slice(None), *window)] = reduced
    return as_given(y, data_format)


def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """Pooling over rows and columns."""
    return pooled(x, pool_size, strides, padding, data_format, pool_mode)


def pool3d(x, pool_size, strides=(1, 1, 1), padding="valid", data_format=None, pool_mode="max"):
    """Pooling over three axes."""
    return pooled(x, pool_size, strides, padding, data_format, pool_mode)
