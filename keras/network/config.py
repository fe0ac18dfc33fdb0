"""A network as plain data, and a network from it (facts: the JSON of Keras 2)."""
import json
from collections import deque

from ..graph.tensor import Tensor
from ..registry import layers as layer_registry
from .traversal import node_key


def network_config(network):
    """The config of a functional network: its layers, their calls, its inputs and outputs."""
    numbers = _renumbered(network)
    entries = []
    for layer in network.layers:
        calls = [_call_config(node, numbers) for i, node in enumerate(layer._inbound_nodes)
                 if node_key(layer, i) in numbers and node.inbound_layers]
        entries.append({"name": layer.name, "class_name": type(layer).__name__,
                        "config": layer.get_config(), "inbound_nodes": calls})
    return {"name": network.name, "layers": entries,
            "input_layers": [_place(x, numbers) for x in network.inputs],
            "output_layers": [_place(x, numbers) for x in network.outputs]}


def _renumbered(network):
    """The number of each call among those that belong to this network. A network among the
    layers has number 0 already: the node between its own inputs and outputs."""
    numbers = {}
    for layer in network.layers:
        own = [i for i in range(len(layer._inbound_nodes))
               if node_key(layer, i) in network.traversal.keys]
        is_network = 0 not in own and not layer._inbound_nodes[0].inbound_layers
        numbers.update((node_key(layer, i), n) for n, i in enumerate(own, is_network))
    return numbers


def _place(x, numbers):
    layer, index, place = x.keras_history
    return [layer.name, numbers[node_key(layer, index)], place]


def _call_config(node, numbers):
    arguments = {}
    for name, value in node.arguments.items():
        try:
            json.dumps(value)
            arguments[name] = value
        except TypeError:
            continue  # a tensor or an object: not data
    return [[*_place(x, numbers), arguments] for x in node.input_tensors
            if isinstance(x, Tensor)]


def rebuilt(config, custom_objects=None):
    """The input and output tensors of a new network made from `config`."""
    layers, waiting = {}, {}
    for entry in config["layers"]:
        layer = layer_registry.deserialize(
            {"class_name": entry["class_name"], "config": entry["config"]}, custom_objects)
        layers[entry["name"]] = layer
        waiting[layer] = deque(entry["inbound_nodes"])
    names = {layer: name for name, layer in layers.items()}
    ready, blocked = deque(waiting), {}  # blocked: by the name of the layer that is waited for
    while ready:
        layer = ready.popleft()
        made, missing = _make_calls(layer, waiting[layer], layers)
        if missing is not None:
            blocked.setdefault(missing, []).append(layer)
        if made:
            ready.extend(blocked.pop(names[layer], ()))
    if blocked:
        raise ValueError(f"the calls of {sorted(names[x] for xs in blocked.values() for x in xs)}"
                         f" wait for one another: the config has a cycle, or names a call that it "
                         f"does not make.")
    return ([_found(layers, place) for place in config["input_layers"]],
            [_found(layers, place) for place in config["output_layers"]])


def _make_calls(layer, calls, layers):
    """Call `layer` as often as its inputs are there; calls keep their order.

    Returns
        (whether it was called, the name of the layer that the next call waits for, or None).
    """
    made = False
    while calls:
        xs = [_tensor(layers, place) for place in calls[0]]
        for x, place in zip(xs, calls[0]):
            if x is None:
                return made, place[0]
        arguments = calls.popleft()[0][3:]
        layer(xs[0] if len(xs) == 1 else xs, **(arguments[0] if arguments else {}))
        made = True
    return made, None


def _tensor(layers, place):
    name, index, number = place[:3]
    if name not in layers:
        raise ValueError(f"the config refers to a layer {name!r} that it does not define.")
    nodes = layers[name]._inbound_nodes
    if index >= len(nodes):
        return None
    return nodes[index].output_tensors[number]


def _found(layers, place):
    x = _tensor(layers, place)
    if x is None:
        raise ValueError(f"the config refers to the call {place[1]} of layer {place[0]!r}, which "
                         f"it does not make.")
    return x
