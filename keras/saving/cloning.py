"""Copies of live models: new layers and weights, the same classes and functions."""
import inspect

from .. import backend as K
from ..layers.input_layer import Input
from ..layers.node import as_list, unpacked
from ..registry import CustomObjectScope


def clone_model(model, input_tensors=None):
    """A model of the same layers, with weights of its own, newly initialised.

    Arguments
        model: Model or Sequential.
        input_tensors: list of tensors to begin with; None for new Inputs.

    Raises
        ValueError: for a subclassed model, which is code and no graph.
    """
    with CustomObjectScope(live_objects(model)):
        if hasattr(model, "pop"):
            return _sequential(model, input_tensors)
        if model.traversal is None:
            raise ValueError(f"clone_model: {type(model).__name__} is a subclass of Model with a "
                             f"`call` of its own; make another one of its class.")
        return _functional(model, input_tensors)


def copied(layer):
    """A layer with the arguments of another one."""
    if hasattr(layer, "get_layer"):
        return clone_model(layer)
    return type(layer).from_config(layer.get_config())


def _inputs(model, tensors, fresh):
    """Keras tensors to begin with: those given, or new Inputs like the old ones."""
    layers = model.input_layers
    if tensors is None:
        return [Input(batch_shape=layer.batch_input_shape, dtype=layer.dtype, sparse=layer.sparse,
                      name=layer.name) for layer in layers] if fresh else None
    tensors = as_list(tensors)
    if len(tensors) != len(layers):
        raise ValueError(f"clone_model: the model has {len(layers)} inputs; {len(tensors)} "
                         f"input_tensors are given.")
    return [x if K.is_keras_tensor(x) else Input(tensor=x, name=f"input_wrapper_for_{layer.name}")
            for x, layer in zip(tensors, layers)]


def _sequential(model, tensors):
    inputs = _inputs(model, tensors, False)
    layers = [copied(layer) for layer in model.layers]
    if inputs is None:
        clone = type(model)(layers=layers, name=model.name)
        if model.inputs and not clone.inputs:
            clone.build(K.int_shape(model.inputs[0]))
        return clone
    return type(model)(layers=[inputs[0].keras_history[0], *layers], name=model.name)


def _functional(model, tensors):
    inputs = _inputs(model, tensors, True)
    made, new = {}, dict(zip(model.inputs, inputs))
    for layer, index in model.traversal.nodes:
        node = layer._inbound_nodes[index]
        if new.keys() >= set(node.output_tensors):
            continue
        if not node.inbound_layers:  # an Input(tensor=...) that is not fed
            new.update((x, x) for x in node.output_tensors)
            continue
        if layer not in made:
            made[layer] = copied(layer)
        results = made[layer](unpacked([new[x] for x in node.input_tensors]), **node.arguments)
        new.update(zip(node.output_tensors, as_list(results)))
    return type(model)(inputs, [new[x] for x in model.outputs], name=model.name)


def live_objects(model):
    """The user's classes and functions in a live model, by the names that its config gives."""
    found, stack, seen = {}, [model], set()
    while stack:
        x = stack.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        own = x if inspect.isroutine(x) else type(x)
        if not (own.__module__ or "").startswith("keras.") and own.__name__ != "<lambda>":
            found[own.__name__] = own
        if hasattr(x, "get_config") and hasattr(x, "__dict__"):
            for value in vars(x).values():
                for part in value if isinstance(value, (list, tuple)) else (value,):
                    if inspect.isfunction(part) or hasattr(part, "get_config"):
                        stack.append(part)
    return found
