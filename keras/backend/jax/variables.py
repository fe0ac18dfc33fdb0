"""Variables as jax arrays; also those that other engines keep on the host."""
import threading

import jax
import numpy as np

from .precision import wide

# Held from the reading of values to the start of the program that gets them, so that no step of
# another thread gives them up in between. Large programs run on after it is free.
starting = threading.RLock()


def write(x, value):
    """Set a variable to a NumPy array."""
    with wide():
        # A copy of its own: on the CPU jax may take NumPy's memory, and steps write into it.
        x.value = jax.device_put(np.array(value, x.dtype))


def take(x, value):
    """Set a variable to an array that may become its own: on the CPU jax keeps NumPy's memory if
    it begins at a multiple of 64 bytes, until the first step that changes the variable."""
    with wide():
        x.value = jax.device_put(np.asarray(value, x.dtype))


def read(x):
    """The value of a variable as a NumPy array of its own."""
    with starting:
        return np.array(x.value)


def memory(x):
    """The memory of a variable as a NumPy array, for the moment; it cannot be written."""
    with starting:
        return np.asarray(x.value)
