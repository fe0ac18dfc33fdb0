"""A plan becomes a function of PyTensor: what is fed and the keys of random streams are its inputs,
variables are shared variables with updates, which all read the old values.

PyTensor must know where a size is 1, for it stretches nothing else, and a loop without turns is
none: a function is compiled for each set of inputs with the same sizes of 0 and 1. Other sizes may
change from call to call. Where that fails, one is compiled for the very shapes that came: it finds
sizes of 1 that were computed, or the node that cannot compute with them.
"""
import threading

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.io import In

from ...graph import ShapeError
from .. import debug
from ..evaluation import Unfit, updated
from ..outline import streams
from ..told import unfit
from .evaluate import Evaluation, computed
from .modes import linker, mode
from .running import of_library

PROGRAMS = 64  # kinds of shapes for which a plan keeps its function
compiling = threading.RLock()  # PyTensor compiles in one thread at a time


def compile(plan):
    """A function of the arrays that are fed; it returns the list of the outputs."""
    return Program(plan) if plan.inputs or plan.variables else AtOnce(plan)


class Program:
    """A plan, compiled for each kind of input shapes when that first comes."""

    def __init__(self, plan):
        self.plan = plan
        self.streams = streams(plan)
        self.functions = {}  # what is known of the shapes -> compiled function
        self.known = exact if linker() == "jax" else small  # jax must know all sizes
        self.lock = threading.RLock()  # a function of PyTensor keeps what it was called with

    def __call__(self, *inputs):
        keys = [draw(stream) for stream in self.streams]
        with self.lock, np.errstate(all="ignore"):  # infinities and NaN are results like others
            try:
                return self.function(self.known(inputs), inputs)(*inputs, *keys)
            except (AssertionError, IndexError, ValueError) as error:
                if self.known is exact or not (isinstance(error, ShapeError) or of_library(error)):
                    raise
            results = self.function(exact(inputs), inputs)(*inputs, *keys)
            self.known = exact
            return results

    def function(self, known, inputs):
        """The compiled function for arrays like `inputs`, of which these sizes are known."""
        found = self.functions.get(known)
        if found is not None:
            return found
        try:
            with compiling:
                result = self.functions[known] = self.compiled(known)
        except Unfit as error:
            fed = [x.shape for x in inputs]
            raise unfit(error.node, error.reason, fed) from error.reason
        if len(self.functions) > PROGRAMS:
            del self.functions[next(iter(self.functions))]
        return result

    def compiled(self, known):
        """The compiled function for inputs of which these sizes are known."""
        plan = self.plan
        inputs = [pt.tensor(dtype=x.dtype, shape=[n if n is not None else m for n, m in zip(
            x.shape, sizes)]) for x, sizes in zip(plan.inputs, known)]
        keys = [pt.lvector() for _ in self.streams]
        outputs, updates = written(plan, inputs, dict(zip(self.streams, keys)))
        function = pytensor.function(
            [In(x, borrow=True) for x in (*inputs, *keys)], outputs, updates=updates, mode=mode(),
            on_unused_input="ignore")
        function.trust_input = True
        return function

    def check(self):
        """Nothing is found out after a run."""


def small(arrays):
    """The shapes of the arrays with None for sizes above 1."""
    return tuple([tuple([n if n < 2 else None for n in x.shape]) for x in arrays])


def exact(arrays):
    """The shapes of the arrays."""
    return tuple([x.shape for x in arrays])


def draw(stream):
    """(seed, number of the next draw) of a stream, which moves on."""
    key = np.array([stream.seed % (1 << 63), stream.draws], "int64")
    stream.draws += 1
    return key


def written(plan, inputs, keys):
    """(variables of the outputs, pairs (shared variable, new value)) of a plan.

    Arguments
        plan: Plan.
        inputs: variables for what is fed.
        keys: stream -> variable of its key.
    """
    values = {x: x.value for x in plan.variables}
    values.update(zip(plan.inputs, inputs))
    run = Evaluation(plan, values, keys, debug.watch())
    for x in (*plan.inputs, *plan.variables):
        run.look(x, (x,))
    outputs = run.compute()
    new = updated(plan, run, lambda value, dtype: value.astype(dtype))
    return outputs, [(x.value, value) for x, value in new.items()]


class AtOnce:
    """A plan that reads nothing: constants, first values of variables. It runs once, most times,
    and compiling it would take longer."""

    def __init__(self, plan):
        self.plan = plan

    def __call__(self):
        keys = {stream: pt.constant(draw(stream)) for stream in streams(self.plan)}
        with compiling, np.errstate(all="ignore"):
            outputs, _ = written(self.plan, [], keys)
            return computed(outputs)

    def check(self):
        """As `Program.check`."""
