"""A plan becomes one straight Python function of torch calls, written out as source.

Numbers that live on the host (hyperparameters, sizes) stay Python numbers. Gradients come from
torch.autograd over the forward lines; all that no gradient needs runs unrecorded. Variables are
written last, when every new value is known.
"""
import builtins
import linecache
import math
import weakref
from collections import Counter
from itertools import count

import torch

from ...graph.tensor import Constant, tensors_in
from ...graph.walk import ancestors, dependents
from .. import debug
from ..plan import PlannedBody
from . import replay
from .data import fetch
from .descent import steps
from .fusion import fused, kernels
from .lowering import DTYPES, host, lower, number_first, takes_numbers
from .threads import grain_per_sample, work_per_sample
from .variables import array_of, tracked

serial = count()
# Their result may share memory with an argument; a fetched one is copied.
VIEWS = {"reshape", "permute_dimensions", "expand_dims", "squeeze", "select", "identity", "cast",
         "apart", "detached", "print_tensor", "choose", "reverse", "loop", "sum", "prod", "any",
         "all", "recurrence", "opaque"}
LISTED = ("loop", "opaque")  # these give a tuple even if it has one entry
PLAIN = (int, bool, str, type(None))


def compile(plan):
    """A function of the engine arrays that are fed; it returns the tuple of the outputs."""
    return Writer(plan).function()


