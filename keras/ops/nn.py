"""Ops of neural networks: bias, softmax, cross-entropies, normalisation, embeddings' kin."""
from ..config import epsilon as fuzz
from ..config import normalize_data_format
from ..graph import Axes, Axis, ShapeError, Tensor, as_tensor, composite, primitive
from ..graph.declare import axis_of
from ..graph.shapes import broadcast
from .elementwise import abs, add, bounded, cast, exp, log, log1p, positive_root, rectify
from .reduction import sum
from .shaping import expand_dims, permute_dimensions, reshape, shape, squeeze


def bias_add(x, bias, data_format=None):
    """x + bias, the bias along the channels.

    Arguments
        x: tensor (samples, ..., channels), or (samples, channels, ...) where channels first.
        bias: tensor of 1 axis (channels,), or of as many axes as a sample of x.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
    """
    if not isinstance(x, Tensor) or not isinstance(bias, Tensor):
        x = as_tensor(x)
        bias = as_tensor(bias, x.dtype)
    first = normalize_data_format(data_format) == "channels_first" and x.ndim > 2
    sizes = x.shape[1] if first else x.shape[-1], bias.shape[-1] if bias.ndim else None
    if bias.ndim not in (1, x.ndim - 1) or None not in sizes and sizes[0] != sizes[1]:
        raise ShapeError(f"bias_add: bias of shape {bias.shape} for x of shape {x.shape}: it has "
                         f"a number per channel, and 1 axis or one less than x.")
    if not first:
        return add(x, bias)
    if bias.ndim == 1:
        return x + reshape(bias, (-1, *(1,) * (x.ndim - 2)))
    sizes = bias.shape if None not in bias.shape else tuple(shape(bias))
    return x + reshape(bias, (sizes[-1], *sizes[:-1]))  # Keras 2 does not transpose it


@primitive
def softmax(x: Tensor, axis: Axis = -1):
    """exp(x) / the sum of exp(x) over `axis`.

    Arguments
        x: tensor of at least 1 axis.
        axis: int.
    """
    return x.shape, x.dtype


# Cross-entropies. The formulas are those of Keras 2 from probabilities, normalised first.


@primitive
def log_softmax(x: Tensor, axis: Axis = -1):
    """log(softmax(x)) over `axis`, without overflow.

    Arguments
        x: tensor.
        axis: int.
    """
    return x.shape, x.dtype


@composite
def categorical_crossentropy(target: Tensor, output: Tensor, from_logits=False, axis=-1):
    """-sum(target * log(output)) over the classes.

    Arguments
        target: tensor of the shape of `output`, probabilities.
        output: tensor (samples, ..., classes); divided by its sum first.
        from_logits: `output` is what softmax would be applied to.
        axis: int, the axis of the classes.

    Source: Keras 2.1.6 manual, Backend; `axis` from 2.2.
    """
    target = target if target.dtype == output.dtype else cast(target, output.dtype)
    if from_logits:
        return -sum(target * log_softmax(output, axis), axis)
    share = output / sum(output, axis, True)
    return -sum(target * log(bounded(share, fuzz(), 1 - fuzz())), axis)


@primitive
def pick(x: Tensor, indices: Tensor):
    """x[..., indices[...]]: one element of each row."""
    return x.shape[:-1], x.dtype


@composite
def sparse_categorical_crossentropy(target: Tensor, output: Tensor, from_logits=False, axis=-1):
    """-log of the output at the class `target`.

    Arguments
        target: integers (samples, ...) or (samples, ..., 1), the numbers of the classes.
        output: tensor (samples, ..., classes), normalised first.
        from_logits: `output` is what softmax would be applied to.
        axis: int, the axis of the classes in `output`.

    Source: Keras 2.1.6 manual, Backend; `axis` from 2.2.
    """
    axis = axis_of(axis, output, "sparse_categorical_crossentropy")
    if axis != output.ndim - 1:
        rest = [i for i in range(output.ndim) if i != axis]
        output = permute_dimensions(output, (*rest, axis))
    if target.ndim == output.ndim and target.shape[-1] in (1, None):
        target = squeeze(target, -1)
    if target.ndim != output.ndim - 1 or any(
            None not in pair and pair[0] != pair[1] for pair in zip(target.shape, output.shape)):
        raise ShapeError(
            f"sparse_categorical_crossentropy: output of shape {output.shape} wants targets of "
            f"shape {output.shape[:-1]} or {(*output.shape[:-1], 1)}; given {target.shape}.")
    logits = output if from_logits else log(bounded(output, fuzz(), 1 - fuzz()))
    return -pick(log_softmax(logits), cast(target, "int64"))


