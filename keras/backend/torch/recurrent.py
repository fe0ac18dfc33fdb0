"""Recurrent networks that torch has in one piece: oneDNN's on the CPU, cuDNN's on a GPU."""
import torch

from .lowering import lowers


def weights(kernels, recurrent_kernels, biases):
    """The list of weights that torch wants, from one kernel and bias per gate."""
    found = [k.transpose(1, 2).reshape(-1, k.shape[1]) for k in (kernels, recurrent_kernels)]
    found += [] if biases is None else [b.reshape(-1) for b in biases]
    if not kernels.is_cuda:
        return found
    # cuDNN wants them one after the other in memory; torch warns at every call if they are not.
    parts = torch.cat([w.reshape(-1) for w in found]).split([w.numel() for w in found])
    return [part.view(w.shape) for part, w in zip(parts, found)]


@lowers
def lstm(x, h, c, kernels, recurrent_kernels, bias, backwards, body):
    biases = None if bias is None else (bias, torch.zeros_like(bias))
    outputs, h, c = torch.lstm(
        x.flip(1) if backwards else x, (h[None], c[None]),
        weights(kernels, recurrent_kernels, biases), bias is not None, 1, 0.0,
        torch.is_grad_enabled(), False, True)
    return h[0], outputs, h[0], c[0]


@lowers
def gru(x, h, kernels, recurrent_kernels, biases, backwards, body):
    order = [1, 0, 2]  # torch has r before z
    biases = None if biases is None else biases[:, order]
    outputs, h = torch.gru(
        x.flip(1) if backwards else x, h[None],
        weights(kernels[order], recurrent_kernels[order], biases), biases is not None, 1, 0.0,
        torch.is_grad_enabled(), False, True)
    return h[0], outputs, h[0]
