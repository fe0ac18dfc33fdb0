"""The functions of chapter 14.5 in NumPy float64, written from their definitions.

Each has the name and the parameters of the K function, and takes and returns arrays. Losses,
metrics and optimizers, some of whose names K has too, stay in `losses`, `metrics`, `descent`.
Nothing here calls, or follows, what it is to judge.
"""
# ruff: noqa: F401 (the names are here to be taken from here)

import types

from . import descent, losses, metrics
from .control import (
    foldl,
    foldr,
    in_test_phase,
    in_train_phase,
    map_fn,
    rnn,
    switch,
)
from .convolution import (
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    depthwise_conv2d,
    local_conv1d,
    local_conv2d,
    separable_conv1d,
    separable_conv2d,
)
from .creation import (
    arange,
    cast,
    cast_to_floatx,
    constant,
    count_params,
    eye,
    identity,
    int_shape,
    moving_average_update,
    ndim,
    ones,
    ones_like,
    print_tensor,
    shape,
    stop_gradient,
    to_dense,
    update,
    update_add,
    update_sub,
    zeros,
    zeros_like,
)
from .ctc import (
    ctc_batch_cost,
    ctc_decode,
    ctc_label_dense_to_sparse,
)
from .elementwise import (
    abs,
    clip,
    cos,
    elu,
    equal,
    exp,
    greater,
    greater_equal,
    hard_sigmoid,
    less,
    less_equal,
    log,
    maximum,
    minimum,
    not_equal,
    pow,
    relu,
    round,
    sigmoid,
    sign,
    sin,
    softplus,
    softsign,
    sqrt,
    square,
    tanh,
)
from .linear import (
    batch_dot,
    dot,
    transpose,
)
from .nn import (
    batch_normalization,
    bias_add,
    binary_crossentropy,
    categorical_crossentropy,
    in_top_k,
    l2_normalize,
    normalize_batch_in_training,
    softmax,
    sparse_categorical_crossentropy,
)
from .pooling import (
    pool2d,
    pool3d,
)
from .reduction import (
    all,
    any,
    argmax,
    argmin,
    cumprod,
    cumsum,
    logsumexp,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)
from .shaping import (
    batch_flatten,
    concatenate,
    expand_dims,
    flatten,
    gather,
    one_hot,
    permute_dimensions,
    repeat,
    repeat_elements,
    reshape,
    resize_images,
    resize_volumes,
    reverse,
    slice,
    spatial_2d_padding,
    spatial_3d_padding,
    squeeze,
    stack,
    temporal_padding,
    tile,
)

NAMES = sorted(name for name, value in globals().items() if isinstance(value, types.FunctionType))
"""The functions of K that have an oracle."""
