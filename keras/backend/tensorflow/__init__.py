"""The tensorflow engine: traces plans to graphs, keeps variables, feeds and fetches arrays."""
from . import process  # isort: skip (before TensorFlow is loaded)
from functools import partial

from ...graph.tensor import OPS
from ..chunks import many
from ..fed import fetch, table
from . import recurrence, windows
from .compile import compile
from .data import batches, feed, hold
from .descent import steps
from .devices import gpus
from .lowering import lower, unsupported
from .native import has, is_array, outline
from .random import random_state, set_random_seed, set_random_state
from .running import running
from .variables import memory, read, take, write

name = "tensorflow"
runs_ahead = False  # when a call returns, what was fed may be written to
many = partial(many, batches)
keeps = {key for key in lower if key in OPS and OPS[key].op.kind == "composite"}


def fold(plan):
    """The values of a plan without inputs, as NumPy arrays."""
    return [fetch(value, x) for value, x in zip(compile(plan)(), plan.outputs)]