class Writer:
    """Writes the source of one plan."""

    def __init__(self, plan):
        self.plan = plan if debug.plain() else fused(plan)
        self.watch = debug.watch()
        self.env = {"tensor": torch.tensor, "set_grad": torch._C._set_grad_enabled,
                    "grad_mode": torch.is_grad_enabled, "gradients": gradients,
                    "stand_in": stand_in}
        self.lines = []  # pairs (text, the node it computes or None)
        self.core_lines = None
        self.core_results = set()
        self.names = {}  # tensor -> what it is called in the source
        self.on_host = set()
        self.uses = Counter(x for node in [*self.plan.order, *self.plan.updates]
                            for x in node.inputs)
        self.uses.update(self.plan.outputs)
        self.recorded, self.sources, self.kept = recorded_nodes(self.plan.order)
        self.flowing = {x for node in self.recorded for x in node.inputs}

    def function(self):
        """Write all lines and compile them."""
        for i, x in enumerate(self.plan.inputs):
            self.names[x] = f"a{i}"
            if x in self.sources:
                self.line(f"a{i} = stand_in(a{i})")
        for x in self.plan.variables:
            self.variable(x)
        for x in (*self.plan.inputs, *self.plan.variables):
            self.look(x, (x,))
        before, core, after = replay.parted(self)
        self.steps(before)
        if core:
            self.core(core)
        self.steps(after)
        results = [self.result(x) for x in self.plan.outputs]
        self.write_updates()
        self.line(f"return ({', '.join(results)}{',' * (len(results) == 1)})")
        return self.assembled()

    def steps(self, nodes):
        """The lines of some nodes; those on the way to a gradient are recorded by autograd."""
        mode = False
        outside = "before" if self.plan.nested else "False"
        if self.plan.nested and self.recorded:
            self.line("before = grad_mode()")
        for node in nodes:
            wanted = node in self.recorded
            if wanted != mode:
                self.line(f"set_grad({wanted or outside})")
                mode = wanted
            self.step(node)
        if mode:
            self.line(f"set_grad({outside})")

    def core(self, nodes):
        """The forward and backward pass as a function of its own, which may be replayed."""
        made = dict.fromkeys(x for node in nodes for x in node.outputs)
        used = dict.fromkeys(x for node in nodes for x in node.inputs
                             if x not in made and self.names.get(x, "k")[0] in "av")
        ins = ", ".join(self.names[x] for x in used)
        outer, self.lines = self.lines, []
        self.steps(nodes)
        results = [x for x in made if self.uses[x]]
        outs = ", ".join(self.names[x] for x in results)
        self.line(f"return ({', '.join(map(self.detached, results))},)")
        stepped = Counter(x for node in self.plan.updates if node.op.name == "descend"
                          for x in node.args[2])
        given = Counter(x for x in self.plan.outputs if not may_alias(x))
        self.core_results = set(results)
        self.private = [stepped[x] == self.uses[x] for x in results]
        self.shown = [given[x] == self.uses[x] for x in results]
        self.core_head, self.core_lines, self.lines = f"def eager({ins}):", self.lines, outer
        self.line(f"{outs}, = core({ins}{',' * (len(used) == 1)})")

    def assembled(self):
        """The function that the lines make; it leaves torch's gradient mode as it was."""
        arguments = ", ".join(f"a{i}" for i in range(len(self.plan.inputs)))
        inner = "    " if self.plan.nested else "        "
        lines = []
        if self.core_lines:
            lines = [(self.core_head, None), *(("    " + text, node)
                                               for text, node in self.core_lines)]
        lines.append((f"def run({arguments}):", None))
        if not self.plan.nested:
            lines += [("    before = grad_mode()", None), ("    set_grad(False)", None),
                      ("    try:", None)]
        lines += [(inner + text, node) for text, node in self.lines]
        if not self.plan.nested:
            lines += [("    finally:", None), ("        set_grad(before)", None)]
        path = f"<keras plan {next(serial)}>"
        source = "\n".join(text for text, _ in lines) + "\n"
        exec(code_of(source, path), self.env)
        run = self.env["run"]
        weakref.finalize(run, linecache.cache.pop, path, None).atexit = False
        run.source, run.path = source, path
        run.nodes = {i: node for i, (_, node) in enumerate(lines, 1) if node}
        run.work, run.grain = work_per_sample(self.plan), grain_per_sample(self.plan)
        if self.core_lines:
            self.env["core"] = replay.Core(self.env["eager"], self.env, run.work,
                                           self.private, self.shown)
        return run

    # Leaves

    def variable(self, x):
        name = f"w{len(self.names)}"
        if x.host:
            self.env["at_" + name] = x
            self.line(f"{name} = at_{name}.value")
            self.on_host.add(x)
            if x in self.sources:
                self.on_host.discard(x)
                self.line(f"{name} = tensor({name}, dtype={self.dtype(x)}, requires_grad=True)")
        else:
            self.env[name] = tracked(x) if x in self.sources else x.value
        self.names[x] = name

    def constant(self, x):
        if x not in self.names:
            name = f"k{len(self.names)}"
            self.env[name] = array_of(x.value, x.dtype)
            self.names[x] = name
        return self.names[x]

    def dtype(self, x):
        name = f"t_{x.dtype}"
        self.env[name] = DTYPES[x.dtype]
        return name

    # Steps

    def line(self, text, node=None):
        self.lines.append((text, node))

    def step(self, node):
        """The line of one node, and the release of what it used last."""
        for x in node.outputs:
            self.names[x] = f"v{len(self.names)}"
        if self.is_host(node):
            self.host_step(node)
        elif node.op.name == "gradients_of":
            self.gradient_step(node)
        else:
            targets = ", ".join(self.names[x] for x in node.outputs)
            only = "," if node.op.name in LISTED and len(node.outputs) == 1 else ""
            self.line(f"{targets}{only} = {self.call(node)}", node)
        self.look(node, node.outputs, node.inputs)
        for x in node.outputs:
            if x in self.sources:
                self.line(f"{self.names[x]} = stand_in({self.names[x]})")
        self.release(node)

    def look(self, subject, outputs, inputs=()):
        """In a run under watch, the line that looks at what a node gave, or a leaf is."""
        if self.watch is None or not self.on_host.isdisjoint(outputs):
            return
        self.env["watch"], self.env["arrays"] = self.watch, arrays
        lists = [", ".join(map(self.array, x)) for x in (outputs, inputs)]
        self.line(f"watch({self.literal(subject)}, arrays({lists[0]}), arrays({lists[1]}))",
                  subject if inputs else None)

    def release(self, node):
        self.uses.subtract(node.inputs)
        dead = [self.names[x] for x in dict.fromkeys(node.inputs)
                if not self.uses[x] and x.node is not None and x not in self.kept]
        dead += [self.names[x] for x in node.outputs if not self.uses[x]]
        if dead:
            self.line(" = ".join(dead) + " = None")

    def call(self, node):
        """The call that computes a node from arrays."""
        name = f"f_{node.op.name}"
        self.env[name] = kernels.get(node.op.name) or lower[node.op.name]
        args = [self.argument(node, i, arg) for i, arg in enumerate(node.args)]
        if node.op.name == "loop":
            args.append(self.literal(tuple(bool(self.uses[x]) for x in node.outputs)))
        if node.op.name == "normalize_batch_in_training":
            args.append(repr(not self.flowing.isdisjoint(node.outputs[1:])))
        return f"{name}({', '.join(args)})"

    def argument(self, node, i, arg):
        """The source of an argument of a node."""
        name = node.op.name
        if isinstance(arg, PlannedBody):
            arg.plan.nested = True
            return self.literal((compile(arg.plan), arg.outputs))
        if node.stream is not None and node.op.names[i] == "seed":
            return self.literal(node.stream)
        if not any(True for _ in tensors_in(arg)):
            return self.literal(arg)
        if isinstance(arg, tuple):
            whole = node.op.names[i] in node.op.lists
            parts = [self.array(part) if whole else self.part(part) for part in arg]
            return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
        number = not arg.shape and (
            i == 1 and name in takes_numbers or i == 0 and name in number_first
            and not self.numeric(node.args[1]))
        if number and isinstance(arg, Constant):
            return self.literal(arg.value.item())
        if number and arg in self.on_host:
            return self.names[arg]
        return self.array(arg)

    def numeric(self, x):
        """Whether x would be written as a number."""
        return not x.shape and (isinstance(x, Constant) or x in self.on_host)

    def part(self, part):
        """A size in a shape, an index, a slice."""
        if isinstance(part, tuple):
            return f"({', '.join(self.part(p) for p in part)},)"
        if isinstance(part, Constant):
            return self.literal(part.value.item())
        return self.names[part] if part in self.names else self.literal(part)

    def array(self, x):
        """x as a torch tensor."""
        if isinstance(x, Constant):
            return self.constant(x)
        if x in self.on_host:
            return f"tensor({self.names[x]}, dtype={self.dtype(x)})"
        return self.names[x]

    def literal(self, value):
        """A parameter: written out where it is simple, else an entry of the environment."""
        if isinstance(value, PLAIN) or isinstance(value, float) and math.isfinite(value):
            return repr(value)
        if type(value) is tuple and all(isinstance(part, PLAIN) for part in value):
            return repr(value)
        name = f"p{len(self.env)}"
        self.env[name] = value
        return name

    # Numbers on the host

    def is_host(self, node):
        if node.op.name == "shape":
            return True
        tensors = node.inputs
        if node.op.name in ("select", "pile"):
            return all(x in self.on_host for x in tensors)
        return node.op.name in host and any(x in self.on_host for x in tensors) and all(
            x in self.on_host or isinstance(x, Constant) and not x.shape for x in tensors
        ) and not node.outputs[0].shape

    def host_step(self, node):
        result = self.names[node.outputs[0]]
        if node.op.name == "shape":
            text = f"{self.array(node.args[0])}.shape"
        elif node.op.name == "select":
            keys = [f"slice({self.part(k)[1:-1].rstrip(',')})" if isinstance(k, tuple)
                    else self.part(k) for k in node.args[1]]
            text = f"{self.names[node.args[0]]}[{keys[0]}]"
        elif node.op.name == "pile":
            text = f"({', '.join(self.names[x] for x in node.args[0])},)"
        else:
            self.env[f"h_{node.op.name}"] = host[node.op.name]
            args = [self.part(arg) for arg in node.args]
            text = f"h_{node.op.name}({', '.join(args)})"
        self.line(f"{result} = {text}", node)
        self.on_host.update(node.outputs)

    # Gradients

    def gradient_step(self, node):
        loss, xs = node.args
        later = node in self.recorded
        last = node is [n for n in self.plan.order if n.op.name == "gradients_of"][-1]
        names = ", ".join(self.names[x] for x in xs)
        targets = ", ".join(self.names[x] for x in node.outputs)
        # A loop around this body may be recorded too; `before` says so.
        recorded = later or "before" if self.plan.nested else later
        self.line(f"{targets}, = gradients({self.array(loss)}, ({names},), {recorded}, "
                  f"{not last or recorded})", node)

    # Updates

    def write_updates(self):
        """All new values first, then the writes."""
        moves = Counter(n.args[0] for n in self.plan.updates if n.op.name == "assign")
        writes = []
        # Steps first: should one fail for want of memory, no step is counted.
        for node in sorted(self.plan.updates, key=lambda node: node.op.name != "descend"):
            if node.op.name == "descend":
                writes.append((self.descent(node), node))
            else:
                writes.append((self.assignment(node, moves[node.args[0]] > 1), node))
        for text, node in writes:
            self.line(text, node)

    def assignment(self, node, repeated):
        """The write of one `assign`; what it needs is computed by lines before all writes."""
        x, value, how = node.args
        if x.host:
            return self.host_assignment(x, value, how)
        target = f"u{len(self.env)}"
        self.env[target] = x.value
        source = self.array(value)
        if may_alias(value):
            self.line(f"{target}_ = {source}.clone()")
            source = f"{target}_"
        if how == "set":
            return f"{target}.copy_({source})"
        if how in ("add", "subtract"):
            return f"{target}.{how[:3]}_({source})"
        if not repeated:
            return f"{target}.lerp_({source}, {1 - how!r})"
        self.line(f"{target}_ = ({source} - {target}) * {1 - how!r}")
        return f"{target}.add_({target}_)"

    def host_assignment(self, x, value, how):
        self.env["rounded"] = rounded
        name = self.names[x] if x in self.names else None
        at = f"at_{name}"
        self.env[at] = x
        new = self.names[value] if value in self.on_host else (
            self.literal(value.value.item()) if isinstance(value, Constant)
            else f"{self.array(value)}.item()")
        if how == "add":
            new = f"{at}.value + {new}"
        elif how == "subtract":
            new = f"{at}.value - {new}"
        elif how != "set":
            new = f"{at}.value * {how!r} + {new} * {1 - how!r}"
        return f"{at}.value = rounded({new}, {x.dtype!r})"

    def descent(self, node):
        step, params, grads, states, numbers, when = node.args
        name, mine = f"step_{len(self.env)}", f"params{len(self.env)}"
        self.env[mine] = [x.value for x in params]
        self.env[name] = steps[step](self.env[mine], [x.value for x in states])
        self.env["like"] = like
        numbers = "".join(f", {self.part(x)}" for x in numbers)
        gradients = ", ".join(self.array(g) for g in grads)
        condition = "" if when is None else f"if {self.part(when)}: "
        return f"{condition}{name}(like({mine}, [{gradients}]){numbers})"

    def result(self, x):
        """The source of an output. What an update could change is copied before the writes."""
        name = self.array(x)
        if x in self.on_host or self.plan.nested:
            return name
        if not may_alias(x):
            return name if x in self.core_results else self.detached(x)
        if self.plan.updates:
            self.line(f"{name}_ = {name}.clone()")
            return f"{name}_"
        return f"{name}.clone()"

    def detached(self, x):
        """The source of x, not followed by autograd any more."""
        return f"{self.names[x]}.detach()" if x.node in self.recorded else self.names[x]


