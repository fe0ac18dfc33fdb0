"""Recurrent networks that libraries have in one piece.

Each is given by its `body`, the same network as a loop: an engine that has no such piece runs that.
"""
from ..graph import Tensor, composite


@composite
def lstm(x: Tensor, h: Tensor, c: Tensor, kernels: Tensor, recurrent_kernels: Tensor,
         bias: Tensor | None, backwards, body):
    """Long short-term memory along sequences, with sigmoid gates and tanh.

    Arguments
        x: tensor (samples, steps, n).
        h: the first output (samples, units).
        c: the first cell state (samples, units).
        kernels: (4, n, units), those of the gates i, f, candidate, o.
        recurrent_kernels: (4, units, units), likewise.
        bias: (4, 1, units), or None.
        backwards: whether to begin with the last step.
        body: function without arguments that returns the result.

    Returns
        (last output, outputs (samples, steps, units), last h, last c)
    """
    return body()


@composite
def gru(x: Tensor, h: Tensor, kernels: Tensor, recurrent_kernels: Tensor,
        biases: Tensor | None, backwards, body):
    """Gated recurrent units along sequences, with sigmoid gates and tanh, the gate r applied behind
    the product with the state.

    Arguments
        x: tensor (samples, steps, n).
        h: the first output (samples, units).
        kernels: (3, n, units), those of the gates z, r and of the candidate.
        recurrent_kernels: (3, units, units), likewise.
        biases: (2, 3, 1, units), of the inputs and of the state, or None.
        backwards: whether to begin with the last step.
        body: function without arguments that returns the result.

    Returns
        (last output, outputs (samples, steps, units), last h)
    """
    return body()
