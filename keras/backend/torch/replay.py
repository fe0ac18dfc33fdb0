"""Replay: the forward and backward pass of a small model as a straight list of torch calls.

Autograd costs microseconds per node, which is most of a small model's step. So for each set of
input shapes the pass runs once as written, under a dispatch mode that sees every call autograd
makes; from then on these calls are made directly, and what they give is written where it lay the
first time, so that views of it last too. A pass whose calls use a value that was neither computed
from its inputs nor `drawn`, or whose replay does not give the very same numbers, is left to
autograd.
"""
import re
from threading import Lock

import torch
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode

from .. import debug

# What these do depends on shapes alone, never on values.
STEADY = set(
    "subtract divide multiply add maximum minimum greater greater_equal less less_equal equal "
    "not_equal logical_and logical_or logical_not negative abs sign round square exp log log1p "
    "sin cos tanh sigmoid floor_divide pow remainder positive_root bounded rectify identity cast "
    "stop_gradient softplus log_softmax elu hard_sigmoid softmax sum average prod max min argmax "
    "argmin reshape permute_dimensions expand_dims squeeze join pile tile reverse zeros_like "
    "ones_like dot matrices affine rectify_in_place binary_crossentropy "
    "mean_binary_crossentropy mean_crossentropy_of_sigmoid pick moments "
    "normalize_batch_in_training where zero_pad gather drop gradients_of".split())
PROGRAMS = 8  # sets of shapes kept per plan
WORK = 2e8  # operations of a pass beyond which autograd's own time does not count
MEMORY = 1 << 25  # bytes of buffers beyond which a pass is left to autograd


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
    """A pass: eager at first, replayed for shapes that come again.

    Arguments
        eager: the function to replay.
        env: the values of the names in it.
        work: operations per sample.
        private: for each result whether it is used up before the next call, and so may be
            written over by it.
    """

    def __init__(self, eager, env, work, private):
        self.eager = eager
        self.env = env
        self.work = work
        self.private = private
        self.programs = {}
        self.lock = Lock()  # programs have buffers of their own

    def __call__(self, *inputs):
        if not self.lock.acquire(False):
            return self.eager(*inputs)
        try:
            key = tuple([x.shape for x in inputs])
            program = self.programs.get(key)
            return self.first(key, inputs) if program is None else program(*inputs)
        finally:
            self.lock.release()

    def first(self, key, inputs):
        """The results for new shapes; makes their program."""
        if len(self.programs) >= PROGRAMS:
            self.programs.clear()
        small = self.work * (len(inputs[0]) if inputs and inputs[0].ndim else 1) < WORK
        if not small or any(x.device.type != "cpu" for x in inputs):
            self.programs[key] = self.eager
            return self.eager(*inputs)
        with Tape() as tape:
            results = self.eager(*inputs)
        values = [x.detach().clone() for x in results]  # before these are written over
        self.programs[key] = tape.program(inputs, self.env, results, values, self.private) \
            or self.eager
        return values


def drawn(draw, stream, *args):
    """`draw(stream, *args)`, a tensor of random numbers: a replay draws anew."""
    mode = _get_current_dispatch_mode()
    return mode.draw(draw, stream, args) if isinstance(mode, Tape) else draw(stream, *args)


class Unknown(Exception):
    """A value on the tape that was not computed from the inputs, or too many of them."""


def place(x):
    """What tells one tensor in memory from another, all being kept alive."""
    return x.data_ptr(), x.shape, x.stride(), x.dtype


def listed(result):
    """The results of a call in a list."""
    return result if isinstance(result, (tuple, list)) else [result]


def memory(x):
    """What tells whether two tensors share memory."""
    return x.untyped_storage().data_ptr()


def writing(function):
    """The form of an aten op that writes its only result where it is told, or None."""
    given = [a.name for a in function._schema.arguments]
    packet = function._overloadpacket
    for form in (getattr(packet, name) for name in packet.overloads()):
        names = [a.name for a in form._schema.arguments]
        # A form without a kernel of its own computes elsewhere and copies.
        if names[:-1] == given and form._schema.arguments[-1].is_out and (
                torch._C._dispatch_has_kernel_for_dispatch_key(form.name(), "CPU")):
            return form
    return None


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
        """As `drawn`; one call, whatever it does inside."""
        self.streams.setdefault(stream, stream.draws)
        before = len(self.calls)
        result = draw(stream, *args)
        self.calls[before:] = [(draw, (stream, *args), None, result)]
        return result

    def program(self, inputs, env, results, values, private):
        """The calls as a function from `inputs` to what `results`, with these values, are; or
        None."""
        ends = {stream: stream.draws for stream in self.streams}
        fresh = {memory(x) for x, mine in zip(results, private) if not mine}
        try:
            run = Script(inputs, env, fresh).written(self.calls, results)
            for stream, draws in self.streams.items():
                stream.draws = draws
            again = run(*inputs)
        except (Unknown, TypeError):  # a function of torch may not take what its schema says
            return None
        finally:
            for stream, draws in ends.items():
                stream.draws = draws
        return run if all(map(torch.equal, values, again)) else None


