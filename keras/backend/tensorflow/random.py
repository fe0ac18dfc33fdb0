"""Random ops: TensorFlow's stateless generators, from a key that (seed, number of the draw) make.

Both are arguments of a program, so that no draw compiles anew.
"""
import tensorflow as tf

from .lowering import lowers, sizes


def set_random_seed(seed):
    """Nothing here draws from a generator with a state: every draw has a key."""


def random_state():
    """None: there is no state."""


def set_random_state(state):
    """As `set_random_seed`."""


def inner_key(key, turn):
    """The key for one turn of a loop."""
    return tf.random.fold_in(key, turn)


@lowers
def normal(shape, mean, stddev, dtype, key):
    return tf.random.stateless_normal(sizes(shape), key, mean, stddev, dtype)


@lowers
def uniform(shape, minval, maxval, dtype, key):
    return tf.random.stateless_uniform(sizes(shape), key, minval, maxval, dtype)


@lowers
def bernoulli(shape, p, dtype, key):
    return tf.random.stateless_uniform(sizes(shape), key) < p


@lowers
def clipped_normal(shape, mean, stddev, dtype, key):
    return tf.random.stateless_truncated_normal(sizes(shape), key, mean, stddev, dtype)


@lowers
def drop(x, level, noise_shape, key):
    own = tf.shape(x)
    shape = own if noise_shape is None else sizes([
        own[i] if size is None or not tf.is_tensor(size) and size == -1 else size
        for i, size in enumerate(noise_shape)])
    kept = tf.random.stateless_uniform(shape, key) >= level
    return tf.where(kept, x / tf.cast(1 - level, x.dtype), tf.zeros((), x.dtype))
