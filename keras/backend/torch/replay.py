"""Replay: the forward and backward pass of a small model as a straight list of torch calls.

Autograd costs microseconds per node, which is most of a small model's step. So for each set of
input shapes the pass runs once as written, under a dispatch mode that sees every call autograd
makes; from then on these calls are made directly, small ones by NumPy (`script.py`, `light.py`).
A pass whose calls use a value that was neither computed from its inputs nor `drawn`, or whose
replay does not give the same numbers, is left to autograd.
"""
from threading import Lock

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .. import debug
from . import graphs
from .devices import default_device
from .drawing import drawn_by
from .explain import CAUGHT
from .script import MEMORY, Script, Unknown, memory, place

# What these do depends on shapes alone, never on values.
STEADY = set(
    "subtract divide multiply add maximum minimum greater greater_equal less less_equal equal "
    "not_equal logical_and logical_or logical_not negative abs sign round square exp log log1p "
    "sin cos tanh sigmoid floor_divide pow remainder positive_root bounded rectify identity cast "
    "stop_gradient softplus log_softmax elu hard_sigmoid softmax sum average prod max min argmax "
    "argmin reshape permute_dimensions expand_dims squeeze join pile tile reverse zeros_like "
    "ones_like dot matrices affine rectify_in_place binary_crossentropy "
    "mean_binary_crossentropy mean_crossentropy_of_sigmoid pick moments mean_of_rows "
    "normalize_batch_in_training where zero_pad gather drop gradients_of".split())
PROGRAMS = 32  # sets of shapes kept per plan
WORK = 2e8  # operations of a pass beyond which autograd's own time does not count
LONG = 2000  # nodes of a pass whose script takes too long to write
CLOSE = 1e-4  # of the largest number of a result, how far NumPy's may be from torch's


def parted(writer):
    """The nodes of a plan as (before, core, after): `core` is the pass to its only gradient and
    what is computed from it, or all of a plan without one; empty where there is nothing to replay.
    """
    order = writer.plan.order
    places = [i for i, node in enumerate(order) if node.op.name == "gradients_of"]
    if len(places) > 1 or debug.plain() or writer.plan.nested or not writer.plan.inputs or any(
            x.host for i in places for x in order[i].args[1] if hasattr(x, "host")):
        return order, [], []
    last = places[0] if places else len(order)
    if graphs.wanted():
        return graphs.parted(writer, last, STEADY)
    before, core, after = [], [], []
    moving = set(writer.sources if places else writer.plan.inputs)
    # Numbers in the plan, not arrays: a tape keyed by shapes cannot follow them.
    sizes = {x for x in writer.plan.variables if x.host}
    late = set()  # made after the core
    for i, node in enumerate(order):
        if node.op.name == "shape" or not sizes.isdisjoint(node.inputs):
            sizes.update(node.outputs)
        steady = node.op.name in STEADY and not node.device and sizes.isdisjoint(node.inputs)
        inside = not moving.isdisjoint(node.inputs)
        if i <= last and inside and not steady:
            return order, [], []
        if i > last and not (steady and late.isdisjoint(node.inputs)):
            after.append(node)
            late.update(node.outputs)
        elif inside:
            core.append(node)
            moving.update(node.outputs)
        else:
            before.append(node)
    return (order, [], []) if len(core) > LONG else (before, core, after)


class Core:
    """A pass: eager at first, replayed for shapes that come again.

    Arguments
        eager: the function to replay.
        env: the values of the names in it.
        work: operations per sample.
        private: for each result whether it is used up before the next call, and so may be
            written over by it.
        shown: for each result whether it is only handed out, and so may be a NumPy array.
    """

    def __init__(self, eager, env, work, private, shown):
        self.eager = eager
        self.env = env
        self.work = work
        self.private = private
        self.shown = shown
        self.programs = {}
        self.pool = graphs.Pool() if graphs.wanted() else None
        self.bytes = 0  # of their buffers
        self.lock = Lock()  # programs have buffers of their own

    def __call__(self, *inputs):
        key = tuple([x.shape for x in inputs])
        program = self.programs.get(key)
        if program is None:
            with self.lock:
                return self.first(key, inputs)
        # What NumPy computes is waited for: autograd would round otherwise.
        if program is self.eager or not self.lock.acquire(program.light):
            return self.eager(*inputs)
        try:
            return program(*inputs)
        except CAUGHT:  # the pass as written fails too, in a line that tells the layer
            return self.eager(*inputs)
        finally:
            self.lock.release()

    def first(self, key, inputs):
        """The results for new shapes; makes their program."""
        if self.pool is not None:
            self.programs[key] = graphs.program(self)
            return self.programs[key](*inputs)
        if len(self.programs) >= PROGRAMS or self.bytes > MEMORY:
            self.programs.clear()
            self.bytes = 0
        small = self.work * (len(inputs[0]) if inputs and inputs[0].ndim else 1) < WORK
        device = inputs[0].device if inputs else default_device()
        if not small or device.type != "cpu":
            self.programs[key] = self.eager
            return self.eager(*inputs)
        with Tape() as tape, drawn_by(tape.draw):
            results = self.eager(*inputs)
        values = [x.clone() for x in results]  # before these are written over
        for light in (True, False):
            program, again = tape.program(self, inputs, results, light)
            if program is None:
                break
            if all(map(close if program.light else torch.equal, values, again)):
                self.programs[key] = program
                self.bytes += program.bytes
                return again
        self.programs[key] = self.eager
        return values


def close(one, other):
    """Whether two results are the same but for how they were rounded."""
    most = 0
    if one.is_floating_point() and one.numel():
        most = one.nan_to_num(0, 0, 0).abs().max().item()
    return torch.allclose(one, torch.as_tensor(other), 0, CLOSE * most, equal_nan=True)


class Tape(TorchDispatchMode):
    """Sees every call of torch below autograd."""

    @classmethod
    def _should_skip_dynamo(cls):
        return False  # else torch imports its compiler, which takes seconds

    def __init__(self):
        super().__init__()
        self.calls = []
        self.streams = {}  # of random numbers -> how often they had been drawn from before

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.calls.append((function, args, kwargs or {}, result))
        return result

    def draw(self, draw, stream, args):
        """A draw, noted as one call, whatever it does inside."""
        self.streams.setdefault(stream, stream.draws)
        before = len(self.calls)
        result = draw(stream, *args)
        self.calls[before:] = [(draw, (stream, *args), None, result)]
        return result

    def program(self, core, inputs, results, light):
        """The calls as a function from `inputs` to what `results` are, and what it gives; None
        twice where they cannot be that."""
        fresh = {memory(x) for x, private in zip(results, core.private) if not private}
        shown = {place(x) for x, shown in zip(results, core.shown) if shown}
        ends = {stream: stream.draws for stream in self.streams}
        try:
            run = Script(inputs, core.env, fresh, shown, light).written(self.calls, results)
            for stream, draws in self.streams.items():
                stream.draws = draws
            return run, run(*inputs)
        except (Unknown, TypeError):  # a function of torch may not take what its schema says
            return None, None
        finally:
            for stream, draws in ends.items():
                stream.draws = draws
