"""Our ops for PyTensor's linker for jax: what their `perform` does, in jax. Shapes are known to its
programs, rows of `gather` are not checked, and random numbers are jax's own."""
import jax
import jax.numpy as jnp
from pytensor.link.jax.dispatch import jax_funcify

from ... import config
from .checks import Rows
from .random import Draw
from .windows import Patches, Summed


def set_precision():
    """jax's switch for numbers of 64 bits, which PyTensor sets when it is imported, follows floatx:
    where it is on, PyTensor's sums of float32 become float64, and loops of them errors."""
    jax.config.update("jax_enable_x64", config.floatx() == "float64")


@jax_funcify.register(Rows)
def rows(op, **kwargs):
    """Indices as they are."""
    return lambda x, indices: indices


def patches(op, x):
    """What `Patches` takes from x."""
    counts = op.counts(x.shape)
    x = jnp.pad(x, ((0, 0), *op.pairs(x.shape[1:-1]), (0, 0)), constant_values=op.fill)
    return jnp.concatenate([x[place] for place in op.places(counts)], -1)


@jax_funcify.register(Patches)
def _patches(op, **kwargs):
    """As `Patches`."""
    return lambda x: patches(op, x)


@jax_funcify.register(Summed)
def summed(op, **kwargs):
    """As `Summed`, by jax's derivative of `patches`."""
    def run(y, size):
        x = jnp.zeros((len(y), *op.static, y.shape[-1] // op.cells), y.dtype)
        return jax.vjp(lambda x: patches(op, x), x)[1](y)[0]

    return run


KINDS = {  # name of a Draw -> function of a key, a shape, a dtype and numbers
    "normal": lambda key, shape, dtype, mean, stddev: (
        jax.random.normal(key, shape, dtype) * stddev + mean),
    "uniform": lambda key, shape, dtype, low, high: (
        jax.random.randint(key, shape, low, high, dtype) if "int" in dtype
        else jax.random.uniform(key, shape, dtype) * (high - low) + low),
    "clipped_normal": lambda key, shape, dtype, mean, stddev: (
        jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype) * stddev + mean),
    "bernoulli": lambda key, shape, dtype, p: jax.random.uniform(key, shape) < p,
    "kept": lambda key, shape, dtype, level: jax.random.uniform(key, shape) >= level,
}


@jax_funcify.register(Draw)
def draw(op, **kwargs):
    """As `Draw`."""
    def run(shape, key, *numbers):
        bits = jax.random.key(key[0])
        for i in range(1, len(key)):
            bits = jax.random.fold_in(bits, key[i])
        return KINDS[op.name](bits, op.static, op.dtype, *numbers).astype(op.dtype)

    return run
