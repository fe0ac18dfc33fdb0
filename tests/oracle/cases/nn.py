"""Cases of normalisation and of the losses of a classifier."""

import numpy as np

from .case import (
    case,
    coarse,
    distinct,
    flat,
    integers,
    one_of,
    positive,
    probabilities,
    refused,
    unit,
)

CASES = {}
ERRORS = {}

CASES["softmax"] = [
    case((2, 3)),
    case((2, 3, 4)),
    case((2, 3, 4), axis=1),
    case((3,)),
    case((2, 1)),
    case((0, 3)),
    case(np.array([[1000.0, 999.0, -1000.0]])),
]
CASES["l2_normalize"] = [
    case((2, 3)),
    case((2, 3), axis=1),
    case((2, 3, 2), axis=-1),
    case((2, 3, 2), axis=(0, 1)),
    case((0, 3), axis=1),
    flat(np.array([[0.0, 0.0], [3.0, 4.0]]), axis=1, note="0, not 0 / 0"),
    flat(np.array([2.0**-24, 0.0]), note="the norm is taken as 1e-6 at least"),
]
for name in "softmax l2_normalize".split():
    ERRORS[name] = [refused((2, 3), axis=5, given=["axis", 5, (2, 3)])]

CASES["categorical_crossentropy"] = [
    case(one_of(4, 3), probabilities(4, 3)),
    case(probabilities(4, 3), probabilities(4, 3)),
    case(one_of(2, 3, 4), probabilities(2, 3, 4)),
    case(one_of(4, 3), positive(4, 3), note="not of sum 1: divided by the sum"),
    case(one_of(4, 3), (4, 3), from_logits=True),
    case(one_of(2, 3, 4), (2, 3, 4), from_logits=True),
    case(one_of(3, 3), np.array([[100.0, 0, -100]] * 3), from_logits=True),
    case(probabilities(2, 3, 4), positive(2, 3, 4), axis=1),
    case(one_of(0, 3), probabilities(0, 3)),
    flat(np.eye(2), np.array([[0.0, 1.0], [0.0, 1.0]]), note="clipped at epsilon"),
]
CASES["sparse_categorical_crossentropy"] = [
    case(integers(4, high=3), probabilities(4, 3)),
    case(integers(4, 1, high=3), probabilities(4, 3)),
    case(integers(2, 3, high=4), probabilities(2, 3, 4)),
    case(integers(2, 3, 1, high=4), probabilities(2, 3, 4)),
    case(integers(4, high=3), unit(4, 3), note="not of sum 1: divided by the sum"),
    case(np.array([1.0, 0.0, 2.0]), probabilities(3, 3), grad=(1,), note="targets come as floats"),
    case(integers(4, high=3), (4, 3), from_logits=True),
    case(integers(2, 3, high=4), (2, 3, 4), from_logits=True),
    case(np.array([0, 1, 2]), np.array([[1000.0, 0, -1000]] * 3), from_logits=True),
    case(integers(2, 4, high=3), unit(2, 3, 4), axis=1),
    case(integers(0, high=3), probabilities(0, 3)),
    flat(np.array([0, 0]), np.array([[0.0, 1.0], [1.0, 0.0]]), note="clipped at epsilon"),
]
CASES["binary_crossentropy"] = [
    case(unit(4, 3), unit(4, 3)),
    flat(np.array([[1.0, 0.0], [0.0, 1.0]]), unit(2, 2)),
    case(unit(4, 1), unit(4, 1)),
    case(unit(4, 3), (4, 3), from_logits=True),
    case(unit(2, 6), np.array([[-1000.0, -100, -20, 20, 100, 1000]] * 2), from_logits=True),
    case(unit(0, 1), unit(0, 1)),
    flat(
        np.array([0.0, 1.0, 0.0, 1.0]),
        np.array([0.0, 1.0, 1.0, 0.0]),
        rtol=2e-2,
        note="clipped at epsilon; float32 has few digits left at 1 - 1e-7",
    ),
]
ERRORS["categorical_crossentropy"] = [
    refused((2, 3), (2, 4), given=[(2, 3), (2, 4)]),
    refused((2, 3), (2, 3), axis=5, given=["axis", 5, (2, 3)]),
]
ERRORS["sparse_categorical_crossentropy"] = [
    refused(integers(3, high=4), (2, 4), given=[(3,), (2, 4)]),
    refused(integers(2, high=3), (2, 3), axis=5, given=["axis", 5, (2, 3)]),
]
ERRORS["binary_crossentropy"] = [refused((2, 3), (2, 4), given=[(2, 3), (2, 4)])]

