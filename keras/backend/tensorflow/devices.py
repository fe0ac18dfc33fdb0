"""Where TensorFlow computes: nodes and variables are placed as `K.device` says; what it cannot
place there runs elsewhere."""
import tensorflow as tf
from tensorflow.python.eager import context


def gpus():
    """The number of GPUs that TensorFlow can use."""
    return len(tf.config.list_physical_devices("GPU"))


def open_device():
    """The name of the device that an open `tf.device` chose, or None."""
    return context.context().device_name or None
