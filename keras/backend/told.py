"""Errors that come from what a user fed, told in terms of layers and arrays."""
from math import prod

UNITS = ("bytes", "kB", "MB", "GB", "TB")


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


def no_memory(where, nodes, fed):
    """The error of a run for which the memory was not enough.

    Arguments
        where: the op and the layer, or what is known.
        nodes: those of the plan.
        fed: shapes of the arrays that were fed.
    """
    samples = fed[0][0] if fed and fed[0] else 1
    whole, one = (spelled(sum(bytes_of(x, n) for node in nodes for x in node.outputs))
                  for n in (samples, 1))
    return MemoryError(
        f"out of memory in {where}, fed with arrays of shapes {fed}. What this run computes takes "
        f"about {whole} in all, {one} per sample. Use smaller batches (batch_size; an optimizer "
        f"with gradient_accumulation_steps makes the same steps of them), smaller inputs or "
        f"layers, or keras.mixed_precision.set_global_policy('mixed_bfloat16').")


def sized(shape, samples):
    """A shape with the number of samples in the place of its first size, if that is unknown; other
    unknown ones count as 1."""
    return tuple((1 if i else samples) if n is None else n for i, n in enumerate(shape))


def bytes_of(x, samples):
    """The size of a tensor in bytes, roughly."""
    return prod(sized(x.shape, samples)) * (8 if "64" in x.dtype else 4)


def spelled(size):
    """A number of bytes in words."""
    power = min((len(str(size)) - 1) // 3, len(UNITS) - 1)
    size /= 1000**power
    return f"{size:,.0f} {UNITS[power]}" if size >= 10 else f"{size:.1f} {UNITS[power]}"


def outside(node):
    """The error of a `gather` node that was asked for rows that do not exist."""
    size = node.args[0].shape[0]
    return ValueError(f"{place(node)}: an index is outside 0..{size - 1 if size else '?'}, the "
                      f"rows that there are. Raise input_dim, or check the data.")
