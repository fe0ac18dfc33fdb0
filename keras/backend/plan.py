"""From a piece of the graph to a plan: what has to run, in order, for one kind of call.

Planning prunes, puts constants in the place of what is known before the run (the learning
phase, placeholders that are not fed), drops the dead side of a choice, opens composites that
the engine does not run whole, folds constants, and merges equal nodes.
"""
from ..graph.tensor import Constant, Node, Placeholder, Tensor, Variable
from ..graph.walk import ancestors, leaves
from ..ops.control import update
from ..ops.descent import expanded
from ..ops.random import stream_of
from ..ops.recurrent import ONCE


class Plan:
    """What an engine compiles: `inputs` are fed in order, `order` runs, then `updates` are
    written all at once, and `outputs` are handed back. `nested`: it is the body of a loop."""

    nested = False

    def __init__(self, inputs, outputs, updates):
        self.inputs = inputs
        self.outputs = outputs
        self.updates = updates  # nodes of `assign` and `descend`
        # Gradients first: what only metrics and updates need then runs without being recorded.
        found = ancestors([*outputs, *(x for node in updates for x in node.inputs)])
        first = [node.outputs[0] for node in found if node.op.name == "gradients_of"]
        targets = [*first, *outputs, *(x for node in updates for x in node.inputs)]
        self.order = ancestors(targets)
        self.variables = self._variables(targets)

    def _variables(self, targets):
        found = dict.fromkeys(x for x in targets if isinstance(x, Variable))
        for node in [*self.order, *self.updates]:
            found.update((x, None) for x in node.inputs if isinstance(x, Variable))
            if node.op.name == "loop":
                found.update((x, None) for x in node.args[0].plan.variables)
        return list(found)


class PlannedBody:
    """The body of a loop after planning: a plan from (steps, states, captures) to (outputs,
    new states)."""

    def __init__(self, plan, outputs):
        self.plan = plan
        self.outputs = outputs  # how many of the plan's outputs are outputs, not states


class Planner:
    """Rewrites tensors of the graph into tensors of a plan.

    Arguments
        engine: says which composites it keeps whole, and folds constants.
        memo: dict of tensors that are already decided: fed inputs.
        phase: bool, what the learning phase is in this plan.
        opens: function of a node: whether a composite that the engine keeps whole is opened.
    """

    def __init__(self, engine, memo, phase, opens=lambda node: False):
        self.engine = engine
        self.memo = memo
        self.phase = phase
        self.opens = opens
        self.known = {}  # (op, arguments) -> outputs, to merge equal nodes
        self.scalars = {}

    def resolve(self, target):
        """The tensor of the plan for `target`."""
        memo, stack = self.memo, [target]
        while stack:
            x = stack[-1]
            if x in memo:
                stack.pop()
                continue
            if x.node is None:
                memo[x] = self.leaf(x)
                continue
            waiting = [y for y in self.needed(x) if y not in memo]
            if waiting:
                stack.extend(reversed(waiting))
            else:
                self.finish(x)
        return memo[target]

    def update(self, x):
        """The node of the plan that makes the update x."""
        node = x.node
        for y in node.inputs:
            self.resolve(y)
        return self.copied(node, tuple([self.substitute(arg) for arg in node.args]))[0].node

    def leaf(self, x):
        """What stands for a tensor that no node computes."""
        if isinstance(x, Constant):
            return x if x.shape else self.scalar(x)
        if not isinstance(x, Placeholder):
            return x
        if x.static:
            return self.scalar(Constant(self.phase, x.dtype))
        if x.default is None:
            raise ValueError(f"{x.name}, of shape {x.shape}, has to be fed: list it among the "
                             f"inputs of the function, and give it a value.")
        default = Constant(x.default, x.dtype)
        return default if default.shape else self.scalar(default)

    def scalar(self, constant):
        """The one constant for all of this value, so that nodes that use it can be merged."""
        key = (constant.dtype, constant.value.tobytes())
        return self.scalars.setdefault(key, constant)

    def opened(self, node):
        return node.expansion is not None and (
            node.op.name not in self.engine.keeps or self.opens(node))

    def needed(self, x):
        """The tensors to decide before x can be."""
        node = x.node
        if self.opened(node):
            return (node.expansion[x.index],)
        if is_known_shape(node):
            return ()
        if node.op.name == "choose":
            condition = self.memo.get(node.args[0])
            if condition is None:
                return (node.args[0],)
            if isinstance(condition, Constant):
                return (node.args[1 if condition.value else 2],)
        return node.inputs

    def finish(self, x):
        """Decide x, all that it needs being decided."""
        node, memo = x.node, self.memo
        if self.opened(node):
            memo[x] = memo[node.expansion[x.index]]
            return
        if is_known_shape(node):
            memo[x] = Constant(node.args[0].shape, x.dtype)
            return
        if node.op.name == "choose" and isinstance(memo[node.args[0]], Constant):
            memo[x] = memo[node.args[1 if memo[node.args[0]].value else 2]]
            return
        args = tuple([self.substitute(arg) for arg in node.args])
        if node.op.name == "loop":
            args = self.loop(*args)
        for old, new in zip(node.outputs, self.outputs(node, args)):
            memo[old] = new

    def substitute(self, arg):
        if isinstance(arg, Tensor):
            return self.memo[arg]
        if type(arg) is tuple:
            return tuple([self.substitute(part) for part in arg])
        return arg

    def outputs(self, node, args):
        """The outputs of `node` used on `args`: simpler, folded, merged, or new ones."""
        if not node.pure:
            return self.copied(node, args)
        simpler = simplified(node, args)
        if simpler is not None:
            return (simpler,)
        args = mean_of_means(node, args)
        try:
            key = (node.op.name, args)
            found = self.known.get(key)
        except TypeError:  # a parameter that cannot be hashed
            return self.copied(node, args)
        if found is None:
            found = self.copied(node, args)
            if node.inputs and all(isinstance(y, Constant) for y in found[0].node.inputs):
                found = self.folded(found)
            self.known[key] = found
        return found

    def folded(self, outputs):
        values = self.engine.fold(Plan([], list(outputs), []))
        return tuple(self.scalar(c) if not c.shape else c for c in
                     (Constant(value, x.dtype) for value, x in zip(values, outputs)))

    def copied(self, node, args):
        """The outputs of the node itself where nothing changed, else of a copy. One that is run
        whole is copied without its expansion, which would else be run beside it."""
        if "seed" in node.op.names:
            stream_of(node)
        if args == node.args and node.expansion is None:
            return node.outputs
        return copied(node, args)

    def loop(self, body, sequences, states, captures, backwards):
        """The arguments of a loop with the plan of its body, and the captures this one uses;
        captured constants are constants in it."""
        if isinstance(body, PlannedBody):
            return body, sequences, states, captures, backwards
        inner = {x: y if isinstance(y, Constant) else p
                 for x, y, p in zip(body.captures, captures, body.inner)}
        inner.update((x, x) for x in (*body.steps, *body.states, *body.inner))
        nested = Planner(self.engine, inner, self.phase, self.opens)
        outputs = [nested.resolve(x) for x in (*body.outputs, *body.new_states)]
        read = set(leaves(outputs))
        used = [(x, p) for x, p in zip(captures, body.inner) if p in read]
        plan = Plan([*body.steps, *body.states, *(p for _, p in used)], outputs, [])
        return (PlannedBody(plan, len(body.outputs)), sequences, states,
                tuple([x for x, _ in used]), backwards)


