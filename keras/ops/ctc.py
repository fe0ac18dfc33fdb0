"""Connectionist temporal classification: sequences of labels without their places in time.

The blank is the last class. Source: Graves et al. 2006; Keras 2.1.6 manual, Backend. The
decoders run in NumPy, the same for every engine.
"""
import numpy as np

from ..config import epsilon
from ..graph import ShapeError, Tensor, composite, primitive
from .control import where
from .elementwise import cast, equal, exp, less, log, maximum, not_equal, stop_gradient
from .linear import matrices
from .loops import looped
from .nn import log_softmax, pick
from .reduction import sum
from .shaping import (
    arange,
    concatenate,
    expand_dims,
    permute_dimensions,
    reshape,
    shape,
    zeros_like,
)

NEVER = -1e30  # the logarithm of no probability; -inf would make NaN gradients


def _column(x, op, argument):
    """Lengths (samples,) or (samples, 1) as integers (samples,)."""
    if x.ndim not in (1, 2) or x.ndim == 2 and x.shape[1] not in (1, None):
        raise ShapeError(f"{op}: {argument} has shape (samples, 1) or (samples,); "
                         f"given {x.shape}.")
    return cast(reshape(x, (-1,)) if x.ndim == 2 else x, "int64")


def _checked(op, y_pred):
    if y_pred.ndim != 3:
        raise ShapeError(f"{op}: y_pred has shape (samples, time, classes); given {y_pred.shape}.")
    return log(y_pred + epsilon())


def ctc_label_dense_to_sparse(labels, label_lengths):
    """The labels of each row up to its length, as a sparse tensor.

    Arguments
        labels: integers (samples, length).
        label_lengths: integers (samples,) or (samples, 1).
    """
    labels = up_to_length(labels, label_lengths)
    labels.sparse = True
    return labels


@composite
def up_to_length(labels: Tensor, label_lengths: Tensor):
    """The labels of each row, zeros after its length.

    Arguments
        labels: integers (samples, length).
        label_lengths: integers (samples,) or (samples, 1).
    """
    lengths = expand_dims(_column(label_lengths, "ctc_label_dense_to_sparse", "label_lengths"), 1)
    places = cast(arange(shape(labels)[1]), "int64")
    return where(less(places, lengths), labels, zeros_like(labels))


@composite
def ctc_loss(labels: Tensor, logits: Tensor, input_length: Tensor, label_length: Tensor):
    """Minus the log probability of all alignments of the labels; infinite where there is none.

    Arguments
        labels: integers (samples, length).
        logits: tensor (samples, time, classes), what softmax would be applied to.
        input_length: integers (samples,), the steps that count.
        label_length: integers (samples,), the labels that count.

    Graves' forward recursion: `blank` holds the log probabilities of being in the blank before
    each label and after the last one, `label` those of being in each label.
    """
    log_p = log_softmax(logits)
    classes = cast(arange(shape(logits)[2]), labels.dtype)
    mine = cast(equal(expand_dims(labels, 1), expand_dims(classes, 1)), logits.dtype)
    of_labels = permute_dimensions(matrices(log_p, mine), (1, 0, 2))
    of_blanks = permute_dimensions(log_p[:, :, -1:], (1, 0, 2))
    never = cast(zeros_like(labels), logits.dtype) + NEVER
    column = zeros_like(sum(logits, (1, 2), True)[:, 0])
    # A label may follow the one before it without a blank unless they are equal.
    skips = not_equal(labels[:, 1:], labels[:, :-1])

    def turn(steps, states):
        p_label, p_blank, t = steps
        blank, label = states
        before = concatenate([column + NEVER, label], 1)
        jump = concatenate([never[:, :1], where(skips, label[:, :-1], never[:, 1:])], 1)
        new = (_either(blank, before) + p_blank,
               _either(_either(label, blank[:, :-1]), jump) + p_label)
        counts = expand_dims(less(t, input_length), 1)
        return [], [where(counts, n, s) for n, s in zip(new, states)]

    steps = [of_labels, of_blanks, cast(arange(shape(logits)[1]), input_length.dtype)]
    blank, label = looped(turn, steps, [concatenate([column, never], 1), never])[2]
    ends = [blank, concatenate([column + NEVER, label], 1)]
    total = _either(*(pick(x, cast(label_length, "int64")) for x in ends))
    return where(less(total, NEVER / 2), zeros_like(total) + np.inf, -total)


