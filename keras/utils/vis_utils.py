"""Pictures of models (manual, chapter 18 and 20.8).

Where pydot and the program `dot` of graphviz are there, they draw; else `Diagram` does.
"""
import os
import shutil


def model_to_dot(model, show_shapes=False, show_layer_names=True, rankdir="TB"):
    """A model as a graph that can be drawn.

    Arguments
        model: Model, or a Sequential.
        show_shapes: whether the shapes of each layer's input and output are shown.
        show_layer_names: whether the layers' names are shown, before their classes.
        rankdir: 'TB' for top to bottom, 'LR' for left to right, 'BT' or 'RL'.

    Returns
        pydot.Dot, or, where pydot or graphviz is missing, a Diagram: both have
        `create(prog='dot', format='svg')` and `write(path, format='png')`.
    """
    layers, edges = _layers_and_edges(model)
    titles = [_title(layer, show_layer_names) for layer in layers]
    shapes = [_shapes(layer) if show_shapes else None for layer in layers]
    pydot = _pydot()
    if pydot is not None:
        return _dot(pydot, titles, shapes, edges, rankdir)
    from .diagram import Box, Diagram
    upright = rankdir in ("LR", "RL")
    boxes = [Box(title, shape, upright) for title, shape in zip(titles, shapes)]
    return Diagram(boxes, edges, rankdir)


def plot_model(model, to_file="model.png", show_shapes=False, show_layer_names=True,
               rankdir="TB"):
    """Draw a model and write the picture to a file.

    Arguments
        model: Model, or a Sequential.
        to_file: path; its ending names the format: png (also without ending), svg, pdf, ...
        show_shapes: whether the shapes of each layer's input and output are shown.
        show_layer_names: whether the layers' names are shown, before their classes.
        rankdir: 'TB' for top to bottom, 'LR' for left to right, 'BT' or 'RL'.
    """
    to_file = os.fspath(to_file)
    graph = model_to_dot(model, show_shapes, show_layer_names, rankdir)
    graph.write(to_file, format=os.path.splitext(to_file)[1][1:].lower() or "png")


def _layers_and_edges(model):
    """The layers of a model, and pairs of their numbers: the second is called on the first."""
    if model.traversal is None:
        if not _is_sequential(model):
            raise ValueError(f"plot_model: {model.name} is a subclass of Model that computes in "
                             f"`call`; only a model made of inputs and outputs can be drawn.")
        layers = list(model.layers)  # not built: a line without shapes
        return layers, [(i - 1, i) for i in range(1, len(layers))]
    layers = model.traversal.layers
    number = {layer: i for i, layer in enumerate(layers)}
    edges = [(number[before], number[layer]) for layer, index in model.traversal.nodes
             for before in layer._inbound_nodes[index].inbound_layers]
    return layers, list(dict.fromkeys(edges))


def _is_sequential(model):
    from ..models import Sequential
    return isinstance(model, Sequential)


def _title(layer, show_name):
    """'name: Class'; of a wrapper also what it wraps."""
    from ..layers.wrappers import Wrapper
    name, kind = layer.name, type(layer).__name__
    if isinstance(layer, Wrapper):
        name = f"{name}({layer.layer.name})"
        kind = f"{kind}({type(layer.layer).__name__})"
    return f"{name}: {kind}" if show_name else kind


def _shapes(layer):
    """Input and output shape as text: 'multiple' where they differ between calls, '?' before the
    first call."""
    def text(what):
        try:
            return str(getattr(layer, what))
        except (AttributeError, RuntimeError):
            return "multiple" if layer._inbound_nodes else "?"

    return text("input_shape"), text("output_shape")


def _pydot():
    """The module pydot, if it and graphviz are there."""
    if shutil.which("dot") is None:
        return None
    try:
        import pydot
    except ImportError:
        return None
    return pydot


def _dot(pydot, titles, shapes, edges, rankdir):
    graph = pydot.Dot()
    graph.set("rankdir", rankdir)
    graph.set("concentrate", True)
    graph.set_node_defaults(shape="record")
    for i, (title, pair) in enumerate(zip(titles, shapes)):
        label = _escaped(title)
        if pair is not None:
            given, made = map(_escaped, pair)
            label = f"{label}\n|{{input:|output:}}|{{{{{given}}}|{{{made}}}}}"
        graph.add_node(pydot.Node(str(i), label=label))
    for a, b in edges:
        graph.add_edge(pydot.Edge(str(a), str(b)))
    return graph


def _escaped(text):
    """Text in which no letter means something to a record of graphviz."""
    return "".join("\\" + c if c in "{}|<>\\" else c for c in text)
