"""Pooling: the largest or the mean element under a window."""
from ..graph import ShapeError, Tensor, composite, primitive
from .convolution import channels_last, restored, sizes_of, windowed


@primitive
def pool(x: Tensor, window, strides, padding, mode):
    """The largest ('max') or mean ('avg') element under a window; x has its channels last.

    Arguments
        x: tensor (samples, spatial..., channels).
        window: sizes of the window.
        strides: steps of the window.
        padding: 'valid' or 'same'; cells of padding never count.
        mode: 'max' or 'avg'.
    """
    if x.ndim != len(window) + 2:
        raise ShapeError(f"pool: x has {len(window) + 2} axes; given shape {x.shape}.")
    if padding not in ("valid", "same"):
        raise ValueError(f"pool: padding is 'valid' or 'same'; given {padding!r}.")
    if mode not in ("max", "avg"):
        raise ValueError(f"pool: pool_mode is 'max' or 'avg'; given {mode!r}.")
    spatial = windowed("pool", x, window, strides, padding, (1,) * len(window),
                       f"a pool_size of {window}")
    return (x.shape[0], *spatial, x.shape[-1]), x.dtype


def _pool(op, n, x, pool_size, strides, padding, data_format, pool_mode):
    window = sizes_of(pool_size, n, "pool_size", op)
    strides = sizes_of(strides, n, "strides", op)
    return restored(pool(channels_last(x, data_format), window, strides, padding, pool_mode),
                    data_format)


@composite
def pool1d(x: Tensor, pool_size, strides=1, padding="valid", data_format="channels_last",
           pool_mode="max"):
    """Pooling along time.

    Arguments
        x: tensor of 3 axes.
        pool_size: int.
        strides: int.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        pool_mode: 'max' or 'avg'.
    """
    return _pool("pool1d", 1, x, pool_size, strides, padding, data_format, pool_mode)


@composite
def pool2d(x: Tensor, pool_size, strides=(1, 1), padding="valid", data_format=None,
           pool_mode="max"):
    """Pooling over pictures.

    Arguments
        x: tensor of 4 axes.
        pool_size: pair of ints.
        strides: pair of ints.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        pool_mode: 'max' or 'avg'.
    """
    return _pool("pool2d", 2, x, pool_size, strides, padding, data_format, pool_mode)


@composite
def pool3d(x: Tensor, pool_size, strides=(1, 1, 1), padding="valid", data_format=None,
           pool_mode="max"):
    """Pooling over volumes.

    Arguments
        x: tensor of 5 axes.
        pool_size: three ints.
        strides: three ints.
        padding: 'valid' or 'same'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        pool_mode: 'max' or 'avg'.
    """
    return _pool("pool3d", 3, x, pool_size, strides, padding, data_format, pool_mode)
