"""A tape of torch's calls becomes the source of a function that makes them again.

What a call gives is written where it lay the first time, so that views of it last too. Calls on
small arrays are made by NumPy in the same memory, as `light.py` has them.
"""
import re
from typing import NamedTuple

import numpy as np
import torch

from . import light

MEMORY = 1 << 25  # bytes of buffers: a pass with more is left to autograd


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


class Line(NamedTuple):
    """A line: the names it binds, its source, whether it must stay though nobody uses these, and
    whether NumPy makes the call."""
    targets: list
    text: str
    stays: bool = False
    light: bool = False


class Script:
    """Writes the calls of a tape as source.

    Arguments
        inputs: tensors that the function is to take.
        env: the values of the names that stand for other tensors.
        fresh: places in memory of results that need memory of their own in each call.
        shown: places of results that may be NumPy arrays.
        by_numpy: whether NumPy makes the calls that are better off with it.
    """

    def __init__(self, inputs, env, fresh, shown, by_numpy):
        self.fresh, self.shown, self.by_numpy = fresh, shown, by_numpy
        self.bytes = 0  # of all buffers
        self.buffers = {}  # memory that is written to in each call -> its name
        self.within = {}  # the name of a view of a buffer -> that of the buffer
        self.names = {}
        # inference_mode costs five more calls
        self.env = {"inference": torch._C._InferenceMode, "errstate": np.errstate,
                    "as_tensor": torch.as_tensor, "empty": np.empty, **light.NAMES}
        self.lines = []
        self.arrays = set()  # names of tensors that have one as NumPy arrays too, with an n before
        self.absent = set()  # names of tensors that have that name alone
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
        for i, (function, args, kwargs, result) in enumerate(calls):
            if kwargs is None:
                self.draw(i, function, args, result)
            elif function._schema.name not in ("aten::detach", "aten::alias"):
                self.call(i, function, args, kwargs, result, mutated)
        returned = [self.returned(x.detach()) for x in results]
        kept = self.needed(returned)
        quiet = any(line.light for line in kept)
        modes = ["inference(True)"] * any(not line.light for line in kept)
        modes += ["errstate(all='ignore')"] * quiet
        body = "".join(f"        {line.text}\n" for line in kept)
        body = f"    with {', '.join(modes)}:\n{body}" if kept else ""
        source = f"def program({self.head}):\n{body}    return ({', '.join(returned)},)\n"
        exec(compile(source, "<keras replay>", "exec"), self.env)
        run = self.env["program"]
        run.source, run.light, run.bytes = source, quiet, self.bytes
        return run

    def draw(self, i, function, args, result):
        """The line of call number i, which draws random numbers."""
        given = ", ".join(map(self.source, args))
        self.env[f"d{i}"] = function
        self.bind(result, f"c{i}_0")
        self.lines.append(Line([f"c{i}_0"], f"c{i}_0 = d{i}({given})", True))

    def call(self, i, function, args, kwargs, result, mutated):
        """The line of call number i; none where its result lasts."""
        outputs, mutable = listed(result), function._schema.is_mutable
        if mutable and any(x.data_ptr() in self.fixed for x in outputs):
            raise Unknown
        if self.lasts(i, function, args, result, mutated):
            if memory(result) in self.buffers:
                self.within[f"s{i}"] = self.buffers[memory(result)]
            else:
                self.fixed.add(result.data_ptr())
            self.keep(f"s{i}", result)
            return
        # Functions of torch may have other defaults than the op of their name.
        args = [*args, *(a.default_value for a in function._schema.arguments[len(args):]
                         if not a.kwarg_only and a.name not in kwargs)]
        form = light.form(function, args, kwargs, result) if self.by_numpy else None
        if form is None or not self.in_numpy(i, function, form, args, result):
            self.in_torch(i, function, args, kwargs, result)

    def in_torch(self, i, function, args, kwargs, result):
        """The line of call number i as torch makes it."""
        outputs, mutable = listed(result), function._schema.is_mutable
        given = [self.source(arg) for arg in args]
        given += [f"{name}={self.source(arg)}" for name, arg in kwargs.items()]
        form = self.buffered(function, outputs)
        if form is not None:
            self.buffer(f"b{i}", result)
            given.append(f"{form._schema.arguments[-1].name}=b{i}")
        text = f"{self.callee(form or function)}({', '.join(given)})"
        if form is not None:
            self.lines.append(Line([f"b{i}"], text))
        elif mutable and all(place(x) in self.names for x in outputs):
            self.lines.append(Line([], text, True))
        else:
            targets = [f"c{i}_{j}" for j in range(len(outputs))]
            for x, target in zip(outputs, targets):
                if isinstance(x, torch.Tensor):
                    self.bind(x, target)
            self.lines.append(Line(targets, f"{', '.join(targets)} = {text}", mutable))

    def in_numpy(self, i, function, form, args, result):
        """The line of call number i as NumPy makes it; False where it cannot."""
        schema, name = function._schema, light.name_of(function)
        binds, shown = form.startswith("{out} ="), place(result) in self.shown
        view = schema.returns[0].alias_info and not schema.is_mutable
        if (binds and not (view or shown) or memory(result) in self.fresh and not shown
                or not (view or result.is_contiguous())):
            return False
        given, words = [self.array(arg) for arg in args], {}
        if "{weights}" in form:
            words["weights"] = self.value(light.weights(name, args[0].shape))
        if schema.is_mutable:
            self.lines.append(Line([], form.format(*given), True, True))
        elif shown or view:
            target = f"c{i}_0"
            self.bind(result, target)
            self.arrays.add(target)
            self.absent.add(target)
            if not binds:
                form = f"{{out}} = empty({tuple(result.shape)}, 'float32'); {form}"
            self.lines.append(Line([f"n{target}"], form.format(*given, out=f"n{target}", **words),
                                   light=True))
        else:
            self.buffer(f"b{i}", result)
            words["out"] = self.array(result)
            self.lines.append(Line([f"b{i}"], form.format(*given, **words), light=True))
        return True

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

    def needed(self, returned):
        """The lines that somebody uses."""
        wanted, kept = {self.within.get(name, name) for name in returned}, []
        for line in reversed(self.lines):
            if line.stays or not wanted.isdisjoint(line.targets):
                kept.append(line)
                used = re.findall(r"[a-z]\w*", line.text)
                wanted.update(self.within.get(name, name) for name in used)
        return kept[::-1]

    # Arguments

    def name(self, x):
        """The name of a tensor."""
        name = self.names.get(place(x))
        if name is None:
            raise Unknown
        return name

    def returned(self, x):
        """A result as source."""
        name = self.name(x)
        return f"n{name}" if name in self.absent and place(x) in self.shown else self.source(x)

    def source(self, arg):
        """An argument as source: a tensor by its name, anything else as it is."""
        if isinstance(arg, torch.Tensor):
            name = self.name(arg)
            if name in self.absent:
                self.absent.remove(name)
                self.lines.append(Line([name], f"{name} = as_tensor(n{name})"))
            return name
        if isinstance(arg, (list, tuple)):
            return f"[{', '.join(self.source(part) for part in arg)}]"
        return self.value(arg)

    def array(self, arg):
        """An argument as source for NumPy."""
        if not isinstance(arg, torch.Tensor):
            number = type(arg) in (int, float)
            return self.value(np.array(arg, "float32")) if number else self.source(arg)
        name = self.name(arg)
        if name not in self.arrays:
            self.arrays.add(name)
            if name in self.lasting:
                self.env[f"n{name}"] = self.env[name].numpy()
                self.within[f"n{name}"] = self.within.get(name, name)
            else:
                self.lines.append(Line([f"n{name}"], f"n{name} = {name}.numpy()", light=True))
        return f"n{name}"

    def value(self, arg):
        """What is no tensor, as source."""
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
