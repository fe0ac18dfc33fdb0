"""A plan becomes a function of PyTensor: what is fed and the keys of random streams are its inputs,
variables are shared variables with updates, which all read the old values.

PyTensor must know where a size is 1, for it stretches nothing else, and a loop without turns is
none: a function is compiled for each set of inputs with the same sizes of 0 and 1. Other sizes may
change from call to call, unless an op has to know them (a padded convolution): then one is
compiled for each set of shapes.
"""
import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.io import In
from pytensor.graph.basic import Constant
from pytensor.graph.op import HasInnerGraph
from pytensor.graph.traversal import toposort
from pytensor.ifelse import IfElse

from .. import debug
from ..evaluation import Unfit, updated
from ..outline import streams
from ..told import unfit
from .evaluate import Evaluation
from .lowering import Unknown
from .modes import mode
from .running import of_library

PROGRAMS = 64  # kinds of shapes for which a plan keeps its function


def compile(plan):
    """A function of the arrays that are fed; it returns the list of the outputs."""
    return Program(plan) if plan.inputs or plan.variables else AtOnce(plan)


class Program:
    """A plan, compiled for each kind of input shapes when that first comes."""

    def __init__(self, plan):
        self.plan = plan
        self.streams = streams(plan)
        self.functions = {}  # what is known of the shapes -> compiled function
        self.known = small

    def __call__(self, *inputs):
        function = self.functions.get(self.known(inputs)) or self.function(inputs)
        try:
            with np.errstate(all="ignore"):  # infinities and NaN are results like others
                return function(*inputs, *[draw(stream) for stream in self.streams])
        except (IndexError, ValueError) as error:
            if of_library(error):
                self.explain(inputs)
            raise

    def function(self, inputs):
        """The compiled function for arrays like `inputs`."""
        try:
            try:
                result = self.compiled(self.known(inputs))
            except Unknown:
                self.known = exact
                result = self.compiled(exact(inputs))
        except Unfit as error:
            fed = [x.shape for x in inputs]
            raise unfit(error.node, error.reason, fed) from error.reason
        self.functions[self.known(inputs)] = result
        if len(self.functions) > PROGRAMS:
            del self.functions[next(iter(self.functions))]
        return result

    def explain(self, inputs):
        """Raise the error of the node that cannot compute with `inputs`, if PyTensor can tell from
        their shapes."""
        known, self.known = self.known, exact
        try:
            self.function(inputs)
        finally:
            self.known = known

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
        outputs, _ = written(self.plan, [], keys)
        with np.errstate(all="ignore"):
            return computed(outputs)

    def check(self):
        """As `Program.check`."""


def computed(outputs):
    """The values of variables that depend on constants alone."""
    nodes = list(toposort(outputs))
    if any(isinstance(node.op, (IfElse, HasInnerGraph)) for node in nodes):
        return pytensor.function([], outputs, mode=mode())()
    values = {}

    def value(x):
        return x.data if isinstance(x, Constant) else values[x]

    for node in nodes:
        storage = [[None] for _ in node.outputs]
        node.op.perform(node, [value(x) for x in node.inputs], storage)
        values.update((x, cell[0]) for x, cell in zip(node.outputs, storage))
    return [value(x) for x in outputs]
