"""Normalisation and the losses of a classifier."""

import numpy as np

from . import elementwise, reduction
from .arrays import EPSILON, array, as_given, channels_last, counted


def softmax(x, axis=-1):
    """e ** x over its sum along `axis`."""
    x = array(x)
    return np.exp(x - reduction.logsumexp(x, axis, keepdims=True))


def l2_normalize(x, axis=None):
    """x / sqrt(max(sum(x ** 2), 1e-12)), the sum along `axis` (None: all axes)."""
    x = array(x)
    return x / np.sqrt(np.maximum(reduction.sum(x * x, axis, keepdims=True), 1e-12))


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-sum(target * log(p)) along `axis`; p is `output` over its sum, in [epsilon, 1 - epsilon].

    With from_logits p is softmax(output), not clipped.
    """
    target, output = array(target), array(output)
    if from_logits:
        logarithm = output - reduction.logsumexp(output, axis, keepdims=True)
    else:
        share = output / reduction.sum(output, axis, keepdims=True)
        logarithm = np.log(np.clip(share, EPSILON, 1 - EPSILON))
    return -reduction.sum(target * logarithm, axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-log(p[target]); p is `output` in [epsilon, 1 - epsilon], then over its sum.

    `target` holds one class for each place of output.shape without `axis`, in any shape.
    """
    output = np.moveaxis(array(output), axis, -1)
    classes = np.asarray(target, "int64").reshape(output.shape[:-1])
    logits = output if from_logits else np.log(np.clip(output, EPSILON, 1 - EPSILON))
    loss = reduction.logsumexp(logits, -1)
    for place in np.ndindex(classes.shape):
        loss[place] -= logits[place][classes[place]]
    return loss


def binary_crossentropy(target, output, from_logits=False):
    """-(t * log(p) + (1 - t) * log(1 - p)), element by element; p in [epsilon, 1 - epsilon]."""
    target, output = array(target), array(output)
    if from_logits:
        positive, negative = -elementwise.softplus(-output), -elementwise.softplus(output)
    else:
        p = np.clip(output, EPSILON, 1 - EPSILON)
        positive, negative = np.log(p), np.log(1 - p)
    return -(target * positive + (1 - target) * negative)


def in_top_k(predictions, targets, k):
    """Whether fewer than k predictions of the row are larger than that of its target.

    So ties at the border count as in. A target that is no class is out.
    """
    predictions, targets = array(predictions), np.asarray(targets, "int64")
    inside = np.zeros(targets.shape, bool)
    for n, target in enumerate(targets):
        if 0 <= target < predictions.shape[1]:
            inside[n] = np.sum(predictions[n] > predictions[n, target]) < k
    return inside


def beside(vector, x, axes):
    """`vector`, whose sizes are those of x's `axes`, shaped so that it broadcasts with x."""
    return array(vector).reshape([n if i in axes else 1 for i, n in enumerate(x.shape)])


def normalize_batch_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    """((x - mean) / sqrt(variance + epsilon) * gamma + beta, mean, variance) of this batch.

    Mean and variance (the biased one) have the axes that are not reduced, and so have gamma and
    beta; None stands for 1 and 0.
    """
    x = array(x)
    reduced = counted(reduction_axes, x.ndim)
    kept = [axis for axis in range(x.ndim) if axis not in reduced]
    mean, variance = reduction.mean(x, reduced), reduction.var(x, reduced)
    y = (x - beside(mean, x, kept)) / np.sqrt(beside(variance, x, kept) + epsilon)
    if gamma is not None:
        y = y * beside(gamma, x, kept)
    if beta is not None:
        y = y + beside(beta, x, kept)
    return y, mean, variance


def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """(x - mean) / sqrt(var + epsilon) * gamma + beta.

    Vectors belong to `axis`; arrays with more axes broadcast. None stands for beta 0, gamma 1.
    """
    x = array(x)

    def placed(statistic):
        statistic = array(statistic)
        return beside(statistic, x, counted(axis, x.ndim)) if statistic.ndim == 1 else statistic

    y = (x - placed(mean)) / np.sqrt(placed(var) + epsilon)
    if gamma is not None:
        y = y * placed(gamma)
    return y if beta is None else y + placed(beta)


def bias_add(x, bias, data_format=None):
    """`x` plus one bias for each channel, or for each place and channel.

    A bias with as many axes as a sample is given with its channels last. For channels_first
    Keras 2 reshapes it (it does not transpose it) to the shape of the sample, (channels, ...).
    """
    x, bias = array(x), array(bias)
    if x.ndim == 2:
        return x + bias
    if bias.ndim == 1:
        return as_given(channels_last(x, data_format) + bias, data_format)
    if data_format == "channels_first":
        bias = bias.reshape((bias.shape[-1],) + bias.shape[:-1])
    return x + bias
