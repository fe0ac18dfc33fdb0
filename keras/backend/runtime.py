"""The one gate to execution: `K.function`, and what is built on it."""
import threading
import weakref

import numpy as np

from ..graph.declare import as_tensor
from ..graph.errors import ShapeError
from ..graph.shapes import product
from ..graph.tensor import Placeholder, Tensor, Variable
from ..graph.walk import leaves
from ..graph.walk import variables as variables_of
from ..ops.control import update
from ..ops.random import random_nodes, stream_of
from .debug import show
from .engines import engine
from .mixed import mixed
from .plan import planned

lock = threading.RLock()  # plans and first values of variables are made by one thread at a time
ALIGNMENT = 64  # bytes
alive = weakref.WeakSet()  # the functions that somebody holds
listing = threading.Lock()  # of `alive`, which must not grow while it is gone through


# Functions


class Function:
    """A compiled piece of the graph; see `function`. `half`: the dtype of its products where that
    is another than float32 (mixed.py)."""

    def __init__(self, inputs, outputs, updates, name=None, half=None):
        self.inputs = inputs
        self.outputs = outputs
        self.updates = updates
        self.name = name
        self.half = half
        self.fed = [x for x in inputs if isinstance(x, Tensor) and not is_static(x)]
        self.phase_at = [i for i, x in enumerate(inputs) if not isinstance(x, Tensor)
                         or is_static(x)]
        self.plans = {}
        self.shorter = {}  # number of inputs -> the same function of so many of them
        with listing:
            alive.add(self)

    def __call__(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            raise TypeError(f"{self.label}: the inputs are a list, one value for each of "
                            f"{[x.name for x in self.fed]}; given {type(inputs).__name__}.")
        if len(inputs) != len(self.inputs):
            return self.of_first(len(inputs))(inputs)
        phase = 0
        if self.phase_at:
            phase = np.asarray(inputs[self.phase_at[-1]]).reshape(()).item()
            inputs = [v for i, v in enumerate(inputs) if i not in self.phase_at]
        return self.values(inputs, bool(phase))

    def of_first(self, count):
        """The same function of its first inputs alone: the rest may be left out where nothing
        is computed from it, as targets, or it is the learning phase."""
        rest = self.inputs[count:]
        read = set(leaves([*self.outputs, *self.updates]))
        if not rest or any(x in read and not is_static(x) for x in rest):
            names = [getattr(x, "name", "the learning phase") for x in self.inputs]
            raise ValueError(f"{self.label}: {len(self.inputs)} inputs expected, {count} given. It "
                             f"takes, in this order, {names}; at the end may be left out what "
                             f"nothing is computed from.")
        if count not in self.shorter:
            self.shorter[count] = Function(self.inputs[:count], self.outputs, self.updates,
                                           self.name, self.half)
        return self.shorter[count]

    def values(self, arrays, phase):
        """The outputs as NumPy arrays, for arrays in the order of `fed` and a learning phase."""
        run = self.plans.get(phase) or self.compiled(phase)
        feed, fetch = engine().feed, engine().fetch
        fed = [feed(value, x) for value, x in zip(arrays, self.fed)]
        with engine().running(run, len(fed[0]) if fed and fed[0].ndim else 1):
            results = run(*fed)
        return [fetch(value, x) for value, x in zip(results, self.outputs)]

    def variables(self):
        """All variables that it reads or writes, in an order that is the same in each process."""
        return variables_of([*self.outputs, *self.updates])

    def streams(self):
        """The random streams that it draws from, likewise."""
        nodes = random_nodes([*self.outputs, *self.updates])
        return list(dict.fromkeys(stream_of(node) for node in nodes))

    @property
    def label(self):
        return self.name or "this function"

    def plan(self, phase):
        """The compiled plan for a learning phase: engine arrays in, a tuple of them out."""
        run = self.plans.get(phase)
        return self.compiled(phase) if run is None else run

    def compiled(self, phase):
        with lock:
            plan = planned(engine(), self.fed, self.outputs, self.updates, phase)
            if self.half:
                plan = mixed(plan, self.half)
            show(plan, self.label, phase)
            initialize(plan.variables)
            run = self.plans[phase] = engine().compile(plan)
        return run


def forget_plans():
    """Drop what is compiled; a function that is called again compiles anew."""
    with listing:
        known = list(alive)
    with lock:
        for one in known:
            one.plans.clear()


def is_static(x):
    """Whether x is a placeholder whose value picks the plan: the learning phase."""
    return isinstance(x, Placeholder) and x.static


def function(inputs, outputs, updates=None, **kwargs):
    """A function of the graph that can be called with arrays.

    Arguments
        inputs: list of placeholders (or other tensors of the graph), what is fed.
        outputs: list of tensors, what is returned as NumPy arrays.
        updates: list of updates (`K.update`, or pairs (variable, new value)): all new values
            are computed before any variable changes.
        kwargs: `name`, for messages; `half`, 'float16' or 'bfloat16' to make products and
            convolutions of float32 in that dtype; `options` and `run_metadata` of TensorFlow's
            sessions, which have no effect.

    Returns
        callable: takes a list of arrays, returns a list of arrays.

    Raises
        ValueError: for other keyword arguments.
    """
    name, half = kwargs.pop("name", None), kwargs.pop("half", None)
    unknown = sorted(kwargs.keys() - {"options", "run_metadata"})
    if unknown:
        raise ValueError(f"K.function takes inputs, outputs, updates, name and half; "
                         f"given {', '.join(unknown)} too.")
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("`inputs` to a backend function is a list or tuple.")
    single = isinstance(outputs, Tensor)
    outputs = [outputs] if single else list(outputs or [])
    for x in outputs:
        if not isinstance(x, Tensor):
            raise TypeError(f"K.function: outputs are tensors; given {x!r}.")
    return Function(list(inputs), outputs, [_update(u) for u in updates or []], name, half)


def _update(entry):
    if isinstance(entry, (tuple, list)):
        return update(*entry)
    return entry


def initialize(variables):
    """Give each variable that has no value yet its first one."""
    waiting = [v for v in dict.fromkeys(variables) if v.value is None]
    symbolic = [v for v in waiting if isinstance(v.initial, Tensor)]
    if symbolic:
        needed = variables_of([v.initial for v in symbolic])
        initialize([v for v in needed if v not in set(symbolic)])
        first = Function([], [v.initial for v in symbolic], [])
        for v, value in zip(symbolic, first([])):
            v.initial = value
    for v in waiting:
        engine().write(v, v.initial)
        v.initial = None


# Values


def eval(x):
    """The value of a tensor that needs nothing fed.

    Arguments
        x: tensor or variable.

    Returns
        NumPy array, or NumPy scalar.  Source: Keras 2.1.6 manual, Backend.
    """
    if isinstance(x, Variable):
        return get_value(x)
    return Function([], [as_tensor(x)], [])([])[0]


def get_value(x):
    """The value of a variable.

    Arguments
        x: variable.

    Returns
        NumPy array, a copy.
    """
    if not isinstance(x, Variable):
        return eval(x)
    with lock:
        initialize([x])
    return engine().read(x)


def value_view(x):
    """The value of a variable, to be looked at before anything runs: it may be the variable's own
    memory, not a copy.

    Arguments
        x: variable.

    Returns
        NumPy array; it is not to be written.
    """
    with lock:
        initialize([x])
    own = engine().memory(x)
    return engine().read(x) if own is None else own


def batch_get_value(ops):
    """The values of several variables.

    Arguments
        ops: list of variables; other tensors among them are computed, all in one run.

    Returns
        list of NumPy arrays, copies.
    """
    computed = [x for x in ops if not isinstance(x, Variable)]
    values = iter(Function([], computed, [])([]) if computed else ())
    with lock:
        initialize([x for x in ops if isinstance(x, Variable)])
    read = engine().read
    return [read(x) if isinstance(x, Variable) else next(values) for x in ops]


def set_value(x, value):
    """Set a variable.

    Arguments
        x: variable.
        value: array of its shape, or a number.
    """
    value = np.asarray(value)
    if value.shape != x.shape:
        raise ShapeError(f"set_value: {x.name} has shape {x.shape}; given {value.shape}.")
    with lock:
        if x.value is None:
            x.initial = None
        engine().write(x, value.astype(x.dtype, copy=False))


def fill_value(x, fill):
    """Set a variable without a copy: `fill` writes its memory, or such as it can take as its own.

    Arguments
        x: variable.
        fill: function of an array of its shape and dtype that sets all its elements.
    """
    with lock:
        own = None if x.value is None else engine().memory(x)
        if own is not None and own.flags.writeable:
            fill(own)
            return
        value = aligned(x.shape, np.dtype(x.dtype))
        fill(value)
        x.initial = None
        engine().take(x, value)


def aligned(shape, dtype):
    """An array, not filled yet, that begins where every engine can take its memory."""
    size = product(shape) * dtype.itemsize
    memory = np.empty(size + ALIGNMENT, "uint8")
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start:start + size].view(dtype).reshape(shape)


def batch_set_value(tuples):
    """Set several variables.

    Arguments
        tuples: list of pairs (variable, array).
    """
    for x, value in tuples:
        set_value(x, value)
