"""Connectionist temporal classification: its loss by Graves' forward recursion, its decoders by
NumPy."""
import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.tensor.special import log_softmax

from ...ops import ctc
from .loops import loop
from .lowering import like, lower, lowers

NEVER = -1e30  # the logarithm of no probability; -inf would make NaN gradients


@lowers
def ctc_loss(labels, logits, input_length, label_length):
    """State 2i is the blank before label i, state 2i + 1 that label, of the sequence with blanks
    between all labels and around them."""
    log_p = log_softmax(logits, axis=2)
    labels = labels.astype("int64")
    blanks = pt.full((labels.shape[0], 2 * labels.shape[1] + 1), logits.shape[2] - 1)
    states = blanks[:, 1::2].set(labels)
    # A label may follow the one before it without a blank unless they are equal.
    skips = pt.zeros(states.shape, "bool")[:, 3::2].set(pt.neq(labels[:, 1:], labels[:, :-1]))
    rows = pt.arange(labels.shape[0])[:, None]
    steps = log_p.dimshuffle(1, 0, 2)
    never = like(logits, NEVER)
    start = pt.full(states.shape, never)[:, 0].set(like(logits, 0))
    # Before the first step only a blank or the first label can come: as if from one state earlier.

    def turn(t, given, before, fixed):
        (step,), (before,), (states, skips, rows, length) = given, before, fixed
        by_one = pt.full(before.shape, never)[:, 1:].set(before[:, :-1])
        by_two = pt.full(before.shape, never)[:, 2:].set(before[:, :-2])
        reached = added(added(before, by_one), pt.switch(skips, by_two, never))
        new = pt.maximum(reached + step[rows, states], never)
        return [], [pt.switch((t < length)[:, None], new, before)]

    last, = loop(turn, [], [steps], [start], [states, skips, rows, input_length], False)
    rows, ends = rows[:, 0], 2 * label_length.astype("int64")
    by_blank = last[rows, ends]
    by_label = last[rows, pt.maximum(ends - 1, 0)]
    total = added(by_blank, pt.switch(label_length > 0, by_label, never))
    return pt.switch(total < like(total, NEVER / 2), like(total, np.inf), -total)


def added(x, y):
    """log(exp(x) + exp(y))"""
    top = disconnected_grad(pt.maximum(x, y))
    return top + pt.log(pt.exp(x - top) + pt.exp(y - top))


class Decoded(Op):
    """What a decoder in NumPy makes of logits and lengths: labels (samples, longest), several
    times, and a matrix of floats."""

    __props__ = ("function", "params", "paths")

    def __init__(self, function, params, paths):
        self.function = function
        self.params = params
        self.paths = paths

    def make_node(self, logits, lengths):
        """As `Op.make_node`."""
        outputs = [pt.lmatrix() for _ in range(self.paths)]
        return Apply(self, [logits, lengths], [*outputs, pt.matrix(dtype=logits.dtype)])

    def perform(self, node, inputs, output_storage):
        """As `Op.perform`."""
        found = self.function(*inputs, *self.params)
        for cell, value, x in zip(output_storage, found, node.outputs):
            cell[0] = np.asarray(value, x.type.dtype)


lower["ctc_best_path"] = lambda logits, lengths: Decoded(ctc.best_path, (), 1)(logits, lengths)
lower["ctc_beams"] = lambda logits, lengths, width, paths: Decoded(
    ctc.beam_search, (width, paths), paths)(logits, lengths)
