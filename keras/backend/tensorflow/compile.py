"""A plan becomes one function of TensorFlow, traced once: sizes that are not known stay open.

It reads the variables first and writes them last, so that all new values come from old ones.
"""
import re

import numpy as np
import tensorflow as tf

from ..chunks import Chunks
from ..evaluation import Outlined, Unfit, drawn, updated
from ..outline import streams
from ..told import outside, unfit
from .descent import Descent
from .evaluate import Evaluation

SCOPE = re.compile(r"\bnode_\d+(?=[/_}'])")  # what a message of TensorFlow's calls a node


def compile(plan):
    """A function of the arrays that are fed; it returns the tuple of the outputs."""
    if not (plan.inputs or plan.variables or plan.updates) and all(
            node.stream is None or node.op.name in drawn for node in plan.order) and not any(
            node.op.name in ("gradients_of", "loop") for node in plan.order):
        return AtOnce(plan)
    return Program(plan)


class AtOnce(Outlined):
    """A plan that reads nothing: constants, first values of variables. It runs once, most times,
    and tracing it would take longer."""

    def __call__(self):
        with tf.init_scope():
            run = Evaluation(self.outline, {}, None, {})
            run.compute(self.plan.order)
            return [run.value(x) for x in self.plan.outputs]

    def chunks(self, room, size):
        """Nothing is fed, so there are no batches."""


class Program(Outlined):
    """A plan as a function of TensorFlow, and as a loop over many steps of it."""

    def __init__(self, plan):
        super().__init__(plan)
        self.streams = streams(plan)
        self.scopes = {}  # of TensorFlow's graph -> node
        self.convolves = any(node.op.name == "convolution" for node in plan.order)
        self.functions = {}
        self.loops = {}  # sets of batches -> Chunks

    def __call__(self, *inputs):
        shapes = None
        if self.convolves and any(0 in x.shape for x in inputs):
            shapes = tuple([tuple(x.shape) for x in inputs])  # see the lowering
        return self.run(self.write, inputs, shapes=shapes)

    def run(self, write, inputs, count=1, shapes=None):
        """The outputs of a function.

        Arguments
            write: what writes its graph.
            inputs: what it is fed.
            count: the number of steps that it makes.
            shapes: those of the inputs that the graph is for; None for all that are allowed.
        """
        try:
            function = self.functions.get((write, shapes))
            if function is None:
                function = self.functions[write, shapes] = self.traced(write, shapes)
            return function(*inputs, self.draws(count))
        except Unfit as error:
            fed = [tuple(x.shape) for x in inputs]
            raise unfit(error.node, error.reason, fed) from error.reason
        except tf.errors.InvalidArgumentError as error:
            raise self.told(error, inputs) from error

    def traced(self, write, shapes):
        """The function of which `write` writes the graph."""
        given = shapes or [x.shape for x in self.plan.inputs]
        ahead = () if write == self.write else (None,)
        fed = [tf.TensorSpec((*ahead, *shape), x.dtype) for shape, x in zip(
            given, self.plan.inputs)]
        draws = tf.TensorSpec((len(self.streams), 2), "int64")
        return tf.function(write, autograph=False).get_concrete_function(*fed, draws)

    def chunks(self, room, size):
        """What runs many steps on batches of `size`."""
        def run(batches, count):
            return self.run(self.write_many, [batch[:count] for batch in batches], count)

        key = room, size
        if key not in self.loops:
            self.loops[key] = Chunks(run, room, size)
        return self.loops[key]

    def draws(self, count):
        """(seed, number of the next draw) of each stream, which moves on by `count` draws."""
        numbers = [(stream.seed, stream.draws) for stream in self.streams]
        for stream in self.streams:
            stream.draws += count
        return np.array(numbers, "int64").reshape(-1, 2)

    def told(self, error, inputs):
        """TensorFlow's error in words of the graph, where it names a node of ours."""
        named = SCOPE.findall(str(error))
        if not named:
            return error
        node = self.scopes[named[-1]]
        if node.op.name == "gather":
            return outside(node)
        return unfit(node, error.message, [np.shape(x) for x in inputs])

    def write(self, *given):
        """The graph of a run."""
        *inputs, draws = given
        own = {x: x.value.read_value() for x in self.plan.variables}
        own.update(zip(self.plan.inputs, inputs))
        keys = dict(zip(self.streams, tf.unstack(draws, len(self.streams))))
        run = Evaluation(self.outline, own, keys, self.scopes)
        for x in list(own):
            run.look(x, (x,))
        run.compute(self.plan.order)
        outputs = [run.value(x) for x in self.plan.outputs]
        new = updated(self.plan, run, lambda value, dtype: value)
        descents = [Descent(node, run) for node in self.plan.updates if node.op.name == "descend"]
        read = [x for descent in descents for x in descent.read]
        with tf.control_dependencies([*outputs, *new.values(), *read]):
            for x, value in new.items():
                x.value.assign(value, read_value=False)
            for descent in descents:
                descent()
        return outputs

    def write_many(self, *given):
        """The graph of a loop: each input has an axis of steps before its own."""
        *batches, draws = given
        steps = tf.shape(batches[0])[0]
        ahead = np.array([0, 1])  # the next number of a draw

        def turn(step, results):
            draw = draws + tf.cast(step, draws.dtype) * ahead
            outputs = self.write(*[batch[step] for batch in batches], draw)
            return step + 1, [y.write(step, value) for y, value in zip(results, outputs)]

        results = [tf.TensorArray(x.dtype, steps) for x in self.plan.outputs]
        _, results = tf.while_loop(lambda step, _: step < steps, turn, (tf.constant(0), results),
                                   maximum_iterations=steps, parallel_iterations=1)
        return [y.stack() for y in results]