class Script:
    """Writes the calls of a tape as source. `fresh`: the places of results that need memory of
    their own in each call."""

    def __init__(self, inputs, env, fresh):
        self.fresh = fresh
        self.bytes = 0  # of all buffers
        self.buffers = {}  # memory that is written to in each call -> its name
        self.within = {}  # the name of a view of a buffer -> that of the buffer
        self.names = {}
        self.env = {"inference": torch._C._InferenceMode}  # inference_mode costs five more calls
        self.fixed = set()  # places that may not be written to
        self.lasting = set()  # names of tensors that are the same in every call
        self.constant = set()  # those whose values are the same too
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

    def lasts(self, i, function, args, result, mutated):
        """Whether a call gives the same tensor each time: a view of one that lasts, ones, what is
        computed from such."""
        if function._schema.is_mutable or not isinstance(result, torch.Tensor):
            return False
        names = [self.names.get(place(x)) for x in args if isinstance(x, torch.Tensor)]
        if result.data_ptr() not in mutated and (
                function._schema.name in ("aten::ones_like", "aten::zeros_like")
                or names and self.constant.issuperset(names)):
            self.constant.add(f"s{i}")
            return True
        return function._schema.returns[0].alias_info and self.lasting.issuperset(names)

    def written(self, calls, results):
        """The function that makes the calls and returns what `results` are."""
        mutated = {x.data_ptr() for function, _, kwargs, result in calls
                   if kwargs is not None and function._schema.is_mutable for x in listed(result)}
        lines = []
        for i, (function, args, kwargs, result) in enumerate(calls):
            if kwargs is None:
                lines.append(self.draw(i, function, args, result))
            elif function._schema.name not in ("aten::detach", "aten::alias"):
                lines += self.call(i, function, args, kwargs, result, mutated)
        returned = [self.source(x.detach()) for x in results]
        kept = self.needed(lines, returned)
        body = "".join(f"        {line}\n" for line in kept)
        source = (f"def program({self.head}):\n    with inference(True):\n{body}"
                  f"        return ({', '.join(returned)},)\n")
        exec(compile(source, "<keras replay>", "exec"), self.env)
        run = self.env["program"]
        run.source = source
        return run

    def draw(self, i, function, args, result):
        """The line of call number i, which draws random numbers: (what it binds, its source,
        whether it must stay)."""
        given = ", ".join(map(self.source, args))
        self.env[f"d{i}"] = function
        self.bind(result, f"c{i}_0")
        return [f"c{i}_0"], f"c{i}_0 = d{i}({given})", True

    def call(self, i, function, args, kwargs, result, mutated):
        """The line of call number i in a list; none where its result lasts."""
        outputs, mutable = listed(result), function._schema.is_mutable
        if mutable and any(x.data_ptr() in self.fixed for x in outputs):
            raise Unknown
        if self.lasts(i, function, args, result, mutated):
            if memory(result) in self.buffers:
                self.within[f"s{i}"] = self.buffers[memory(result)]
            else:
                self.fixed.add(result.data_ptr())
            self.keep(f"s{i}", result)
            return []
        # Functions of torch may have other defaults than the op of their name.
        rest = [a.default_value for a in function._schema.arguments[len(args):]
                if not a.kwarg_only and a.name not in kwargs]
        given = [self.source(arg) for arg in (*args, *rest)]
        given += [f"{name}={self.source(arg)}" for name, arg in kwargs.items()]
        form = self.buffered(function, outputs)
        if form is not None:
            self.buffer(f"b{i}", result)
            given.append(f"{form._schema.arguments[-1].name}=b{i}")
        text = f"{self.callee(form or function)}({', '.join(given)})"
        if form is not None:
            return [([f"b{i}"], text, False)]
        if mutable and all(place(x) in self.names for x in outputs):
            return [([], text, True)]
        targets = [f"c{i}_{j}" for j in range(len(outputs))]
        for x, target in zip(outputs, targets):
            if isinstance(x, torch.Tensor):
                self.bind(x, target)
        return [(targets, f"{', '.join(targets)} = {text}", mutable)]

    def buffer(self, name, x):
        """Make x a tensor that is written over in each call."""
        self.keep(name, x)
        self.buffers[memory(x)] = name
        self.bytes += x.nbytes
        if self.bytes > MEMORY:
            raise Unknown

    def buffered(self, function, outputs):
        """The form of a call that writes into a buffer; None where there is none, or the result
        is to be fresh in each call."""
        if len(outputs) > 1 or not isinstance(outputs[0], torch.Tensor) or (
                memory(outputs[0]) in self.fresh or function._schema.returns[0].alias_info):
            return None
        return writing(function)

    def needed(self, lines, returned):
        """The lines that somebody uses."""
        wanted, kept = {self.within.get(name, name) for name in returned}, []
        for targets, line, mutable in reversed(lines):
            if mutable or not wanted.isdisjoint(targets):
                kept.append(line)
                used = re.findall(r"[a-z]\w*", line)
                wanted.update(self.within.get(name, name) for name in used)
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
