"""Connectionist temporal classification (Graves et al. 2006). The blank is the last class."""

import itertools

import numpy as np

from .arrays import EPSILON, array


def ctc_label_dense_to_sparse(labels, label_lengths):
    """What the sparse tensor holds: each row's labels up to its length, zeros after it."""
    labels = array(labels)
    lengths = np.asarray(label_lengths, "int64").reshape(-1, 1)
    return np.where(np.arange(labels.shape[1]) < lengths, labels, 0)


def normalised(y_pred):
    """The class probabilities Keras 2 works with: (y + epsilon) over its sum."""
    shifted = array(y_pred) + EPSILON
    return shifted / shifted.sum(axis=-1, keepdims=True)


def alignments_probability(p, labels):
    """The probability of all alignments of `labels` with p (time, classes), by the paper's alpha.

    alpha[s] is that of all beginnings that stand at position s of blank, l0, blank, l1 ... blank.
    """
    blank = p.shape[1] - 1
    path = [blank]
    for label in labels:
        path += [int(label), blank]
    alpha = np.zeros(len(path))
    alpha[:2] = p[0][path[:2]]
    for now in p[1:]:
        reached = alpha.copy()
        reached[1:] += alpha[:-1]
        for s in range(2, len(path)):
            if path[s] not in (blank, path[s - 2]):
                reached[s] += alpha[s - 2]
        alpha = reached * now[path]
    return alpha[-2:].sum()


def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """(samples, 1): -log of the probability of all alignments of the sample's labels."""
    p, y_true = normalised(y_pred), array(y_true)
    steps = np.asarray(input_length, "int64").reshape(-1)
    lengths = np.asarray(label_length, "int64").reshape(-1)
    cost = np.zeros((len(p), 1))
    for n in range(len(p)):
        chance = alignments_probability(p[n, : steps[n]], y_true[n, : lengths[n]])
        cost[n, 0] = -np.log(chance) if chance > 0 else np.inf
    return cost


def collapsed(path, blank):
    """The labels of an alignment: repeats merged, then blanks taken out."""
    return [label for label, _ in itertools.groupby(path) if label != blank]


def dense(sequences):
    """The sequences as rows, as wide as the longest, filled up with -1."""
    rows = np.full((len(sequences), max(map(len, sequences), default=0)), -1, "int64")
    for row, sequence in zip(rows, sequences, strict=True):
        row[: len(sequence)] = sequence
    return rows


def best_path(y_pred, input_length):
    """([labels], minus the sum of the logarithms of the best class at each step)."""
    blank = y_pred.shape[-1] - 1
    sequences, scores = [], []
    for y, steps in zip(y_pred, input_length, strict=True):
        sequences.append(collapsed([int(np.argmax(row)) for row in y[:steps]], blank))
        scores.append(-sum(np.log(row.max() + EPSILON) for row in y[:steps]))
    return [dense(sequences)], np.array(scores).reshape(-1, 1)


def ranked(p, limit):
    """The `limit` most probable labelings of p (time, classes), with their log probabilities."""
    alphabet = range(p.shape[1] - 1)
    found = []
    for length in range(len(p) + 1):
        for labels in itertools.product(alphabet, repeat=length):
            chance = alignments_probability(p, labels)
            if chance > 0:
                found.append((np.log(chance), labels))
    return sorted(found, reverse=True)[:limit]


def ctc_decode(y_pred, input_length, greedy=True, beam_width=100, top_paths=1):
    """([labels (samples, width), -1 after the end] for each path, scores).

    greedy: the best path, and its negative log probability (samples, 1). Otherwise the
    `top_paths` most probable labelings and their log probabilities (samples, top_paths), found
    among all that there are: compare only beams that are wide enough to drop none.
    """
    y_pred, steps = array(y_pred), np.asarray(input_length, "int64").reshape(-1)
    if greedy:
        return best_path(y_pred, steps)
    rows = [ranked(p[:n], top_paths) for p, n in zip(normalised(y_pred), steps, strict=True)]
    paths = [dense([row[place][1] for row in rows]) for place in range(top_paths)]
    return paths, np.array([[score for score, _ in row] for row in rows])
