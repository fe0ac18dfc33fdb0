"""Loops by PyTensor's scan."""
import pytensor
import pytensor.tensor as pt

from .lowering import lowers, sizes
from .modes import mode


@lowers
def loop(body, outputs, sequences, states, given, backwards):
    """The results of `ops.loops.loop`.

    Arguments
        body: function of (number of the turn, steps, states, given) that gives (outputs, new
            states).
        outputs: for each output whether it is wanted from all turns and whether from the last.
        sequences, states: as those of the op.
        given: what does not change from turn to turn.
        backwards: begin with the last step.
    """
    wanted = [any(uses) for uses in outputs]
    if sequences[0].type.shape[0] == 0:
        return (*none(body, sequences, states, given), *states)
    if not states and not any(wanted):
        return [None] * 2 * len(outputs)
    first, rest = 1 + len(sequences), 1 + len(sequences) + len(states)

    def turn(number, *args):
        args = number, *args
        results, new = body(number, args[1:first], args[first:rest], args[rest:])
        new = [alike(n, b) for n, b in zip(new, args[first:])]
        return [*new, *(y for y, use in zip(results, wanted) if use)]

    order = slice(None, None, -1 if backwards else None)
    found = pytensor.scan(
        turn, [pt.arange(sequences[0].shape[0]), *(x[order] for x in sequences)],
        [*states, *[None] * sum(wanted)], given, mode=mode(), strict=True, return_list=True,
        return_updates=False)
    results = iter(found[len(states):])
    every = [next(results) if use else None for use in wanted]
    last = [y[-1] if use else None for y, (_, use) in zip(every, outputs)]
    return (*every, *last, *(x[-1] for x in found[:len(states)]))


def none(body, sequences, states, given):
    """The outputs of no turn, and zeros for those of the last one."""
    steps = [pt.zeros(x.shape[1:], x.dtype) for x in sequences]
    results, _ = body(pt.constant(0), steps, states, given)
    return (*(pt.zeros((0, *y.shape), y.dtype) for y in results),
            *(pt.zeros(y.shape, y.dtype) for y in results))


@lowers
def cumprod(x, axis):
    """Step by step: the derivative of PyTensor's own divides by x."""
    x = pt.moveaxis(x, axis, 0)
    every, *_ = loop(lambda number, steps, states, given: ([steps[0] * states[0]],) * 2,
                     [(True, False)], [x], [pt.ones(sizes(x)[1:], x.dtype)], [], False)
    return pt.moveaxis(every, 0, axis)


def alike(new, state):
    """A new state with the static shape of the old one, which it has."""
    if new.type == state.type:
        return new
    return pt.specify_shape(new, [theirs if ours is None else None for ours, theirs in zip(
        new.type.shape, state.type.shape)])
