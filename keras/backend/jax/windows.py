"""Convolution and pooling: a window that slides over arrays with their channels last."""
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ...graph.shapes import same_padding
from .lowering import lowers

LAYOUTS = {1: ("NWC", "WIO", "NWC"), 2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}


@lowers
def convolution(x, kernel, strides, padding, dilation, groups):
    n = kernel.ndim - 2
    return lax.conv_general_dilated(
        x, kernel, strides, padding.upper(), rhs_dilation=dilation,
        dimension_numbers=LAYOUTS[n], feature_group_count=groups)


@lowers
def transposed_convolution(x, kernel, output_shape, strides, padding, dilation):
    shape = (x.shape[0], *(int(size) for size in output_shape[1:-1]), kernel.shape[-2])
    whole = jax.ShapeDtypeStruct(shape, x.dtype)
    adjoint = jax.linear_transpose(
        lambda y: convolution(y, kernel, strides, padding, dilation, 1), whole)
    return adjoint(x)[0]


@lowers
def pool(x, window, strides, padding, mode):
    window, strides = (1, *window, 1), (1, *strides, 1)
    if mode == "max":
        least = -np.inf if jnp.issubdtype(x.dtype, jnp.floating) else np.iinfo(x.dtype).min
        return lax.reduce_window(x, np.asarray(least, x.dtype), lax.max, window, strides,
                                 padding.upper())

    def sums(x):
        return lax.reduce_window(x, np.zeros((), x.dtype), lax.add, window, strides,
                                 padding.upper())

    return sums(x) / sums(jnp.ones((1, *x.shape[1:-1], 1), x.dtype))  # padding does not count
