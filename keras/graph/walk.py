"""Walking a graph: what a tensor depends on, in the order of computation."""
from .dtypes import FLOATS
from .tensor import Variable


def ancestors(outputs, stop=()):
    """The nodes that `outputs` depend on, each after those it needs. Composites stand for
    their expansion. The walk does not go past the tensors in `stop`."""
    order, seen = [], set()
    stack = [(x, False) for x in reversed(list(outputs))]
    stop = set(stop)
    while stack:
        x, done = stack.pop()
        node = x.node
        if done:
            order.append(node)
            continue
        if node is None or x in stop or node in seen:
            continue
        seen.add(node)
        stack.append((x, True))
        stack.extend((y, False) for y in reversed(node.expansion or node.inputs))
    return order


def leaves(outputs):
    """The placeholders, variables and constants that `outputs` depend on, in order."""
    found = dict.fromkeys(x for x in outputs if x.node is None)
    for node in ancestors(outputs):
        found.update((x, None) for x in node.expansion or node.inputs if x.node is None)
    return list(found)


def dependents(order, sources):
    """The set of tensors that depend on `sources` through the differentiable nodes `order`:
    those with fractions, for whole numbers have no derivative."""
    reached = {x for x in sources if x.dtype in FLOATS}
    for node in order:
        if node.op.differentiable and not reached.isdisjoint(node.expansion or node.inputs):
            reached.update([x for x in node.outputs if x.dtype in FLOATS])
    return reached


def variables(outputs):
    """The variables that `outputs` depend on."""
    return [x for x in leaves(outputs) if isinstance(x, Variable)]
