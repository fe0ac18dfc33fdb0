"""The jax engine: compiles plans to XLA programs, keeps variables, feeds and fetches arrays."""
from ...graph.tensor import OPS
from . import random, windows
from .chunks import many
from .compile import compile
from .data import batches, feed, fetch, hold, table
from .devices import gpus
from .evaluate import Evaluation, Outline
from .lowering import lower, unsupported
from .precision import wide
from .running import running
from .variables import read, write

name = "jax"
keeps = {key for key in lower if key in OPS and OPS[key].op.kind == "composite"}
steps = {}  # XLA fuses an optimizer's step by itself


def fold(plan):
    """The values of a plan without inputs, as NumPy arrays."""
    with wide():
        run = Evaluation(Outline(plan), {}, {})
        run.compute(plan.order)
        return [fetch(run.value(x), x) for x in plan.outputs]
