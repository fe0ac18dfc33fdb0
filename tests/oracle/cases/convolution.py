"""Cases of convolution. Kernels keep their known sizes, as weights do."""

from .case import both_formats, case, refused

CASES = {}
ERRORS = {}


def convolutions(shape, kernels, **params):
    """The case for both data formats; the kernels follow the input."""

    def make(x, **options):
        return case(x, *kernels, known=range(1, 1 + len(kernels)), **options)

    return both_formats(make, *shape, **params)


CASES["conv1d"] = [
    case((2, 6, 3), (3, 3, 2), known=(1,)),
    *convolutions((2, 6, 3), [(3, 3, 2)]),
    *convolutions((2, 6, 3), [(3, 3, 2)], padding="same"),
    *convolutions((2, 7, 2), [(4, 2, 3)], strides=2, padding="same"),
    *convolutions((2, 7, 2), [(2, 2, 3)], strides=3),
    *convolutions((2, 7, 2), [(3, 2, 3)], dilation_rate=2),
    *convolutions((2, 7, 2), [(2, 2, 3)], dilation_rate=3, padding="same"),
    case((2, 5, 2), (3, 2, 2), padding="causal", known=(1,)),
    case((2, 5, 2), (2, 2, 2), padding="causal", dilation_rate=3, known=(1,)),
    case((2, 6, 2), (3, 2, 2), padding="causal", strides=2, known=(1,)),
    case((2, 3, 2), (3, 2, 2), known=(1,), note="one window"),
    case((2, 4, 2), (1, 2, 2), known=(1,)),
    case((2, 1, 1), (3, 1, 1), padding="same", known=(1,)),
    case((0, 6, 3), (3, 3, 2), known=(1,)),
]
CASES["conv2d"] = [
    case((2, 4, 5, 2), (3, 2, 2, 3), known=(1,)),
    *convolutions((2, 4, 5, 2), [(3, 2, 2, 3)]),
    *convolutions((2, 4, 5, 2), [(3, 3, 2, 2)], padding="same"),
    *convolutions((1, 5, 6, 2), [(3, 3, 2, 2)], strides=(2, 2), padding="same"),
    *convolutions((1, 5, 6, 2), [(2, 4, 2, 2)], strides=(2, 3), padding="same"),
    *convolutions((1, 6, 5, 2), [(3, 2, 2, 2)], strides=(2, 1)),
    *convolutions((1, 6, 7, 2), [(2, 3, 2, 2)], dilation_rate=(3, 2)),
    *convolutions((1, 5, 5, 1), [(3, 2, 1, 2)], dilation_rate=(2, 2), padding="same"),
    case((2, 3, 4, 3), (1, 1, 3, 2), known=(1,)),
    case((1, 5, 5, 1), (1, 1, 1, 1), strides=(2, 2), padding="same", known=(1,)),
    case((0, 4, 4, 2), (3, 3, 2, 1), known=(1,)),
]
CASES["conv3d"] = [
    *convolutions((1, 3, 4, 3, 2), [(2, 2, 3, 2, 2)]),
    *convolutions((1, 3, 4, 3, 1), [(3, 2, 2, 1, 2)], strides=(2, 1, 2), padding="same"),
    *convolutions((1, 4, 3, 3, 1), [(2, 2, 1, 1, 2)], dilation_rate=(2, 1, 2)),
    case((0, 3, 3, 3, 1), (2, 2, 2, 1, 1), known=(1,)),
]

for name, x, kernel in (
    ("conv1d", (2, 6, 3), (3, 3, 2)),
    ("conv2d", (2, 6, 6, 3), (3, 3, 3, 2)),
    ("conv3d", (1, 6, 6, 6, 3), (3, 3, 3, 3, 2)),
):
    narrow = (*kernel[:-2], 4, 2)
    short = (x[0], *[2] * (len(x) - 2), 3)
    ERRORS[name] = [
        refused(x, kernel, data_format="nonsense", given=["data_format", "nonsense"]),
        refused(x, kernel, padding="nonsense", given=["padding", "nonsense"]),
        refused(x, narrow, given=[x, narrow]),
        refused(x, kernel[1:], given=[kernel[1:]]),
        refused(x[1:], kernel, given=[x[1:]]),
        refused(short, kernel, given=[short, kernel]),
    ]
