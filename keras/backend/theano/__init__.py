"""The theano engine: compiles plans to functions of PyTensor, Theano's successor; keeps variables,
feeds and fetches arrays."""
from . import process  # isort: skip (before pytensor is loaded)
from ...graph.tensor import OPS
from ..fed import fetch, hold, table
from . import ctc, loops, windows
from .compile import AtOnce, compile
from .data import batches, feed
from .devices import gpus
from .lowering import lower, unsupported
from .native import has, is_array, outline
from .random import random_state, set_random_seed, set_random_state
from .running import running
from .variables import memory, read, take, write

name = "theano"
runs_ahead = False  # when a call returns, what was fed may be written to
many = None  # PyTensor gains nothing from several steps in one call
keeps = {key for key in lower if key in OPS and OPS[key].op.kind == "composite"}
steps = {}  # an optimizer's step is written out, variable by variable


def fold(plan):
    """The values of a plan without inputs, as NumPy arrays."""
    return [fetch(value, x) for value, x in zip(AtOnce(plan)(), plan.outputs)]
