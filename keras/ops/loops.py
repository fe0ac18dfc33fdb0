"""Loops: `rnn`, `map_fn`, `foldl` and `foldr`, over the one primitive `loop`.

The function that is repeated is called once, on placeholders; what it uses from outside is
captured, what does not change from turn to turn is computed once, before the loop.
"""
from ..graph import Constant, DtypeError, Placeholder, ShapeError, Tensors, as_tensor, primitive
from ..graph.nested import leaves, packed
from ..graph.shapes import merged
from ..graph.tensor import serial
from ..graph.walk import ancestors
from .control import where
from .elementwise import cast, identity
from .shaping import expand_dims, full, permute_dimensions, shape, squeeze, stack, zeros_like


class Body:
    """The graph of one turn of a loop: its inputs, its outputs, and the outer tensors it uses.

    `function` is called with two lists of placeholders, a step of each of `sequences` and the
    `states`; it returns the lists (outputs, new states). It may lengthen the list of states.
    """

    def __init__(self, function, sequences, states):
        self.steps = [Placeholder(x.shape[1:], x.dtype, "step") for x in sequences]
        self.states = [Placeholder(s.shape, s.dtype, "state") for s in states]
        self.pure = True
        mark = next(serial)
        self.outputs, self.new_states = function(list(self.steps), self.states)
        self.check()
        self.captures = self.outer([*self.outputs, *self.new_states], mark)
        self.inner = [Placeholder(x.shape, x.dtype, "captured") for x in self.captures]

    def check(self):
        """States keep their number and dtypes."""
        if len(self.states) != len(self.new_states):
            raise ValueError(f"a loop with {len(self.states)} states: each turn must return as "
                             f"many new ones; it returned {len(self.new_states)}.")
        for i, (old, new) in enumerate(zip(self.states, self.new_states)):
            if old.dtype != new.dtype:
                raise DtypeError(f"a loop's state {i} is {old.dtype} before a turn and {new.dtype} "
                                 f"after it; cast one of them (K.cast).")

    def outer(self, results, mark):
        """The tensors that do not change from turn to turn, as seen from those that do."""
        order = ancestors(results)
        moving = {*self.steps, *self.states}
        for node in order:
            if node.op.name in ("assign", "descend"):
                raise ValueError("a loop's body cannot update variables; return the new value "
                                 "as a state instead.")
            fresh = not node.pure and node.serial > mark
            self.pure = self.pure and not fresh
            if fresh or not moving.isdisjoint(node.expansion or node.inputs):
                moving.update(node.outputs)
        used = dict.fromkeys(x for node in order if node.outputs[0] in moving
                             for x in node.expansion or node.inputs if x not in moving)
        used.update((x, None) for x in results if x not in moving)
        return [x for x in used if not isinstance(x, Constant)]


@primitive
def loop(body, sequences: Tensors, states: Tensors = (), captures: Tensors = (),
         backwards=False):
    """Run a body over the first axis of some sequences.

    Arguments
        body: Body.
        sequences: tensors whose first axis is that of the turns.
        states: what the first turn gets; each turn hands new ones to the next.
        captures: the outer tensors that the body uses.
        backwards: begin with the last step.

    Returns
        for each output of the body those of all turns, the axis of turns first, in the order of
        the turns; then that of the last turn, for each (zeros if there was no turn); then the
        last states.
    """
    lengths = [(x.shape[0],) for x in sequences]
    steps, = merged("loop: the numbers of steps", *lengths)
    last = [(y.shape, y.dtype) for y in body.outputs]
    return ([((steps, *size), dtype) for size, dtype in last] + last
            + [(merged(f"loop: state {i} before and after a turn", s.shape, n.shape), n.dtype)
               for i, (s, n) in enumerate(zip(states, body.new_states))])


def looped(function, sequences, states, backwards=False):
    """Lists (outputs of all turns, last outputs, last states) of a loop over `function`.

    `states` are the first ones; where `function` lengthens its own list, so must it this one.
    """
    body = Body(function, sequences, states)
    results = loop(body, sequences, states, body.captures, backwards)
    results[0].node.pure = body.pure
    count = len(body.outputs)
    return results[:count], results[count:2 * count], list(results[2 * count:])


def _listed(value):
    """The tensors of `value`, one or a list of them, as a list."""
    return [as_tensor(x) for x in (value if isinstance(value, (list, tuple)) else [value])]


# Recurrent networks


