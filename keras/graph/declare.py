"""`@primitive` and `@composite`: how an op is declared, once for all engines.

The decorated function is the declaration. Its annotations say what each argument becomes:

    x: Tensor       an input of the node; numbers and arrays become constants of the dtype
                    that the first tensor has; `Tensor | None` may be left out
    xs: Tensors     a list of inputs, not empty unless it has a default
    axis: Axis      one axis of the first tensor, counted from the front
    axis: Axes      a tuple of axes; None means all
    shape: Shape    a tuple of sizes: ints, or symbolic scalars, which become inputs
    dtype: Dtype    a dtype name; None means floatx
    (none)          a parameter, kept as it is; lists become tuples
"""
import functools
import inspect
from operator import index

import numpy as np

from .dtypes import common, dtype_beside, dtype_name, floatx
from .errors import DtypeError, ShapeError
from .tensor import OPS, Constant, Node, Tensor, tensors_in


class Tensors:
    """Marks an argument that takes a list of tensors."""


class Axis:
    """Marks an argument that is one axis of the first tensor."""


class Axes:
    """Marks an argument that is some axes of the first tensor, or None for all."""


class Shape:
    """Marks an argument that is a shape; its sizes may be symbolic scalars."""


class Dtype:
    """Marks an argument that names a dtype; None means floatx."""


class DtypeLike:
    """Marks an argument that names a dtype; None means that of the first tensor."""


