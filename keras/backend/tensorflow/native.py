"""What functions of TensorFlow give, before they are run, and make of symbolic tensors."""
import tensorflow as tf

from ...graph.nested import leaves, mapped
from ...graph.tensor import Tensor
from ..engines import backend
from ..native import Spec, native


def is_array(value):
    """Whether a value in a result is an array."""
    return tf.is_tensor(value)


def has(name):
    """Whether tensors of TensorFlow, or their shapes, have the attribute `name`."""
    return hasattr(tf.Tensor, name) or hasattr(tf.TensorShape, name)


def outline(function, specs):
    """What `function` returns for tensors of some specs, with specs in the place of tensors.
    Nothing is computed."""
    result = None

    def traced(*arrays):
        nonlocal result
        result = mapped(described, function(*arrays))

    tf.function(traced, autograph=False).get_concrete_function(
        *[tf.TensorSpec(x.shape, x.dtype) for x in specs])
    return result


def described(x):
    """What stands for a value in an outline; an assertion gives nothing that could be used."""
    return Spec(x.shape, x.dtype.name) if is_array(x) else (
        None if isinstance(x, tf.Operation) else x)


class Dispatcher(tf.__internal__.dispatch.GlobalOpDispatcher):
    """Whom TensorFlow asks what becomes of a call with arguments that it does not know."""

    def handle(self, op, args, kwargs):
        """A node for a call of the function `op` on symbolic tensors."""
        ours = any(isinstance(x, Tensor) for x in leaves([args, kwargs]))
        return native(op, *args, **kwargs) if ours and backend() == "tensorflow" else (
            self.NOT_SUPPORTED)


Dispatcher().register()
