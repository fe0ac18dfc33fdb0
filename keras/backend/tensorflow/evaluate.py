"""The values of a plan's tensors, node by node: in a function that is traced this writes its
graph, outside it computes at once.

Gradients are tf.gradients, which go back through what is written already: there is one forward
pass, shared by all that needs it.
"""
import tensorflow as tf

from ...graph.tensor import Constant
from ..evaluation import Unfit, Walk
from ..outline import Outline, streams
from ..plan import PlannedBody
from .lowering import lower
from .random import inner_key


class Evaluation(Walk):
    """The values of tensors as far as they are computed.

    Arguments
        outline: Outline of the plan.
        values: dict from tensors to the values of what is fed, of variables, of constants.
        keys: dict from the streams of random nodes to their keys; None where NumPy draws.
        scopes: dict, filled with the names under which TensorFlow knows the nodes.
        nodes: set of the nodes that may be computed here; None for all on no side of a choice.
        printed: set of the nodes that have printed.
    """

    def __init__(self, outline, values, keys, scopes, nodes=None, printed=None):
        self.outline = outline
        self.values = values
        self.keys = keys
        self.scopes = scopes
        self.nodes = outline.common if nodes is None else nodes
        self.printed = set() if printed is None else printed

    def value(self, x):
        """The value of x, a tensor of TensorFlow."""
        if x in self.values or not isinstance(x, Constant):
            return self.values[x]
        return tf.constant(x.value, x.dtype)

    def compute(self, order):
        """Compute the nodes of `order` that have no value yet."""
        for node in order:
            if node in self.nodes and node.outputs[0] not in self.values:
                self.step(node)

    def step(self, node):
        """Compute a node."""
        scope = f"node_{len(self.scopes)}"
        self.scopes[scope] = node
        try:
            with tf.name_scope(scope), tf.device(node.device):
                results = self.results(node)
                for x, value in zip(node.outputs, results):
                    if value is not None:
                        self.values[x] = self.declared(x, value, node)
        except (TypeError, ValueError, IndexError, tf.errors.InvalidArgumentError) as error:
            raise Unfit(node, error) from error
        self.look(node, node.outputs, node.inputs)

    def declared(self, x, value, node):
        """A value of x with the dtype of x, and the sizes that are known; a tensor of its own, for
        gradients tell tensors apart."""
        if not tf.is_tensor(value):
            value = tf.convert_to_tensor(value)
        if value.dtype != x.dtype:
            value = tf.cast(value, x.dtype)
        elif any(value is self.values.get(y) for y in node.inputs):
            value = tf.identity(value)
        known = value.shape.rank is not None and None not in value.shape
        if not known and not self.outline.watch:  # which is to see a wrong inference
            value.set_shape(x.shape)
        return value

    def look(self, subject, outputs, inputs=()):
        """Have the values of a node, or a leaf, looked at when the program runs."""
        watch = self.outline.watch
        if watch:
            given = [(x, self.values[x]) for x in outputs if x in self.values]
            number, count = next(watch.numbers), len(given)

            def seen(*arrays):
                found = dict(zip([x for x, _ in given], arrays))
                watch.later(number, subject, [found.get(x) for x in outputs], arrays[count:])

            tf.numpy_function(seen, [v for _, v in given] + [self.value(x) for x in inputs], [])

    def results(self, node):
        """The values of the outputs of a node."""
        name = node.op.name
        if name in STEERING:
            return STEERING[name](self, node)
        return self.lowered(node, lower, self.arguments(node))

    def printing(self, node):
        """A print happens once, also where a side of a choice computes its node again."""
        x, message = node.args
        if node in self.printed:
            return (self.value(x),)
        self.printed.add(node)
        return (lower["print_tensor"](self.value(x), message),)

    def choice(self, node):
        """A choice that is made by a value: only one side is computed."""

        def side(x, nodes):
            def run():
                inside = Evaluation(self.outline, dict(self.values), self.keys, self.scopes,
                                    self.nodes.union(nodes), self.printed)
                inside.compute(nodes)
                return inside.value(x)
            return run

        condition, *alternatives = node.args
        return (lower["choose"](self.value(condition),
                                *map(side, alternatives, self.outline.sides[node])),)

    def loop(self, node):
        """A loop, whose body is a plan."""
        body, sequences, states, captures, backwards = node.args
        assert isinstance(body, PlannedBody)
        plan, n = body.plan, body.outputs
        outline = Outline(plan, self.outline.watch)
        fixed = dict(zip(plan.inputs[len(sequences) + len(states):], map(self.value, captures)))
        fixed.update((x, self.value(x)) for x in plan.variables)

        def turn(number, steps, states):
            keys = {stream: inner_key(self.keys[stream], number) for stream in streams(plan)}
            values = {**fixed, **dict(zip(plan.inputs, (*steps, *states)))}
            inner = Evaluation(outline, values, keys, self.scopes)
            inner.compute(plan.order)
            results = [inner.value(x) for x in plan.outputs]
            return results[:n], results[n:]

        outputs = [self.kept(plan.outputs, n, i, node.outputs) for i in range(n)]
        shapes = [x.shape for x in node.outputs[2 * n:]]
        return lower["loop"](turn, outputs, shapes, [self.value(x) for x in sequences],
                             [self.value(x) for x in states], backwards)

    def recurrence(self, node):
        """A recurrent layer; the outputs of all its steps only where they are read."""
        return lower["recurrence"](*self.arguments(node), node.outputs[1] in self.outline.read)

    def kept(self, results, count, i, seen):
        """What a loop has to keep of output i: see `lower["loop"]`."""
        every, last = (x in self.outline.read for x in (seen[i], seen[count + i]))
        if not every and results[i] in results[count:]:
            return results.index(results[i], count) - count if last else None
        return results[i].dtype if every or last else None

    def gradients(self, node):
        """The derivatives of a loss."""
        loss, xs = node.args
        found = tf.gradients(self.value(loss), [self.value(x) for x in xs],
                             unconnected_gradients="zero")
        return [dense(g) for g in found]


def dense(gradient):
    """A gradient as an array, also one of single rows."""
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    return tf.math.unsorted_segment_sum(gradient.values, gradient.indices,
                                        gradient.dense_shape[0])


# What is no function of arrays.
STEERING = {"loop": Evaluation.loop, "recurrence": Evaluation.recurrence,
            "choose": Evaluation.choice, "print_tensor": Evaluation.printing,
            "gradients_of": Evaluation.gradients}
