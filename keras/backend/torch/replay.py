"""Replay: the forward and backward pass of a small model as a straight list of torch calls.

Autograd costs microseconds per node, which is most of a small model's step. So for each set of
input shapes the pass runs once as written, under a dispatch mode that sees every call autograd
makes; from then on these calls are made directly. A pass whose calls use a value that was not
computed from its inputs, or whose replay does not give the very same numbers, is left to autograd.
"""
import re

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .. import debug
from .threads import SMALL

# What these do depends on shapes alone, never on values.
STEADY = set(
    "subtract divide multiply add maximum minimum greater greater_equal less less_equal equal "
    "not_equal logical_and logical_or logical_not negative abs sign round square exp log log1p "
    "sin cos tanh sigmoid floor_divide pow remainder positive_root bounded rectify identity cast "
    "stop_gradient softplus log_softmax elu hard_sigmoid softmax sum average prod max min argmax "
    "argmin reshape permute_dimensions expand_dims squeeze join pile tile reverse zeros_like "
    "ones_like dot matrices affine rectify_in_place binary_crossentropy "
    "mean_binary_crossentropy pick moments normalize_batch_in_training where zero_pad "
    "gradients_of".split())
PROGRAMS = 8  # sets of shapes kept per plan


def parted(writer):
    """The nodes of a plan as (before, core, after): `core` is the pass to its only gradient,
    empty where there is nothing to replay."""
    order = writer.plan.order
    places = [i for i, node in enumerate(order) if node.op.name == "gradients_of"]
    if len(places) != 1 or debug.plain() or writer.plan.nested or any(
            x.host for x in order[places[0]].args[1] if hasattr(x, "host")):
        return order, [], []
    before, core, moving = [], [], set(writer.sources)
    sizes = set()  # numbers in the plan, not arrays: a tape keyed by shapes cannot follow them
    for node in order[:places[0] + 1]:
        inside = not moving.isdisjoint(node.inputs)
        (core if inside else before).append(node)
        if inside:
            moving.update(node.outputs)
        if node.op.name == "shape" or not sizes.isdisjoint(node.inputs):
            sizes.update(node.outputs)
    steady = all(node.op.name in STEADY and not node.device for node in core) and not any(
        getattr(x, "host", False) or x in sizes for node in core for x in node.inputs)
    if not steady:
        return order, [], []
    return before, core, order[places[0] + 1:]


class Core:
    """A pass: eager at first, replayed for shapes that come again."""

    def __init__(self, eager, env, work):
        self.eager = eager
        self.env = env
        self.work = work
        self.programs = {}

    def __call__(self, *inputs):
        key = tuple([x.shape for x in inputs])
        program = self.programs.get(key)
        return self.first(key, inputs) if program is None else program(*inputs)

    def first(self, key, inputs):
        """The results for new shapes; makes their program."""
        if len(self.programs) >= PROGRAMS:
            self.programs.clear()
        small = self.work * (len(inputs[0]) if inputs and inputs[0].ndim else 1) < SMALL
        if not small or any(x.device.type != "cpu" for x in inputs):
            self.programs[key] = self.eager
            return self.eager(*inputs)
        with Tape() as tape:
            results = self.eager(*inputs)
        self.programs[key] = tape.program(inputs, self.env, results) or self.eager
        return results


class Unknown(Exception):
    """A value on the tape that was not computed from the inputs."""


def place(x):
    """What tells one tensor in memory from another, all being kept alive."""
    return x.data_ptr(), x.shape, x.stride(), x.dtype


class Tape(TorchDispatchMode):
    """Sees every call of torch below autograd."""

    @classmethod
    def _should_skip_dynamo(cls):
        return False  # else torch imports its compiler, which takes seconds

    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.calls.append((function, args, kwargs or {}, result))
        return result

    def program(self, inputs, env, results):
        """The calls as a function from `inputs` to what `results` are, or None."""
        try:
            run = Script(inputs, env).written(self.calls, results)
        except Unknown:
            return None
        again = run(*inputs)
        same = all(torch.equal(x.detach(), y) for x, y in zip(results, again))
        return run if same else None


