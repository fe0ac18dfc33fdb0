"""Ops that hand on what they get and raise an error for what is wrong with it."""
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from ..told import outside


class Rows(Op):
    """Indices into the rows of x, which must exist; `gather`: the node of the plan that uses them.
    NumPy would take a negative one for a row counted from the end."""

    __props__ = ()
    view_map = {0: [1]}

    def __init__(self, gather):
        self.gather = gather

    def make_node(self, x, indices):
        """As `Op.make_node`."""
        return Apply(self, [x, indices], [indices.type()])

    def perform(self, node, inputs, output_storage):
        """As `Op.perform`."""
        x, indices = inputs
        if indices.size and (indices.min() < 0 or indices.max() >= len(x)):
            raise outside(self.gather)
        output_storage[0][0] = indices

    def infer_shape(self, fgraph, node, shapes):
        """As `Op.infer_shape`."""
        return [shapes[1]]

    def connection_pattern(self, node):
        """Indices have no derivative, nor has x by them."""
        return [[False], [False]]


class Look(Op):
    """The outputs of a node of the plan, after `watch` had a look at them.

    Arguments
        watch: debug.Watch.
        subject: the node, or a leaf.
        count: how many of the inputs are outputs of the node; its inputs follow.
    """

    __props__ = ("watch", "subject", "count")

    def __init__(self, watch, subject, count):
        self.watch = watch
        self.subject = subject
        self.count = count
        self.view_map = {i: [i] for i in range(count)}

    def make_node(self, *inputs):
        """As `Op.make_node`."""
        return Apply(self, list(inputs), [x.type() for x in inputs[:self.count]])

    def perform(self, node, inputs, output_storage):
        """As `Op.perform`."""
        self.watch(self.subject, inputs[:self.count], inputs[self.count:])
        for cell, value in zip(output_storage, inputs):
            cell[0] = value

    def pullback(self, inputs, outputs, gradients):
        """As `Op.pullback`: what comes back goes on."""
        return [*gradients, *(disconnected_type() for _ in inputs[self.count:])]

    def connection_pattern(self, node):
        """Each output hangs on the input that it is."""
        return [[i == j for j in range(self.count)] for i in range(len(node.inputs))]