def _turned(x):
    """x with its first two axes exchanged."""
    return permute_dimensions(x, (1, 0, *range(2, x.ndim)))


def _kept(keep, new, old):
    """Rows of `new` where `keep` (samples,) holds, of `old` elsewhere."""
    while keep.ndim < new.ndim:
        keep = expand_dims(keep)
    return where(keep, new, old)


def _stands_in(state, output):
    """Whether a state can stand in for an output: equal shapes, as far as they are known."""
    return state.ndim == output.ndim and state.dtype == output.dtype and all(
        None in pair or pair[0] == pair[1] for pair in zip(state.shape, output.shape))


def _zeros(output, x):
    """Zeros in the shape of `output`, one row for each sample of x."""
    if None in output.shape[1:]:
        raise ShapeError(f"rnn: with a mask, and a first state that is not the output, the sizes "
                         f"of the output must be known; it has shape {output.shape}.")
    rows = shape(x)[0] if output.shape[0] is None else output.shape[0]
    return full((rows, *output.shape[1:]), 0, output.dtype)


def _steps_of_mask(mask, x):
    """A mask (samples, time) or (samples, time, 1) as bools (samples, time)."""
    mask = as_tensor(mask)
    if mask.ndim == 3 and mask.shape[2] in (1, None):
        mask = squeeze(mask, 2)
    if mask.ndim != 2:
        raise ShapeError(f"rnn: the mask has shape (samples, time) or (samples, time, 1); given "
                         f"{mask.shape} for inputs of shape {x.shape}.")
    return cast(mask, "bool")


def rnn(step_function, inputs, initial_states, go_backwards=False, mask=None, constants=None,
        unroll=False, input_length=None):
    """A step repeated along time, each turn with the states that the one before it left.

    Arguments
        step_function: called once (with `unroll`: at each step) with the inputs of a step,
            (samples, ...), and the list of states and constants; returns (output, new states).
            An output may be a tensor, or several in lists, tuples and dicts (Keras 2.2).
        inputs: tensor (samples, time, ...) of at least 3 axes, or several of them in lists,
            tuples and dicts; the step gets its own in the same arrangement.
        initial_states: list of tensors (samples, ...), or of lists, tuples and dicts of them.
            With a mask the first one is to be the output of the step before.
        go_backwards: go from the last step to the first; the outputs stay in that order.
        mask: tensor (samples, time) or (samples, time, 1), or None. Where it is 0 the states
            stay as they are, and the output is the first state; if that has another shape, or
            with `unroll`, the output before it, zeros at the first step.
        constants: list of tensors that each step gets.
        unroll: write the steps out one by one; their number must be known.
        input_length: int, the number of steps where the shape does not tell it.

    Returns
        (last output, outputs (samples, time, ...), list of the last states), arranged as the
        step does.

    Raises
        ValueError: for inputs of less than 3 axes; for `unroll` with an unknown number of
            steps; for a mask without states.

    Source: Keras 2.1.6 manual, Backend.
    """
    xs = [as_tensor(x) for x in leaves(inputs)]
    if not isinstance(initial_states, (list, tuple)):
        initial_states = [initial_states]
    states = [as_tensor(x) for x in leaves(initial_states)]
    for x in xs:
        if x.ndim < 3:
            raise ShapeError(f"rnn: inputs have at least 3 axes (samples, time, ...); given "
                             f"shape {x.shape}.")
    if mask is not None and not states:
        raise ValueError("rnn: a mask needs states, as the output of a masked step is the first "
                         "of them; give initial_states, or no mask.")
    mask = None if mask is None else _steps_of_mask(mask, xs[0])
    form = None  # the arrangement of an output

    def step(steps, states):
        nonlocal form
        form, new = step_function(packed(inputs, steps),
                                  [*packed(initial_states, states), *(constants or ())])
        return [as_tensor(y) for y in leaves(form)], [as_tensor(y) for y in leaves(list(new))]

    last, outputs, states = _stepped(step, xs, states, mask, go_backwards, unroll, input_length)
    return packed(form, last), packed(form, outputs), list(packed(initial_states, states))


def _stepped(step, xs, states, mask, backwards, unroll, input_length):
    """Lists (last outputs, outputs of all steps, last states) of `rnn`."""
    count = input_length if xs[0].shape[1] is None else xs[0].shape[1]
    if unroll and count is None:
        raise ValueError(f"rnn: unroll needs a known number of steps; the inputs have shape "
                         f"{xs[0].shape}. Give the layer a fixed input_shape, or leave unroll out.")
    if not unroll or not count:  # or there is nothing to write out
        return _recurrence(step, xs, states, mask, backwards)
    return _unrolled(step, xs, states, mask, range(count)[::-1] if backwards else range(count))


