"""Weights of older files, of Theano and of CuDNN layers in the form of the layers here.

Rules and formulas: those of Keras 2.2.4, with what it did twice done once. Arrays come in and go
out in the order of `layer.weights`; nothing here needs their values, so the same functions tell
the shapes that will come out.
"""
import numpy as np

from .. import backend as K

CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")
UNTURNED = ("DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D")  # extend those above
LSTMS = ("LSTM", "CuDNNLSTM")
GRUS = ("GRU", "CuDNNGRU")


def kind_of(layer):
    """The name of the built-in class that a layer is of, or that its class extends."""
    names = [cls.__name__ for cls in type(layer).__mro__]
    known = [*CONVOLUTIONS, *LSTMS, *GRUS, *UNTURNED, "TimeDistributed", "Bidirectional",
             "Network"]
    return next((name for name in names if name in known), names[0])


def preprocess_weights_for_loading(layer, weights, original_keras_version=None,
                                   original_backend=None, reshape=False):
    """The arrays of a file as `layer` wants them.

    Arguments
        layer: Layer with its weights made.
        weights: list of arrays, in the order of the file.
        original_keras_version: of the file; None or '1...' for Keras 1.
        original_backend: 'theano', 'tensorflow', 'cntk'; None if the file does not say.
        reshape: whether kernels may be reshaped to equal size.

    Returns
        list of arrays.  ValueError where a GRU cannot be converted.
    """
    version, backend = original_keras_version, original_backend
    kind = kind_of(layer)
    if kind == "Bidirectional":
        half = len(weights) // 2
        return [*preprocess_weights_for_loading(layer.forward_layer, weights[:half], version,
                                                backend, reshape),
                *preprocess_weights_for_loading(layer.backward_layer, weights[half:], version,
                                                backend, reshape)]
    if kind == "TimeDistributed":
        return preprocess_weights_for_loading(layer.layer, weights, version, backend, reshape)
    if kind == "Network":
        return _of_network(layer, weights, version, backend, reshape)
    weights = list(weights)
    if version is None or version.startswith("1"):
        weights = from_keras_1(layer, kind, weights)
    if kind in CONVOLUTIONS and weights:
        weights = _convolution(layer, kind, weights, backend, reshape)
    return cudnn_conversion(layer, kind, weights)


def _of_network(network, weights, version, backend, reshape):
    """The flat list of a nested model: the trainable weights of its layers, then the others."""
    result, left = [], list(weights)
    lists = [(layer, own) for own in ("trainable_weights", "non_trainable_weights")
             for layer in network.layers]
    for layer, own in lists:
        count = len(getattr(layer, own))
        if count:
            part, left = left[:count], left[count:]
            result += preprocess_weights_for_loading(layer, part, version, backend, reshape)
    return result + left


# Keras 1


def from_keras_1(layer, kind, weights):
    """The arrays of a layer of Keras 1 in the layout of Keras 2."""
    first = getattr(layer, "data_format", None) == "channels_first"
    if kind == "Conv1D" and weights:
        weights[0] = _conv1d(layer, weights[0])
    elif kind == "Conv2D" and weights and first:
        weights[0] = np.transpose(weights[0], (2, 3, 1, 0))
    elif kind == "Conv2DTranspose" and weights:
        weights[0] = np.transpose(weights[0], (2, 3, 0, 1) if first else (0, 1, 3, 2))
    elif kind == "Conv3D" and weights and first:
        weights[0] = np.transpose(weights[0], (2, 3, 4, 1, 0))
    elif kind == "GRU" and len(weights) == 9:
        weights = _gates(weights, (0, 3, 6))
    elif kind == "LSTM" and len(weights) == 12:
        weights = _gates(weights, (0, 6, 3, 9))
    elif kind == "ConvLSTM2D" and len(weights) == 12:
        kernel, recurrent, bias = _gates(weights, (0, 6, 3, 9))
        if first:
            kernel, recurrent = (np.transpose(w, (2, 3, 1, 0)) for w in (kernel, recurrent))
        weights = [kernel, recurrent, bias]
    return weights


def _conv1d(layer, w):
    """(length, 1, in, out) or (out, in, length, 1) -> (length, in, out)"""
    if w.ndim != 4:
        return w
    if w.shape[:2] != (layer.kernel_size[0], 1) or w.shape[3] != layer.filters:
        w = np.transpose(w, (2, 3, 1, 0))
    return w[:, 0, :, :]


