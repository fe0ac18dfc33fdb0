"""The jax engine: compiles plans to XLA programs, keeps variables, feeds and fetches arrays."""
from functools import partial

from . import process  # isort: skip (before jax is loaded)
from ...graph.tensor import OPS
from ..chunks import many
from ..fed import fetch, table
from . import recurrence, windows
from .compile import AtOnce, compile
from .data import batches, feed, hold
from .devices import gpus
from .lowering import lower, unsupported
from .native import has, is_array, outline
from .random import random_state, set_random_seed, set_random_state
from .running import running
from .variables import memory, read, take, write

runs_ahead = True  # when a call returns, what was fed is still read
name = "jax"
keeps = {key for key in lower if key in OPS and OPS[key].op.kind == "composite"}
many = partial(many, batches)
steps = {}  # XLA fuses an optimizer's step by itself


def fold(plan):
    """The values of a plan without inputs, as NumPy arrays."""
    return [fetch(value, x) for value, x in zip(AtOnce(plan)(), plan.outputs)]