def copied(node, args, dtype=None):
    """The outputs of a copy of a node with other arguments.

    Arguments
        node: Node.
        args: its new arguments.
        dtype: of its outputs; None for their own.
    """
    copy = Node(node.op, args, node.op.inputs(dict(zip(node.op.names, args))))
    copy.scope, copy.device, copy.pure = node.scope, node.device, node.pure
    copy.stream = node.stream
    copy.outputs = tuple([Tensor(x.shape, dtype or x.dtype, copy, i)
                          for i, x in enumerate(node.outputs)])
    return copy.outputs


def is_known_shape(node):
    """Whether `node` asks for a shape that is known before the run."""
    return node.op.name == "shape" and None not in node.args[0].shape


NEUTRAL = {"multiply": 1, "divide": 1, "add": 0, "subtract": 0, "pow": 1}


def _is(x, number, beside):
    """Whether x is a single `number` that changes neither values nor shape of `beside`."""
    return (isinstance(x, Constant) and x.value.size == 1 and x.ndim <= beside.ndim
            and x.value.item() == number)


def simplified(node, args):
    """A tensor of `args` or before it that equals the node's output, or None."""
    name = node.op.name
    if name in NEUTRAL:
        x, y = args
        result = node.outputs[0]
        if _is(y, NEUTRAL[name], x) and x.dtype == result.dtype:
            return x
        if name in ("multiply", "add") and _is(x, NEUTRAL[name], y) and y.dtype == result.dtype:
            return y
    elif name == "identity" or name == "cast" and args[0].dtype == args[1]:
        return args[0]
    elif name in ("sum", "average") and not args[0].ndim:
        return args[0]
    return None


def mean_of_means(node, args):
    """The arguments of a mean over everything, which takes a mean below it along."""
    x = args[0] if args else None
    inner = x.node if isinstance(x, Tensor) else None
    if node.op.name == "average" and inner and inner.op.name == "average" and (
            len(args[1]) == x.ndim and not args[2] and not inner.args[2]):
        whole = inner.args[0]
        return whole, tuple(range(whole.ndim)), False
    return args


def planned(engine, inputs, outputs, updates, phase):
    """The plan of a function.

    Arguments
        engine: the engine that is to run it.
        inputs: tensors that are fed; also ones that a node computes.
        outputs, updates: tensors; an update is a tensor made by `K.update...`. One that an
            output depends on is made too, and read as the new value.
        phase: bool, whether the learning phase is training.
    """
    memo, fed = {}, []
    targets = [*outputs, *(x for update in updates for x in update.node.inputs)]
    for x in inputs:
        stand_in = x if isinstance(x, Placeholder) else (
            Placeholder(x.shape, x.dtype, name=x.name[:-2]))
        memo[x] = stand_in
        fed.append(stand_in)
    twice = twice_differentiated(targets)
    planner = Planner(engine, memo, phase, lambda node: twice and node.op.name in ONCE)
    read = [node.outputs[0] for node in ancestors(outputs) if node.op.name == "assign"]
    written = [planner.update(x) for x in dict.fromkeys([*updates, *read])]
    results = [planner.resolve(x) for x in outputs]
    steps = []
    for node in written:
        steps.extend(_opened(engine, planner, node))
    return Plan(fed, results, list(dict.fromkeys(steps)))


def twice_differentiated(targets):
    """Whether some gradient is taken of what another one made."""
    def gradients(tensors):
        return [node for node in ancestors(tensors) if node.op.name == "gradients_of"]

    return any(gradients([node.args[0]]) for node in gradients(targets))


def _opened(engine, planner, node):
    """The updates that `node` stands for: itself, or one per variable where the engine has no
    fused form of an optimizer's step."""
    if node.op.name != "descend" or node.args[0] in engine.steps:
        return [node]
    return [planner.update(update(v, new)) for v, new in expanded(node)]
