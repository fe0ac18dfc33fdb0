"""Variables as shared variables of PyTensor; also those that other engines keep on the host."""
import numpy as np
import pytensor


def write(x, value):
    """Set a variable to a NumPy array; the first time this makes its shared variable."""
    take(x, np.array(value, x.dtype))


def take(x, value):
    """Set a variable to an array that becomes its own."""
    if x.value is None:
        x.value = pytensor.shared(value, x.name, borrow=True, shape=value.shape)
    else:
        x.value.set_value(value, borrow=True)


def read(x):
    """The value of a variable as a NumPy array of its own."""
    return np.array(x.value.get_value(borrow=True))


def memory(x):
    """The memory of a variable as a NumPy array, for the moment; it cannot be written."""
    view = np.asarray(x.value.get_value(borrow=True)).view()
    view.flags.writeable = False
    return view