CASES["in_top_k"] = [
    flat(distinct(4, 5), integers(4, high=5), k=1),
    flat(distinct(4, 5), integers(4, high=5), k=3),
    flat(distinct(4, 5), integers(4, high=5), k=5),
    flat(distinct(4, 3), integers(4, high=3), k=7, note="more than there are"),
    flat(coarse(6, 5), integers(6, high=5), k=2, note="ties at the border are in"),
    flat(distinct(0, 5), integers(0, high=5), k=2),
    flat(distinct(3, 1), integers(3, high=1), k=1),
]
ERRORS["in_top_k"] = [
    refused((2, 3, 4), integers(2, high=3), k=1, given=[(2, 3, 4)]),
    refused((2, 3), integers(4, high=3), k=1, given=[(2, 3), (4,)]),
]

CASES["normalize_batch_in_training"] = [
    case((6, 3), (3,), (3,), reduction_axes=[0], known=(1, 2)),
    case((2, 3, 4, 3), (3,), (3,), reduction_axes=[0, 1, 2], known=(1, 2)),
    case((3, 2, 2, 3), (2,), (2,), reduction_axes=[0, 2, 3], known=(1, 2)),
    case((4, 3, 2), (3, 2), (3, 2), reduction_axes=[0], known=(1, 2)),
    case((4, 3, 2), (2,), (2,), reduction_axes=(0, 1), epsilon=0.25, known=(1, 2)),
    case((2, 2, 2, 2, 3), (3,), (3,), reduction_axes=[0, 1, 2, 3], known=(1, 2)),
    case((5, 3), None, (3,), reduction_axes=[0], known=(2,)),
    case((5, 3), (3,), None, reduction_axes=[0], known=(1,)),
    case((1, 3), (3,), (3,), reduction_axes=[0], known=(1, 2)),
]
ERRORS["normalize_batch_in_training"] = [
    refused((2, 3), (3,), (3,), reduction_axes=[4], given=["ax[ei]s", 4, (2, 3)]),
    refused((2, 3), (4,), (4,), reduction_axes=[0], given=[(2, 3), (4,)]),
]
CASES["batch_normalization"] = [
    case((4, 3), (3,), positive(3), (3,), (3,), known=(1, 2, 3, 4)),
    case((2, 3, 2, 3), (3,), positive(3), (3,), (3,), epsilon=0.25, known=(1, 2, 3, 4)),
    case((2, 3, 2, 2), (3,), positive(3), (3,), (3,), axis=1, known=(1, 2, 3, 4)),
    case((2, 3, 4), (1, 3, 1), positive(1, 3, 1), (1, 3, 1), (1, 3, 1), axis=1, known=(1, 2, 3, 4)),
    case((2, 3, 4), (3, 4), positive(3, 4), (3, 4), (3, 4), known=(1, 2, 3, 4)),
    case((4, 3), (3,), positive(3), None, (3,), known=(1, 2, 4)),
    case((4, 3), (3,), positive(3), (3,), None, known=(1, 2, 3)),
    case((0, 3), (3,), positive(3), (3,), (3,), known=(1, 2, 3, 4)),
]
ERRORS["batch_normalization"] = [
    refused((2, 3), (4,), (4,), (4,), (4,), given=[(2, 3), (4,)]),
]


def biased(format_first, *shape):
    """bias_add for a vector, and for a bias with as many axes as a sample."""
    n, *space, c = shape
    x = (n, c, *space) if format_first else shape
    params = {"data_format": "channels_first" if format_first else "channels_last", "known": (1,)}
    return [case(x, (c,), **params), case(x, (*space, c), **params)]


CASES["bias_add"] = [
    case((2, 3), (3,), known=(1,)),
    case((2, 3, 3, 4), (4,), known=(1,)),
    case((0, 3), (3,), known=(1,)),
    *biased(False, 2, 3, 4),
    *biased(True, 2, 3, 4),
    *biased(False, 2, 3, 2, 4),
    *biased(True, 2, 3, 2, 4),
    *biased(False, 2, 3, 2, 1, 4),
    *biased(True, 2, 3, 2, 1, 4),
]
ERRORS["bias_add"] = [
    refused((2, 3, 4), (4,), data_format="nonsense", given=["data_format", "nonsense"]),
    refused((2, 3, 3, 4), (3, 4), given=[(3, 4), (2, 3, 3, 4)]),
    refused((2, 3), (4,), given=[(2, 3), (4,)]),
    refused((2, 3, 4), (4,), data_format="channels_first", given=[(2, 3, 4), (4,)]),
]
