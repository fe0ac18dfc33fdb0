"""What engines share that go through a plan node by node, to write a program or to compute."""
import numpy as np

from ..graph.tensor import Tensor
from . import debug, draws
from .outline import Outline

# What draws random numbers without a key.
drawn = {name: getattr(draws, name) for name in "normal uniform bernoulli clipped_normal".split()}


class Unfit(Exception):
    """A node cannot compute with the arrays that it got, for a reason."""

    def __init__(self, node, reason):
        super().__init__(node, reason)
        self.node = node
        self.reason = reason


class Walk:
    """The values of tensors as far as they are made. An engine brings `value(x)`, and `keys`, a
    dict from the streams of random nodes to their keys, None where NumPy draws."""

    def arguments(self, node):
        """What the lowering of a node's op is called with."""
        args = [self.argument(arg) for arg in node.args]
        if node.stream is not None:
            args[node.op.names.index("seed")] = (
                node.stream if self.keys is None else self.keys[node.stream])
        return args

    def argument(self, arg):
        if isinstance(arg, Tensor):
            return self.value(arg)
        return tuple([self.argument(part) for part in arg]) if type(arg) is tuple else arg

    def lowered(self, node, table, args):
        """The values of the outputs of a node, by its lowering in `table`."""
        if node.stream is not None and self.keys is None:
            table = drawn
        result = table[node.op.name](*args)
        return result if isinstance(result, (tuple, list)) else (result,)

    def array(self, x):
        """The value of x as an array, in engines where it may be less."""
        return self.value(x)


class Outlined:
    """A compiled plan that knows its outline, and what a watch found in its runs."""

    def __init__(self, plan):
        self.plan = plan
        self.outline = Outline(plan, debug.watch())

    def settle(self):
        """Wait until a watch has seen the runs so far."""

    def check(self):
        """Raise the error that a watch has for the runs so far, if any."""
        if self.outline.watch:
            self.settle()
            self.outline.watch.check()


def updated(plan, run, cast):
    """Variable -> its value after the updates of a plan, all computed from the old values.

    Arguments
        plan: Plan.
        run: Walk with the values of what the updates read.
        cast: function of a value and a dtype.
    """
    new = {}
    for x, value, how in (node.args for node in plan.updates if node.op.name == "assign"):
        before, value = new.get(x, run.value(x)), run.array(value)
        if how == "set":
            new[x] = value
        elif how in ("add", "subtract"):
            new[x] = before + value if how == "add" else before - value
        else:
            new[x] = before + (value - run.value(x)) * np.asarray(1 - how, x.dtype)
        new[x] = cast(new[x], x.dtype)
    return new
