"""The losses and updates that the layers of a network add to training.

Each belongs to a call of a layer: `get_losses_for(inputs)` tells those of a call on `inputs`. A
network that is called on other inputs calls its layers on other inputs, too; which, is kept here,
so that a network used twice brings the losses and updates of both uses, and one that is trained
itself only those of its own graph. What is frozen is looked at when they are asked for.
"""
from ..layers.base import Layer
from ..layers.node import as_list
from ..layers.values import are_arrays, values


class Collected(Layer):
    """The part of a network that gathers; `layers`, `inputs` and `traversal` are Network's.

    `_calls`: for each call the set of its inputs, and pairs (layer, the inputs of its call).
    """

    def __call__(self, inputs, **kwargs):
        """The output of the network.

        Arguments
            inputs: symbolic tensor, or list of them; or arrays, as for every layer.
            kwargs: passed on to `call`.
        """
        if are_arrays(as_list(inputs)):
            return values(self, inputs, **kwargs)
        before = {layer: len(layer._inbound_nodes) for layer in self.layers}
        outputs = super().__call__(inputs, **kwargs)
        if self.traversal is None:  # the `call` of a subclass has called layers
            pairs = [(layer, node.input_tensors) for layer in self.layers
                     for node in layer._inbound_nodes[before.get(layer, 0):]]
            self._calls.append((frozenset(as_list(inputs)), pairs))
        return outputs

    def _pairs_for(self, inputs):
        """Pairs (layer, its inputs) of all calls of this network on `inputs`."""
        wanted = frozenset(as_list(inputs))
        return [pair for key, pairs in self._calls if key <= wanted for pair in pairs]

    def _own_pairs(self):
        """Pairs (layer, its inputs) of this network's own graph."""
        if self.traversal is None:
            return self._pairs_for(self.inputs or [])
        return [(layer, layer._inbound_nodes[i].input_tensors)
                for layer, i in self.traversal.nodes]

    def _own(self, entries):
        """Those of `add_loss` or `add_update` on the network itself that its graph can compute."""
        wanted = frozenset(self.inputs or [])
        return [x for x, key in entries if key is None or key <= wanted]

    @property
    def losses(self):
        found = [x for layer, inputs in self._own_pairs() for x in layer.get_losses_for(inputs)]
        found += [x for layer in self.layers for x in layer.get_losses_for(None)]
        return list(dict.fromkeys(found + self._own(self._losses)))

    @property
    def updates(self):
        if not self.trainable and not self.stateful:
            return []
        found = [x for layer, inputs in self._own_pairs() for x in layer.get_updates_for(inputs)]
        found += [x for layer in self.layers for x in layer.get_updates_for(None)]
        return list(dict.fromkeys(found + self._own(self._updates)))

    @property
    def state_updates(self):
        """The updates of stateful layers; they run in prediction too."""
        return list(dict.fromkeys(_of_states(self._own_pairs())))

    def get_losses_for(self, inputs):
        found = super().get_losses_for(inputs)
        if inputs is None:
            return found + [x for layer in self.layers for x in layer.get_losses_for(None)]
        return found + [x for layer, xs in self._pairs_for(inputs)
                        for x in layer.get_losses_for(xs)]

    def get_updates_for(self, inputs):
        if not self.trainable and not self.stateful:
            return []
        found = super().get_updates_for(inputs)
        if inputs is None:
            return found + [x for layer in self.layers for x in layer.get_updates_for(None)]
        return found + [x for layer, xs in self._pairs_for(inputs)
                        for x in layer.get_updates_for(xs)]


def _of_states(pairs):
    """The updates of the stateful layers among pairs (layer, its inputs)."""
    for layer, inputs in pairs:
        if isinstance(layer, Collected):
            yield from _of_states(layer._pairs_for(inputs))
        elif layer.stateful:
            yield from layer.get_updates_for(inputs)
            yield from layer.get_updates_for(None)
