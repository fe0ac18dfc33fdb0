"""Arrays on their way into PyTensor, and results on their way out."""
from functools import partial

import numpy as np

from .. import fed
from ..fed import checked


def feed(value, x):
    """What the user fed for the placeholder x, as an array of its dtype."""
    return np.asarray(checked(value, x), x.dtype)


batches = partial(fed.batches, feed)
