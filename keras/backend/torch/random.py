"""Random ops in torch: on the CPU the bits come from NumPy, elsewhere from the device.

The draw number n of a stream with seed s depends on (s, n) alone.
"""
import numpy as np
import torch

from .devices import current_device
from .lowering import DTYPES, lower, lowers


def source(stream):
    """A NumPy generator for the next draw of `stream`; draws move it on."""
    stream.draws += 1
    return np.random.Generator(np.random.SFC64((stream.seed, stream.draws)))


def device_source(stream, device):
    """A torch generator on `device` for the next draw of `stream`."""
    stream.draws += 1
    generator = torch.Generator(device)
    return generator.manual_seed(stream.seed * 1_000_003 + stream.draws)


def _sizes(shape):
    return tuple(int(size) for size in shape)


def _array(values, dtype):
    return torch.from_numpy(np.asarray(values)).to(current_device(), DTYPES[dtype])


def _real(dtype):
    return np.float64 if dtype == "float64" else np.float32


@lowers
def normal(shape, mean, stddev, dtype, stream):
    values = source(stream).standard_normal(_sizes(shape), _real(dtype))
    return _array(values, dtype) * stddev + mean


@lowers
def uniform(shape, minval, maxval, dtype, stream):
    if "int" in dtype:
        return _array(source(stream).integers(minval, maxval, _sizes(shape)), dtype)
    values = source(stream).random(_sizes(shape), _real(dtype))
    return _array(values, dtype) * (maxval - minval) + minval


@lowers
def bernoulli(shape, p, dtype, stream):
    return _array(source(stream).random(_sizes(shape), np.float32) < p, dtype)


@lowers
def clipped_normal(shape, mean, stddev, dtype, stream):
    draw = source(stream)
    values = draw.standard_normal(_sizes(shape), _real(dtype))
    while (beyond := np.abs(values) > 2).any():
        values[beyond] = draw.standard_normal(int(beyond.sum()), _real(dtype))
    return _array(values, dtype) * stddev + mean


def mask(shape, level, dtype, stream, device):
    """0 with probability `level`, else 1 / (1 - level)."""
    if device.type != "cpu":
        generator = device_source(stream, device)
        kept = torch.rand(shape, generator=generator, device=device) >= level
        return kept.to(dtype).div_(1 - level)
    # Sixteen random bits an element, compared into floats: torch's own bernoulli takes ten
    # times as long, and masks of bools are slow to multiply with.
    size = int(np.prod(shape))
    stream.draws += 1
    bits = np.random.SFC64((stream.seed, stream.draws)).random_raw(-(-size // 4))
    bits = torch.from_numpy(bits.view(np.int16)[:size]).view(shape)
    kept = torch.empty(shape, dtype=dtype)
    return torch.ge(bits, round(level * 65536) - 32768, out=kept).mul_(1 / (1 - level))


@lowers
def drop(x, level, noise_shape, stream):
    shape = x.shape if noise_shape is None else tuple(
        size if given == -1 else int(given) for given, size in zip(noise_shape, x.shape))
    return x * mask(shape, level, x.dtype, stream, x.device)


__all__ = ["lower"]