def _recurrence(step, xs, states, mask, backwards):
    """`rnn` as a loop."""
    states = list(states)
    count = len(states)

    def turn(steps, before):
        outputs, new = step(steps[:len(xs)], before[:])
        if mask is None:
            return outputs, new
        stand_ins = before[:1]
        if len(outputs) > 1 or not _stands_in(before[0], outputs[0]):
            stand_ins = [Placeholder(y.shape, y.dtype, "output") for y in outputs]
            states.extend(_zeros(y, xs[0]) for y in outputs)
            before.extend(stand_ins)
            new.extend(outputs)
        return ([_kept(steps[-1], y, s) for y, s in zip(outputs, stand_ins)],
                [_kept(steps[-1], n, s) for n, s in zip(new, before)])

    sequences = [_turned(x) for x in (*xs, *([] if mask is None else [mask]))]
    outputs, last, states = looped(turn, sequences, states, backwards)
    return last, [_turned(y) for y in outputs], states[:count]


def _unrolled(step, xs, states, mask, times):
    """`rnn` as one step after the other."""
    turns = []
    for t in times:
        outputs, new = step([x[:, t] for x in xs], states)
        if mask is not None:
            before = turns[-1] if turns else [zeros_like(y) for y in outputs]
            outputs = [_kept(mask[:, t], y, b) for y, b in zip(outputs, before)]
            new = [_kept(mask[:, t], n, s) for n, s in zip(new, states)]
        turns.append(outputs)
        states = new
    return turns[-1], [stack(ys, 1) for ys in zip(*turns)], states


# Functions over the first axis


def map_fn(fn, elems, name=None, dtype=None):
    """A function of each slice along the first axis, the results stacked.

    Arguments
        fn: called once with a slice of `elems`, or a list of slices; returns a tensor, or a
            list of tensors.
        elems: tensor, or list of tensors with equally long first axes.
        name: string, the name of the result.
        dtype: of the result; None for that of what `fn` returns.

    Returns
        tensor, or a list of them if `fn` returns one.  Source: Keras 2.1.6 manual, Backend.
    """
    several = isinstance(elems, (list, tuple))
    one = True

    def turn(steps, states):
        nonlocal one
        result = fn(steps if several else steps[0])
        one = not isinstance(result, (list, tuple))
        return [y if dtype is None else cast(y, dtype) for y in _listed(result)], []

    xs = _listed(elems)
    _check_elems("map_fn", xs)
    results, _, _ = looped(turn, xs, [])
    return identity(results[0], name=name) if one else list(results)


def _check_elems(op, xs):
    for x in xs:
        if not x.ndim:
            raise ShapeError(f"{op}: elems has no axis to go along; given a scalar.")


def _fold(op, fn, elems, initializer, name, backwards):
    elems = as_tensor(elems)
    _check_elems(op, [elems])
    if initializer is None and elems.shape[0] == 0:
        raise ShapeError(f"{op}: elems is empty, shape {elems.shape}; give an initializer.")
    if initializer is None:
        start, rest = (elems[-1], elems[:-1]) if backwards else (elems[0], elems[1:])
    else:
        start, rest = as_tensor(initializer, elems.dtype), elems

    def turn(steps, states):
        return [], [as_tensor(fn(states[0], steps[0]), states[0].dtype)]

    _, _, states = looped(turn, [rest], [start], backwards)
    return identity(states[0], name=name)


def foldl(fn, elems, initializer=None, name=None):
    """fn(fn(fn(start, elems[0]), elems[1]), ...), from the first element to the last.

    Arguments
        fn: called once with (accumulator, element); returns the new accumulator.
        elems: tensor; its elements lie along the first axis.
        initializer: the first accumulator; None for elems[0].
        name: string, the name of the result.

    Source: Keras 2.1.6 manual, Backend.
    """
    return _fold("foldl", fn, elems, initializer, name, backwards=False)


def foldr(fn, elems, initializer=None, name=None):
    """As `foldl`, from the last element to the first.

    Arguments
        fn: called once with (accumulator, element); returns the new accumulator.
        elems: tensor; its elements lie along the first axis.
        initializer: the first accumulator; None for elems[-1].
        name: string, the name of the result.
    """
    return _fold("foldr", fn, elems, initializer, name, backwards=True)
