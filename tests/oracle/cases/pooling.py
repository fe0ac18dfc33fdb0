"""Cases of pooling. No window has two largest cells, where the derivative would be open."""

from .case import both_formats, case, distinct, refused

CASES = {}
ERRORS = {}

POOLED = {
    "pool2d": [
        ((2, 4, 5, 2), {"pool_size": (2, 3)}),
        ((2, 4, 6, 2), {"pool_size": (2, 2), "strides": (2, 2)}),
        ((2, 5, 5, 2), {"pool_size": (2, 2), "strides": (2, 2), "padding": "same"}),
        ((1, 5, 4, 2), {"pool_size": (3, 3), "strides": (2, 2), "padding": "same"}),
        ((1, 4, 4, 1), {"pool_size": (3, 2), "padding": "same"}),
        ((1, 4, 3, 1), {"pool_size": (2, 4), "strides": (3, 1), "padding": "same"}),
        ((1, 3, 3, 2), {"pool_size": (3, 3), "strides": (3, 3)}),
        ((1, 1, 1, 1), {"pool_size": (1, 1)}),
        ((0, 4, 4, 2), {"pool_size": (2, 2), "strides": (2, 2)}),
    ],
    "pool3d": [
        ((1, 3, 4, 3, 2), {"pool_size": (2, 2, 2)}),
        ((1, 3, 4, 3, 1), {"pool_size": (2, 3, 2), "strides": (2, 2, 2), "padding": "same"}),
        ((0, 2, 2, 2, 1), {"pool_size": (2, 2, 2), "strides": (2, 2, 2)}),
    ],
}


def pooling(x, **params):
    """A case without ties."""
    return case(distinct(*x), **params)


for name, pools in POOLED.items():
    CASES[name] = [
        each
        for shape, params in pools
        for mode in ("max", "avg")
        for each in both_formats(pooling, *shape, pool_mode=mode, **params)
    ]
    shape, params = pools[0]
    size = params["pool_size"]
    large = (9,) * len(size)
    CASES[name] += [pooling(shape, pool_size=size)]
    ERRORS[name] = [
        refused(shape, pool_size=size, data_format="nonsense", given=["data_format", "nonsense"]),
        refused(shape, pool_size=size, padding="nonsense", given=["padding", "nonsense"]),
        refused(shape, pool_size=size, pool_mode="nonsense", given=["pool_mode", "nonsense"]),
        refused(shape[1:], pool_size=size, given=[shape[1:]]),
        refused(shape, pool_size=large, given=[shape, large]),
        refused(shape, pool_size=(*size, 2), given=["pool_size", (*size, 2)]),
    ]
