"""The variables of PyTensor's graph for a plan's tensors, node by node.

PyTensor keeps what a choice or a gradient needs apart by itself: all nodes are written down once,
its compiler takes those that a result needs, and runs one side of a choice only.
"""
import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Constant as Known
from pytensor.graph.op import HasInnerGraph
from pytensor.graph.traversal import toposort
from pytensor.ifelse import IfElse

from ...graph.tensor import Constant
from ..evaluation import Unfit, Walk
from ..outline import streams
from ..plan import PlannedBody
from .checks import Look, Rows
from .lowering import lower
from .modes import mode
from .random import inner_key


class Evaluation(Walk):
    """The variables of tensors as far as they are made.

    Arguments
        plan: Plan.
        values: dict from tensors, what is fed and variables, to theirs.
        keys: dict from the streams of random nodes to their keys.
        watch: what looks at the values when they are computed, or None.
    """

    def __init__(self, plan, values, keys, watch=None):
        self.plan = plan
        self.values = values
        self.keys = keys
        self.watch = watch
        nodes = [*plan.order, *plan.updates]
        self.read = {*plan.outputs, *(x for node in nodes for x in node.inputs)}

    def value(self, x):
        """The variable of x."""
        if x not in self.values and isinstance(x, Constant):
            self.values[x] = pt.constant(x.value, dtype=x.dtype)
        return self.values[x]

    def compute(self):
        """Make the variables of all nodes, then the results of the plan."""
        for node in self.plan.order:
            try:
                results = self.results(node)
            except (TypeError, ValueError, IndexError, NotImplementedError) as error:
                raise Unfit(node, error) from error
            made = [x for x, value in zip(node.outputs, results) if value is not None]
            values = [fitted(results[x.index], x) for x in made]
            self.values.update(zip(made, self.folded(node, values)))
            self.look(node, made, node.inputs)
        return [self.value(x) for x in self.plan.outputs]

    def folded(self, node, values):
        """The values of a node, computed if they are sizes that are known: PyTensor would only know
        them when it has rewritten the graph."""
        sizes = all(x.ndim < 2 and "int" in x.dtype for x in (*node.inputs, *node.outputs))
        if node.pure and node.inputs and sizes and all(
                isinstance(self.values.get(x), Known) for x in node.inputs):
            return [pt.constant(value) for value in computed(values)]
        return values

    def look(self, subject, outputs, inputs=()):
        """Have the values of a node, or a leaf, looked at when they are computed."""
        if self.watch and outputs:
            looked = Look(self.watch, subject, len(outputs))(
                *map(self.value, (*outputs, *inputs)), return_list=True)
            self.values.update(zip(outputs, looked))

    def results(self, node):
        """The variables of the outputs of a node."""
        name = node.op.name
        if name == "gradients_of":
            loss, xs = node.args
            return pytensor.grad(self.value(loss).sum(), [self.value(x) for x in xs],
                                 disconnected_inputs="ignore", return_disconnected="zero")
        if name == "loop":
            return self.loop(node)
        args = self.arguments(node)
        if name == "gather":
            args[1] = Rows(node)(args[0], args[1].astype("int64"))
        return self.lowered(node, lower, args)

    def loop(self, node):
        body, sequences, states, captures, backwards = node.args
        assert isinstance(body, PlannedBody)
        plan, n = body.plan, body.outputs
        inner = streams(plan)
        fixed = [*plan.variables, *plan.inputs[len(sequences) + len(states):]]
        given = [self.value(x) for x in (*plan.variables, *captures)]
        given += [self.keys[stream] for stream in inner]

        def turn(number, steps, states, given):
            keys = {stream: inner_key(key, number)
                    for stream, key in zip(inner, given[len(fixed):])}
            values = dict(zip([*plan.inputs[:len(steps) + len(states)], *fixed],
                              [*steps, *states, *given]))
            results = Evaluation(plan, values, keys, self.watch).compute()
            return results[:n], results[n:]

        wanted = [(every in self.read, last in self.read)
                  for every, last in zip(node.outputs[:n], node.outputs[n:2 * n])]
        return lower["loop"](turn, wanted, [self.value(x) for x in sequences],
                             [fitted(self.value(x), y) for x, y in zip(states, plan.inputs[
                                 len(sequences):])], given, backwards)


def fitted(value, x):
    """A variable with the dtype of x and the sizes of 1 that x is known to have: PyTensor stretches
    along those alone."""
    value = pt.as_tensor_variable(value)
    if value.type.dtype != x.dtype:
        value = value.astype(x.dtype)
    known = [1 if theirs is None and ours == 1 else None
             for theirs, ours in zip(value.type.shape, x.shape)]
    return pt.specify_shape(value, known) if any(known) else value


def computed(outputs):
    """The values of variables that depend on constants alone."""
    nodes = list(toposort(outputs))
    if any(isinstance(node.op, (IfElse, HasInnerGraph)) for node in nodes):
        return pytensor.function([], outputs, mode=mode())()
    values = {}

    def value(x):
        return x.data if isinstance(x, Known) else values[x]

    for node in nodes:
        storage = [[None] for _ in node.outputs]
        node.op.perform(node, [value(x) for x in node.inputs], storage)
        values.update((x, cell[0]) for x, cell in zip(node.outputs, storage))
    return [value(x) for x in outputs]