ERRORS["conv2d"] += [
    refused((2, 6, 6, 3), (3, 3, 3, 2), padding="causal", given=["padding", "causal"]),
    refused((2, 6, 6, 3), (3, 3, 3, 2), strides=(2, 2, 2), given=["strides", (2, 2, 2)]),
]


def transposed(x, kernel, output, **params):
    """The case for both data formats, with the output's shape in the same format."""
    formats = zip(
        *(both_formats(lambda shape, **_: shape, *shape) for shape in (x, output)), strict=True
    )
    names = ("channels_last", "channels_first")
    return [
        case(x, kernel, output_shape=output, data_format=name, known=(1,), **params)
        for name, (x, output) in zip(names, formats, strict=True)
    ]


CASES["conv2d_transpose"] = [
    *transposed((2, 3, 2, 3), (3, 2, 2, 3), (2, 5, 3, 2)),
    *transposed((1, 2, 3, 2), (3, 3, 2, 2), (1, 5, 7, 2), strides=(2, 2)),
    *transposed((1, 2, 2, 2), (3, 3, 1, 2), (1, 6, 6, 1), strides=(2, 2)),
    *transposed((1, 3, 2, 2), (3, 3, 2, 2), (1, 6, 4, 2), strides=(2, 2), padding="same"),
    *transposed((1, 3, 2, 2), (3, 3, 2, 2), (1, 5, 3, 2), strides=(2, 2), padding="same"),
    *transposed((1, 3, 2, 1), (2, 4, 2, 1), (1, 3, 2, 2), padding="same"),
    *transposed((1, 2, 2, 1), (2, 2, 1, 1), (1, 6, 4, 1), strides=(3, 2), padding="same"),
    *transposed((1, 2, 2, 1), (1, 1, 1, 1), (1, 3, 3, 1), strides=(2, 2)),
    *transposed((0, 2, 2, 1), (2, 2, 1, 1), (0, 3, 3, 1)),
]
CASES["conv3d_transpose"] = [
    *transposed((1, 2, 2, 1, 2), (2, 3, 2, 1, 2), (1, 3, 4, 2, 1)),
    *transposed(
        (1, 2, 1, 2, 1), (3, 2, 2, 2, 1), (1, 4, 2, 4, 2), strides=(2, 2, 2), padding="same"
    ),
    *transposed((1, 2, 1, 1, 1), (3, 3, 3, 1, 1), (1, 5, 3, 3, 1), strides=(2, 1, 2)),
]
for name, x, kernel, output in (
    ("conv2d_transpose", (1, 2, 2, 3), (3, 3, 2, 3), (1, 5, 5, 2)),
    ("conv3d_transpose", (1, 2, 2, 2, 3), (3, 3, 3, 2, 3), (1, 5, 5, 5, 2)),
):
    twice = {"strides": (2,) * (len(x) - 2)}
    wrong = (*output[:-2], 9, 2)
    narrow = (*kernel[:-1], 4)
    ERRORS[name] = [
        refused(
            x,
            kernel,
            output_shape=output,
            data_format="nonsense",
            given=["data_format", "nonsense"],
        ),
        refused(
            x, kernel, output_shape=output, padding="nonsense", given=["padding", "nonsense"]
        ),
        refused(x, narrow, output_shape=output, **twice, given=[x, narrow]),
        refused(x, kernel, output_shape=wrong, **twice, given=["output_shape", wrong, x]),
    ]

