"""Cases of choice and loops. Bodies are written for any K; called plainly, K is the oracle."""

import numpy as np

from .case import Body, booleans, case, flat, integers, normal, refused

CASES = {}
ERRORS = {}

CASES["switch"] = [
    case(np.array(True), (2, 3), (2, 3)),
    case(np.array(0), (2, 3), (2, 3)),
    case(np.array(1.0), (2, 3), (2, 3), grad=(1, 2)),
    case(booleans(2, 3), (2, 3), (2, 3)),
    case(booleans(4), (4, 3), (4, 3), note="a condition for each row"),
    case(booleans(4, 2), (4, 2, 3), (4, 2, 3)),
    case(booleans(4, 1), (4, 3), (4, 3)),
    case(booleans(0), (0, 3), (0, 3)),
    case(integers(4, high=2), (4,), (4,)),
]
ERRORS["switch"] = [refused(booleans(2, 3, 1), (2, 3), (2, 3), given=[(2, 3, 1), (2, 3)])]
CASES["in_train_phase"] = [
    case((2, 3), (2, 3), training=1),
    case((2, 3), (2, 3), training=0),
    case((2, 3), (2, 3), training=True),
    case((2, 3), (2, 3), training=False),
    case((2, 3), (2, 3), note="the phase is not fed: 0"),
]
CASES["in_test_phase"] = CASES["in_train_phase"]

# Steps of an rnn: step(inputs, states + constants) -> (output, new states).
SUM = Body(lambda K: lambda x, states: (x + states[0], [x + states[0]]))
TANH = Body(
    lambda K: lambda x, states: (K.tanh(x + 0.5 * states[0]), [K.tanh(x + 0.5 * states[0])])
)


def paired(K):
    """A step with two states, the first of them its output."""

    def step(x, states):
        h, c = states
        c = 0.5 * c + x
        h = K.tanh(c) * K.sigmoid(h)
        return h, [h, c]

    return step


def fed(K):
    """A step with a constant, a matrix."""

    def step(x, states):
        h = K.tanh(K.dot(states[0], states[1]) + x)
        return h, [h]

    return step


TWO = Body(paired)
FED = Body(fed)
STATELESS = Body(lambda K: lambda x, states: (2 * x, []))
# The first sample is masked in the middle and at its end, the second at its start.
MASK = np.array([[1, 0, 1, 1, 0], [0, 0, 1, 1, 1]])
X, STATE = (2, 5, 3), (2, 3)

CASES["rnn"] = [
    case(SUM, X, [STATE]),
    case(TANH, X, [STATE]),
    case(TANH, X, [STATE], go_backwards=True),
    case(TWO, X, [STATE, STATE]),
    case(FED, X, [STATE], False, None, [(3, 3)]),
    case(STATELESS, X, []),
    case(TANH, X, [STATE], False, MASK),
    case(TANH, X, [STATE], False, MASK[:, :, None]),
    case(TANH, X, [STATE], False, MASK.astype(bool)),
    case(TANH, X, [STATE], False, MASK.astype(float), grad=(1, 2)),
    case(TANH, X, [STATE], True, MASK),
    case(TWO, X, [STATE, STATE], False, MASK),
    case(FED, X, [STATE], False, MASK, [(3, 3)]),
    case(TANH, X, [STATE], unroll=True, input_length=5, known=True),
    case(TANH, X, [STATE], go_backwards=True, unroll=True, input_length=5, known=True),
    case(TANH, X, [STATE], False, MASK, unroll=True, input_length=5, known=True),
    case(TWO, X, [STATE, STATE], True, MASK, unroll=True, input_length=5, known=True),
    case(FED, X, [STATE], False, None, [(3, 3)], unroll=True, input_length=5, known=True),
    case(SUM, (2, 4, 3, 2), [(2, 3, 2)]),
    case(SUM, (2, 4, 3, 2), [(2, 3, 2)], False, np.array([[1, 0, 1, 0], [0, 1, 1, 1]])),
    case(TANH, (2, 1, 3), [STATE]),
    case(TANH, (1, 4, 1), [(1, 1)]),
    case(TANH, (0, 4, 3), [(0, 3)]),
]
ERRORS["rnn"] = [
    refused(SUM, (2, 3), [(2, 3)], given=[(2, 3)]),
    refused(SUM, (2, None, 3), [(2, 3)], unroll=True, given=["unroll"]),
    refused(STATELESS, (2, 5, 3), [], False, MASK, given=["mask", "state"]),
]

CASES["map_fn"] = [
    case(Body(lambda K: lambda x: K.sum(x)), (3, 4)),
    case(Body(lambda K: lambda x: x * x + 1), (3, 2, 2)),
    case(Body(lambda K: lambda x: K.tanh(x)), (4,)),
    case(Body(lambda K: lambda x: K.softmax(x)), (1, 3)),
    case(Body(lambda K: lambda xs: xs[0] * K.sum(xs[1])), [(3, 2), (3, 4)]),
    flat(Body(lambda K: lambda x: K.cast(x, "float32")), integers(3, high=9), dtype="float32"),
]

ADD = Body(lambda K: lambda total, x: total + x)
SUBTRACT = Body(lambda K: lambda total, x: total - x)
MIX = Body(lambda K: lambda total, x: K.tanh(0.5 * total) + x)
for name in "foldl foldr".split():
    CASES[name] = [
        case(ADD, (4,)),
        case(SUBTRACT, (4,)),
        case(MIX, (3, 2)),
        case(MIX, (3, 2), normal(2)),
        case(SUBTRACT, (4,), normal()),
        case(ADD, (1, 3), note="the start is all there is"),
        case(Body(lambda K: lambda total, x: total + K.sum(x)), (3, 2), normal()),
    ]
