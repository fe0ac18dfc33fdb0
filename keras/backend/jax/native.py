"""What functions of jax give, before they are run."""
import jax

from ...graph.nested import leaves, mapped
from ..native import Spec
from .precision import wide


def is_array(value):
    """Whether a value in a result becomes an array: all but None."""
    return value is not None


def has(name):
    """Whether arrays of jax have the attribute `name`."""
    return hasattr(jax.Array, name)


def outline(function, specs):
    """What `function` returns for arrays of some specs, with specs in the place of arrays.
    Nothing is computed."""
    form = None

    def traced(*arrays):
        nonlocal form
        form = function(*arrays)
        return [x for x in leaves(form) if is_array(x)]

    with wide():
        found = iter(jax.eval_shape(
            traced, *[jax.ShapeDtypeStruct(x.shape, x.dtype) for x in specs]))
    found = [Spec(x.shape, str(x.dtype)) for x in found]
    return mapped(lambda x: found.pop(0) if is_array(x) else x, form)
