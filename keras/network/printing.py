"""`model.summary()`: the table of layers (manual 20.7)."""
from .. import backend as K
from .collected import Collected


def print_summary(model, line_length=None, positions=None, print_fn=None, expand_nested=False):
    """Print a table of a model's layers, their output shapes and parameters.

    Arguments
        model: a built model.
        line_length: int, width of the table; None for 65, or 98 with connections.
        positions: list, where columns end: fractions of the width, or columns.
        print_fn: function called with each line; None for `print`.
        expand_nested: whether the layers of models in the model follow them, indented.
    """
    print_fn = print_fn or print
    connected = not _is_line(model)
    line_length = line_length or (98 if connected else 65)
    positions = positions or ([.33, .55, .67, 1.] if connected else [.45, .85, 1.])
    if positions[-1] <= 1:
        positions = [int(line_length * p) for p in positions]
    titles = ["Layer (type)", "Output Shape", "Param #"]
    if connected:
        titles.append("Connected to")
    print_fn("_" * line_length)
    print_fn(_row(titles, positions))
    print_fn("=" * line_length)
    entries = list(_entries(model, connected, expand_nested))
    for i, rows in enumerate(entries):
        for cells in rows:
            print_fn(_row(cells, positions))
        print_fn(("=" if i == len(entries) - 1 else "_") * line_length)
    _print_totals(model, print_fn)
    print_fn("_" * line_length)


def _entries(model, connected, expand_nested, indent=""):
    """The lines of each layer; with those of a model in the model after it."""
    for layer in model.layers:
        head, *more = _rows(model, layer, connected)
        yield [[indent + head[0], *head[1:]], *more]
        if expand_nested and isinstance(layer, Collected):
            yield from _entries(layer, connected, True, indent + "  ")


def _is_line(model):
    """Whether the layers form one line, so that no column for connections is needed."""
    if type(model).__name__ == "Sequential" or model.traversal is None:
        return True
    met = []
    for layer, index in model.traversal.nodes:
        if layer in met or layer._inbound_nodes[index].inbound_layers != met[-1:]:
            return False
        met.append(layer)
    return True


def _row(cells, positions):
    line = ""
    for i, (cell, end) in enumerate(zip(cells, positions)):
        if i:
            line = line[:-1] + " "
        line = (line + str(cell))[:end].ljust(end)
    return line


def _rows(model, layer, connected):
    """The lines of one layer: the first with everything, more for further connections."""
    try:
        shape = layer.output_shape
    except (AttributeError, RuntimeError):
        shape = "multiple"
    head = [f"{layer.name} ({type(layer).__name__})", str(shape),
            layer.count_params() if layer.built else 0]
    if not connected:
        return [head]
    origins = _origins(model, layer) or [""]
    return [[*head, origins[0]], *(["", "", "", origin] for origin in origins[1:])]


def _origins(model, layer):
    """`name[node][tensor]` of all that the layer was called on in this model."""
    if model.traversal is None:  # a model in the model that has no graph
        return []
    indices = [i for other, i in model.traversal.nodes if other is layer]
    return [f"{x.keras_history[0].name}[{x.keras_history[1]}][{x.keras_history[2]}]"
            for i in indices for x in layer._inbound_nodes[i].input_tensors
            if layer._inbound_nodes[i].inbound_layers]


def _print_totals(model, print_fn):
    """The numbers of parameters; those count as trainable that the compiled model trains."""
    trained = getattr(model, "_collected_trainable_weights", model.trainable_weights)
    total, trainable = (sum(K.count_params(w) for w in dict.fromkeys(weights))
                        for weights in (model.weights, trained))
    print_fn(f"Total params: {total:,}")
    print_fn(f"Trainable params: {trainable:,}")
    print_fn(f"Non-trainable params: {total - trainable:,}")
