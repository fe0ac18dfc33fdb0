"""Cases of functions that move, repeat, join or pick elements."""

import numpy as np

from .case import both_formats, case, flat, integers, refused

CASES = {}
ERRORS = {}

CASES["concatenate"] = [
    case([(2, 3), (2, 4)]),
    case([(2, 3), (1, 3), (4, 3)], axis=0),
    case([(2, 3, 2), (2, 1, 2)], axis=-2),
    case([(2, 3)]),
    case([(2, 0), (2, 3)]),
    flat([integers(2, 3, high=5), integers(2, 1, high=5)], axis=1),
]
ERRORS["concatenate"] = [
    refused([(2, 3), (4, 3)], axis=1, given=[(2, 3), (4, 3)]),
    refused([(2, 3), (2, 3, 1)], axis=0, given=[(2, 3), (2, 3, 1)]),
    refused([(2, 3), (2, 3)], axis=2, given=["axis", 2, (2, 3)]),
    refused([], given=["empty|at least one"]),
]
CASES["stack"] = [
    case([(2, 3), (2, 3), (2, 3)]),
    case([(2, 3), (2, 3)], axis=1),
    case([(2, 3), (2, 3)], axis=-1),
    case([(), ()]),
    case([(0, 3), (0, 3)], axis=1),
]
ERRORS["stack"] = [
    refused([(2, 3), (2, 4)], given=[(2, 3), (2, 4)]),
    refused([(2, 3), (2, 3)], axis=4, given=["axis", 4, (2, 3)]),
    refused([], given=["empty|at least one"]),
]
CASES["reshape"] = [
    case((2, 3, 4), shape=(4, 6)),
    case((2, 3, 4), shape=(-1, 4)),
    case((2, 3, 4), shape=(2, -1, 2)),
    case((2, 3), shape=[6]),
    case((1,), shape=()),
    case((0, 3), shape=(3, 0)),
]
ERRORS["reshape"] = [
    refused((2, 3), shape=(4, 2), given=[(2, 3), (4, 2)]),
    refused((2, 3), shape=(-1, 4), given=[(2, 3), (-1, 4)]),
    refused((2, 3), shape=(-1, -1), given=[(-1, -1)]),
]
CASES["permute_dimensions"] = [
    case((2, 3, 4), pattern=(0, 2, 1)),
    case((2, 3, 4), pattern=[2, 0, 1]),
    case((0, 3), pattern=(1, 0)),
    case((3,), pattern=(0,)),
]
ERRORS["permute_dimensions"] = [
    refused((2, 3, 4), pattern=(0, 1), given=[(2, 3, 4), (0, 1)]),
    refused((2, 3, 4), pattern=(0, 1, 1), given=[(2, 3, 4), (0, 1, 1)]),
    refused((2, 3), pattern=(0, 2), given=[(2, 3), (0, 2)]),
]
CASES["expand_dims"] = [
    case((2, 3)),
    case((2, 3), axis=0),
    case((2, 3), axis=1),
    case((2, 3), axis=-2),
    case(()),
    case((0, 3), axis=1),
]
ERRORS["expand_dims"] = [refused((2, 3), axis=4, given=["axis", 4, (2, 3)])]
CASES["squeeze"] = [
    case((2, 1, 3), axis=1, known=(0,)),
    case((2, 3, 1), axis=-1, known=(0,)),
    case((2, 1, 3), axis=-2),
    case((1,), axis=0),
]
ERRORS["squeeze"] = [
    refused((2, 3), axis=1, given=["axis", 1, (2, 3)]),
    refused((2, 1), axis=3, given=["axis", 3, (2, 1)]),
]
CASES["flatten"] = [case((2, 3, 4)), case(()), case((0, 3)), case((5,))]
CASES["batch_flatten"] = [case((2, 3, 4)), case((2, 3)), case((0, 3, 2)), case((3, 1, 1))]
CASES["repeat_elements"] = [
    case((2, 3, 2), rep=3, axis=1, known=(0,)),
    case((2, 3, 2), rep=2, axis=-1),
    case((2, 3), rep=1, axis=0),
    case((0, 3), rep=2, axis=1),
]
ERRORS["repeat_elements"] = [refused((2, 3), rep=2, axis=2, given=["axis", 2, (2, 3)])]
CASES["repeat"] = [case((2, 3), n=2), case((2, 3), n=1), case((0, 3), n=2), case((2, 1), n=3)]
ERRORS["repeat"] = [refused((2, 3, 4), n=2, given=[(2, 3, 4)])]
CASES["tile"] = [
    case((2, 3), n=[2, 3]),
    case((2, 3), n=(1, 2)),
    case((3,), n=2),
    case((2, 0), n=[2, 2]),
    case((2, 3), n=[0, 1]),
]
ERRORS["tile"] = [refused((2, 3), n=[2], given=[(2, 3)])]
CASES["reverse"] = [
    case((2, 3, 4), axes=1),
    case((2, 3, 4), axes=(0, 2)),
    case((2, 3, 4), axes=[-1]),
    case((0, 3), axes=1),
]
ERRORS["reverse"] = [refused((2, 3), axes=2, given=["ax[ei]s", 2, (2, 3)])]
CASES["slice"] = [
    case((4, 5), start=[1, 0], size=[2, 3]),
    case((4, 5), start=(1, 2), size=(-1, -1)),
    case((4, 5), start=[0, 5], size=[4, 0]),
]
ERRORS["slice"] = [refused((4, 5), start=[1], size=[2], given=[(4, 5)])]
CASES["gather"] = [
    case((4, 3), integers(5, high=4)),
    case((4, 3), integers(2, 3, high=4)),
    case((4,), integers(3, high=4)),
    case((4, 3), integers(0, high=4)),
    case((4, 2, 3), integers(1, high=4), note="equal indices add up in the gradient"),
    case((2, 3), integers(6, high=2)),
    flat(integers(4, 2, high=9), integers(3, high=4)),
]
CASES["one_hot"] = [
    flat(integers(4, high=3), num_classes=3),
    flat(integers(2, 3, high=4), num_classes=4),
    flat(integers(0, high=3), num_classes=3),
    flat(np.array([[0]]), num_classes=1),
    flat(np.array([0, 3, -1, 2]), num_classes=3, note="zeros where there is no such class"),
]
CASES["temporal_padding"] = [
    case((2, 3, 2)),
    case((2, 3, 2), padding=(2, 0)),
    case((2, 3, 2), padding=(0, 0)),
    case((0, 3, 2), padding=(1, 2)),
    case((2, 0, 2)),
]
ERRORS["temporal_padding"] = [refused((2, 3), given=[(2, 3)])]
CASES["spatial_2d_padding"] = [
    case((2, 3, 4, 1)),
    *both_formats(case, 2, 3, 4, 2, padding=((1, 0), (0, 2))),
    case((0, 3, 4, 2), padding=((1, 2), (3, 4))),
]
CASES["spatial_3d_padding"] = [
    case((1, 2, 3, 2, 1)),
    *both_formats(case, 2, 1, 2, 3, 2, padding=((1, 0), (0, 2), (1, 1))),
]
CASES["resize_images"] = [
    *both_formats(case, 2, 3, 2, 2, height_factor=2, width_factor=3),
    *both_formats(case, 2, 3, 4, 1, height_factor=1, width_factor=1),
    *both_formats(case, 0, 3, 4, 1, height_factor=2, width_factor=1),
    *both_formats(case, 2, 3, 4, 2, height_factor=2, width_factor=3, interpolation="bilinear"),
    case((1, 1, 1, 1), 2, 2, "channels_last"),
]
CASES["resize_volumes"] = [
    *both_formats(case, 1, 2, 3, 2, 2, depth_factor=2, height_factor=1, width_factor=3),
    case((2, 1, 1, 2, 1), 1, 2, 1, "channels_last"),
]
ERRORS["spatial_2d_padding"] = [
    refused((1, 3, 4, 2), data_format="nonsense", given=["data_format", "nonsense"]),
    refused((1, 3, 4), given=[(1, 3, 4)]),
]
ERRORS["spatial_3d_padding"] = [
    refused((1, 3, 4, 5, 2), data_format="nonsense", given=["data_format", "nonsense"]),
    refused((1, 3, 4, 5), given=[(1, 3, 4, 5)]),
]
ERRORS["resize_images"] = [
    refused((1, 3, 4, 2), 2, 2, "nonsense", given=["data_format", "nonsense"]),
    refused((3, 4, 2), 2, 2, "channels_last", given=[(3, 4, 2)]),
]
ERRORS["resize_volumes"] = [
    refused((1, 2, 3, 4, 2), 1, 1, 1, "nonsense", given=["data_format", "nonsense"]),
    refused((1, 3, 4, 2), 1, 1, 1, "channels_last", given=[(1, 3, 4, 2)]),
]
