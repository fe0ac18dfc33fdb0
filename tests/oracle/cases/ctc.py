"""Cases of connectionist temporal classification; the blank is the last class."""

import numpy as np

from .case import case, flat, integers, probabilities

CASES = {}
ERRORS = {}

LABELS = np.array([[0, 1, 0], [2, 2, 1], [1, 0, 0]])
LENGTHS = np.array([[3], [3], [1]])
STEPS = np.array([[6], [6], [4]])

CASES["ctc_batch_cost"] = [
    case(LABELS, probabilities(3, 6, 4), STEPS, LENGTHS),
    case(LABELS.astype(float), probabilities(3, 6, 4), STEPS, LENGTHS, grad=(1,)),
    case(np.array([[0, 0]]), probabilities(1, 3, 3), np.array([[3]]), np.array([[2]])),
    case(np.array([[1]]), probabilities(1, 1, 3), np.array([[1]]), np.array([[1]])),
    case(
        np.array([[0, 0]]), probabilities(1, 4, 3), np.array([[4]]), np.array([[0]]), note="blanks"
    ),
    case(np.array([[0, 1, 2, 3, 4]]), probabilities(1, 12, 6), np.array([[12]]), np.array([[5]])),
]
CASES["ctc_decode"] = [
    flat(probabilities(3, 6, 4), np.array([6, 6, 6])),
    flat(probabilities(3, 6, 4), np.array([6, 4, 1]), seed=1),
    flat(np.array([[[0.75, 0.125, 0.125]] * 3 + [[0, 0, 1.0]] + [[0.75, 0.25, 0]]]), np.array([5])),
    flat(
        np.array([[[0.625, 0.25, 0.125], [0.25, 0.625, 0.125], [0.125, 0.125, 0.75]]]),
        np.array([3]),
        greedy=False,
        beam_width=10,
        top_paths=2,
    ),
    flat(
        probabilities(2, 4, 3),
        np.array([4, 3]),
        greedy=False,
        beam_width=100,
        top_paths=3,
        note="31 labelings in all: the beam drops none",
    ),
]
CASES["ctc_label_dense_to_sparse"] = [
    flat(integers(3, 4, low=1, high=6), np.array([4, 2, 1]), note="compare K.to_dense of it"),
]