CASES["depthwise_conv2d"] = [
    *convolutions((2, 4, 5, 2), [(3, 2, 2, 2)]),
    *convolutions((2, 4, 5, 3), [(3, 3, 3, 1)], padding="same"),
    *convolutions((1, 5, 5, 2), [(3, 2, 2, 2)], strides=(2, 2), padding="same"),
    *convolutions((1, 6, 5, 2), [(2, 2, 2, 1)], dilation_rate=(2, 2)),
    case((1, 4, 4, 1), (2, 2, 1, 3), known=(1,)),
    case((0, 4, 4, 2), (2, 2, 2, 1), known=(1,)),
]
CASES["separable_conv1d"] = [
    *convolutions((2, 6, 2), [(3, 2, 2), (1, 4, 3)]),
    *convolutions((2, 6, 2), [(4, 2, 1), (1, 2, 3)], strides=2, padding="same"),
    *convolutions((2, 7, 2), [(3, 2, 2), (1, 4, 2)], dilation_rate=2),
]
CASES["separable_conv2d"] = [
    *convolutions((2, 4, 5, 2), [(3, 2, 2, 2), (1, 1, 4, 3)]),
    *convolutions((1, 5, 6, 2), [(3, 3, 2, 1), (1, 1, 2, 2)], strides=(2, 2), padding="same"),
    *convolutions((1, 5, 6, 1), [(2, 3, 1, 2), (1, 1, 2, 2)], dilation_rate=(2, 2)),
]
ERRORS["depthwise_conv2d"] = [
    refused((1, 4, 4, 2), (2, 2, 2, 1), data_format="nonsense", given=["data_format", "nonsense"]),
    refused((1, 4, 4, 2), (2, 2, 3, 1), given=[(1, 4, 4, 2), (2, 2, 3, 1)]),
]
ERRORS["separable_conv1d"] = [
    refused((1, 6, 2), (3, 2, 2), (1, 4, 3), data_format="nonsense", given=["data_format"]),
    refused((1, 6, 2), (3, 2, 2), (1, 5, 3), given=[(1, 5, 3)]),
]
ERRORS["separable_conv2d"] = [
    refused(
        (1, 4, 4, 2), (2, 2, 2, 1), (1, 1, 2, 3), data_format="nonsense", given=["data_format"]
    ),
    refused((1, 4, 4, 2), (2, 2, 2, 1), (1, 1, 3, 3), given=[(1, 1, 3, 3)]),
]

CASES["local_conv1d"] = [
    case((2, 5, 2), (3, 6, 4), kernel_size=(3,), strides=(1,), known=(1,)),
    case((2, 6, 2), (3, 4, 3), kernel_size=(2,), strides=(2,), known=(1,)),
    case((1, 4, 1), (4, 1, 1), kernel_size=(1,), strides=(1,), known=(1,)),
]
CASES["local_conv2d"] = [
    *convolutions(
        (2, 4, 5, 2), [(4, 12, 3)], kernel_size=(3, 2), strides=(1, 2), output_shape=(2, 2)
    ),
    *convolutions(
        (2, 4, 5, 2), [(8, 12, 3)], kernel_size=(3, 2), strides=(1, 1), output_shape=(2, 4)
    ),
    *convolutions(
        (1, 5, 5, 2), [(4, 8, 2)], kernel_size=(2, 2), strides=(2, 2), output_shape=(2, 2)
    ),
]
ERRORS["local_conv1d"] = [
    refused(
        (2, 5, 2),
        (3, 6, 4),
        kernel_size=(3,),
        strides=(1,),
        data_format="nonsense",
        given=["data_format", "nonsense"],
    ),
    refused(
        (2, 5, 2), (2, 6, 4), kernel_size=(3,), strides=(1,), given=[(2, 5, 2), (2, 6, 4)]
    ),
]
ERRORS["local_conv2d"] = [
    refused(
        (2, 4, 5, 2),
        (8, 12, 3),
        kernel_size=(3, 2),
        strides=(1, 1),
        output_shape=(2, 4),
        data_format="nonsense",
        given=["data_format", "nonsense"],
    ),
    refused(
        (2, 4, 5, 2),
        (6, 12, 3),
        kernel_size=(3, 2),
        strides=(1, 1),
        output_shape=(2, 4),
        given=[(6, 12, 3)],
    ),
]
