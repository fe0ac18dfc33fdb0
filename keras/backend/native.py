"""Functions of the engine's own library in the graph: each use is one node, which only the engine
looks into. Its shapes come from the engine's abstract evaluation, its gradients from the engine's
differentiation.

torch asks a symbolic tensor what is to become of a call, TensorFlow asks its dispatchers: each of
their functions can be used on one. jax does not ask: there the whole function of the user's is
called with jax's arrays.
"""
import importlib

import numpy as np

from ..graph import OPS, DtypeError, ForeignError, Tensor
from ..graph.dtypes import INTEGERS
from ..graph.errors import UndispatchedError
from ..graph.nested import leaves, mapped
from ..graph.sizes import known
from ..graph.tensor import StaticShape
from ..ops.control import opaque
from .engines import LIBRARIES, backend, engine

SIZES = 240, 480  # what stands for unknown sizes: they can be halved, and 4 divides them


class Call:
    """A call of `function` in which the tensors are left out: `__call__` takes arrays for them, in
    their order, and gives the arrays in the result, as a flat list."""

    def __init__(self, function, args, kwargs):
        self.function = function
        self.nest = mapped(_number, [args, kwargs])
        self.tensors = list(dict.fromkeys(x for x in leaves(self.nest) if isinstance(x, Tensor)))
        self.name = getattr(function, "__name__", type(function).__name__)

    def result(self, *arrays):
        """What the function returns."""
        given = dict(zip(self.tensors, arrays))
        args, kwargs = mapped(lambda x: given[x] if isinstance(x, Tensor) else x, self.nest)
        return self.function(*args, **kwargs)

    def __call__(self, *arrays):
        is_array = engine().is_array
        return [x for x in leaves(self.result(*arrays)) if is_array(x)]

    def outline(self, size, meeting=False):
        """The result where unknown sizes are `size`, with a Spec in the place of each array.
        `meeting`: an unknown size past the first axis is that of another argument."""
        try:
            found = engine().outline(self.result, [
                Spec(self.sizes(x, size, meeting), x.dtype) for x in self.tensors])
        except Exception as error:
            if not meeting:
                return self.outline(size, meeting=True)
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"{self.refusal}: {error} (An unknown size is {size} here. A function that "
                       f"gets arrays of {engine().name} can use its functions alone, none of "
                       f"keras.backend, and no values, which only the run knows.)") from error
        for x in leaves(found):
            if isinstance(x, Tensor):
                raise TypeError(f"{self.refusal}: it returned the symbolic {x!r}. Give the "
                                f"tensors and variables that it uses as its arguments.")
        return found

    def sizes(self, x, size, meeting):
        """The shape of x with numbers for unknown sizes."""
        shape = [size if n is None else n for n in x.shape]
        if meeting:
            for axis in range(1, x.ndim):
                known = {y.shape[axis] for y in self.tensors if y.ndim == x.ndim} - {None}
                if x.shape[axis] is None and len(known) == 1:
                    shape[axis], = known
        return shape

    @property
    def refusal(self):
        shapes = ", ".join(str(x.shape) for x in self.tensors)
        return (f"{self.name}, called with arrays of {engine().name} to learn what it makes of "
                f"tensors of shapes {shapes}")


def _number(x):
    """A size that is known already as a number: shapes that depend on it are known, too."""
    number = known(x) if isinstance(x, Tensor) and not x.shape and x.dtype in INTEGERS else None
    return x if number is None else np.dtype(x.dtype).type(number)


class Spec:
    """What is known of an array before the run."""

    def __init__(self, shape, dtype):
        self.shape = tuple(shape)
        self.dtype = dtype


def native(function, *args, **kwargs):
    """function(*args, **kwargs), computed by the library of the engine in use (torch, jax, ...).

    Arguments
        function: takes the library's arrays, returns one, or several in a list, tuple or dict.
        args: its arguments; for symbolic tensors among them, also in lists, it gets arrays.
        kwargs: likewise.

    Returns
        tensors, arranged as the results of the function. Sizes that depend on unknown ones are
        unknown; gradients go through.

    Raises
        ValueError, TypeError: what the library has against the shapes or dtypes.
    """
    call = Call(function, args, kwargs)
    form, other = (call.outline(size) for size in SIZES)
    specs = []
    for one, two in zip(leaves(form), leaves(other)):
        if isinstance(one, Spec):
            shape = tuple(a if a == b else None for a, b in zip(one.shape, two.shape))
            specs.append((shape, one.dtype))
        elif one != two:
            raise DtypeError(f"{call.name} returns {one!r} for an unknown size of {SIZES[0]} and "
                             f"{two!r} for {SIZES[1]}: what is known only in the run has to be a "
                             f"tensor. K.shape(x) holds the sizes.")
    outputs = iter(opaque(call, call.tensors, specs) if specs else ())
    return mapped(lambda x: next(outputs) if isinstance(x, Spec) else x, form)