def _gates(weights, order):
    """Arrays kept gate by gate (kernel, recurrent kernel, bias of each) as three arrays."""
    return [np.concatenate([weights[i + part] for i in order], axis=-1) for part in range(3)]


# Kernels of convolutions


def convert_kernel(kernel):
    """A kernel with its spatial axes reversed: Theano's convolutions turn the window.

    Arguments
        kernel: array (window..., in, out) of 3 to 5 axes.
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(f"Invalid kernel shape: {kernel.shape}.")
    return kernel[(slice(None, None, -1),) * (kernel.ndim - 2)]


def _convolution(layer, kind, weights, backend, reshape):
    kernels = 2 if kind == "ConvLSTM2D" else 1
    if backend == "theano" and weights[0].ndim >= 3:  # Theano's; no engine here turns windows
        weights[:kernels] = [convert_kernel(w) for w in weights[:kernels]]
    wanted = tuple(K.int_shape(layer.weights[0]))
    if reshape and weights[0].size == np.prod(wanted) and weights[0].shape != wanted:
        weights[0] = np.reshape(weights[0], wanted)
    elif weights[0].shape != wanted and weights[0].ndim == 4:
        turned = np.transpose(weights[0], (3, 2, 0, 1))
        if turned.shape == wanted:
            weights[0] = turned
            if kernels == 2:
                weights[1] = np.transpose(weights[1], (3, 2, 0, 1))
    return weights


# CuDNN


def gate_blocks(kernel, gates, order):
    """The kernel of an RNN between plain layout and CuDNN's: each gate's matrix is stored
    transposed there, under its own shape.

    Arguments
        kernel: array (n, gates * units).
        gates: int.
        order: 'F' from CuDNN, 'C' to it.
    """
    return np.hstack([k.T.reshape(k.shape, order=order) for k in np.hsplit(kernel, gates)])


def transposed_gates(kernel, gates):
    """A recurrent kernel with each gate's square matrix transposed."""
    return np.hstack([k.T for k in np.hsplit(kernel, gates)])


def cudnn_conversion(layer, kind, weights):
    """LSTM and GRU weights for a layer of the plain or the CuDNN kind, from either.

    Arguments
        layer: LSTM, CuDNNLSTM, GRU or CuDNNGRU; others are left alone.
        kind: name of its class.
        weights: [kernel, recurrent kernel, bias]; without a bias nothing is changed.
    """
    if len(weights) != 3 or kind not in LSTMS + GRUS:
        return weights
    units = weights[1].shape[0]
    shape = weights[2].shape
    convert = _lstm if kind in LSTMS else _gru
    return convert(layer, kind, weights, units, shape)


def _lstm(layer, kind, weights, units, shape):
    sources = {(4 * units,): "LSTM", (8 * units,): "CuDNNLSTM"}
    if shape not in sources:
        raise ValueError(f"{layer.name}: Invalid bias shape: {shape}; that of an LSTM of {units} "
                         f"units is one of {list(sources)}.")
    source = sources[shape]
    if source == kind:
        return weights
    kernel, recurrent, bias = weights
    if kind == "LSTM":
        return [gate_blocks(kernel, 4, "F"), transposed_gates(recurrent, 4),
                sum(np.split(bias, 2))]
    return [gate_blocks(kernel, 4, "C"), transposed_gates(recurrent, 4), np.tile(0.5 * bias, 2)]


def _gru(layer, kind, weights, units, shape):
    sources = {(3 * units,): "GRU(reset_after=False)", (2, 3 * units): "GRU(reset_after=True)",
               (6 * units,): "CuDNNGRU"}
    if shape not in sources:
        raise ValueError(f"{layer.name}: Invalid bias shape: {shape}; that of a GRU of {units} "
                         f"units is one of {list(sources)}.")
    source = sources[shape]
    target = kind if kind != "GRU" else f"GRU(reset_after={bool(layer.reset_after)})"
    if source == target:
        return weights
    if "GRU(reset_after=False)" in (source, target):
        raise ValueError(f"{layer.name}: {source} is not compatible with {target}: the reset gate "
                         f"is applied at another place. Make the layer as a {source}.")
    kernel, recurrent, bias = weights
    if kind == "CuDNNGRU":
        return [gate_blocks(kernel, 3, "C"), transposed_gates(recurrent, 3), bias.reshape(-1)]
    return [gate_blocks(kernel, 3, "F"), transposed_gates(recurrent, 3),
            bias.reshape(2, 3 * units)]
