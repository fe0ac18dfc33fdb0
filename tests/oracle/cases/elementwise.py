"""Cases of functions of one element, and of two broadcast against each other."""

import numpy as np

from .case import case, coarse, distinct, flat, integers, normal, positive, refused

CASES = {}
ERRORS = {}

SHAPES = ((2, 3), (), (1,), (0, 3), (2, 1, 3, 2))

for name in "square exp sin cos sigmoid softplus softsign tanh".split():
    CASES[name] = [case(shape) for shape in SHAPES]
for name in "log sqrt".split():
    CASES[name] = [case(positive(*shape)) for shape in SHAPES]
for name in "abs elu hard_sigmoid relu".split():
    CASES[name] = [case(normal(*shape, scale=2, away=(0, -2.5, 2.5))) for shape in SHAPES]
for name in "sign round".split():
    CASES[name] = [flat(coarse(*shape)) for shape in SHAPES]

CASES["square"] += [flat(integers(2, 3, low=-3, high=4))]
CASES["abs"] += [flat(integers(2, 3, low=-3, high=4))]
CASES["sqrt"] += [flat(np.array([0.0, -1.0, 4.0]), note="Keras 2 clips negative numbers at 0")]
CASES["round"] += [flat(np.array([-2.75, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.0, 0.25]))]
for name in "sigmoid softplus tanh".split():
    CASES[name] += [case(np.array([-1000.0, -100.0, -20.0, 20.0, 100.0, 1000.0]))]
CASES["elu"] += [
    case(normal(2, 3, away=(0,)), alpha=2.0),
    case(np.array([-1000.0, 1000.0]), note="the branch not taken overflows"),
]
CASES["hard_sigmoid"] += [flat(np.array([-2.5, 2.5, -3.0, 3.0, 0.0]))]
CASES["relu"] += [
    case(normal(3, 4, scale=2, away=(0,)), alpha=0.25),
    case(normal(3, 4, scale=2, away=(0, 1)), max_value=1.0),
    case(normal(3, 4, scale=4, away=(0, 6)), max_value=6),
    case(normal(3, 4, scale=2, away=(0, 1)), alpha=0.5, max_value=1.0),
    case(normal(3, 4, scale=2, away=(0.5,)), threshold=0.5),
    case(normal(3, 4, scale=2, away=(0.5, 2)), alpha=0.25, max_value=2.0, threshold=0.5),
    case(normal(3, 4, scale=2, away=(-1,)), threshold=-1.0),
]
CASES["pow"] = [
    case((2, 3), a=3),
    case((2, 3), a=2),
    case((2, 3), a=1),
    case((2, 3), a=0),
    case(positive(2, 3), a=-1),
    case(positive(2, 3), a=0.5),
    case((0, 3), a=2),
    case((), a=2),
]
CASES["clip"] = [
    case(normal(3, 4, away=(-0.5, 1)), min_value=-0.5, max_value=1),
    case(normal(3, 4, away=(1,)), min_value=1.0, max_value=0.0, note="min_value wins"),
    case(normal(3, 4, away=(0,)), min_value=0.0, max_value=None),
    case(normal(3, 4, away=(0,)), min_value=None, max_value=0.0),
    case((0, 3), min_value=0.0, max_value=1.0),
    flat(integers(2, 3, high=9), min_value=2, max_value=5),
]

PAIRS = (
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((3, 1), (1, 4)),
    ((), (2, 3)),
    ((2, 1, 3), (4, 1)),
    ((0, 3), (1, 3)),
)

for name in "equal not_equal greater greater_equal less less_equal".split():
    CASES[name] = [flat(coarse(*x), coarse(*y)) for x, y in PAIRS]
    CASES[name] += [flat(integers(2, 3, high=3), integers(2, 3, high=3))]
    ERRORS[name] = [refused((2, 3), (2, 4), given=[(2, 3), (2, 4)])]
for name in "maximum minimum".split():
    CASES[name] = [case(distinct(*x), distinct(*y, offset=0.0625)) for x, y in PAIRS]
    CASES[name] += [flat(coarse(3, 4), coarse(3, 4))]
    ERRORS[name] = [refused((2, 3), (2, 4), given=[(2, 3), (2, 4)])]
