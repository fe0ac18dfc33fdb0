"""The loops of recurrent cells along time, and those of their derivatives, in calls of torch.

z, r, i, f, o are the gates of the papers, `made` is the candidate; d_x is the derivative of the
loss by x. Buffers have the shape (gates, steps, samples, units), or (steps, samples, units).
"""
import torch

from .lowering import HALF

aten = torch.ops.aten

# Activations, x -> out; and "past" them, the share times the derivative of y by x, known from y.


def _linear(x, out):
    out.copy_(x)


def _through(share, y, out):
    out.copy_(share)


def _relu(x, out):
    torch.clamp_min(x, 0, out=out)


def _past_relu(share, y, out):
    aten.threshold_backward.grad_input(share, y, 0, grad_input=out)


def _sigmoid(x, out):
    torch.sigmoid(x, out=out)


def _past_sigmoid(share, y, out):
    aten.sigmoid_backward.grad_input(share, y, grad_input=out)


def _clip(x, out):
    torch.clamp(x, 0, 1, out=out)


def _past_clip(share, y, out):
    aten.hardtanh_backward.grad_input(share, y, 0, 1, grad_input=out)


def _hard_sigmoid(x, out):
    torch.add(HALF, x, alpha=0.2, out=out)
    torch.clamp(out, 0, 1, out=out)


def _past_hard_sigmoid(share, y, out):
    _past_clip(share, y, out)
    out.mul_(0.2)


def _tanh(x, out):
    torch.tanh(x, out=out)


def _past_tanh(share, y, out):
    aten.tanh_backward.grad_input(share, y, grad_input=out)


ACTIVATIONS = {"linear": (_linear, _through), "relu": (_relu, _past_relu),
               "sigmoid": (_sigmoid, _past_sigmoid), "tanh": (_tanh, _past_tanh),
               "hard_sigmoid": (_hard_sigmoid, _past_hard_sigmoid), "clip": (_clip, _past_clip)}


class Product:
    """The products of a state with the kernels of some gates, at each step.

    Arguments
        kernels: (gates, units, units).
        mask: a dropout mask for the state, (1 or gates, samples, units); or None.
        states: the buffer (steps, samples, units) in which the state is.
    """

    def __init__(self, kernels, mask, states):
        self.kernels = kernels
        self.mask = mask
        self.states = states[None]
        if mask is not None:
            self.states = states.new_empty((len(mask), *states.shape))
            self.dropped = self.states.unbind(1)
        self.left = self.states.expand(len(kernels), *states.shape).unbind(1)

    def __call__(self, t, h, x, out):
        """`out` becomes x + the product of h, the state of step t."""
        if self.mask is not None:
            torch.mul(h, self.mask, out=self.dropped[t])
        torch.baddbmm(x, self.left[t], self.kernels, out=out)

    def back(self):
        """A function (d_out, out): `out` becomes the derivative by the state."""
        kernels, mask = self.kernels.transpose(1, 2), self.mask
        parts = torch.empty_like(self.left[0])

        def product(d_out, out):
            torch.bmm(d_out, kernels, out=parts)
            if mask is not None:
                parts.mul_(mask)
            torch.sum(parts, 0, out=out)

        return product

    def by_kernels(self, d_out):
        """The derivative by the kernels."""
        rows = self.states.flatten(1, 2).transpose(1, 2)
        return torch.bmm(rows.expand(len(d_out), -1, -1), d_out.flatten(1, 2))


class Cell:
    """A kind of cell along one batch of sequences. `forward` returns (outputs, *last states),
    `backward` takes the derivatives by them, None for 0, and returns those by forward's arguments.

    Arguments
        activations: names of those of the candidate and of the gates.
        masks: dropout masks for the state, one for each `Product`; or none.
        moves: bools (steps, samples, 1), where the states move on; None for everywhere.
        saving: whether there will be a way back.
    """

    def __init__(self, activations, masks, moves, saving):
        (self.act, self.past_act), (self.gate, self.past_gate) = (
            ACTIVATIONS[name] for name in activations)
        self.masks = masks or (None, None)
        self.moves = moves
        self.saving = saving

    def room(self, sums, gates):
        """A buffer for some gates at all steps, or at one where nothing is saved."""
        return sums.new_empty((gates, sums.shape[1] if self.saving else 1, *sums.shape[2:]))

    def turns(self, sums, *buffers):
        """The number of each step, and the views of buffers that belong to it."""
        steps = sums.shape[1]
        views = [x.unbind(x.ndim - 3) for x in buffers]
        return zip(range(steps), *(v * steps if len(v) == 1 else v for v in views))

    def stay(self, t, new, old):
        """The old state in the place of the new one, where it does not move on."""
        if self.moves is not None:
            torch.where(self.moves[t], new, old, out=new)

    def held(self, factors, carried=None):
        """Make factors 0 where the state stayed, and `carried`, its own part in the derivative,
        1. Returns (carried, what passes by the gates, by step)."""
        if self.moves is None:
            return carried, None
        moved = self.moves.to(factors.dtype)
        factors.mul_(moved)
        stayed = 1 - moved
        return None if carried is None else torch.addcmul(stayed, carried, moved), stayed


