"""A tensor taken apart: `x[:, :u]`, `x[:, u:2 * u]`, ... or `x[0]`, `x[1]`, ... together are all of
x. As one op they are one view each, and their derivative is one copy; the derivative of each alone
would be a whole array of zeros.
"""
from ...graph.tensor import Node, Tensor


def span(node):
    """(axis, start, stop, whether the axis goes) of a `select` that takes some neighbours along
    one axis and all of the others; None for other nodes."""
    if node.op.name != "select" or not node.args[0].dtype.startswith("float"):
        return None
    x, key = node.args
    taken = [(axis, part) for axis, part in enumerate(key) if part != (None, None, None)]
    if len(taken) != 1 or None in key or x.ndim < 2 or x.shape[taken[0][0]] is None:
        return None
    axis, part = taken[0]
    size = x.shape[axis]
    if isinstance(part, int):
        return axis, part % size, part % size + 1, True
    if not isinstance(part, tuple) or any(isinstance(v, Tensor) for v in part):
        return None
    start, stop, step = slice(*part).indices(size)
    return (axis, start, stop, False) if step == 1 and start < stop else None


def whole(nodes):
    """The `select` nodes of a plan that, with others, take all of a tensor apart, each element
    once: node -> (tensor, axis, the spans of all in order)."""
    groups = {}
    for node in nodes:
        found = span(node)
        if found is not None:
            groups.setdefault((node.args[0], found[0]), {})[found[1:]] = node
    result = {}
    for (x, axis), members in groups.items():
        spans = sorted(members)
        edges = [0] + [stop for _, stop, _ in spans]
        if len(spans) > 1 and edges[-1] == x.shape[axis] and all(
                start == before for (start, _, _), before in zip(spans, edges)):
            result.update((node, (x, axis, tuple(spans))) for node in members.values())
    return result


def taken_apart(op, node, x, axis, spans):
    """The outputs of a new node that takes x apart, in place of `node` and its likes."""
    new = Node(op, (x, axis, spans), (x,))
    new.scope, new.device = node.scope, node.device
    new.outputs = tuple(Tensor(shape(x, axis, *part), x.dtype, new, i)
                        for i, part in enumerate(spans))
    return new.outputs


def shape(x, axis, start, stop, goes):
    """The shape of a part of x."""
    return (*x.shape[:axis], *(() if goes else (stop - start,)), *x.shape[axis + 1:])


def apart(x, axis, spans):
    """The kernel: views of x."""
    if all(goes for _, _, goes in spans):
        return x.unbind(axis)
    found = x.split([stop - start for start, stop, _ in spans], axis)
    return tuple([part.squeeze(axis) if goes else part
                  for part, (_, _, goes) in zip(found, spans)])
