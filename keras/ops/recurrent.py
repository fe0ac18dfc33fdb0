"""Recurrent networks that engines may have in one piece.

Each is given by its `body`, the same network as a loop: an engine that has no such piece runs that.
"""
from ..graph import Tensor, Tensors, composite

# Engines that have these in one piece have no second derivative of it: where that is wanted, the
# loop is run.
ONCE = {"lstm", "gru", "recurrence"}


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


@composite
def recurrence(kind, sums: Tensor, states: Tensors, weights: Tensors, activations, backwards, body,
               masks: Tensors = (), mask: Tensor | None = None):
    """A cell along sequences, given what the inputs add to its gates at each step.

    Arguments
        kind: 'simple', 'lstm', 'gru' or 'gru_reset_after'.
        sums: tensor (gates, steps, samples, units); the gates in the order of Keras' kernels.
        states: list of the first states, each (samples, units).
        weights: [recurrent kernels (gates, units, units)], and with gru_reset_after the bias of
            the state, (3, 1, units).
        activations: that of the candidate and that of the gates, names out of 'tanh', 'sigmoid',
            'hard_sigmoid', 'relu', 'linear'.
        backwards: whether to begin with the last step.
        body: function without arguments that returns the result.
        masks: list of what the state is multiplied with for the gates, (1 or gates, samples,
            units): one, or for gru one for z and r and one for the candidate; none for nothing.
            A single number, (1, 1, 1), is the same for both.
        mask: tensor (samples, steps) or (samples, steps, 1), 0 where the states stay as they
            are; or None.

    Returns
        (last output, outputs (samples, steps, units), *last states)
    """
    return body()