class Script:
    """Writes the calls of a tape as source."""

    def __init__(self, inputs, env):
        self.names = {}
        self.env = {"inference": torch._C._InferenceMode}  # inference_mode costs five more calls
        self.fixed = set()  # places that may not be written to
        self.lasting = set()  # names of what is the same in every call
        for i, x in enumerate(inputs):
            self.bind(x, f"a{i}")
        for name, value in env.items():
            if isinstance(value, torch.Tensor):
                self.keep(name, value)
        self.fixed.update(x[0] for x in self.names)
        self.head = ", ".join(f"a{i}" for i in range(len(inputs)))

    def bind(self, x, name):
        if not x.numel():  # all empty tensors are at one place
            raise Unknown
        self.names[place(x)] = name

    def keep(self, name, x):
        """x as an entry of the environment."""
        self.env[name] = x.detach()
        self.bind(x, name)
        self.lasting.add(name)

    def lasts(self, function, args, result, mutated):
        """Whether a call gives the same tensor each time: a view of a variable, or ones."""
        if function._schema.name in ("aten::ones_like", "aten::zeros_like"):
            return result.data_ptr() not in mutated
        views = isinstance(result, torch.Tensor) and function._schema.returns[0].alias_info
        return views and not function._schema.is_mutable and all(
            self.names.get(place(x)) in self.lasting for x in args if isinstance(x, torch.Tensor))

    def written(self, calls, results):
        lines = []
        calls = [(*call, call[3] if isinstance(call[3], (tuple, list)) else [call[3]])
                 for call in calls]
        mutated = {x.data_ptr() for function, *_, outputs in calls
                   if function._schema.is_mutable for x in outputs}
        for i, (function, args, kwargs, result, outputs) in enumerate(calls):
            if function._schema.name in ("aten::detach", "aten::alias"):
                continue
            if function._schema.is_mutable and any(
                    x.data_ptr() in self.fixed for x in outputs):
                raise Unknown
            if self.lasts(function, args, result, mutated):
                self.keep(f"s{i}", result)
                self.fixed.add(result.data_ptr())
                continue
            # Functions of torch may have other defaults than the op of their name.
            rest = [a.default_value for a in function._schema.arguments[len(args):]
                    if not a.kwarg_only and a.name not in kwargs]
            given = [self.source(arg) for arg in (*args, *rest)]
            given += [f"{name}={self.source(arg)}" for name, arg in kwargs.items()]
            name = self.callee(function)
            targets = []
            for j, x in enumerate(outputs):
                target = f"c{i}_{j}"
                if isinstance(x, torch.Tensor):
                    # A view may be at its base's place (the transpose of one element): the base's
                    # name is for what is written in place alone.
                    if function._schema.is_mutable:
                        target = self.names.get(place(x), target)
                    self.bind(x, target)
                targets.append(target)
            lines.append((targets, f"{', '.join(targets)} = {name}({', '.join(given)})",
                          function._schema.is_mutable))
        returned = [self.source(x.detach()) for x in results]
        kept = self.needed(lines, returned)
        body = "".join(f"        {line}\n" for line in kept)
        source = (f"def program({self.head}):\n    with inference(True):\n{body}"
                  f"        return ({', '.join(returned)},)\n")
        exec(compile(source, "<keras replay>", "exec"), self.env)
        run = self.env["program"]
        run.source = source
        return run

    def needed(self, lines, returned):
        """The lines that somebody uses."""
        wanted, kept = set(returned), []
        for targets, line, mutable in reversed(lines):
            if mutable or not wanted.isdisjoint(targets):
                kept.append(line)
                wanted.update(re.findall(r"[a-z]\w*", line.partition("=")[2]))
        return reversed(kept)

    def source(self, arg):
        """An argument as source: a tensor by its name, anything else as it is."""
        if isinstance(arg, torch.Tensor):
            name = self.names.get(place(arg))
            if name is None:
                raise Unknown
            return name
        if isinstance(arg, (list, tuple)):
            return f"[{', '.join(self.source(part) for part in arg)}]"
        if arg is None or isinstance(arg, (bool, int)):
            return repr(arg)
        name = f"q{len(self.env)}"
        self.env[name] = arg
        return name

    def callee(self, function):
        """The cheapest callable for an aten op: torch's own function where it has one."""
        base = function._schema.name.partition("::")[2]
        found = getattr(torch, base, None) or getattr(torch._C._nn, base, None) \
            or getattr(torch.Tensor, base, None) or function._op
        name = f"f{len(self.env)}_{base}"
        self.env[name] = found
        return name
