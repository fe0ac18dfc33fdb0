"""imdb_lstm, as fast as we know how to write it in torch calls.

Six products with all time steps in them (projection, its two derivatives, the recurrence and its
two derivatives) take 12 ms at the processor's peak (MKL, 180 GFLOP/s on 2 cores of 2.6 GHz Zen 4);
*plain* takes 60. What went:

- autograd: the derivative is written out. In its loop over time are only the five operations that
  hang on the step after; whatever is a function of the forward pass alone is computed before
  it, for all steps at once, and the weights' derivatives after it, with one product for all steps;
- the four gates are the batch of one `bmm` (26 us a step; four products 44-50), for each gate has
  its own dropped-out copy of the state;
- hard_sigmoid's slope and offset are put into the weights, which leaves clamp(z, 0, 1);
- the order of the gates in memory is g, i, f, o (g the candidate): i, f, o are clamped together,
  and g, i, f take their derivatives from the cell state together;
- Adam on one flat buffer, 0.7 ms; torch.optim.Adam 3.6, mostly for the embedding.
"""
import numpy as np
import torch
from best.pieces import FusedAdam, Masks, flat_parameters, keep_freed_memory
from program import Program
from workloads import TIMESTEPS, UNITS, WORKLOADS, arrays, weights

BATCH = WORKLOADS["imdb_lstm"].batch_size
SLOPE, OFFSET = 0.2, 0.5


def gates_first(kernel):
    """Keras' (n, 4 * units) in the order i, f, c, o -> (4, n, units) in the order g, i, f, o."""
    i, f, g, o = np.split(kernel, 4, axis=-1)
    return np.stack([g, i, f, o])


def inside(s):
    """1 where `s` = clamp(z, 0, 1) is between its two corners, else 0."""
    return (s - s * s).sign_()


