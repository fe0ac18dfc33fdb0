"""Cases of tensors made from sizes and constants, and of updates."""

from .case import booleans, case, coarse, flat, integers, normal

CASES = {}
ERRORS = {}

CASES["constant"] = [
    flat(value=3.0),
    flat(value=[[1.0, 2.0], [3.0, 4.0]]),
    flat(value=2, shape=(2, 3)),
    flat(value=[1, 2], dtype="int32"),
]
CASES["zeros"] = [
    flat(shape=(3, 4)),
    flat(shape=(0, 2)),
    flat(shape=()),
    flat(shape=(2,), dtype="int32"),
]
CASES["ones"] = [
    flat(shape=(3, 4)),
    flat(shape=(0, 2)),
    flat(shape=()),
    flat(shape=(2,), dtype="int32"),
]
CASES["eye"] = [flat(size=3), flat(size=1)]
for name in ("zeros_like", "ones_like"):
    CASES[name] = [
        flat((2, 3)),
        flat((0, 3)),
        flat(()),
        flat((2, 3), dtype="int32"),
        flat(integers(2, 3, high=5)),
    ]
CASES["arange"] = [
    flat(start=4),
    flat(start=-2, note="numpy's and Theano's convention: empty"),
    flat(start=1, stop=7, step=2),
    flat(start=5, stop=-1, step=-2),
    flat(start=3, stop=3),
    flat(start=0, stop=3, dtype="float32"),
]
CASES["identity"] = [case((2, 3)), case(()), case((0, 3))]
CASES["print_tensor"] = [case((2, 3), message="x is: ")]
CASES["stop_gradient"] = [flat((2, 3)), flat([(2, 3), (4,)])]
CASES["to_dense"] = [case((2, 3))]
CASES["cast"] = [
    case((2, 3), dtype="float64"),
    flat(normal(2, 3, scale=4), dtype="int32", note="toward zero"),
    flat(integers(2, 3, high=3), dtype="float32"),
    flat(booleans(2, 3), dtype="float32"),
    flat(coarse(2, 3), dtype="bool"),
]
CASES["shape"] = [flat((2, 3, 1)), flat(()), flat((0, 3))]
CASES["update"] = [flat((2, 3), (2, 3), known=(0,))]
CASES["update_add"] = [flat((2, 3), (2, 3), known=(0,))]
CASES["update_sub"] = [flat((2, 3), (2, 3), known=(0,))]
CASES["moving_average_update"] = [
    flat((3,), (3,), momentum=0.9, known=(0,)),
    flat((3,), (3,), momentum=0.0, known=(0,)),
]
