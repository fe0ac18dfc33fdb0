"""Random ops in torch: NumPy draws them, the same on every device, but masks on others than the
CPU."""
import math

import numpy as np
import torch

from .. import draws
from .devices import current_device
from .drawing import drawn
from .lowering import DTYPES, lower, lowers
from .transfer import sent


def set_random_seed(seed):
    """Seed torch's own generators, which functions of torch in a model draw from."""
    torch.manual_seed(seed)


def random_state():
    """The state of torch's generator on the CPU, a NumPy array."""
    return torch.get_rng_state().numpy()


def set_random_state(state):
    """Set torch's generator on the CPU to a state that `random_state` returned."""
    torch.set_rng_state(torch.from_numpy(state))


def device_source(stream, device):
    """A torch generator on `device` for the next draw of `stream`."""
    stream.draws += 1
    generator = torch.Generator(device)
    return generator.manual_seed(stream.seed * 1_000_003 + stream.draws)


def _by_numpy(draw):
    """The lowering of a random op that NumPy draws."""
    def made(stream, *args):
        args = [a.detach().cpu().numpy() if isinstance(a, torch.Tensor) else a for a in args]
        values = torch.from_numpy(np.asarray(draw(*args, stream)))
        return sent(values.to(DTYPES[args[-1]]), current_device())

    def lowering(*args):
        return drawn(made, args[-1], *args[:-1])

    return lowering


lower.update({name: _by_numpy(getattr(draws, name))
              for name in ("normal", "uniform", "bernoulli", "clipped_normal")})


def mask(stream, shape, level, dtype, device):
    """0 with probability `level`, else 1 / (1 - level)."""
    if device.type != "cpu":
        generator = device_source(stream, device)
        kept = torch.rand(shape, generator=generator, device=device) >= level
        return kept.to(dtype).div_(1 - level)
    # Sixteen random bits an element, compared into floats: torch's own bernoulli takes ten
    # times as long, and masks of bools are slow to multiply with.
    size = math.prod(shape)
    stream.draws += 1
    bits = np.random.SFC64((stream.seed, stream.draws)).random_raw(-(-size // 4))
    bits = torch.from_numpy(bits.view(np.int16)[:size]).view(shape)
    kept = torch.empty(shape, dtype=dtype)
    return torch.ge(bits, round(level * 65536) - 32768, out=kept).mul_(1 / (1 - level))


@lowers
def drop(x, level, noise_shape, stream):
    shape = x.shape if noise_shape is None else tuple(
        size if given == -1 else int(given) for given, size in zip(noise_shape, x.shape))
    return x * drawn(mask, stream, shape, level, x.dtype, x.device)

