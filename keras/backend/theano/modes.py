"""How PyTensor compiles: its linkers, and what Python's one needs besides."""
import functools
import importlib
import os

import numpy as np
from pytensor import config, scalar
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.mode import JAX, NUMBA, Mode, predefined_optimizers
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.link.vm import VMLinker
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.rewriting.ofg import inline_ofg_node
from pytensor.tensor.utils import import_func_from_string

from .. import debug


def mode():
    """PyTensor's mode: what KERAS_THEANO_LINKER names, or one that rewrites nothing if KERAS_DEBUG
    asks for plain runs."""
    if debug.plain():
        return by_python("None")
    return LINKERS[linker()]()


def linker():
    """What runs the programs: KERAS_THEANO_LINKER, or 'numpy'."""
    name = os.environ.get("KERAS_THEANO_LINKER") or "numpy"
    if name not in LINKERS:
        raise ValueError(f"KERAS_THEANO_LINKER={name}: it takes {', '.join(LINKERS)}.")
    return name


def by_jax():
    """PyTensor's mode for jax, which learns our ops."""
    importlib.import_module(".on_jax", __package__).set_precision()
    return JAX


def by_python(rewrites):
    """A mode that compiles nothing: the ops are called one by one, with NumPy's functions.

    Arguments
        rewrites: a value of PyTensor's flag `optimizer`. Fused ops would run element by element.
    """
    query = predefined_optimizers[rewrites].excluding("fusion")
    return Mode(VMLinker(use_cloop=False, c_thunks=False), query).register(
        (opened, -0.01), (by_numpy, 49.2))


@node_rewriter([OpFromGraph])
def _open(fgraph, node):
    """What an op that is a graph is made of: by itself it would be compiled, by Numba."""
    return inline_ofg_node(node)


opened = dfs_rewriter(_open)

LINKERS = {  # value of KERAS_THEANO_LINKER -> function that gives the mode
    "numpy": lambda: by_python(config.optimizer),
    "c": lambda: Mode("cvm", "fast_run") if config.cxx else by_python(config.optimizer),
    "numba": lambda: NUMBA,
    "jax": by_jax,
}


FUNCTIONS = {  # of NumPy, for the ops of one element that name none of their own
    scalar.Cast: lambda op: lambda x: x.astype(op.o_type.dtype),
    scalar.Clip: lambda op: np.clip,
    scalar.Second: lambda op: lambda x, y: np.broadcast_to(y, np.broadcast(x, y).shape).copy(),
    scalar.Identity: lambda op: lambda x: x,
    scalar.math.Softplus: lambda op: lambda x: np.logaddexp(x, np.zeros((), x.dtype)),
}


class ByNumpy(Op):
    """An elementwise op by a function of NumPy: where PyTensor knows none it calls a function of
    Python for each element, and around one that it knows it does much.

    Arguments
        scalar_op: PyTensor's op of one element.
    """

    __props__ = ("scalar_op",)

    def __init__(self, scalar_op):
        self.scalar_op = scalar_op
        self.function = function_of(scalar_op)

    def make_node(self, *inputs):
        """As `Op.make_node`; the type of the output is that of PyTensor's own op."""
        output = Elemwise(self.scalar_op).make_node(*inputs).outputs[0]
        return Apply(self, list(inputs), [output.type()])

    def perform(self, node, inputs, output_storage):
        """As `Op.perform`."""
        result = self.function(*inputs)
        output_storage[0][0] = np.asarray(result, node.outputs[0].type.dtype)

    def infer_shape(self, fgraph, node, shapes):
        """As `Op.infer_shape`: that of PyTensor's own op."""
        return Elemwise(self.scalar_op).infer_shape(fgraph, node, shapes)


def function_of(scalar_op):
    """The function of arrays that does what an op does to each element, or None."""
    if type(scalar_op) in FUNCTIONS:
        return FUNCTIONS[type(scalar_op)](scalar_op)
    if scalar_op.nfunc_spec is None:
        return None
    name, takes, _ = scalar_op.nfunc_spec
    function = getattr(np, name, None) or import_func_from_string(name)
    if takes != 2:
        return function
    return lambda *xs: function(*xs) if len(xs) == 2 else functools.reduce(function, xs)


@node_rewriter([Elemwise])
def _replaced(fgraph, node):
    """An elementwise op by NumPy."""
    if len(node.outputs) == 1 and function_of(node.op.scalar_op):
        return ByNumpy(node.op.scalar_op)(*node.inputs, return_list=True)
    return None


by_numpy = dfs_rewriter(_replaced)
