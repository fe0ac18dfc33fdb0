"""The backend API `K`: every documented function, whatever engine runs it (manual, chapter 14)."""
from ..config import (
    cast_to_floatx,
    epsilon,
    floatx,
    image_data_format,
    normalize_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from ..graph import device, get_uid, name_scope, reset_uids, scratch_graph
from ..ops.control import (
    gradients,
    moving_average_update,
    print_tensor,
    switch,
    update,
    update_add,
    update_sub,
)
from ..ops.convolution import (
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    depthwise_conv2d,
    separable_conv1d,
    separable_conv2d,
)
from ..ops.ctc import ctc_batch_cost, ctc_decode, ctc_label_dense_to_sparse
from ..ops.descent import descent
from ..ops.elementwise import (
    abs,
    cast,
    clip,
    cos,
    elu,
    equal,
    exp,
    greater,
    greater_equal,
    hard_sigmoid,
    identity,
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
    stop_gradient,
    tanh,
)
from ..ops.indexing import gather, one_hot, slice
from ..ops.linear import batch_dot, dot, matrices
from ..ops.local import local_conv1d, local_conv2d
from ..ops.loops import foldl, foldr, map_fn, rnn
from ..ops.nn import (
    batch_normalization,
    bias_add,
    binary_crossentropy,
    categorical_crossentropy,
    in_top_k,
    normalize_batch_in_training,
    softmax,
    sparse_categorical_crossentropy,
)
from ..ops.pooling import pool1d, pool2d, pool3d
from ..ops.random import (
    drawn,
    dropout,
    random_binomial,
    random_normal,
    random_uniform,
    truncated_normal,
)
from ..ops.recurrent import recurrence
from ..ops.reduction import (
    all,
    any,
    argmax,
    argmin,
    cumprod,
    cumsum,
    l2_normalize,
    logsumexp,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)
from ..ops.resizing import resize_images, resize_volumes
from ..ops.shaping import (
    arange,
    batch_flatten,
    concatenate,
    expand_dims,
    flatten,
    ones_like,
    permute_dimensions,
    repeat,
    repeat_elements,
    reshape,
    reverse,
    shape,
    spatial_2d_padding,
    spatial_3d_padding,
    squeeze,
    stack,
    temporal_padding,
    tile,
    transpose,
    zeros_like,
)
from . import common
from .engines import backend
from .exporting import saved_model
from .leaves import (
    constant,
    count_params,
    dtype,
    eye,
    int_shape,
    is_keras_tensor,
    is_placeholder,
    is_sparse,
    is_tensor,
    ndim,
    ones,
    placeholder,
    random_normal_variable,
    random_uniform_variable,
    to_dense,
    variable,
    zeros,
)
from .leaves import int_shape as get_variable_shape
from .native import adapted, called, is_native, library, native, native_effect
from .phase import in_test_phase, in_train_phase, learning_phase, set_learning_phase
from .runtime import (
    Function,
    batch_get_value,
    batch_set_value,
    eval,
    fill_value,
    function,
    get_value,
    set_value,
    value_view,
)
from .sessions import (
    absent,
    clear_session,
    control_dependencies,
    get_session,
    image_dim_ordering,
    manual_variable_initialization,
    set_image_dim_ordering,
    set_session,
)
from .watched import watched


def __getattr__(name):
    if (found := library(name)) is not None:
        return found
    raise AttributeError(absent(name), name=name)
