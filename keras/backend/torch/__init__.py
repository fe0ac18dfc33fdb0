"""The torch engine: compiles plans, keeps variables, feeds and fetches arrays."""
from . import process  # isort: skip (before torch is loaded)
from ...graph.tensor import OPS
from . import recurrence, recurrent
from .compile import compile
from .data import batches, feed, fetch, hold, table
from .descent import steps
from .devices import gpus
from .lowering import lower, unsupported
from .native import has, is_array, outline
from .random import random_state, set_random_seed, set_random_state
from .running import running
from .variables import memory, read, take, write

name = "torch"
runs_ahead = False  # when a call returns, what was fed may be written to
many = None  # torch gains nothing from several steps in one call
keeps = {key for key in lower if key in OPS and OPS[key].op.kind == "composite"}


def fold(plan):
    """The values of a plan without inputs, as NumPy arrays."""
    return [fetch(value, x) for value, x in zip(compile(plan)(), plan.outputs)]
