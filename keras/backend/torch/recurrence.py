"""Recurrent layers as one node of autograd: a loop over the steps, and one back.

In the loops is only what hangs on the step before. What else the way back needs is computed for
all steps at once before it, and the derivatives by the kernels after it, with one product each.
"""
import torch

from .cells import CELLS
from .lowering import lowers


class Recurrence(torch.autograd.Function):
    """A cell of `cells` along time."""

    @staticmethod
    def forward(ctx, cell, *tensors):
        ctx.set_materialize_grads(False)
        ctx.cell = cell
        return cell.forward(*tensors)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, *derivatives):
        return None, *ctx.cell.backward(*derivatives)


@lowers
def recurrence(kind, sums, states, weights, activations, backwards, body, masks, mask):
    if not sums.shape[1]:
        outputs = sums.new_zeros(sums.shape[2:])
        return outputs, outputs[:, None][:, :0], *states
    moves = None if mask is None else mask.reshape(mask.shape[:2]).t()[:, :, None].bool()
    if backwards:
        sums = sums.flip(1)
        moves = None if moves is None else moves.flip(0)
    if masks and masks[0].numel() == 1:  # no dropout in this phase
        weights, masks = (weights[0] * masks[0], *weights[1:]), ()
    tensors = (sums, *states, *weights)
    saving = torch.is_grad_enabled() and any(x.requires_grad for x in tensors)
    outputs, *states = Recurrence.apply(CELLS[kind](activations, masks, moves, saving), *tensors)
    return states[0], outputs.transpose(0, 1), *states
