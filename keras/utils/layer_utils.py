"""Layers and their weights: tables, counts, conversions between engines and data formats."""
import numpy as np

from .. import backend as K
from ..layers.wrappers import Wrapper
from ..network import Network
from ..network.printing import print_summary
from ..network.traversal import get_source_inputs
from ..saving.conversion import CONVOLUTIONS, convert_kernel, kind_of

__all__ = ["convert_all_kernels_in_model", "convert_dense_weights_data_format", "count_params",
           "get_source_inputs", "print_summary"]


def count_params(weights):
    """The number of elements of some weights; one that is listed twice counts once.

    Arguments
        weights: list of variables.

    Returns
        int.
    """
    return sum(K.count_params(w) for w in dict.fromkeys(weights))


def convert_all_kernels_in_model(model):
    """Turn the windows of all convolutions by half a turn, from Theano's convention to the other
    engines' and back, in place.

    Arguments
        model: Model; those inside it are converted, too.
    """
    for layer in model.layers:
        while isinstance(layer, Wrapper):
            layer = layer.layer
        if isinstance(layer, Network):
            convert_all_kernels_in_model(layer)
        elif kind_of(layer) in CONVOLUTIONS:
            kernels = layer.weights[:2 if kind_of(layer) == "ConvLSTM2D" else 1]
            K.batch_set_value([(w, convert_kernel(K.get_value(w))) for w in kernels])


def convert_dense_weights_data_format(dense, previous_feature_map_shape,
                                      target_data_format="channels_first"):
    """Reorder, in place, the kernel of a Dense layer behind a Flatten, when the pictures before it
    change their data format.

    Arguments
        dense: Dense layer.
        previous_feature_map_shape: tuple, the shape of a sample before the Flatten, in the target
            data format.
        target_data_format: 'channels_first' or 'channels_last', the one to change to.
    """
    if target_data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"target_data_format is 'channels_first' or 'channels_last'; given "
                         f"{target_data_format!r}.")
    kernel, *bias = dense.get_weights()
    shape = tuple(previous_feature_map_shape)
    if np.prod(shape) != kernel.shape[0]:
        raise ValueError(f"{dense.name} has {kernel.shape[0]} inputs; a feature map of shape "
                         f"{shape} has {np.prod(shape)} elements.")
    units = kernel.shape[1]
    if target_data_format == "channels_first":
        cells = kernel.reshape(*shape[1:], shape[0], units)
        cells = np.moveaxis(cells, -2, 0)
    else:
        cells = kernel.reshape(shape[-1], *shape[:-1], units)
        cells = np.moveaxis(cells, 0, -2)
    dense.set_weights([cells.reshape(-1, units), *bias])
