"""Node: one call of a layer. The graph of layers is made of them."""


class Node:
    """Connects the tensors that a layer was called on with those it returned.

    Arguments
        outbound_layer: the layer that was called.
        inbound_layers: the layers that made its inputs.
        node_indices, tensor_indices: which of their calls, and which output of it.
        input_tensors, output_tensors, input_masks, output_masks: lists.
        arguments: dict of the keyword arguments of the call.
    """

    def __init__(self, outbound_layer, inbound_layers, node_indices, tensor_indices,
                 input_tensors, output_tensors, input_masks, output_masks, arguments=None):
        self.outbound_layer = outbound_layer
        self.inbound_layers = inbound_layers
        self.node_indices = node_indices
        self.tensor_indices = tensor_indices
        self.input_tensors = input_tensors
        self.output_tensors = output_tensors
        self.input_masks = input_masks
        self.output_masks = output_masks
        self.arguments = arguments or {}
        for layer in inbound_layers:
            if layer is not None:
                layer._outbound_nodes.append(self)
        outbound_layer._inbound_nodes.append(self)

    @property
    def input_shapes(self):
        return [x.shape for x in self.input_tensors]

    @property
    def output_shapes(self):
        return [x.shape for x in self.output_tensors]

    def get_config(self):
        return {"outbound_layer": self.outbound_layer.name,
                "inbound_layers": [layer.name for layer in self.inbound_layers],
                "node_indices": self.node_indices,
                "tensor_indices": self.tensor_indices}


def as_list(x):
    """A list of `x`; itself if it is one already."""
    return list(x) if isinstance(x, (list, tuple)) else [x]


def unpacked(xs):
    """The only element of a list of one, else the list."""
    return xs[0] if len(xs) == 1 else xs
