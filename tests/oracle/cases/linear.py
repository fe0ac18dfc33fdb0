"""Cases of products of matrices and of batches of them."""

from .case import case, refused

CASES = {}
ERRORS = {}

CASES["dot"] = [
    case((2, 3), (3, 4)),
    case((2, 5, 3), (3, 4)),
    case((2, 3), (4, 3, 5), note="as Theano: the second to last axis of y"),
    case((2, 2, 3), (4, 3, 2)),
    case((1, 1), (1, 1)),
    case((0, 3), (3, 4)),
    case((2, 3), (3, 0)),
    case((2, 0), (0, 3), note="a sum of nothing"),
]
ERRORS["dot"] = [
    refused((2, 3), (4, 5), given=[(2, 3), (4, 5)]),
    refused((2, 3), (3, 4, 5), given=[(2, 3), (3, 4, 5)]),
    refused((None, 3), (4, 5), given=["dot", 3, 4]),
]
CASES["batch_dot"] = [
    case((3, 2), (3, 2), axes=1),
    case((3, 2), (3, 2)),
    case((4, 5), (4, 2, 5), axes=(1, 2)),
    case((4, 5, 1), (4, 3, 5), axes=[1, 2]),
    case((2, 3, 4), (2, 4, 5)),
    case((2, 3, 4), (2, 5, 4), axes=2),
    case((2, 3, 4), (2, 3, 5), axes=1),
    case((2, 3, 4), (2, 5, 4), axes=(-1, -1)),
    case((2, 3, 4), (2, 3), axes=1),
    case((2, 3, 4), (2, 4), axes=[2, 1]),
    case((2, 3, 4, 2), (2, 2, 3), axes=(3, 1)),
    case((2, 3, 4, 5), (2, 3, 5, 2), axes=(3, 2), note="the manual's shape rule, not matmul's"),
    case((0, 3, 4), (0, 4, 2)),
    case((1, 1, 1), (1, 1, 1)),
]
ERRORS["batch_dot"] = [
    refused((2, 3, 4), (2, 5, 6), axes=[2, 1], given=[(2, 3, 4), (2, 5, 6)]),
    refused((2, 3), (2, 3), axes=4, given=["ax[ei]s", 4]),
    refused((2, 3), (5, 3), axes=1, given=[(2, 3), (5, 3)]),
    refused((2, 3, 4), (2, 3, 4), axes=[[1, 2], [1, 2]], given=["axes", [[1, 2], [1, 2]]]),
    refused((3,), (3, 2), axes=0, given=[(3,)]),
]
CASES["transpose"] = [case((2, 3)), case((2, 3, 4)), case((0, 3)), case((3,)), case((1, 1))]
