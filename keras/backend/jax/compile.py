"""A plan becomes one program of XLA: what a call reads comes in as arguments, the new values of
variables go out with the results.

The old values of the variables that it writes are given up ("donated"), so that they are
written in place.
"""
from collections import OrderedDict, deque
from itertools import chain, starmap
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np

from ...graph.tensor import Constant, Tensor, tensors_in
from .. import debug, glibc
from ..evaluation import Outlined, Unfit, drawn, updated
from ..outline import streams
from ..plan import Plan
from ..told import outside, unfit
from .chunks import chunks
from .evaluate import Evaluation, known
from .precision import wide
from .random import key_of
from .variables import starting, write
from .windows import slow_in_loops

PROGRAMS = 64  # sets of shapes for which a plan keeps its program
LARGE = 1024  # elements from which a constant is an argument: XLA would fold with it for long


def compile(plan):
    """A function of the arrays that are fed; it returns the tuple of the outputs."""
    if not (plan.inputs or plan.variables) and all(
            node.stream is None or node.op.name in drawn for node in plan.order):
        return AtOnce(plan)
    late = late_nodes(plan)
    return Parted(plan, late) if late else Program(plan)


class Awaited(Outlined):
    """Programs of XLA may still run when a call returns."""

    def settle(self):
        jax.effects_barrier()


class AtOnce(Awaited):
    """A plan that reads nothing: constants, first values of variables. It runs once, most times,
    and compiling it would take longer."""

    def __call__(self):
        with wide():
            run = Evaluation(self.outline, {}, None)
            run.compute(self.plan.order)
            return [run.value(x) for x in self.plan.outputs]

    def chunks(self, room, size):
        """Nothing is fed, so there are no batches."""


class Program(Awaited):
    """A plan, traced and compiled for each set of input shapes when that first comes."""

    def __init__(self, plan):
        super().__init__(plan)
        self.streams = streams(plan)
        self.written = list(dict.fromkeys(node.args[0] for node in plan.updates))
        self.names = ["value"] * len(self.written) + ["outputs", "outside"]
        self.kept = [x for x in plan.variables if x not in set(self.written)]
        self.constants = [x for x in self.outline.read
                          if isinstance(x, Constant) and x.value.size >= LARGE]
        with wide():
            self.large = [jnp.asarray(x.value, x.dtype) for x in self.constants]
        self.prints = any(node.op.name == "print_tensor" for node in plan.order)
        self.gathers = [node for node in plan.order
                        if node.op.name == "gather" and node in self.outline.common]
        self.loops_well = not any(map(slow_in_loops, plan.order))
        self.programs = OrderedDict()  # shapes -> jitted function
        self.loops = {}  # programs of many steps; see chunks.py
        self.outside = deque(maxlen=64)  # of the last runs, whether each gather was

    def __call__(self, *inputs):
        return self.run(self.traced, tuple([x.shape for x in inputs]), inputs)

    def run(self, function, fed, inputs, room=1, count=1):
        """The outputs of a program.

        Arguments
            function: what is traced where the program is new.
            fed: shapes of the arrays that one step is fed.
            inputs: what the program is fed.
            room: the number of steps that it can do.
            count: the number of steps that it does.
        """
        program, step = self.programs.get((fed, room)), self.stepped
        if program is None:
            program, step = self.program((fed, room), function), self.tried
        try:
            with wide(), starting:
                outputs, outside = step(program, inputs, count)
        except Unfit as error:
            raise unfit(error.node, error.reason, list(fed)) from error.reason
        if self.gathers:
            self.outside.append(outside)
        if self.prints:
            jax.effects_barrier()
        return outputs

    def chunks(self, room, size):
        """What runs many steps on batches of `size`; None where they run better one by one."""
        if not self.loops_well:
            return None
        key = room, size
        if key not in self.loops:
            self.loops[key] = chunks(self, room, size)
        return self.loops[key]

    def check(self):
        """ValueError if a run since the last check was fed numbers of rows that do not exist;
        what a watch found."""
        super().check()
        while self.outside:
            for node, wrong in zip(self.gathers, np.asarray(self.outside.popleft())):
                if wrong:
                    self.outside.clear()
                    raise outside(node)

    def program(self, key, function):
        """A new jitted function for `key`; the oldest one makes room."""
        if debug.plain():
            program = uncompiled(function)
        else:  # jit keeps its programs by function, so each gets a function of its own
            program = jax.jit(lambda *args: function(*args), donate_argnums=0)
        self.programs[key] = program
        if len(self.programs) > PROGRAMS:
            self.programs.popitem(last=False)
        return program

    def tried(self, program, inputs, count):
        """`stepped` for the first time. Should it fail, for want of memory most likely, the
        variables keep the values that it would have given up. The compiler leaves 100 MB and
        more of its memory in pieces, which the next one would not all find."""
        kept = [np.array(x.value) for x in self.written]
        try:
            results = self.stepped(program, inputs, count)
            jax.block_until_ready([x.value for x in self.written])
        except BaseException:
            self.programs.popitem()  # so that the next run of it is a first one, too
            for x, value in zip(self.written, kept):
                write(x, value)
            raise
        glibc.give_back()
        return results

    def stepped(self, program, inputs, count):
        """The outputs of a program, and for each gather whether it went outside; the new values
        of the variables are stored."""
        old = [x.value for x in self.written]
        args = old, self.values(), self.draws(count), inputs
        kept = SimpleNamespace()
        targets = [*self.written, kept, kept]
        # All in C: Ctrl-C cannot come when the old values are given up and the new ones are not
        # stored yet.
        deque(map(setattr, targets, self.names, chain.from_iterable(starmap(program, [args]))), 0)
        return kept.outputs, kept.outside

    def values(self):
        """What a program reads and does not write."""
        return [x.value for x in self.kept] + self.large

    def draws(self, count):
        """(seed, number of the next draw) of each stream, which moves on by `count` draws."""
        numbers = [(stream.seed & 0xFFFFFFFF, stream.draws) for stream in self.streams]
        for stream in self.streams:
            stream.draws += count
        return np.array(numbers, "uint32").reshape(-1, 2)

    def traced(self, old, values, draws, inputs):
        """(*new values of the variables, outputs, for each gather whether it went outside) from
        tracers. A step that goes outside changes no variable."""
        given = [*old, *values, *inputs]
        own = dict(zip([*self.written, *self.kept, *self.constants, *self.plan.inputs], given))
        keys = {stream: key_of(*draw) for stream, draw in zip(self.streams, draws)}
        run = Evaluation(self.outline, own, keys)
        for x in own:
            run.look(x, (x,))
        run.compute(self.plan.order)
        new = updated(self.plan, run, jnp.astype)
        new = [new[x] for x in self.written]
        outputs = tuple([run.array(x) for x in self.plan.outputs])
        outside = jnp.array([beyond(*map(run.array, node.args)) for node in self.gathers], "bool")
        if self.gathers:
            new = [jnp.where(outside.any(), x, y) for x, y in zip(old, new)]
        # An argument handed back as it came would share the memory of what was fed or is kept.
        new, outputs = jax.tree.map(
            lambda y: jnp.array(y, copy=True) if any(y is x for x in given) else y, (new, outputs))
        return *new, outputs, outside


