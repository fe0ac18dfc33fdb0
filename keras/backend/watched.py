"""What of a training's graph can be looked at while it runs."""
from ..graph.dtypes import is_float
from ..graph.tensor import Placeholder
from ..graph.walk import ancestors, leaves


def watched(loss, updates):
    """Where a value that is not finite may first show in a step of training.

    Arguments
        loss: scalar tensor.
        updates: list of updates.

    Returns
        three dicts, each in the order of computation: tensor that is fed -> its name, output of a
        layer -> name of the layer, gradient -> name of its variable.
    """
    fed = {x: x.name for x in leaves([loss])
           if isinstance(x, Placeholder) and is_float(x.dtype) and x.default is None}
    outputs, gradients = {}, {}
    for node in ancestors([loss]):
        outputs.update((x, x.keras_history[0].name) for x in node.outputs
                       if x.keras_history is not None and is_float(x.dtype))
    for node in ancestors(updates):
        if node.op.name == "gradients_of":
            gradients.update(zip(node.outputs, (x.name for x in node.args[1])))
    return fed, outputs, gradients