def native_effect(function, xs, like):
    """function(*xs), computed by the library of the engine in use when a run has come there, and
    never before; it may change what the library keeps.

    Arguments
        function: takes the library's arrays, returns one.
        xs: list of tensors.
        like: tensor of the shape and dtype of the result.
    """
    effect, = opaque(lambda *arrays: [function(*arrays)], xs, [(like.shape, like.dtype)])
    return effect


def is_native(x):
    """Whether x is an object of the library of the engine in use: one of its arrays, perhaps.

    Arguments
        x: anything.
    """
    return type(x).__module__.startswith(LIBRARIES[backend()])


def library(name):
    """The module of the engine's library under the name by which Keras 2's backend files imported
    it (`K.tf`), or None.

    Arguments
        name: string.
    """
    return importlib.import_module("tensorflow") if (name, backend()) == (
        "tf", "tensorflow") else None


def called(function, *args, **kwargs):
    """function(*args, **kwargs) on symbolic tensors; where the engine's library refuses them, or
    they lack a method of its arrays, the whole call becomes one `native` node."""
    try:
        return function(*args, **kwargs)
    except AttributeError as error:
        if not isinstance(error.obj, (Tensor, StaticShape)) or not engine().has(error.name):
            raise
    except (ForeignError, TypeError, NotImplementedError) as error:
        library = library_of(error)
        if library is None:
            raise
        if backend() != library:
            raise foreign(library, function) from error
    return native(function, *args, **kwargs)


REFUSALS = {  # words of some errors -> whose they are
    "as a JAX value": "jax", "to a tensor variable": "theano", "build a TypeSpec": "tensorflow"}


def library_of(error):
    """The library that an error says was given a symbolic tensor, or None. Most of jax's functions
    ask for `__jax_array__` first; some do not. PyTensor asks the engine, once that is loaded."""
    told = (name for words, name in REFUSALS.items() if words in str(error))
    return getattr(error, "library", None) or next(told, None)


def foreign(library, function):
    """The error for a function of another library than the engine's."""
    name = getattr(function, "__name__", type(function).__name__)
    return ForeignError(
        f"{name} calls {library}, and this graph is run by {backend()}. Write it with the "
        f"functions of keras.backend, which run on every engine, or choose the engine: "
        f"KERAS_BACKEND={library}.", library)


class Adapted:
    """A function of the user's that layers call on tensors; it may be one of the engine's library.
    It equals the function and has its name."""

    def __init__(self, function):
        self.function = function
        if hasattr(function, "__name__"):
            self.__name__ = function.__name__

    def __call__(self, *args, **kwargs):
        return called(self.function, *args, **kwargs)

    def __eq__(self, other):
        return self.function == (other.function if isinstance(other, Adapted) else other)

    def __hash__(self):
        return hash(self.function)


def adapted(function):
    """What layers may call on tensors in place of `function`: itself if it is of this package, or
    a layer."""
    ours = (getattr(function, "__module__", None) or "").startswith("keras.")
    return function if ours or hasattr(function, "get_config") else Adapted(function)


def from_torch(function, args, kwargs):
    """What torch's functions make of symbolic tensors: function(*args, **kwargs) as a node.

    Arguments
        function: of torch.
        args: its arguments, symbolic tensors among them.
        kwargs: likewise, a dict.
    """
    if backend() != "torch":
        raise foreign("torch", function)
    return native(function, *args, **kwargs)


OPS["from_torch"] = from_torch


def for_tensorflow(x):
    """What TensorFlow gets that asks for the array of x: an error, after which it asks its
    dispatchers. That of the engine, which is loaded for it, makes a node of the call.

    Arguments
        x: symbolic tensor.
    """
    if backend() == "tensorflow":
        engine()
    raise UndispatchedError(
        f"{x!r} is symbolic, TensorFlow cannot compute with it. Where it is the engine "
        f"(KERAS_BACKEND=tensorflow) most of its functions can be used on it, the others by "
        f"K.native(function, x); elsewhere use the functions of keras.backend.", "tensorflow")


OPS["for_tensorflow"] = for_tensorflow