def _either(x, y):
    """log(exp(x) + exp(y))"""
    top = stop_gradient(maximum(x, y))
    return top + log(exp(x - top) + exp(y - top))


@composite
def ctc_batch_cost(y_true: Tensor, y_pred: Tensor, input_length: Tensor, label_length: Tensor):
    """The CTC loss of each sample: minus the log probability of all alignments of its labels.

    Arguments
        y_true: tensor (samples, length), the labels.
        y_pred: tensor (samples, time, classes), probabilities; the last class is the blank.
        input_length: tensor (samples, 1), the steps of y_pred that count.
        label_length: tensor (samples, 1), the labels of y_true that count.

    Shapes    -> (samples, 1)
    """
    op = "ctc_batch_cost"
    cost = ctc_loss(cast(y_true, "int64"), _checked(op, y_pred),
                    _column(input_length, op, "input_length"),
                    _column(label_length, op, "label_length"))
    return expand_dims(cost, 1)


# Decoders


@primitive(differentiable=False)
def ctc_best_path(logits: Tensor, input_length: Tensor):
    """The best class of each step, repeats merged, blanks taken out.

    Arguments
        logits: tensor (samples, time, classes), logarithms of probabilities.
        input_length: integers (samples,).

    Returns
        labels (samples, longest), -1 after the end; minus the sum of the best logits.
    """
    return [((logits.shape[0], None), "int64"), ((logits.shape[0], 1), logits.dtype)]


@primitive(differentiable=False)
def ctc_beams(log_probabilities: Tensor, input_length: Tensor, beam_width, top_paths):
    """The most probable labelings, found by a search that keeps `beam_width` prefixes.

    Arguments
        log_probabilities: tensor (samples, time, classes).
        input_length: integers (samples,).
        beam_width: int.
        top_paths: int, the number of labelings.

    Returns
        for each path labels (samples, longest), -1 after the end; then their log probabilities
        (samples, top_paths).
    """
    rows = log_probabilities.shape[0]
    return [((rows, None), "int64")] * top_paths + [((rows, top_paths), log_probabilities.dtype)]


def ctc_decode(y_pred, input_length, greedy=True, beam_width=100, top_paths=1):
    """The labels that probabilities speak for.

    Arguments
        y_pred: tensor (samples, time, classes), probabilities; the last class is the blank.
        input_length: tensor (samples,), the steps of y_pred that count.
        greedy: take the best class of each step; otherwise search for the most probable labels.
        beam_width: int, the prefixes that the search keeps.
        top_paths: int, how many labelings the search returns, at most `beam_width`.

    Returns
        (list of integer tensors (samples, longest), filled up with -1, one for each path;
        their log probabilities (samples, paths); with `greedy` minus that of the best path).
    """
    op = "ctc_decode"
    if not greedy and not 1 <= top_paths <= beam_width:
        raise ValueError(f"{op}: 1 <= top_paths <= beam_width; given top_paths={top_paths}, "
                         f"beam_width={beam_width}.")
    logits = _checked(op, y_pred)
    lengths = _column(input_length, op, "input_length")
    if greedy:
        labels, scores = ctc_best_path(logits, lengths)
        return [labels], scores
    *paths, scores = ctc_beams(log_softmax(logits), lengths, beam_width, top_paths)
    return paths, scores


