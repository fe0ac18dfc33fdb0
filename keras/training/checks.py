"""Keras 2's tools of training under their names and with their arguments, for code that calls
them; our own loop uses those of `feeding` and `objective`."""
import numpy as np

from .. import losses
from .feeding import check_lengths, standardized
from .loop import shuffled
from .objective import reduced_loss


def make_batches(size, batch_size):
    """The batches of some samples.

    Arguments
        size: int, the number of samples.
        batch_size: int.

    Returns
        list of pairs (first sample, sample after the last); the last batch may be smaller.
    """
    return [(start, min(size, start + batch_size)) for start in range(0, size, batch_size)]


def batch_shuffle(index_array, batch_size):
    """Indices with whole batches mixed; what is left over stays at the end.

    Arguments
        index_array: array of ints.
        batch_size: int.

    Returns
        array, a copy.
    """
    return shuffled(np.array(index_array), "batch", batch_size)


def check_array_length_consistency(inputs, targets, weights=None):
    """ValueError unless all arrays have the same number of samples.

    Arguments
        inputs, targets, weights: lists of arrays; None stands for an array that is not there.
    """
    check_lengths(*([x for x in arrays or [] if x is not None]
                    for arrays in (inputs, targets, weights)))


def check_loss_and_target_compatibility(targets, loss_fns, output_shapes):
    """ValueError for targets of a shape that the losses cannot mean.

    Arguments
        targets: list of arrays.
        loss_fns: list of functions, one per output.
        output_shapes: list of tuples.
    """
    elementwise = (losses.mean_squared_error, losses.binary_crossentropy,
                   losses.categorical_crossentropy)
    for y, loss, shape in zip(targets, loss_fns, output_shapes):
        if y is None or loss is None:
            continue
        if loss is losses.categorical_crossentropy and y.shape[-1] == 1:
            raise ValueError(f"You are passing a target array of shape {y.shape} while using as "
                             f"loss `categorical_crossentropy`, which expects one column per "
                             f"class. Use keras.utils.to_categorical(y), or the loss "
                             f"`sparse_categorical_crossentropy`.")
        if loss in elementwise and any(
                wanted not in (None, given) for given, wanted in zip(y.shape[1:], shape[1:])):
            raise ValueError(f"A target array with shape {y.shape} was passed for an output of "
                             f"shape {shape} while using as loss `{loss.__name__}`. This loss "
                             f"expects targets to have the same shape as the output.")


def standardize_input_data(data, names, shapes=None, check_batch_axis=True, exception_prefix=""):
    """Inputs or targets as a list of arrays in the order of their names.

    Arguments
        data: array, list of arrays, or dict by name.
        names: list of strings.
        shapes: list of tuples that the arrays must fit, with None for any size; None for no
            check.
        check_batch_axis: whether the first size counts, too.
        exception_prefix: 'input' or 'target', for errors.
    """
    what = exception_prefix or "input"
    free = [(None,) * np.ndim(x) for x in _in_order(data, names)] if shapes is None else shapes
    arrays = standardized(data, names, free, what)
    for x, name, shape in zip(arrays, names, shapes or ()):
        if check_batch_axis and shape[0] not in (None, x.shape[0]):
            raise ValueError(f"Error when checking {what}: expected {name} to have shape {shape} "
                             f"but got array with shape {x.shape}")
    return arrays


def _in_order(data, names):
    if isinstance(data, dict):
        return [data[name] for name in names]
    arrays = data if isinstance(data, (list, tuple)) else [data]
    return [np.reshape(x, (-1, 1)) if np.ndim(x) == 1 else x for x in arrays]


def weighted_masked_objective(fn):
    """A loss function with a mask and weights.

    Arguments
        fn: function `(y_true, y_pred) -> tensor`, a score for each sample; None gives None.

    Returns
        function `(y_true, y_pred, weights, mask=None) -> scalar tensor`.
    """
    if fn is None:
        return None

    def weighted(y_true, y_pred, weights, mask=None):
        return reduced_loss(fn(y_true, y_pred), weights, mask)

    return weighted
