"""What functions of PyTensor give, before they are run."""
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor import _as_tensor_variable

from ...graph import ForeignError, Tensor
from ...graph.nested import mapped
from ..native import Spec


def is_array(value):
    """Whether a value in a result is a variable of PyTensor."""
    return isinstance(value, Variable)


def has(name):
    """Whether variables of PyTensor have the attribute `name`."""
    return hasattr(pt.TensorVariable, name)


def outline(function, specs):
    """What `function` returns for variables of some specs, with specs in the place of variables.
    Nothing is computed."""
    result = function(*[pt.tensor(dtype=x.dtype, shape=x.shape) for x in specs])
    return mapped(lambda x: Spec(x.type.shape, x.type.dtype) if is_array(x) else x, result)


@_as_tensor_variable.register(Tensor)
def refused(x, *args, **kwargs):
    """What PyTensor gets that asks for a variable for the symbolic tensor x: an error, which has
    the whole function of the user's called on variables. The other arguments have no effect."""
    raise ForeignError(
        f"{x!r} is symbolic, PyTensor cannot compute with it yet. Where a layer, a loss or a "
        f"metric takes a function, this one may be given (Lambda, Activation); elsewhere write "
        f"K.native(function, x), or use the functions of keras.backend.", "theano")
