"""From input and output tensors to the layers and calls between them, in order."""


def source_inputs(tensor):
    """The input tensors that a tensor is made from, in the order in which they are met."""
    found, seen, stack = [], set(), [tensor]
    while stack:
        x = stack.pop()
        layer, index, _ = x.keras_history
        node = layer._inbound_nodes[index]
        if node in seen:
            continue
        seen.add(node)
        if not node.inbound_layers:
            found.append(x)
        stack.extend(reversed(node.input_tensors))
    return found


def get_source_inputs(tensor, layer=None, node_index=None):
    """The input tensors that a tensor is made from.

    Arguments
        tensor: tensor that a layer made.
        layer, node_index: as the graph knows where it came from, they are not needed.

    Returns
        list of tensors; for one that no layer made, that tensor alone.
    """
    if tensor.keras_history is None:
        return [tensor]
    return source_inputs(tensor)


def node_key(layer, index):
    """The name of a call of a layer: its layer's name and its number."""
    return f"{layer.name}_ib-{index}"


class Traversal:
    """The calls between `inputs` and `outputs`.

    `nodes`: each call after those whose results it takes; `layers`: by the length of their
    longest way to an output, the farthest first, equal ones in the order in which they are met
    on the way from the outputs.
    """

    def __init__(self, inputs, outputs):
        self.inputs = set(inputs)
        self.nodes = []  # pairs (layer, index of the node)
        self.layer_order = {}
        self._walk(outputs)
        self._check(inputs)
        self.depths = {}  # of the nodes
        depths = self._layer_depths()
        for x in inputs:  # an input that nothing uses still belongs to the model
            layer, index, _ = x.keras_history
            if layer not in depths:
                self.nodes.insert(0, (layer, index))
                self.layer_order[layer] = -1
                depths[layer] = self.depths[layer, index] = 0
        self.layers = sorted(depths, key=lambda layer: (-depths[layer], self.layer_order[layer]))
        self.keys = {node_key(layer, index) for layer, index in self.nodes}

    def _walk(self, outputs):
        """Fill `nodes`, depth first, without recursion: models may be thousands deep."""
        done, open_nodes = set(), set()
        stack = [(x, False) for x in reversed(outputs)]
        while stack:
            x, leaving = stack.pop()
            layer, index, _ = x.keras_history
            key = (layer, index)
            if leaving:
                open_nodes.discard(key)
                if key not in done:
                    done.add(key)
                    self.nodes.append(key)
                continue
            if key in done:
                continue
            if key in open_nodes:
                raise RuntimeError(f"The layers form a cycle at {layer.name!r}; a model's graph "
                                   f"has none.")
            self.layer_order.setdefault(layer, len(self.layer_order))
            open_nodes.add(key)
            stack.append((x, True))
            node = layer._inbound_nodes[index]
            if x not in self.inputs and node.inbound_layers:
                for y in reversed(node.input_tensors):
                    if y.keras_history is None:
                        raise ValueError(f"The layer {layer.name!r} was called on {y!r}, which no "
                                         f"layer made. Put the operations of keras.backend before "
                                         f"it into a Lambda layer.")
                    if y.keras_history[:2] not in done:
                        stack.append((y, False))

    def _check(self, inputs):
        """ValueError where an output needs an Input that is not among the model's inputs."""
        available = set(inputs)
        names = []
        for layer, index in self.nodes:
            node = layer._inbound_nodes[index]
            missing = [x for x in node.input_tensors if x not in available]
            if missing and not available.issuperset(node.output_tensors):
                raise ValueError(
                    f"Graph disconnected: cannot obtain value for tensor {missing[0]!r} at layer "
                    f"\"{layer.name}\". The following previous layers were accessed without "
                    f"issue: {names}. Add that Input to the model's inputs.")
            available.update(node.output_tensors)
            names.append(layer.name)

    def _layer_depths(self):
        """The longest way from each layer to an output; fills `depths`, that from its nodes."""
        depths, layer_depths = self.depths, {}
        for layer, index in reversed(self.nodes):
            depth = max(depths.get((layer, index), 0), layer_depths.get(layer, 0))
            depths[layer, index] = layer_depths[layer] = depth
            node = layer._inbound_nodes[index]
            if self.inputs.issuperset(node.output_tensors):
                continue
            for x in node.input_tensors:
                before = x.keras_history[:2]
                depths[before] = max(depths.get(before, 0), depth + 1)
        return layer_depths
