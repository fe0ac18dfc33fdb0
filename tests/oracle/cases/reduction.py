"""Cases of functions that take away axes, or accumulate along one."""

import numpy as np

from .case import booleans, case, coarse, distinct, flat, integers, refused

CASES = {}
ERRORS = {}

REDUCED = (
    {},
    {"axis": 1},
    {"axis": -1, "keepdims": True},
    {"axis": [0, 2]},
    {"axis": (0, -1), "keepdims": True},
    {"keepdims": True},
)

for name in "sum prod mean var std logsumexp".split():
    CASES[name] = [case((2, 3, 4), **options) for options in REDUCED]
    CASES[name] += [case((0, 3), axis=1), case((3, 1), axis=0), case((1, 1), axis=0)]
for name in "max min".split():
    CASES[name] = [case(distinct(2, 3, 4), **options) for options in REDUCED]
    CASES[name] += [case(distinct(0, 3), axis=1), case(distinct(3, 1), axis=1), case(())]
    CASES[name] += [flat(integers(3, 4, high=9), axis=0), flat(coarse(3, 4), axis=1)]
for name in "any all".split():
    CASES[name] = [flat(booleans(2, 3, 2), **options) for options in REDUCED]
    CASES[name] += [flat(coarse(4, 3), axis=1), flat(integers(4, 2, high=2), axis=-1)]
    CASES[name] += [flat(booleans(0, 3), axis=0), flat(booleans(0, 3), axis=1)]
for name in "argmax argmin".split():
    CASES[name] = [
        flat(distinct(2, 3, 4)),
        flat(distinct(2, 3, 4), axis=0),
        flat(distinct(2, 3, 4), axis=-2),
        flat(distinct(3, 1), axis=-1),
        flat(distinct(0, 3), axis=-1),
    ]
for name in "cumsum cumprod".split():
    CASES[name] = [
        case((2, 3, 4)),
        case((2, 3, 4), axis=1),
        case((2, 3, 4), axis=-1),
        case((1, 3)),
        case((0, 3)),
        case((2, 0), axis=1),
    ]
CASES["sum"] += [case((2, 0), axis=1), case((0, 3)), case(()), flat(integers(2, 3, high=9), axis=1)]
CASES["prod"] += [case((2, 0), axis=1), case(()), case(np.array([[1.0, 0, 3], [2, 4, 5]]), axis=1)]
CASES["cumprod"] += [case(np.array([[1.0, 0, 3], [2, 4, 5]]), axis=1)]
CASES["mean"] += [case(()), flat(booleans(3, 4), axis=1)]
CASES["var"] += [case(np.array([1000.0, 1001.0, 1002.0]), note="no cancellation")]
CASES["std"] = [entry for entry in CASES["std"] if str(entry) != "(1,1),axis=0"]
CASES["std"] += [flat(np.array([[2.0, 2.0]]), axis=1, note="0, where the root has no derivative")]
CASES["logsumexp"] += [case(np.array([1000.0, 1000.0])), case(np.array([-1000.0, -1001.0]))]

for name in "max min sum prod mean var std any all logsumexp argmax argmin cumsum cumprod".split():
    ERRORS[name] = [
        refused((2, 3), axis=5, given=["axis", 5, (2, 3)]),
        refused((2, 3), axis=-4, given=["axis", -4, (2, 3)]),
    ]