def history(sums, first):
    """A buffer for a state before the first step and after each."""
    buffer = sums.new_empty((sums.shape[1] + 1, *sums.shape[2:]))
    buffer[0] = first
    return buffer


def last_derivative(given, like):
    """A copy of the derivative by the last state, and room for another step's."""
    return torch.zeros_like(like) if given is None else given.clone(), torch.empty_like(like)


class SimpleRNN(Cell):
    """h = act(x + h U)"""

    def forward(self, sums, h, kernels):
        hs = history(sums, h)
        product = Product(kernels, self.masks[0], hs[:-1])
        self.saved = hs, product
        z = torch.empty_like(sums[:, 0])
        for t, x, h, new in self.turns(sums, sums, hs[:-1], hs[1:]):
            product(t, h, x, z)
            self.act(z[0], new)
            self.stay(t, new, h)
        return hs[1:], hs[-1]

    def backward(self, d_outputs, d_h):
        hs, product = self.saved
        d_z = torch.empty_like(hs[None, 1:])
        self.past_act(torch.ones_like(d_z[0]), hs[1:], d_z[0])
        _, stayed = self.held(d_z)
        back = product.back()
        d_h, d_before = last_derivative(d_h, hs[0])
        for t, d in reversed(list(self.turns(d_z, d_z))):
            if d_outputs is not None:
                d_h.add_(d_outputs[t])
            d.mul_(d_h)
            back(d, d_before)
            if stayed is not None:
                d_before.addcmul_(d_h, stayed[t])
            d_h, d_before = d_before, d_h
        return d_z, d_h, product.by_kernels(d_z)


class LSTM(Cell):
    """c = f c + i made;  h = o act(c)"""

    def forward(self, sums, h, c, kernels):
        hs, cs = history(sums, h), history(sums, c)
        gates = self.room(sums, 5)  # i, f, made, o, and act(c)
        product = Product(kernels, self.masks[0], hs[:-1])
        self.saved = hs, cs, gates, product
        z = torch.empty_like(sums[:, 0])
        z_if, z_made, z_o = z[:2], z[2], z[3]
        for t, x, h, h_new, c, c_new, both, i, f, made, o, shown in self.turns(
                sums, sums, hs[:-1], hs[1:], cs[:-1], cs[1:], gates[:2], *gates):
            product(t, h, x, z)
            self.gate(z_if, both)
            self.act(z_made, made)
            self.gate(z_o, o)
            torch.mul(f, c, out=c_new)
            c_new.addcmul_(i, made)
            self.act(c_new, shown)
            torch.mul(o, shown, out=h_new)
            self.stay(t, c_new, c)
            self.stay(t, h_new, h)
        return hs[1:], hs[-1], cs[-1]

    def backward(self, d_outputs, d_h, d_c):
        hs, cs, (i, f, made, o, shown), product = self.saved
        d_z = torch.empty((4, *i.shape), dtype=i.dtype, device=i.device)
        self.past_gate(made, i, d_z[0])
        self.past_gate(cs[:-1], f, d_z[1])
        self.past_act(i, made, d_z[2])
        self.past_gate(shown, o, d_z[3])
        shares = torch.empty_like(o)  # of d_h in d_c
        self.past_act(o, shown, shares)
        if self.moves is not None:
            shares.mul_(self.moves)
        carried, stayed = self.held(d_z, f)
        back = product.back()
        d_h, d_before = last_derivative(d_h, hs[0])
        d_c, _ = last_derivative(d_c, cs[0])
        for t, d, by_c, by_h, share, kept in reversed(list(self.turns(
                d_z, d_z, d_z[:3], d_z[3], shares, carried))):
            if d_outputs is not None:
                d_h.add_(d_outputs[t])
            d_c.addcmul_(d_h, share)
            by_c.mul_(d_c)
            by_h.mul_(d_h)
            d_c.mul_(kept)
            back(d, d_before)
            if stayed is not None:
                d_before.addcmul_(d_h, stayed[t])
            d_h, d_before = d_before, d_h
        return d_z, d_h, d_c, product.by_kernels(d_z)


