"""Variables as TensorFlow's."""
import numpy as np
import tensorflow as tf


def write(x, value):
    """Set a variable to a NumPy array."""
    if x.value is None:
        with tf.init_scope(), tf.device(x.device):
            x.value = tf.Variable(value, trainable=False, dtype=x.dtype, shape=x.shape)
    else:
        x.value.assign(value)


take = write


def read(x):
    """The value of a variable as a NumPy array of its own."""
    return np.array(x.value.numpy())


def memory(x):
    """The memory of a variable: TensorFlow does not show it."""
