"""Symbolic tensors: what a user holds in place of numbers until a function is run."""
import itertools

import numpy as np

from . import names
from .dtypes import dtype_name
from .errors import ForeignError, NotAValueError, ShapeError

serial = itertools.count()
OPS = {}  # every declared op by its name; what Tensor has as methods finds its way up here


class Tensor:
    """A value of the graph: static shape (None = unknown size), dtype, and where it comes from.

    `==`, `!=` and `hash` are identity; `<`, `<=`, `>`, `>=` are elementwise.
    """

    def __init__(self, shape, dtype, node=None, index=0, name=None):
        self.shape = shape
        self.ndim = len(shape)
        self.dtype = dtype
        self.node = node
        self.index = index
        self.uses_learning_phase = node is not None and node.uses_phase
        self.given_name = name
        self.keras_history = None
        self.keras_mask = None

    sparse = False
    initial = None

    @property
    def name(self):
        """`scope/op_1:0`; numbered when first asked for."""
        if self.given_name is None:
            self.given_name = self.node.name if self.node else type(self).__name__.lower()
            self.given_name = f"{self.given_name}:{self.index}"
        return self.given_name

    @property
    def device(self):
        return self.node.device if self.node else None

    @property
    def op(self):
        """The node that computes this tensor (TensorFlow 1's word)."""
        return self.node

    # What layers and old custom layers know these facts as.

    @property
    def _uses_learning_phase(self):
        return self.uses_learning_phase

    @_uses_learning_phase.setter
    def _uses_learning_phase(self, value):
        """Old layers set it by hand; the graph knows better."""

    @property
    def _keras_shape(self):
        return self.shape

    @_keras_shape.setter
    def _keras_shape(self, shape):
        self.set_shape(shape)

    @property
    def _keras_history(self):
        return self.keras_history

    @_keras_history.setter
    def _keras_history(self, history):
        self.keras_history = history

    @property
    def _keras_mask(self):
        return self.keras_mask

    @_keras_mask.setter
    def _keras_mask(self, mask):
        self.keras_mask = mask

    def get_shape(self):
        return StaticShape(self.shape)

    def set_shape(self, shape):
        """Fill unknown sizes from `shape`. ShapeError if a known size is contradicted."""
        shape = tuple(shape)
        fits = len(shape) == len(self.shape) and all(
            a is None or b is None or a == b for a, b in zip(shape, self.shape))
        if not fits:
            raise ShapeError(f"{self.name}: shape {shape} contradicts the known {self.shape}.")
        self.shape = tuple(b if a is None else a for a, b in zip(shape, self.shape))

    def __repr__(self):
        return f"<{type(self).__name__} {self.name} shape={self.shape} dtype={self.dtype}>"

    def __bool__(self):
        raise NotAValueError(
            f"{self!r} has no truth value before it is run. Use K.switch, K.maximum, ... for "
            f"choices that depend on values, `is None` to ask whether a tensor was given.")

    def __float__(self):
        raise NotAValueError(f"{self!r} is symbolic; K.eval or K.function gives its value.")

    __int__ = __index__ = __float__

    def __array__(self, dtype=None, copy=None):
        raise NotAValueError(
            f"{self!r} is symbolic, NumPy cannot compute with it, nor can TensorFlow. Use the "
            f"functions of keras.backend, or K.eval(x) for the value of a variable or constant.")

    __array_priority__ = 1000  # np_array * tensor comes to our __rmul__
    __array_ufunc__ = None

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        """torch asks here what becomes of its function on one of our tensors: a node."""
        return OPS["from_torch"](function, args, kwargs or {})

    @property
    def __jax_array__(self):
        """jax looks here for an array; it has no way to be told of a node instead."""
        raise ForeignError(
            f"{self!r} is symbolic, jax cannot compute with it yet. Where a layer, a loss or a "
            f"metric takes a function, this one may be given (Lambda, Activation); elsewhere "
            f"write K.native(function, x), or use the functions of keras.backend.", "jax")

    def __tf_tensor__(self, dtype=None, name=None):
        """TensorFlow looks here for an array, and after a TypeError for who makes a node."""
        return OPS["for_tensorflow"](self)

    def eval(self, feed_dict=None, session=None):
        """The value of this tensor, as TensorFlow 1 had it computed.

        Arguments
            feed_dict: dict of placeholders and the arrays to feed for them.
            session: what `K.get_session()` returned; None means that.

        Returns
            NumPy array, or NumPy scalar.
        """
        return OPS["session_run"](self, feed_dict, session)

    # There is no __len__: old code takes what has one for a list of tensors.

    def __iter__(self):
        if not self.shape or self.shape[0] is None:
            raise NotAValueError(f"iteration over {self!r}: the size of its first axis is "
                                 f"unknown. K.map_fn runs a function over it.")
        return (self[i] for i in range(self.shape[0]))

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return self is not other

    def __getitem__(self, key):
        return OPS["getitem"](self, key)


