"""Recurrent networks that torch has in one piece: oneDNN's on the CPU, cuDNN's on a GPU. They have
tanh, sigmoid gates, no dropout, no masks, and the gate r behind the product with the state."""
import torch

ACTIVATIONS = ("tanh", "sigmoid")


def weights(kernels, recurrent_kernels, biases):
    """The list of weights that torch wants, from one kernel and bias per gate."""
    found = [k.transpose(1, 2).reshape(-1, k.shape[1]) for k in (kernels, recurrent_kernels)]
    found += [b.reshape(-1) for b in biases]
    if not kernels.is_cuda:
        return found
    # cuDNN wants them one after the other in memory; torch warns at every call if they are not.
    parts = torch.cat([w.reshape(-1) for w in found]).split([w.numel() for w in found])
    return [part.view(w.shape) for part, w in zip(parts, found)]


def both(bias, state_bias):
    """The biases that torch wants, of the inputs and of the state; none if there is neither."""
    if bias is None:
        return []
    return bias, torch.zeros_like(bias) if state_bias is None else state_bias


def lstm(x, states, kernels, recurrent_kernels, bias, state_bias):
    """What `K.recurrence` returns, of kind 'lstm'."""
    outputs, h, c = torch.lstm(
        x, [state[None] for state in states],
        weights(kernels, recurrent_kernels, both(bias, state_bias)), bias is not None, 1, 0.0,
        torch.is_grad_enabled(), False, True)
    return h[0], outputs, h[0], c[0]


def gru(x, states, kernels, recurrent_kernels, bias, state_bias):
    """What `K.recurrence` returns, of kind 'gru_reset_after'."""
    order = [1, 0, 2]  # torch has r before z
    biases = [b[order] for b in both(bias, state_bias)]
    outputs, h = torch.gru(
        x, states[0][None], weights(kernels[order], recurrent_kernels[order], biases),
        bias is not None, 1, 0.0, torch.is_grad_enabled(), False, True)
    return h[0], outputs, h[0]


NETWORKS = {"lstm": lstm, "gru_reset_after": gru}