@composite
def binary_crossentropy(target: Tensor, output: Tensor, from_logits=False):
    """-target log(output) - (1 - target) log(1 - output), element by element.

    Arguments
        target: tensor of the shape of `output`, 0..1.
        output: tensor of probabilities, kept `epsilon` away from 0 and 1.
        from_logits: `output` is what a sigmoid would be applied to.
    """
    target = target if target.dtype == output.dtype else cast(target, output.dtype)
    if not from_logits:
        output = bounded(output, fuzz(), 1 - fuzz())
        output = log(output / (1 - output))
    return rectify(output) - output * target + log1p(exp(-abs(output)))


@primitive(differentiable=False)
def in_top_k(predictions: Tensor, targets: Tensor, k):
    """Whether the target class is among the `k` largest predictions; ties count as in.

    Arguments
        predictions: tensor (samples, classes).
        targets: integers (samples,).
        k: int.

    Shapes    -> (samples,), bool
    """
    sizes = *predictions.shape[:1], *targets.shape[:1]
    if predictions.ndim != 2 or targets.ndim != 1 or None not in sizes and sizes[0] != sizes[1]:
        raise ShapeError(f"in_top_k: predictions (samples, classes) and targets (samples,); "
                         f"given {predictions.shape} and {targets.shape}.")
    return targets.shape, "bool"


# Normalisation


def _stretched(op, x, vector, axes):
    """`vector`, one number per channel, shaped so that it broadcasts against x."""
    if vector is None:
        return None
    y = vector
    if y.ndim == x.ndim - len(axes) and axes != tuple(range(len(axes))):
        for axis in axes:
            y = expand_dims(y, axis)
    try:
        broadcast(op, x.shape, y.shape)
    except ShapeError:
        raise ShapeError(f"{op}: a number per channel is wanted, channels being the axes except "
                         f"{axes} of {x.shape}; given shape {vector.shape}.") from None
    return y


@composite
def batch_normalization(x: Tensor, mean: Tensor, var: Tensor, beta: Tensor | None,
                        gamma: Tensor | None, axis=-1, epsilon=1e-3):
    """gamma * (x - mean) / √(var + epsilon) + beta

    Arguments
        x: tensor.
        mean: tensor that broadcasts against x, or one number per channel.
        var: likewise.
        beta: likewise, or None for 0.
        gamma: likewise, or None for 1.
        axis: int, the axis of channels.
        epsilon: number added to the variance.
    """
    axes = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
    mean, var, beta, gamma = (_stretched("batch_normalization", x, v, axes)
                              for v in (mean, var, beta, gamma))
    scale = 1 / positive_root(var + epsilon)
    if gamma is not None:
        scale = scale * gamma
    shift = -mean * scale
    return x * scale + (shift if beta is None else shift + beta)


@primitive
def moments(x: Tensor, axes: Axes):
    """The mean and the biased variance of x over `axes`."""
    rest = tuple(size for i, size in enumerate(x.shape) if i not in axes)
    return [(rest, x.dtype), (rest, x.dtype)]


@composite
def normalize_batch_in_training(x: Tensor, gamma: Tensor | None, beta: Tensor | None,
                                reduction_axes: Axes, epsilon=1e-3):
    """x normalised by its own mean and variance.

    Arguments
        x: tensor.
        gamma: scale per channel, or None.
        beta: shift per channel, or None.
        reduction_axes: list of ints, all axes but that of channels.
        epsilon: number added to the variance.

    Returns
        (normalised x, mean, variance); the variance is the biased one.
    """
    op, axes = "normalize_batch_in_training", reduction_axes
    mean, var = moments(x, axes)
    beta, gamma, m, v = (_stretched(op, x, t, axes) for t in (beta, gamma, mean, var))
    scale = 1 / positive_root(v + epsilon)
    if gamma is not None:
        scale = scale * gamma
    normed = (x - m) * scale
    return (normed if beta is None else normed + beta), mean, var
