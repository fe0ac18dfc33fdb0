"""Recurrent layers as one node of autograd: a loop over the steps, and one back.

In the loops is only what hangs on the step before. What else the way back needs is computed for
all steps at once before it, and the derivatives by the kernels after it, with one product each.
"""
import torch

from . import recurrent
from .cells import CELLS
from .lowering import lowers

# Calls skip autograd's own layer: a small kernel, or a view, takes two thirds of the time.
below_autograd = torch._C._AutoDispatchBelowAutograd


class Recurrence(torch.autograd.Function):
    """A cell of `cells` along time."""

    @staticmethod
    def forward(ctx, cell, *tensors):
        ctx.set_materialize_grads(False)
        ctx.cell = cell
        with below_autograd():
            return cell.forward(*tensors)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, *derivatives):
        with below_autograd():
            return None, *ctx.cell.backward(*derivatives)


# Of hard_sigmoid in its gates; of the candidate none.
SLOPES = {"lstm": (0.2, 0.2, 1, 0.2), "gru": (0.2, 0.2, 1), "gru_reset_after": (0.2, 0.2, 1)}


@lowers
def recurrence(kind, x, states, kernels, recurrent_kernels, bias, state_bias, activations,
               backwards, body, input_mask, state_masks, mask):
    if not x.shape[1]:
        outputs = torch.zeros_like(states[0])
        return outputs, outputs[:, None][:, :0], *states
    if input_mask is not None and input_mask.numel() == 1:  # no dropout in this phase
        kernels, input_mask = kernels * input_mask, None
    if state_masks and state_masks[0].numel() == 1:
        recurrent_kernels, state_masks = recurrent_kernels * state_masks[0], ()
    if backwards:
        x = x.flip(1)
    dropping = input_mask is not None or state_masks
    if kind in recurrent.NETWORKS and activations == recurrent.ACTIVATIONS and not dropping and (
            mask is None):
        return recurrent.NETWORKS[kind](x, states, kernels, recurrent_kernels, bias, state_bias)
    if kind in SLOPES and activations[1] == "hard_sigmoid":
        activations = (activations[0], "clip")
        kernels, recurrent_kernels, bias, state_bias = sloped(
            kind, kernels, recurrent_kernels, bias, state_bias)
    moves = None if mask is None else mask.reshape(mask.shape[:2]).t()[:, :, None].bool()
    if backwards and moves is not None:
        moves = moves.flip(0)
    weights = [recurrent_kernels.contiguous()]  # a twentieth of the time of the loop's products
    if kind == "gru_reset_after":
        weights.append(state_bias if state_bias is not None else kernels.new_zeros(
            (3, 1, kernels.shape[2])))
    tensors = (projected(x, kernels, bias, input_mask), *states, *weights)
    saving = torch.is_grad_enabled() and any(x.requires_grad for x in tensors)
    outputs, *states = Recurrence.apply(CELLS[kind](activations, state_masks, moves, saving),
                                        *tensors)
    return states[0], outputs.transpose(0, 1), *states


def sloped(kind, kernels, recurrent_kernels, bias, state_bias):
    """The weights with the slope and offset of hard_sigmoid in those of its gates, which leaves a
    clip between 0 and 1."""
    slopes = kernels.new_tensor(SLOPES[kind])[:, None, None]
    offsets = (slopes != 1) * kernels.new_tensor(0.5)
    return (kernels * slopes, recurrent_kernels * slopes,
            offsets if bias is None else torch.addcmul(offsets, bias, slopes),
            None if state_bias is None else state_bias * slopes)


def projected(x, kernels, bias, mask):
    """What the inputs (samples, steps, n) add to the gates, (gates, steps, samples, units): step
    by step in memory, as the loop will read it."""
    samples, steps, n = x.shape
    x = x.transpose(0, 1).contiguous()[None]
    if mask is not None:
        x = x * mask[:, None]
    x = x.reshape(len(x), steps * samples, n).expand(len(kernels), -1, -1)
    sums = torch.bmm(x, kernels) if bias is None else torch.baddbmm(bias, x, kernels)
    return sums.view(len(kernels), steps, samples, -1)
