"""`KERAS_DEBUG`: what the runs of a process show and check (docs/debugging.md).

graph: each plan is printed when it is made. eager: nothing is compiled, fused or replayed. nan:
the first NaN of a run is an error that names where it arose. check: so is an array of another
shape or dtype than was inferred for it.
"""
import os
import sys
from itertools import count

import numpy as np

from ..graph import Constant, Node, ShapeError, Tensor
from .told import place

SWITCHES = ("graph", "eager", "nan", "check")


def switches():
    """What KERAS_DEBUG asks for: a set of names. ValueError for unknown ones."""
    names = os.environ.get("KERAS_DEBUG", "").replace(",", " ").split()
    for name in names:
        if name not in SWITCHES:
            raise ValueError(f"KERAS_DEBUG={name}: it takes {', '.join(SWITCHES)}, or several of "
                             f"them with commas between.")
    return set(names)


def plain():
    """Whether plans are to be run as they are written, without compiling, fusing, replaying."""
    return not switches().isdisjoint(("eager", "nan", "check"))


# Plans in print


def show(plan, label, phase):
    """Print a plan to standard error if KERAS_DEBUG asks for it."""
    if "graph" in switches():
        text = "\n    ".join(_lines(plan))
        sys.stderr.write(f"Graph of {label}, learning phase {int(phase)}:\n    {text}\n")


def _lines(plan):
    names = {x: x.name for x in (*plan.inputs, *plan.variables)}
    yield from (f"{name}  {'fed' if x in plan.inputs else 'variable'}  {_kind(x)}"
                for x, name in names.items())
    for node in plan.order:
        names.update((x, f"v{len(names)}") for x in node.outputs)
        targets = ", ".join(names[x] for x in node.outputs)
        kinds = ", ".join(_kind(x) for x in node.outputs)
        yield f"{targets} = {_call(node, names)}  {kinds}  in {place(node)}"
    yield from (f"update {_call(node, names)}" for node in plan.updates)
    yield f"return {', '.join(_written(x, names) for x in plan.outputs)}"


def _kind(x):
    return f"{x.shape} {x.dtype}"


def _call(node, names):
    return f"{node.op.name}({', '.join(_written(arg, names) for arg in node.args)})"


def _written(arg, names):
    """An argument of a node in print."""
    if isinstance(arg, Constant):
        return str(arg.value.item()) if arg.value.size == 1 else f"<constant {_kind(arg)}>"
    if isinstance(arg, Tensor):
        return names[arg]
    if type(arg) is tuple:
        return f"({', '.join(_written(part, names) for part in arg)})"
    return repr(arg) if isinstance(arg, (int, float, str, type(None))) else type(arg).__name__


# Values under watch


def watch():
    """What looks at the arrays of a run, or None if KERAS_DEBUG asks for no checks."""
    wanted = switches() & {"nan", "check"}
    return Watch(wanted) if wanted else None


class Watch:
    """Looks at arrays as NumPy sees them; what it finds fault with becomes an error."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.numbers = count()
        self.faults = []

    def __call__(self, subject, values, inputs=()):
        """Raise the error for what a node gave, or a leaf is.

        Arguments
            subject: node, or a tensor that no node computes.
            values: NumPy array of each of its outputs; None for one that nobody reads.
            inputs: arrays of the inputs of the node.
        """
        tensors = subject.outputs if isinstance(subject, Node) else (subject,)
        for x, value in zip(tensors, values):
            if value is not None and "check" in self.wanted:
                self.compare(subject, x, value)
            if value is not None and "nan" in self.wanted and _nans(value):
                raise FloatingPointError(_nan_told(subject, value, inputs))

    def compare(self, subject, x, value):
        """Raise an error if an array has another shape or dtype than x."""
        fits = len(value.shape) == x.ndim and all(
            n is None or n == m for n, m in zip(x.shape, value.shape))
        same = str(value.dtype) == x.dtype or x.dtype == "bfloat16"  # NumPy has none
        if not fits or not same:
            raise ShapeError(f"{_told(subject)}: {_kind(x)} was inferred, the array is "
                             f"{tuple(value.shape)} {value.dtype}.")

    def later(self, number, subject, values, inputs):
        """As a call, where an error cannot be raised: it is kept for `check`."""
        try:
            self(subject, values, inputs)
        except (FloatingPointError, ShapeError) as error:
            self.faults.append((number, error))

    def check(self):
        """Raise the first error that was kept; its number is the least."""
        if self.faults:
            _, error = min(self.faults, key=lambda fault: fault[0])
            self.faults.clear()
            raise error


def _nans(value):
    """The number of NaN in an array."""
    floats = np.asarray(value).dtype.kind == "f" or str(value.dtype) == "bfloat16"
    return int(np.isnan(value).sum()) if floats else 0


def _told(subject):
    if isinstance(subject, Node):
        return f"{subject.op.name} in {place(subject)}"
    return subject.name


def _nan_told(subject, value, inputs):
    text = (f"{_told(subject)}: the first NaN of this run; {_nans(value)} of {value.size} values "
            f"of shape {value.shape} are NaN")
    ranges = [f"{x.shape} from {x.min():g} to {x.max():g}" for x in map(np.asarray, inputs)
              if x.size]
    return f"{text}. It was given {', '.join(ranges)}." if ranges else f"{text}."
