"""Random numbers by NumPy, the same on every engine: first values of variables, and the random
ops of engines that have nothing faster.

The draw number n of a stream with seed s depends on (s, n) alone.
"""
import numpy as np


def source(stream):
    """A NumPy generator for the next draw of `stream`, which moves on."""
    stream.draws += 1
    return np.random.Generator(np.random.SFC64((stream.seed, stream.draws)))


def _sizes(shape):
    return tuple([int(size) for size in shape])


def _real(dtype):
    return np.float64 if dtype == "float64" else np.float32


def normal(shape, mean, stddev, dtype, stream):
    """As `ops.random.normal`; a NumPy array, as all of these."""
    return source(stream).standard_normal(_sizes(shape), _real(dtype)) * stddev + mean


def uniform(shape, minval, maxval, dtype, stream):
    """As `ops.random.uniform`."""
    if "int" in dtype:
        return source(stream).integers(minval, maxval, _sizes(shape))
    return source(stream).random(_sizes(shape), _real(dtype)) * (maxval - minval) + minval


def bernoulli(shape, p, dtype, stream):
    """As `ops.random.bernoulli`, but bools."""
    return source(stream).random(_sizes(shape), np.float32) < p


def clipped_normal(shape, mean, stddev, dtype, stream):
    """As `ops.random.clipped_normal`."""
    draw = source(stream)
    values = draw.standard_normal(_sizes(shape), _real(dtype))
    while (beyond := np.abs(values) > 2).any():
        values[beyond] = draw.standard_normal(int(beyond.sum()), _real(dtype))
    return values * stddev + mean
