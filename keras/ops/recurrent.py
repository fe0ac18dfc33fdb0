"""A recurrent layer as one op, for engines that have it in one piece.

It is given by its `body`, the same network as a loop: an engine that has no such piece runs that.
"""
from ..graph import Tensor, Tensors, composite

# Engines that have these in one piece have no second derivative of it: where that is wanted, the
# loop is run.
ONCE = {"recurrence"}


@composite
def recurrence(kind, x: Tensor, states: Tensors, kernels: Tensor, recurrent_kernels: Tensor,
               bias: Tensor | None, state_bias: Tensor | None, activations, backwards, body,
               input_mask: Tensor | None = None, state_masks: Tensors = (),
               mask: Tensor | None = None):
    """A cell along sequences. How the gates lie in memory is up to the engine.

    Arguments
        kind: 'simple', 'lstm', 'gru' or 'gru_reset_after'.
        x: tensor (samples, steps, n).
        states: list of the first states, each (samples, units).
        kernels: (gates, n, units), the gates in the order of Keras' kernels.
        recurrent_kernels: (gates, units, units), likewise.
        bias: what is added to the products of the inputs, (gates, 1, units), or None.
        state_bias: with gru_reset_after what is added to those of the state, likewise.
        activations: that of the candidate and that of the gates, names out of 'tanh', 'sigmoid',
            'hard_sigmoid', 'relu', 'linear'.
        backwards: whether to begin with the last step.
        body: function without arguments that returns the result.
        input_mask: what the inputs are multiplied with for each gate, (1 or gates, samples, n); a
            single number, (1, 1, 1), where nothing is dropped in this phase; or None.
        state_masks: list of such masks for the state, (1 or gates, samples, units): one, or for
            gru one for z and r and one for the candidate; none for nothing.
        mask: tensor (samples, steps) or (samples, steps, 1), 0 where the states stay as they
            are; or None.

    Returns
        (last output, outputs (samples, steps, units), *last states)
    """
    return body()
