"""Random tensors. Each node draws from a stream of its own: (seed, number of the draw).

A seed that is not given comes from `np.random`, so `np.random.seed` fixes a whole run. The
same seed gives the same run on one engine and device.
"""
import numpy as np

from ..graph import Dtype, Shape, Tensor, primitive
from ..graph.names import current
from ..graph.sizes import static
from ..graph.walk import ancestors
from .elementwise import identity


def drawn(seed):
    """`seed`, or a new one from NumPy's global generator where it is None."""
    if seed is None:
        return 0 if current.scratch else int(np.random.randint(10e6))
    return int(seed)


class Stream:
    """Where a random node is in its sequence; both numbers can be saved and set."""

    __slots__ = ("seed", "draws", "source")

    def __init__(self, seed):
        self.seed = seed
        self.draws = 0
        self.source = None  # belongs to the engine


def seed_of(node):
    """The seed that a random node was made with."""
    return node.args[node.op.names.index("seed")]


def stream_of(node):
    """The stream of a random node; it is made when first asked for."""
    if node.stream is None:
        node.stream = Stream(seed_of(node))
    return node.stream


def random_nodes(outputs):
    """The nodes that draw random numbers for `outputs`, in loops too, in the order of
    computation."""
    found = []
    for node in ancestors(outputs):
        if "seed" in node.op.names:
            found.append(node)
        elif node.op.name == "loop":
            body = node.args[0]
            found += random_nodes([*body.outputs, *body.new_states])
    return found


@primitive(pure=False, differentiable=False)
def normal(shape: Shape, mean, stddev, dtype: Dtype, seed):
    """As `random_normal`: shape, mean, stddev and dtype of the result; the seed is drawn."""
    return static(shape), dtype


@primitive(pure=False, differentiable=False)
def uniform(shape: Shape, minval, maxval, dtype: Dtype, seed):
    """As `random_uniform`: shape, minval, maxval and dtype of the result; the seed is drawn."""
    return static(shape), dtype


@primitive(pure=False, differentiable=False)
def bernoulli(shape: Shape, p, dtype: Dtype, seed):
    """As `random_binomial`: shape, p and dtype of the result; the seed is drawn."""
    return static(shape), dtype


@primitive(pure=False, differentiable=False)
def clipped_normal(shape: Shape, mean, stddev, dtype: Dtype, seed):
    """As `truncated_normal`: shape, mean, stddev and dtype of the result; the seed is drawn."""
    return static(shape), dtype


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers from a normal distribution.

    Arguments
        shape: tuple of sizes, ints or symbolic scalars.
        mean: its mean.
        stddev: its standard deviation.
        dtype: of the result; None means floatx.
        seed: int, or None to draw one from np.random.
    """
    return normal(shape, mean, stddev, dtype, drawn(seed))


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers spread evenly over minval <= x < maxval.

    Arguments
        shape: tuple of sizes, ints or symbolic scalars.
        minval: the least value.
        maxval: the upper end, not reached.
        dtype: of the result; None means floatx. Integers are whole numbers of the range.
        seed: int, or None to draw one from np.random.
    """
    return uniform(shape, minval, maxval, dtype, drawn(seed))


def random_binomial(shape, p=0.0, dtype=None, seed=None):
    """Ones with probability p, else zeros.

    Arguments
        shape: tuple of sizes, ints or symbolic scalars.
        p: the probability of a 1, 0..1.
        dtype: of the result; None means floatx.
        seed: int, or None to draw one from np.random.
    """
    return bernoulli(shape, p, dtype, drawn(seed))


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers from a normal distribution without those beyond two standard deviations.

    Arguments
        shape: tuple of sizes, ints or symbolic scalars.
        mean: of the distribution before the cut.
        stddev: of the distribution before the cut.
        dtype: of the result; None means floatx.
        seed: int, or None to draw one from np.random.
    """
    return clipped_normal(shape, mean, stddev, dtype, drawn(seed))


@primitive(pure=False)
def drop(x: Tensor, level, noise_shape: Shape, seed):
    """As `dropout` of x, with a noise_shape, a drawn seed and a level above 0."""
    return x.shape, x.dtype


def dropout(x, level, noise_shape=None, seed=None):
    """x with a random share of its elements set to 0, the others divided by 1 - level.

    Arguments
        x: tensor.
        level: fraction dropped, 0 <= level < 1.
        noise_shape: the shape of the mask, which broadcasts against x; None sizes, or None
            altogether, are those of x.
        seed: int, or None to draw one from np.random.

    Source: Keras 2.1.6 manual, Backend; Srivastava et al. 2014.
    """
    if not 0 <= level < 1:
        raise ValueError(f"dropout: level is a fraction, 0 <= level < 1; given {level!r}.")
    return drop(x, float(level), noise_shape, drawn(seed)) if level else identity(x)
