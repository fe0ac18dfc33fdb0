"""Pictures and volumes enlarged by whole factors."""
from ..graph import ShapeError, Tensor, composite
from .convolution import channels_last, restored, sizes_of
from .shaping import concatenate, expand_dims, repeat_elements, reshape, shape


@composite
def enlarged(x: Tensor, factors):
    """x (samples, spatial..., channels) with each cell repeated along its spatial axes.

    Arguments
        x: tensor, channels last.
        factors: an int >= 1 per spatial axis.
    """
    for axis, factor in enumerate(factors, 1):
        if factor > 1:
            x = repeat_elements(x, factor, axis)
    return x


def _between(x, factor, axis):
    """Cells of x along `axis`, and `factor - 1` more on the straight line to the next one."""
    if factor == 1:
        return x
    before = (slice(None),) * axis
    following = concatenate([x[(*before, slice(1, None))], x[(*before, slice(-1, None))]], axis)
    x, following = expand_dims(x, axis + 1), expand_dims(following, axis + 1)
    way = following - x
    cells = concatenate([x, *(x + way * (i / factor) for i in range(1, factor))], axis + 1)
    sizes = [shape(x)[i] if size is None else size for i, size in enumerate(x.shape)]
    return reshape(cells, (*sizes[:axis], sizes[axis] * factor, *sizes[axis + 2:]))


@composite
def interpolated(x: Tensor, factors):
    """x (samples, spatial..., channels) enlarged, with new cells on straight lines between the
    old ones: cell i of the result lies at i / factor.

    Arguments
        x: tensor, channels last.
        factors: an int >= 1 per spatial axis.

    Source: TensorFlow 1, resize_bilinear without align_corners.
    """
    for axis, factor in enumerate(factors, 1):
        x = _between(x, factor, axis)
    return x


RESIZE = {"nearest": enlarged, "bilinear": interpolated}


def _resized(op, x, factors, data_format, interpolation="nearest"):
    n = len(factors)
    if x.ndim != n + 2:
        raise ShapeError(f"{op}: x has {n + 2} axes; given shape {x.shape}.")
    if interpolation not in RESIZE:
        raise ValueError(f"{op}: interpolation is 'nearest' or 'bilinear'; "
                         f"given {interpolation!r}.")
    factors = sizes_of(factors, n, "a factor", op)
    return restored(RESIZE[interpolation](channels_last(x, data_format), factors), data_format)


@composite
def resize_images(x: Tensor, height_factor, width_factor, data_format, interpolation="nearest"):
    """Pictures enlarged by whole factors.

    Arguments
        x: tensor of 4 axes.
        height_factor: int >= 1.
        width_factor: int >= 1.
        data_format: 'channels_last' or 'channels_first'.
        interpolation: 'nearest' repeats cells, 'bilinear' puts new ones on straight lines.

    Source: Keras 2.1.6 manual, Backend; `interpolation` from 2.2.
    """
    return _resized("resize_images", x, (height_factor, width_factor), data_format, interpolation)


@composite
def resize_volumes(x: Tensor, depth_factor, height_factor, width_factor, data_format):
    """Volumes enlarged by whole factors; cells are repeated.

    Arguments
        x: tensor of 5 axes.
        depth_factor: int >= 1.
        height_factor: int >= 1.
        width_factor: int >= 1.
        data_format: 'channels_last' or 'channels_first'.
    """
    return _resized("resize_volumes", x, (depth_factor, height_factor, width_factor), data_format)