class GRU(Cell):
    """h = z h + (1 - z) made;  made = act(x + (r h) U)"""

    def forward(self, sums, h, kernels):
        hs = history(sums, h)
        gates = self.room(sums, 3)  # z, r, made
        seen = torch.empty_like(hs[1:])  # r h
        products = (Product(kernels[:2], self.masks[0], hs[:-1]),
                    Product(kernels[2:], self.masks[1], seen))
        self.saved = hs, gates, products
        sum_zr, sum_made = torch.empty_like(sums[:2, 0]), torch.empty_like(sums[2:, 0])
        for t, x_zr, x_made, h, new, both, z, r, made, rh in self.turns(
                sums, sums[:2], sums[2:], hs[:-1], hs[1:], gates[:2], *gates, seen):
            products[0](t, h, x_zr, sum_zr)
            self.gate(sum_zr, both)
            torch.mul(r, h, out=rh)
            products[1](t, rh, x_made, sum_made)
            self.act(sum_made[0], made)
            torch.lerp(made, h, z, out=new)
            self.stay(t, new, h)
        return hs[1:], hs[-1]

    def backward(self, d_outputs, d_h):
        hs, (z, r, made), products = self.saved
        d_sums = torch.empty((3, *z.shape), dtype=z.dtype, device=z.device)
        self.past_gate(hs[:-1] - made, z, d_sums[0])
        self.past_gate(hs[:-1], r, d_sums[1])
        self.past_act(1 - z, made, d_sums[2])
        carried, _ = self.held(d_sums, z)
        back_zr, back_made = (product.back() for product in products)
        d_h, d_before = last_derivative(d_h, hs[0])
        d_rh = torch.empty_like(d_h)
        for t, d_zr, d_z, d_r, d_made, d_last, r_t, kept in reversed(list(self.turns(
                d_sums, d_sums[:2], *d_sums, d_sums[2:], r, carried))):
            if d_outputs is not None:
                d_h.add_(d_outputs[t])
            d_z.mul_(d_h)
            d_made.mul_(d_h)
            back_made(d_last, d_rh)
            d_r.mul_(d_rh)
            back_zr(d_zr, d_before)
            d_before.addcmul_(d_rh, r_t).addcmul_(d_h, kept)
            d_h, d_before = d_before, d_h
        parts = [product.by_kernels(d) for product, d in zip(products, (d_sums[:2], d_sums[2:]))]
        return d_sums, d_h, torch.cat(parts)


class GRUResetAfter(Cell):
    """h = z h + (1 - z) made;  made = act(x + r u);  u = h U + bias"""

    def forward(self, sums, h, kernels, bias):
        hs = history(sums, h)
        gates = self.room(sums, 4)  # z, r, u, made
        product = Product(kernels, self.masks[0], hs[:-1])
        self.saved = hs, gates, product
        v = torch.empty_like(sums[:, 0])
        v_zr, v_u = v[:2], v[2]
        for t, x_zr, x_made, h, new, both, z, r, u, made in self.turns(
                sums, sums[:2], sums[2], hs[:-1], hs[1:], gates[:2], *gates):
            product(t, h, bias, v)
            u.copy_(v_u)
            self.gate(v_zr.add_(x_zr), both)
            self.act(torch.addcmul(x_made, r, u, out=v_u), made)
            torch.lerp(made, h, z, out=new)
            self.stay(t, new, h)
        return hs[1:], hs[-1]

    def backward(self, d_outputs, d_h):
        hs, (z, r, u, made), product = self.saved
        d_all = torch.empty((4, *z.shape), dtype=z.dtype, device=z.device)  # of z, r, u, made
        self.past_gate(hs[:-1] - made, z, d_all[0])
        self.past_gate(u, r, d_all[1])
        d_all[2] = r
        self.past_act(1 - z, made, d_all[3])
        carried, _ = self.held(d_all, z)
        back = product.back()
        d_h, d_before = last_derivative(d_h, hs[0])
        for t, d_v, d_z, d_ru, d_made, kept in reversed(list(self.turns(
                d_all, d_all[:3], d_all[0], d_all[1:3], d_all[3], carried))):
            if d_outputs is not None:
                d_h.add_(d_outputs[t])
            d_z.mul_(d_h)
            d_made.mul_(d_h)
            d_ru.mul_(d_made)
            back(d_v, d_before)
            d_before.addcmul_(d_h, kept)
            d_h, d_before = d_before, d_h
        d_v = d_all[:3]
        return (torch.cat((d_all[:2], d_all[3:])), d_h, product.by_kernels(d_v),
                d_v.sum((1, 2))[:, None])


CELLS = {"simple": SimpleRNN, "lstm": LSTM, "gru": GRU, "gru_reset_after": GRUResetAfter}
