"""The values of a plan's tensors, node by node: on tracers this writes a program, on arrays it
computes at once.

Gradients are jax.vjp over the nodes between their sources and the loss. These are computed
inside it and handed out, so there is one forward pass, shared by all that needs it.
"""
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ...graph.tensor import Constant
from ...graph.walk import ancestors
from ..evaluation import Unfit, Walk
from ..outline import Outline, streams
from ..plan import PlannedBody
from .lowering import ints, lower
from .random import inner_key
from .windows import looping

# What is known while a program is traced (sizes, constants) stays a number of NumPy.
known = {name: getattr(np, name) for name in (
    "add subtract multiply floor_divide remainder maximum minimum equal not_equal greater "
    "greater_equal less less_equal logical_and logical_or logical_not negative abs sign round "
    "square exp log sin cos tanh expand_dims squeeze").split()}
known.update({name: lambda x, axis, keepdims, name=name: getattr(np, name)(
    x, axis, keepdims=keepdims) for name in "sum prod max min any all".split()})
known["divide"] = np.true_divide
known["pow"] = np.power
known["positive_root"] = np.sqrt
known["pile"] = np.stack
known["join"] = np.concatenate
known["cast"] = lambda x, dtype: np.asarray(x).astype(dtype)
known["reshape"] = lambda x, shape: np.reshape(x, ints(shape))
known["select"] = lower["select"]
NUMBERS = (np.ndarray, np.generic)


class Evaluation(Walk):
    """The values of tensors as far as they are computed.

    Arguments
        outline: Outline of the plan.
        values: dict from tensors to the values of what is fed, of variables, of constants.
        keys: dict from the streams of random nodes to their keys; None where NumPy draws.
        nodes: set of the nodes that may be computed here; None for all on no side of a choice.
        printed: set of the nodes that have printed.
    """

    def __init__(self, outline, values, keys, nodes=None, printed=None):
        self.outline = outline
        self.values = values
        self.keys = keys
        self.nodes = outline.common if nodes is None else nodes
        self.printed = set() if printed is None else printed

    def inside(self, values, nodes=()):
        """An evaluation that goes on from here, on `values`, where `nodes` come in, too."""
        return Evaluation(self.outline, values, self.keys, self.nodes.union(nodes), self.printed)

    def value(self, x):
        """The value of x: an array, or a number of NumPy where it is known."""
        if x in self.values or not isinstance(x, Constant):
            return self.values[x]
        return x.value.astype(jnp.bfloat16) if x.dtype == "bfloat16" else x.value

    def array(self, x):
        return jnp.asarray(self.value(x))

    def compute(self, order):
        """Compute the nodes of `order` that have no value yet."""
        waiting = [node for node in order
                   if node in self.nodes and node.outputs[0] not in self.values]
        for node in reversed(waiting):  # a later gradient takes those before it along
            if node.op.name == "gradients_of" and node.outputs[0] not in self.values:
                self.differentiate(node)
        for node in waiting:
            if node.outputs[0] not in self.values:
                self.step(node)

    def step(self, node):
        try:
            results = self.results(node)
        except (TypeError, ValueError, IndexError) as error:
            raise Unfit(node, error) from error
        for x, value in zip(node.outputs, results):
            if value is not None:
                self.values[x] = value if str(value.dtype) == x.dtype else value.astype(x.dtype)
        self.look(node, node.outputs, node.inputs)

    def look(self, subject, outputs, inputs=()):
        """Have the values of a node, or a leaf, looked at when the program runs."""
        if self.outline.watch:
            given = [self.values.get(x) for x in outputs], [self.value(x) for x in inputs]
            jax.debug.callback(partial(self.outline.watch.later, next(self.outline.watch.numbers),
                                       subject), *given)

    def results(self, node):
        """The values of the outputs of a node."""
        name = node.op.name
        if name == "loop":
            return self.loop(node)
        if name == "choose":
            return (self.choice(node),)
        if name == "print_tensor":
            if node in self.printed:
                return (self.value(node.args[0]),)
            self.printed.add(node)
        args = self.arguments(node)
        if name in known and all(isinstance(self.value(x), NUMBERS) for x in node.inputs):
            return (np.asarray(known[name](*args)),)
        return self.lowered(node, lower, args)

    # Control

    def choice(self, node):
        """A choice that is made by a value: only one side is computed."""

        def side(x, nodes):
            def run():
                inside = self.inside(dict(self.values), nodes)
                inside.compute(nodes)
                return inside.array(x).astype(node.outputs[0].dtype)
            return run

        condition, *alternatives = node.args
        return lower["choose"](self.array(condition),
                               *map(side, alternatives, self.outline.sides[node]))

    def loop(self, node):
        body, sequences, states, captures, backwards = node.args
        assert isinstance(body, PlannedBody)
        plan, n = body.plan, body.outputs
        outline = Outline(plan, self.outline.watch)
        captured = [self.value(x) for x in captures]
        fixed = {x: self.value(x) for x in plan.variables}

        def turn(number, steps, states):
            keys = {stream: inner_key(self.keys[stream], number) for stream in streams(plan)}
            values = {**fixed, **dict(zip(plan.inputs, (*steps, *states, *captured)))}
            inner = Evaluation(outline, values, keys)
            inner.compute(plan.order)
            results = [inner.array(x) for x in plan.outputs]
            return results[:n], results[n:]

        read = self.outline.read
        wanted = [(every in read, last in read)
                  for every, last in zip(node.outputs[:n], node.outputs[n:2 * n])]
        outside = looping.set(True)
        try:
            return lower["loop"](turn, wanted, [self.array(x) for x in sequences],
                                 [self.array(x) for x in states], backwards)
        finally:
            looping.reset(outside)

    # Gradients

    def differentiate(self, node):
        """The gradients of a loss, and what the forward pass computes on the way."""
        loss, xs = node.args
        path = [n for n in ancestors([loss, *xs]) if n in self.nodes]
        moving, inner = set(xs), []
        for n in path:
            if not moving.isdisjoint(n.inputs):
                inner.append(n)
                moving.update(n.outputs)
        self.compute([n for n in path if n not in set(inner)])
        made = dict.fromkeys(x for n in inner for x in n.outputs)
        before = {x: value for x, value in self.values.items() if x not in made}
        # One source may depend on another: then it is moved from where it is, not replaced.
        moved = [x for x in xs if x in made]
        if moved:
            self.compute(inner)
        given = [jnp.zeros_like(self.value(x)) if x in made else self.array(x) for x in xs]

        def forward(given):
            inside = Moved(self, {**before, **dict(zip(xs, given))}, moved)
            inside.compute(inner)
            return inside.array(loss), [inside.values.get(x) for x in made]

        total, backward, found = jax.vjp(forward, given, has_aux=True)
        self.values.update((x, value) for x, value in zip(made, found) if value is not None)
        gradients, = backward(jnp.ones_like(total))
        self.values.update(zip(node.outputs, gradients))
        self.look(node, node.outputs, xs)


class Moved(Evaluation):
    """An evaluation in which some tensors are computed and then moved by what stands for them
    in `values`."""

    def __init__(self, outer, values, moved):
        super().__init__(outer.outline, values, outer.keys, outer.nodes, outer.printed)
        self.shifts = {x: values.pop(x) for x in moved}

    def step(self, node):
        super().step(node)
        for x in node.outputs:
            if x in self.shifts:
                self.values[x] = self.values[x] + self.shifts[x]
