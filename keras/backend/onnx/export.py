"""From a piece of the graph to a file of ONNX: the plan in which variables are constants."""
import sys

from ...graph.tensor import Constant, Placeholder
from ...graph.walk import variables
from .. import engines
from ..plan import Plan, Planner, planned
from ..runtime import batch_get_value
from .graph import Graph, Value, info, model
from .lowering import beyond, lower, unsupported

keeps = {"recurrence"}  # composites that ONNX has in one piece


def fold(plan):
    """The values of a plan without inputs, as NumPy arrays: the engine in use computes them."""
    engine = engines.engine()
    return engine.fold(planned(engine, [], plan.outputs, [], False))


def proto(inputs, outputs, states=(), data=""):
    """A piece of the graph in test phase; variables are constants in it.

    Arguments
        inputs, outputs: lists of pairs (name, tensor).
        states: list of pairs (variable, its new value): further inputs, and outputs with the same
            name and "_new" behind.
        data: name of a second file, for arrays that are too many for one.

    Returns
        (ModelProto, list of the arrays that stand in the second file).
    """
    wanted = [*outputs, *((f"{stem(v)}_new", new) for v, new in states)]
    weights = variables([x for _, x in wanted])
    memo = {x: x for _, x in inputs}
    memo.update(zip(weights, map(as_constant, weights, batch_get_value(weights))))
    memo.update((v, Placeholder(v.shape, v.dtype, stem(v))) for v, _ in states)
    fed = [*inputs, *((stem(v), memo[v]) for v, _ in states)]
    planner = Planner(sys.modules[__name__], memo, False,
                      lambda node: beyond(node, planner.resolve))
    plan = Plan([x for _, x in fed], [planner.resolve(x) for _, x in wanted], [])
    graph = Graph(lower, unsupported)
    values = {x: Value(graph.name(name), x.dtype, x.shape) for name, x in fed}
    given = list(values.values())
    names = [graph.name(name) for name, _ in wanted]
    for name, y in zip(names, graph.run(plan, values)):
        graph.give(y, name)
    body = graph.proto("model", [info(x.name, x.dtype, x.shape) for x in given],
                       [info(name, x.dtype, x.shape) for name, (_, x) in zip(names, wanted)])
    carried = zip([x.name for x in given[len(inputs):]], names[len(outputs):])
    return model(body, graph.constants, {"states": dict(carried)}, data)


def stem(variable):
    """The name of a variable without its `:0`."""
    return variable.name.rsplit(":", 1)[0]


def as_constant(variable, array):
    """A variable as a constant of its name."""
    return Constant(array, variable.dtype, variable.name)
