"""tiny, as fast as we know how to write it in torch calls.

A step of this size is all call overhead, so the program makes few and cheap calls. Microseconds
are of a 2.6 GHz Zen 4 core; *plain* takes about 450.

- One thread: with two, any other work on the machine makes OpenMP's barriers cost 100 times the
  step (0.45 ms becomes 49).
- The derivative is written out (autograd: about 4 us a node and 37 for entering it, 90 in all).
- Inference mode: a small `torch.mm` takes 1.5 us instead of 3.
- All parameters lie in one buffer, and so do gradients: one `_fused_adam_` (2.4 us;
  torch.optim.Adam 160, with fused=True 55). Nothing is zeroed, every gradient is written afresh.
- A bias is the last row of its kernel, with a column of ones in the layer's input: no separate
  addition in the forward, no separate sum in the backward pass (saves 8).
- Every intermediate has its buffer, and a view made once.
- One gather brings inputs and targets, by numpy.take (0.3 us; x[index] twice takes 6).
"""
import numpy as np
import torch
from program import Program
from workloads import WORKLOADS, arrays, weights


class Tiny(Program):

    def __init__(self, dropout=True):
        x, y = arrays("tiny")
        batch = WORKLOADS["tiny"].batch_size
        super().__init__(x, y, batch)
        # Columns: the eight inputs, one, the target, the target's share of the loss' derivative.
        self.table = np.concatenate([x, np.ones_like(y), y, -y / batch], axis=1)
        self.row = np.empty((batch, 11), "float32")
        row = torch.from_numpy(self.row)
        self.input = row[:, :9]
        self.target = row[:, 9]
        self.target_share = row[:, 10:]
        self.hidden_1, self.active_1 = self.with_ones(batch, 12)
        self.hidden_2, self.active_2 = self.with_ones(batch, 8)
        self.logit = torch.empty(batch, 1)
        self.d_logit = torch.empty(batch, 1)
        self.d_2 = torch.empty(batch, 8)
        self.d_1 = torch.empty(batch, 12)
        values = weights("tiny")
        self.parameters = torch.from_numpy(np.concatenate([value.ravel() for value in values]))
        self.gradients = torch.zeros_like(self.parameters)
        self.layers = self.views(self.parameters, values)
        self.layer_gradients = self.views(self.gradients, values)
        self.adam = ([self.parameters], [self.gradients], [torch.zeros_like(self.parameters)],
                     [torch.zeros_like(self.parameters)], [], [torch.zeros(())])

    @staticmethod
    def with_ones(rows, units):
        """A layer's output followed by a column of ones, and the output's part of it."""
        buffer = torch.ones(rows, units + 1)
        return buffer, buffer[:, :units]

    @staticmethod
    def views(flat, values):
        """The pieces of `flat` for each layer: the kernel with its bias as the last row."""
        pieces = []
        start = 0
        for kernel, bias in zip(values[::2], values[1::2]):
            rows, columns = kernel.shape
            size = kernel.size + bias.size
            pieces.append(flat[start:start + size].view(rows + 1, columns))
            start += size
        return pieces

    def steps(self, n):
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            self.steps_on_one_thread(n)
        finally:
            torch.set_num_threads(threads)

    @torch.inference_mode()
    def steps_on_one_thread(self, n):
        batch = self.batch_size
        take = self.table.take
        step = self.compiled_step()
        for _ in range(n):
            if self.start + batch > len(self.table):
                self.order = self.random.permutation(len(self.table))
                self.start = 0
            # mode="clip" only spares numpy the copy that protects `out` from a bad index.
            take(self.order[self.start:self.start + batch], 0, self.row, "clip")
            self.start += batch
            self.losses.append(step())

    def compiled_step(self):
        """The step as a closure: local names are cheaper than attributes."""
        mm = torch.mm
        add = torch.add
        sigmoid = torch.sigmoid
        softplus = torch.nn.functional.softplus
        adam = torch._fused_adam_
        state = self.adam
        count = state[-1][0]
        x, target, target_share = self.input, self.target, self.target_share
        hidden_1, active_1 = self.hidden_1, self.active_1
        hidden_2, active_2 = self.hidden_2, self.active_2
        logit, d_logit = self.logit, self.d_logit
        d_2, d_1 = self.d_2, self.d_1
        w_1, w_2, w_3 = self.layers
        g_1, g_2, g_3 = self.layer_gradients
        x_t, hidden_1_t, hidden_2_t = x.t(), hidden_1.t(), hidden_2.t()
        w_2_t, w_3_t = w_2[:-1].t(), w_3[:-1].t()
        logit_row = logit.view(-1)
        share = 1 / len(logit)

        def step():
            mm(x, w_1, out=active_1)
            active_1.relu_()
            mm(hidden_1, w_2, out=active_2)
            active_2.relu_()
            mm(hidden_2, w_3, out=logit)
            # Of relu(h), the derivative is sign(relu(h)): 1.8 us, (h > 0) takes 5.
            add(target_share, sigmoid(logit), alpha=share, out=d_logit)
            mm(hidden_2_t, d_logit, out=g_3)
            mm(d_logit, w_3_t, out=d_2)
            d_2.mul_(active_2.sign())
            mm(hidden_1_t, d_2, out=g_2)
            mm(d_2, w_2_t, out=d_1)
            d_1.mul_(active_1.sign())
            mm(x_t, d_1, out=g_1)
            count.add_(1)
            adam(*state, lr=0.001, beta1=0.9, beta2=0.999, weight_decay=0.0, eps=1e-7,
                 amsgrad=False, maximize=False)
            return (softplus(logit).sum().item() - target.dot(logit_row).item()) * share

        return step


setup = Tiny