def uncompiled(function):
    """A function that computes at once what `function` writes a program of."""
    def run(*args):
        with jax.disable_jit():
            return function(*jax.tree.map(jnp.asarray, args))

    return run


def beyond(x, indices):
    """Whether a number among `indices` is none of a row of x."""
    return jnp.any((indices < 0) | (indices >= len(x)))


# Shapes that depend on values


class Parted(Awaited):
    """A plan of which some nodes have shapes that depend on values: these, and all that use
    them, run one by one after a program of the others."""

    def __init__(self, plan, late):
        super().__init__(plan)
        self.late = [node for node in plan.order if node in late]
        users = [*self.late, *plan.updates]
        needed = dict.fromkeys(x for node in users for x in node.inputs)
        needed.update((x, None) for x in plan.outputs)
        self.between = [x for x in needed if x.node is not None and x.node not in late]
        self.early = Program(Plan(plan.inputs, self.between, []))

    def __call__(self, *inputs):
        between = self.early(*inputs)
        with wide(), starting:
            values = {x: x.value for x in self.plan.variables}
            values.update(zip(self.plan.inputs, map(jnp.asarray, inputs)))
            values.update(zip(self.between, between))
            keys = {}
            for node in self.late:
                if node.stream is not None:
                    keys[node.stream] = key_of(node.stream.seed, node.stream.draws)
                    node.stream.draws += 1
            run = Evaluation(self.outline, values, keys, {*self.late})
            run.compute(self.late)
            for x, value in updated(self.plan, run, jnp.astype).items():
                x.value = jnp.array(value, copy=True)
            return tuple([run.array(x) for x in self.plan.outputs])

    def chunks(self, room, size):
        """None: its steps run one by one."""

    def check(self):
        """As `Program.check`."""
        self.early.check()
        super().check()


def late_nodes(plan):
    """The nodes of a plan whose shapes depend on values, and those that use them."""
    sizes, late = set(), set()
    for node in plan.order:
        name = node.op.name
        if name == "shape" or name in known and node.inputs and all(
                x in sizes or isinstance(x, Constant) for x in node.inputs):
            sizes.update(node.outputs)
        elif name in ("ctc_best_path", "ctc_beams") or not sizes.issuperset(deciding(node)):
            late.add(node)
        elif any(x.node in late for x in node.inputs):
            late.add(node)
    return late


def deciding(node):
    """The tensors whose values decide the shape of what a node gives."""
    if node.op.name == "count":
        found = node.inputs
    elif node.op.name == "select":
        found = tensors_in(tuple(part for part in node.args[1] if isinstance(part, tuple)))
    else:
        found = [x for name, arg in zip(node.op.names, node.args)
                 if type(arg) is tuple and name not in node.op.lists for x in tensors_in(arg)]
    return [x for x in found if isinstance(x, Tensor) and not isinstance(x, Constant)]