class ImdbLstm(Program):

    def __init__(self, dropout=True):
        keep_freed_memory()
        x, y = arrays("imdb_lstm")
        super().__init__(torch.from_numpy(x), torch.from_numpy(y), BATCH)
        embedding, kernel, recurrent_kernel, bias, w, b = weights("imdb_lstm")
        self.parameters, self.gradient, self.weights, self.gradients = flat_parameters([
            embedding, gates_first(kernel), gates_first(recurrent_kernel),
            gates_first(bias[None]), w, b])
        self.optimizer = FusedAdam(self.parameters, self.gradient)
        self.masks = Masks(0.2) if dropout else None
        self.x_mask = torch.ones(4, 1, BATCH, UNITS)
        self.h_mask = torch.ones(4, BATCH, UNITS)
        self.slopes = torch.tensor([1, SLOPE, SLOPE, SLOPE]).view(4, 1, 1)
        self.offsets = torch.tensor([0, OFFSET, OFFSET, OFFSET]).view(4, 1, 1)
        self.dropped_x = self.per_gate()
        self.projected = self.per_gate()
        self.gates = self.per_gate()
        self.d_z = self.per_gate()
        # State t is the one before time step t.
        self.dropped_h = torch.zeros(4, TIMESTEPS + 1, BATCH, UNITS)
        self.c = torch.zeros(TIMESTEPS + 1, BATCH, UNITS)
        self.tanh_c = torch.empty(TIMESTEPS, BATCH, UNITS)
        self.z = torch.empty(4, BATCH, UNITS)
        self.forward_steps = self.views_of_forward_steps()
        self.factors = self.projected
        self.d_c_by_d_h = torch.empty(TIMESTEPS, BATCH, UNITS)
        self.backward_steps = self.views_of_backward_steps()

    @staticmethod
    def per_gate():
        return torch.empty(4, TIMESTEPS, BATCH, UNITS)

    @torch.inference_mode()
    def step(self, x, y):
        embedding, kernel, recurrent_kernel, bias, w, b = self.weights
        g_embedding, g_kernel, g_recurrent_kernel, g_bias, g_w, g_b = self.gradients
        if self.masks:
            self.masks.fill(self.x_mask)
            self.x_mask.mul_(1.25)
            self.masks.fill(self.h_mask)
            self.h_mask.mul_(1.25)
        tokens = x.t().reshape(-1)
        slopes = self.slopes
        kernel = kernel * slopes
        recurrent_kernel = recurrent_kernel * slopes
        bias = torch.addcmul(self.offsets, bias, slopes)

        h = self.forward(embedding.index_select(0, tokens), kernel, recurrent_kernel, bias)
        logits = torch.addmm(b, h, w)
        # The derivative of binary cross-entropy by the logits.
        d_logits = torch.sigmoid(logits).sub_(y).mul_(1 / BATCH)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y).item()

        self.gradient.zero_()
        torch.mm(h.t(), d_logits, out=g_w)
        torch.sum(d_logits, 0, out=g_b)
        self.backward(d_logits * w.t(), recurrent_kernel)
        d_z = self.d_z.view(4, -1, UNITS)
        dropped_h = self.dropped_h[:, :-1].view(4, -1, UNITS)
        torch.bmm(dropped_h.transpose(1, 2), d_z, out=g_recurrent_kernel).mul_(slopes)
        dropped_x = self.dropped_x.view(4, -1, UNITS)
        torch.bmm(dropped_x.transpose(1, 2), d_z, out=g_kernel).mul_(slopes)
        torch.sum(d_z, 1, keepdim=True, out=g_bias).mul_(slopes)
        d_x = torch.bmm(d_z, kernel.transpose(1, 2)).view_as(self.dropped_x).mul_(self.x_mask)
        g_embedding.index_add_(0, tokens, d_x.sum(0).view(-1, UNITS))
        self.optimizer.step()
        return loss

    def views_of_forward_steps(self):
        """What each time step reads and writes. Making these views in every step costs 2 ms."""
        return list(zip(
            self.projected.unbind(1), self.dropped_h.unbind(1), self.dropped_h[:, 1:].unbind(1),
            self.gates[1:].unbind(1), *self.gates, self.c, self.c[1:], self.tanh_c))

    def views_of_backward_steps(self):
        """The same for the way back, last step first."""
        return list(zip(
            self.factors[:3].unbind(1), self.factors[3], self.d_c_by_d_h, self.gates[2],
            self.d_z.unbind(1), self.d_z[:3].unbind(1), self.d_z[3]))[::-1]

    def forward(self, x, kernel, recurrent_kernel, bias):
        """The last h. x: (time * batch, features)."""
        torch.mul(x.view(1, TIMESTEPS, BATCH, UNITS), self.x_mask, out=self.dropped_x)
        projected = self.projected
        torch.baddbmm(bias, self.dropped_x.view(4, -1, UNITS), kernel,
                      out=projected.view(4, -1, UNITS))
        z, h_mask = self.z, self.h_mask
        clamped, candidate = z[1:], z[0]
        for x_t, h_before, h_after, ifo, g, i, f, o, c_before, c_after, tanh_c in (
                self.forward_steps):
            torch.baddbmm(x_t, h_before, recurrent_kernel, out=z)
            torch.clamp(clamped, 0, 1, out=ifo)
            torch.tanh(candidate, out=g)
            torch.mul(f, c_before, out=c_after)
            c_after.addcmul_(i, g)
            torch.tanh(c_after, out=tanh_c)
            h = o * tanh_c
            torch.mul(h, h_mask, out=h_after)
        return h

    def backward(self, d_h, recurrent_kernel):
        """Fills `d_z`, the derivatives by the gates before their activations, from the last h's."""
        g, i, f, o = self.gates
        tanh_c = self.tanh_c
        # What d_c (d_h for o) is multiplied with to give each gate's part of d_z, in its place.
        by_g, by_i, by_f, by_o = self.factors
        torch.mul(i, 1 - g * g, out=by_g)
        torch.mul(g, inside(i), out=by_i)
        torch.mul(self.c[:-1], inside(f), out=by_f)
        torch.mul(tanh_c, inside(o), out=by_o)
        torch.mul(o, 1 - tanh_c * tanh_c, out=self.d_c_by_d_h)
        transposed = recurrent_kernel.transpose(1, 2)
        h_mask = self.h_mask
        d_c = torch.zeros_like(d_h)
        d_h4 = torch.empty_like(self.z)
        for by_c, by_h, c_by_h, f_t, d_z, d_z_c, d_z_h in self.backward_steps:
            d_c.addcmul_(d_h, c_by_h)
            torch.mul(by_c, d_c, out=d_z_c)
            torch.mul(by_h, d_h, out=d_z_h)
            d_c.mul_(f_t)
            torch.bmm(d_z, transposed, out=d_h4)
            d_h = d_h4.mul_(h_mask).sum(0)


setup = ImdbLstm