class StaticShape(tuple):
    """A shape with the two methods by which TensorFlow 1 code reads it."""

    ndims = property(len)

    def as_list(self):
        return list(self)


def _binary(symbol, op):
    def forward(self, other):
        return OPS[op](self, other)

    def reflected(self, other):
        return OPS[op](other, self)

    setattr(Tensor, f"__{symbol}__", forward)
    setattr(Tensor, f"__r{symbol}__", reflected)


for _symbol, _op in {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide",
                     "floordiv": "floor_divide", "mod": "remainder", "pow": "pow",
                     "matmul": "dot", "and": "logical_and", "or": "logical_or"}.items():
    _binary(_symbol, _op)
for _symbol, _op in {"lt": "less", "le": "less_equal", "gt": "greater",
                     "ge": "greater_equal"}.items():
    setattr(Tensor, f"__{_symbol}__", lambda self, other, op=_op: OPS[op](self, other))
for _symbol, _op in {"neg": "negative", "pos": "identity", "abs": "abs",
                     "invert": "logical_not"}.items():
    setattr(Tensor, f"__{_symbol}__", lambda self, op=_op: OPS[op](self))


class Placeholder(Tensor):
    """A value that is fed when a function runs.

    `default`: what stands in its place when it is not fed. `static`: its value picks the plan
    and is a constant in it (the learning phase).
    """

    def __init__(self, shape, dtype=None, name=None, sparse=False, default=None, static=False):
        if name is None:
            name = names.scoped(f"placeholder_{names.get_uid('placeholder')}")
        super().__init__(tuple(shape), dtype_name(dtype), name=f"{name}:0")
        self.sparse = sparse
        self.default = default
        self.static = self.uses_learning_phase = static


def own_copy(value, dtype):
    """A copy of an array in a dtype. One number spread over a shape, such as the first value of a
    bias, stays that and takes no memory."""
    if value.ndim and value.size and not any(value.strides):
        return np.broadcast_to(value[(0,) * value.ndim].astype(dtype), value.shape)
    return value.astype(dtype, copy=True)


class Constant(Tensor):
    """A fixed array or number."""

    def __init__(self, value, dtype, name=None):
        value = np.asarray(value)
        super().__init__(value.shape, dtype, name=name)
        self.value = value if dtype == "bfloat16" else own_copy(value, dtype)


class Variable(Tensor):
    """A value that stays between runs and that updates change.

    `initial` is a NumPy array, or a Tensor that is computed when the variable is first used.
    `value` belongs to the engine: its array, or None until placed. A variable on the host
    (a hyperparameter: `lr`, `iterations`) is a Python number there.
    """

    def __init__(self, initial, dtype=None, name=None, constraint=None, host=False):
        if isinstance(initial, Constant):
            initial = initial.value
        symbolic = isinstance(initial, Tensor)
        if not symbolic:
            initial = np.asarray(initial)
        dtype = dtype_name(dtype)
        if name is None:
            name = f"Variable_{names.get_uid('Variable')}"
        super().__init__(initial.shape, dtype, name=f"{names.scoped(name)}:0")
        if None in self.shape:
            raise ShapeError(f"variable {self.name}: every size must be known; given {self.shape}.")
        self.initial = initial if symbolic else own_copy(initial, dtype)
        self.constraint = constraint
        self.host = host and not self.shape
        self.value = None
        self.leaf = None
        self.place = names.current.device or names.outer_device()

    @property
    def device(self):
        return self.place


class Node:
    """One use of an op: its arguments (tensors among them) and the tensors it gives.

    `args` holds a canonical value per argument of the op, in order; tensors stand in it
    directly or inside tuples. `expansion`: what a composite is made of.
    """

    __slots__ = ("op", "args", "inputs", "outputs", "serial", "scope", "device", "uses_phase",
                 "pure", "expansion", "label", "stream", "__weakref__")

    def __init__(self, op, args, inputs):
        self.op = op
        self.args = args
        self.inputs = inputs
        self.serial = next(serial)
        self.scope = names.current.scopes[-1]
        self.device = names.current.device or names.outer_device()
        self.uses_phase = False
        self.pure = op.pure
        self.expansion = None
        self.label = None
        self.stream = None
        for x in inputs:
            if x.uses_learning_phase:
                self.uses_phase = True
                break

    @property
    def name(self):
        if self.label is None:
            stem = self.scope + self.op.name
            self.label = f"{stem}_{names.get_uid(stem)}"
        return self.label

    def __repr__(self):
        return f"<Node {self.op.name} {[x.shape for x in self.inputs]}>"


def tensors_in(value):
    """The tensors in an argument: the argument itself, or inside its (nested) tuples."""
    if isinstance(value, Tensor):
        yield value
    elif type(value) is tuple:
        for part in value:
            yield from tensors_in(part)


def is_tensor(x):
    """Whether x is a tensor of the graph."""
    return isinstance(x, Tensor)
