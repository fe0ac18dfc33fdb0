"""Errors of torch that come from the user's data, told in terms of layers and inputs."""
import torch


def node_of(error, run):
    """The node whose line of the plan `run` raised `error`, and the frame; (None, None) if the
    error came from elsewhere."""
    frame = error.__traceback__
    found = None
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == run.path:
            found = frame
        frame = frame.tb_next
    return (None, None) if found is None else (run.nodes.get(found.tb_lineno), found)


def explained(error, run):
    """The error to raise in place of `error`, which the plan `run` raised."""
    node, frame = node_of(error, run)
    if node is None or isinstance(error, NotImplementedError):
        return error
    return told(error, node, frame)


def told(error, node, frame):
    """The error to raise in place of torch's."""
    where = node.scope.rstrip("/") or "the graph"
    shapes = [tuple(value.shape) for name, value in frame.tb_frame.f_locals.items()
              if name.startswith("a") and isinstance(value, torch.Tensor)]
    reason = str(error).strip().splitlines()[0]
    given = f"the function was fed arrays of shapes {shapes}" if shapes else "nothing was fed"
    if "out of memory" in reason.lower():
        return MemoryError(f"out of memory in {node.op.name} ({where}); {given}. Use smaller "
                           f"batches.")
    if node.op.name == "gather":
        size = node.args[0].shape[0]
        return ValueError(f"{where}: an index is outside 0..{size - 1 if size else '?'}, the "
                          f"rows that there are ({reason}). Raise input_dim, or check the data.")
    return ValueError(f"{node.op.name} in {where} cannot compute with these inputs: {reason}; "
                      f"{given}. The graph expects {[x.shape for x in node.inputs]}.")
