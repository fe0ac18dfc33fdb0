"""Arrays on their way into jax, and results on their way out."""
from functools import partial

import jax
import numpy as np

from .. import fed
from ..fed import checked
from .precision import wide


def feed(value, x):
    """What the user fed for the placeholder x, as an array of its dtype."""
    if not isinstance(value, jax.Array):
        value = checked(value, x)
    if value.dtype == x.dtype:
        return value
    with wide():
        return value.astype(x.dtype)


def hold(array, x):
    """A data set ready to be cut into batches for the placeholder x."""
    return fed.hold(np.asarray(array) if isinstance(array, jax.Array) else array, x)


batches = partial(fed.batches, feed)