def _rows(sequences):
    """Sequences as rows of an array, filled up with -1."""
    rows = np.full((len(sequences), max(map(len, sequences), default=0)), -1, "int64")
    for row, sequence in zip(rows, sequences):
        row[:len(sequence)] = sequence
    return rows


def best_path(logits, lengths):
    """What `ctc_best_path` computes, in NumPy."""
    samples, steps, classes = logits.shape
    counts = np.arange(steps) < lengths[:, None]
    best = logits.argmax(2) if steps else np.zeros((samples, 0), "int64")
    repeated = np.zeros_like(counts)
    repeated[:, 1:] = best[:, 1:] == best[:, :-1]
    kept = counts & ~repeated & (best != classes - 1)
    scores = -np.where(counts, logits.max(2, initial=-np.inf), 0).sum(1, keepdims=True)
    return _rows([labels[k] for labels, k in zip(best, kept)]), scores.astype(logits.dtype)


class Prefixes:
    """The tree of the labelings that a search has met: a number for each, 0 for the empty one."""

    def __init__(self):
        self.parents = [-1]
        self.labels = [-1]
        self.numbers = {}

    def extended(self, prefix, label):
        """The number of `prefix` with one more label."""
        number = self.numbers.setdefault((prefix, label), len(self.parents))
        if number == len(self.parents):
            self.parents.append(prefix)
            self.labels.append(label)
        return number

    def written(self, prefix):
        """The labels of a prefix."""
        labels = []
        while prefix:
            labels.append(self.labels[prefix])
            prefix = self.parents[prefix]
        return labels[::-1]


def beams(log_p, width, paths):
    """The `paths` most probable labelings of one sample (time, classes), and their logarithms.

    A prefix has two probabilities: of alignments that end in a blank, and in its last label.
    """
    tree, alive = Prefixes(), np.zeros(1, "int64")
    by_blank, by_label = np.zeros(1), np.full(1, -np.inf)
    for now in log_p.astype("float64"):
        labels, blank = now[:-1], now[-1]
        last = np.array([tree.labels[p] for p in alive])
        total = np.logaddexp(by_blank, by_label)
        longer = total[:, None] + labels
        ends = np.flatnonzero(last >= 0)
        # A label twice in a row needs a blank between.
        longer[ends, last[ends]] = by_blank[ends] + labels[last[ends]]
        stay = np.where(last >= 0, by_label + labels[last], -np.inf)
        place = {p: i for i, p in enumerate(alive.tolist())}
        for i in ends:  # a prefix that is also reached from its parent
            parent = place.get(tree.parents[alive[i]])
            if parent is not None:
                stay[i] = np.logaddexp(stay[i], longer[parent, last[i]])
                longer[parent, last[i]] = -np.inf
        blanks = total + blank
        scores = np.concatenate([np.logaddexp(blanks, stay), longer.ravel()])
        best = np.argsort(-scores, kind="stable")[:width]
        best = best[scores[best] > -np.inf]
        old, new = best[best < len(alive)], best[best >= len(alive)] - len(alive)
        grown = [tree.extended(alive[i], c) for i, c in zip(*np.divmod(new, len(labels)))]
        by_blank = np.concatenate([blanks[old], np.full(len(new), -np.inf)])
        by_label = np.concatenate([stay[old], longer.ravel()[new]])
        alive = np.concatenate([alive[old], np.array(grown, "int64")])
    total = np.logaddexp(by_blank, by_label)
    best = np.argsort(-total, kind="stable")[:paths]
    return [tree.written(alive[i]) for i in best], total[best]


def beam_search(log_p, lengths, width, paths):
    """What `ctc_beams` computes, in NumPy."""
    scores = np.full((len(log_p), paths), -np.inf, log_p.dtype)
    found = []
    for row, p, n in zip(scores, log_p, lengths):
        labelings, values = beams(p[:n], width, paths)
        row[:len(values)] = values
        found.append(labelings + [[]] * (paths - len(labelings)))
    return (*(_rows([labelings[i] for labelings in found]) for i in range(paths)), scores)
