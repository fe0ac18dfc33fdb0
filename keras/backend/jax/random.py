"""Random ops: threefry bits of jax, from a key that (seed, number of the draw) make.

The seeds and the numbers of the draws are arguments of a program, so that no draw compiles anew.
"""
from math import prod

import jax.numpy as jnp
from jax import lax, random

from .lowering import ints, lowers


def set_random_seed(seed):
    """jax has no generator of its own: every draw has a key."""


def random_state():
    """None: there is no state."""


def set_random_state(state):
    """As `set_random_seed`."""


def key_of(seed, draw):
    """The key for one draw of a stream."""
    return random.fold_in(random.key(seed, impl="threefry2x32"), draw)


def inner_key(key, turn):
    """The key for one turn of a loop."""
    return random.fold_in(key, turn)


@lowers
def normal(shape, mean, stddev, dtype, key):
    return random.normal(key, ints(shape), dtype) * stddev + mean


@lowers
def uniform(shape, minval, maxval, dtype, key):
    if "int" in dtype:
        return random.randint(key, ints(shape), minval, maxval, dtype)
    return random.uniform(key, ints(shape), dtype) * (maxval - minval) + minval


@lowers
def bernoulli(shape, p, dtype, key):
    return random.uniform(key, ints(shape), "float32") < p


@lowers
def clipped_normal(shape, mean, stddev, dtype, key):
    return random.truncated_normal(key, -2.0, 2.0, ints(shape), dtype) * stddev + mean


@lowers
def drop(x, level, noise_shape, key):
    shape = x.shape if noise_shape is None else tuple(
        size if given is None or int(given) == -1 else int(given)
        for given, size in zip(noise_shape, x.shape))
    # Sixteen bits an element, four elements for each number of 64 bits that threefry makes.
    drawn = random.bits(key, (-(-prod(shape) // 4),), "uint64")
    drawn = lax.bitcast_convert_type(drawn, "uint16").reshape(-1)[:prod(shape)].reshape(shape)
    return jnp.where(drawn >= min(round(level * 65536), 65535), x / (1 - level), 0)