def may_alias(x):
    """Whether x could share the memory of a variable or of what was fed."""
    return x.node is None or x.node.op.name in VIEWS


def recorded_nodes(order):
    """What autograd has to see: the nodes between the sources and the loss of each gradient;
    the sources themselves; and the tensors that a later gradient asks for by name."""
    recorded, sources = set(), set()
    for node in reversed(order):
        if node.op.name != "gradients_of":
            continue
        loss, xs = node.args
        path = ancestors([loss])
        reached = dependents(path, xs)
        recorded.update(n for n in path if not reached.isdisjoint(n.outputs) and
                        not reached.isdisjoint(n.inputs))
        sources.update(xs)
    return recorded, sources, sources


def stand_in(x):
    """x itself where autograd already follows it, else a leaf that it follows from here."""
    return x if x.requires_grad else x.detach().requires_grad_()


def gradients(loss, xs, create_graph, retain_graph):
    """The derivatives of a loss; zeros for what it turns out not to depend on."""
    if not loss.requires_grad:
        return tuple(torch.zeros_like(x) for x in xs)
    return torch.autograd.grad(loss, xs, None, retain_graph, create_graph, allow_unused=True,
                               materialize_grads=True)


def arrays(*values):
    """Values of a run as NumPy arrays, for who watches them; NumPy has no bfloat16."""
    values = [x.float() if x is not None and x.dtype is torch.bfloat16 else x for x in values]
    return [None if x is None else fetch(x, None) for x in values]


def like(params, grads):
    """Gradients in the memory layout of their parameters, which the fused steps want."""
    return [g if g.stride() == p.stride() else torch.empty_like(p).copy_(g)
            for p, g in zip(params, grads)]


def rounded(value, dtype):
    """A number on the host as its dtype holds it."""
    if "int" in dtype:
        return int(value)
    return torch.tensor(value, dtype=DTYPES[dtype]).item()


def code_of(source, path):
    """The code of a plan's source; tracebacks and debuggers can show its lines."""
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    return builtins.compile(source, path, "exec")

