"""Errors of torch that come from the user's data, told in terms of layers and inputs."""
import torch

from ..told import no_memory, outside, place, unfit

CAUGHT = (RuntimeError, IndexError)  # what torch raises for data that do not fit
ROWS = ("gather", "mean_of_rows")
NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


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
    return told(error, node, frame, run.nodes.values())


def told(error, node, frame, nodes):
    """The error to raise in place of torch's."""
    shapes = [tuple(value.shape) for name, value in frame.tb_frame.f_locals.items()
              if name.startswith("a") and isinstance(value, torch.Tensor)]
    if any(sign in str(error).lower() for sign in NO_MEMORY):
        return no_memory(f"{node.op.name} ({place(node)})", dict.fromkeys(nodes), shapes)
    return outside(node) if node.op.name in ROWS else unfit(node, error, shapes)
