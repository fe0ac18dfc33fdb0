"""Errors that come from what a user fed, told in terms of layers and arrays."""


def place(node):
    """Where a node stands: its layer, mostly."""
    return node.scope.rstrip("/") or "the graph"


def unfit(node, reason, fed):
    """The error of a node that cannot compute with the arrays that it got.

    Arguments
        node: the node.
        reason: what the engine says.
        fed: shapes of the arrays that were fed.
    """
    given = f"the function was fed arrays of shapes {fed}" if fed else "nothing was fed"
    first = str(reason).strip().splitlines()[0].rstrip(".")
    return ValueError(f"{node.op.name} in {place(node)} cannot compute with these inputs: {first}; "
                      f"{given}. The graph expects {[x.shape for x in node.inputs]}.")


def outside(node):
    """The error of a `gather` node that was asked for rows that do not exist."""
    size = node.args[0].shape[0]
    return ValueError(f"{place(node)}: an index is outside 0..{size - 1 if size else '?'}, the "
                      f"rows that there are. Raise input_dim, or check the data.")
