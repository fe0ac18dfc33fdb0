"""Arrays on their way into TensorFlow, and results on their way out."""
from functools import partial

import numpy as np
import tensorflow as tf

from .. import fed
from ..fed import checked


def feed(value, x):
    """What the user fed for the placeholder x, as an array of its dtype."""
    if tf.is_tensor(value):
        return value if value.dtype == x.dtype else tf.cast(value, x.dtype)
    value = checked(value, x)
    return value if value.dtype == x.dtype else value.astype(x.dtype)


def hold(array, x):
    """A data set ready to be cut into batches for the placeholder x."""
    return fed.hold(np.asarray(array) if tf.is_tensor(array) else array, x)


batches = partial(fed.batches, feed)