def as_tensor(value, like=None, op="this operation"):
    """`value` as a Tensor; a number or array becomes a constant of the dtype `like`."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (list, tuple)) and any(isinstance(x, Tensor) for x in value):
        try:
            return OPS["stack"](value)  # as TensorFlow and Theano took a list
        except ShapeError as error:
            raise DtypeError(f"{op}: one tensor expected; given a {type(value).__name__} of "
                             f"{len(value)} that do not make one ({error}). Take one of them, or "
                             f"join them (K.concatenate).") from error
    given = value
    value = value if isinstance(value, (int, float, bool, np.generic)) else np.asarray(value)
    if isinstance(value, np.ndarray) and value.dtype.kind not in "fiub":
        raise DtypeError(f"{op}: expected a tensor, a number or a numeric array; "
                         f"given {given!r:.200}.")
    if like is not None:
        dtype = dtype_beside(value, like)
    else:
        kind = np.asarray(value).dtype
        dtype = kind.name if isinstance(given, (np.ndarray, np.generic)) and kind != "float64" \
            else "bool" if kind == "bool" else "int32" if kind.kind in "iu" else floatx()
    return Constant(value, dtype)


def axis_of(axis, x, op):
    """`axis` counted from the front. ShapeError if `x` has no such axis."""
    try:
        axis = index(axis)
    except TypeError:
        raise DtypeError(f"{op}: an axis is an int; given {axis!r}.") from None
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(f"{op}: axis {axis} does not exist in shape {x.shape}; "
                         f"its axes are {-x.ndim}..{x.ndim - 1}.")
    return axis % x.ndim


def _axes(value, x, op):
    if value is None:
        return tuple(range(x.ndim))
    if isinstance(value, (list, tuple)) or isinstance(value, np.ndarray) and value.ndim:
        return tuple(sorted({axis_of(a, x, op) for a in value}))
    return (axis_of(value, x, op),)


def _size(value, op):
    if isinstance(value, Tensor):
        if value.shape != ():
            raise ShapeError(f"{op}: a size in a shape is an int or a symbolic scalar; "
                             f"given {value!r}.")
        known = _static_size(value)
        return value if known is None else known
    return -1 if value is None else index(value)


def _static_size(size):
    """The int that a symbolic size is for sure: `K.shape(x)[i]` of an axis that is known."""
    if isinstance(size, Constant):
        return int(size.value)
    if size.node is None or size.node.op.name != "select":
        return None
    origin, key = size.node.args
    if origin.node is None or origin.node.op.name != "shape" or not isinstance(key[0], int):
        return None
    return origin.node.args[0].shape[key[0]]


def _shape(value, x, op):
    if isinstance(value, Tensor):  # K.shape(y) itself: one symbolic scalar per axis
        value = tuple(value)
    if isinstance(value, (int, np.integer)):
        value = (value,)
    return tuple(_size(part, op) for part in value)


def _tuples(value):
    if isinstance(value, (list, tuple)):
        return tuple(_tuples(part) for part in value)
    return value


CONVERT = {
    Axis: lambda value, x, op: None if value is None else axis_of(value, x, op),
    Axes: _axes,
    Shape: lambda value, x, op: None if value is None else _shape(value, x, op),
    Dtype: lambda value, x, op: dtype_name(value),
    DtypeLike: lambda value, x, op: x.dtype if value is None else dtype_name(value),
}


class Op:
    """A declared op: its name, how its arguments are bound, and its static rule or body."""

    def __init__(self, function, kind, pure, promote, differentiable):
        self.function = function
        self.name = function.__name__
        self.kind = kind
        self.pure = pure
        self.promote = promote
        self.differentiable = differentiable
        parameters = inspect.signature(function).parameters.values()
        self.names = [p.name for p in parameters if p.name != "name"]
        self.defaults = {p.name: p.default for p in parameters
                         if p.default is not p.empty and p.name != "name"}
        self.optional = [p.name for p in parameters if p.annotation == (Tensor | None)]
        self.tensors = [p.name for p in parameters if p.annotation in (Tensor, Tensor | None)]
        self.lists = [p.name for p in parameters if p.annotation is Tensors]
        self.others = [(p.name, CONVERT.get(p.annotation)) for p in parameters
                       if p.name not in (*self.tensors, *self.lists, "name")]
        self.takes_name = "name" in inspect.signature(function).parameters

    def bind(self, args, kwargs):
        """The canonical value of each argument, in order, as a dict."""
        values = {**self.defaults, **dict(zip(self.names, args)), **kwargs}
        if len(values) != len(self.names) or len(args) > len(self.names):
            self.refuse(args, kwargs)
        first = self.convert_tensors(values)
        for name, convert in self.others:
            value = values[name]
            if convert is not None:
                values[name] = convert(value, first, self.name)
            elif isinstance(value, list):
                values[name] = _tuples(value)
        return values

    def refuse(self, args, kwargs):
        """The TypeError of a wrong call; it says what the op takes."""
        try:
            inspect.signature(self.function).bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}: {error}; it takes ({', '.join(self.names)}).") from None

    def convert_tensors(self, values):
        """Make tensors of the arguments that are to be tensors. Returns the first of them."""
        first = None
        plain = []
        mixed = False
        for name in self.tensors:
            value = values[name]
            if isinstance(value, Tensor):
                if first is None:
                    first = value
                elif value.dtype != first.dtype:
                    mixed = True
            elif value is not None or name not in self.optional:
                plain.append(name)
        for name in self.lists:
            values[name], first = self.convert_list(name, values[name], first)
        for name in plain:
            like = None if first is None else first.dtype
            values[name] = as_tensor(values[name], like, self.name)
            if first is None:
                first = values[name]
        if self.promote and (mixed or plain):
            self.unify(values)
        return first

    def convert_list(self, name, value, first):
        if not isinstance(value, (list, tuple)) or not value and name not in self.defaults:
            raise TypeError(f"{self.name}: {name} is a list of at least one tensor; "
                            f"given {value!r:.200}.")
        if first is None:
            first = next((x for x in value if isinstance(x, Tensor)), None)
        like = None if first is None else first.dtype
        return tuple([as_tensor(x, like, self.name) for x in value]), first

    def unify(self, values):
        """Cast tensors of different dtypes to the one in which they meet."""
        tensors = [values[name] for name in self.tensors]
        if len({x.dtype for x in tensors}) > 1:
            dtype = common([x.dtype for x in tensors])
            for name, x in zip(self.tensors, tensors):
                if x.dtype != dtype:
                    values[name] = OPS["cast"](x, dtype)

    def inputs(self, values):
        """All tensors among the canonical `values`."""
        found = []
        for name in self.names:
            value = values[name]
            if isinstance(value, Tensor):
                found.append(value)
            elif type(value) is tuple:
                found.extend(tensors_in(value))
        return tuple(found)

    # These two run for each op of a model: no comprehensions, no further functions.

    def applied(self):
        """What users call of a primitive: it infers shapes and makes the node. Returns its
        tensor, or a tuple."""
        def call(*args, **kwargs):
            label = kwargs.pop("name", None) if self.takes_name else None
            values = self.bind(args, kwargs)
            result = self.function(**values)
            node = Node(self, tuple(map(values.__getitem__, self.names)), self.inputs(values))
            if isinstance(result, list):
                node.outputs = tuple([Tensor(shape, dtype, node, i)
                                      for i, (shape, dtype) in enumerate(result)])
                return node.outputs
            output = Tensor(*result, node, 0, label and f"{label}:0")
            node.outputs = (output,)
            return output

        return call

    def expanded(self):
        """What users call of a composite: its body makes the expansion, kept beside a node of
        its own so that an engine may run it whole."""
        def call(*args, **kwargs):
            label = kwargs.pop("name", None) if self.takes_name else None
            values = self.bind(args, kwargs)
            result = self.function(**values)
            several = isinstance(result, tuple)
            expansion = result if several else (result,)
            node = Node(self, tuple(map(values.__getitem__, self.names)), self.inputs(values))
            node.expansion = expansion
            outputs = []
            for i, x in enumerate(expansion):
                node.uses_phase = node.uses_phase or x.uses_learning_phase
                node.pure = node.pure and (x.node is None or x.node.pure)
                outputs.append(Tensor(x.shape, x.dtype, node, i, label and f"{label}:0"))
            node.outputs = tuple(outputs)
            return node.outputs if several else outputs[0]

        return call


def _declare(kind, method, pure=True, promote=False, differentiable=True):
    def decorator(function):
        if function.__name__ in OPS:
            raise AssertionError(f"op {function.__name__} is declared twice")
        op = Op(function, kind, pure, promote, differentiable)
        call = functools.wraps(function)(getattr(op, method)())
        call.op = op
        OPS[op.name] = call
        return call

    return decorator


def primitive(function=None, *, pure=True, promote=False, differentiable=True):
    """Declare an op that each engine lowers. The body returns `(shape, dtype)`, or a list of
    them for several outputs. `promote`: tensors of different dtypes are cast to a common one."""
    decorator = _declare("primitive", "applied", pure, promote, differentiable)
    return decorator if function is None else decorator(function)


def composite(function=None, *, promote=False):
    """Declare an op made of other ops: the body returns its tensor, or a tuple of them."""
    decorator = _declare("composite", "expanded", promote=promote)
    return decorator if function is None else decorator(function)
