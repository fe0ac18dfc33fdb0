"""mnist_mlp, as fast as we know how to write it in torch calls.

The five matrix products take 2.2 ms at the processor's peak (MKL, 180 GFLOP/s on 2 cores of
2.6 GHz Zen 4); *plain* takes 5.3. What went, in microseconds:

- dropout: bernoulli_ 2 x 485 -> 2 x 37 (see `Masks`), its scale inside the next product's alpha;
- RMSprop: 430 -> 142 (see `FusedRMSprop`);
- fresh gradients and activations: every product writes into its own buffer, so no memory is asked
  for (and zeroed by the kernel, page by page) in a step;
- relu and dropout together have the derivative sign(h) of what came out of them: one product, 10.
"""
import torch
from best.pieces import CategoricalCrossentropy, FusedRMSprop, Masks, flat_parameters
from program import Program
from workloads import WORKLOADS, arrays, weights


class MnistMlp(Program):

    def __init__(self, dropout=True):
        x, y = arrays("mnist_mlp")
        batch = WORKLOADS["mnist_mlp"].batch_size
        super().__init__(torch.from_numpy(x), torch.from_numpy(y), batch)
        self.masks = Masks(0.2) if dropout else None
        self.scale = 1.25 if dropout else 1.0
        self.parameters, gradients, self.weights, self.gradients = flat_parameters(
            weights("mnist_mlp"))
        self.optimizer = FusedRMSprop(self.parameters, gradients)
        self.loss = CategoricalCrossentropy(10, batch)
        self.input = torch.empty(batch, 784)
        self.hidden = torch.empty(batch, 512), torch.empty(batch, 512)
        self.d_hidden = torch.empty(batch, 512), torch.empty(batch, 512)
        self.mask = torch.empty(batch, 512)

    @torch.inference_mode()
    def steps(self, n):
        for _ in range(n):
            if self.start + self.batch_size > len(self.x):
                self.order = torch.from_numpy(self.random.permutation(len(self.x)))
                self.start = 0
            index = self.order[self.start:self.start + self.batch_size]
            self.start += self.batch_size
            torch.index_select(self.x, 0, index, out=self.input)
            self.losses.append(self.step(self.input, self.y.index_select(0, index)))

    def activate(self, h):
        """Relu and unscaled dropout, in place."""
        h.relu_()
        if self.masks:
            self.masks.fill(self.mask)
            h.mul_(self.mask)

    def step(self, x, y):
        w_1, b_1, w_2, b_2, w_3, b_3 = self.weights
        g_w_1, g_b_1, g_w_2, g_b_2, g_w_3, g_b_3 = self.gradients
        h_1, h_2 = self.hidden
        d_1, d_2 = self.d_hidden
        scale = self.scale
        torch.addmm(b_1, x, w_1, out=h_1)
        self.activate(h_1)
        torch.addmm(b_2, h_1, w_2, alpha=scale, out=h_2)
        self.activate(h_2)
        logits = torch.addmm(b_3, h_2, w_3, alpha=scale)
        loss, d_3 = self.loss(logits, y)
        # beta=0: the first argument of addmm is not read, only the product is scaled.
        torch.addmm(g_w_3, h_2.t(), d_3, beta=0, alpha=scale, out=g_w_3)
        torch.sum(d_3, 0, out=g_b_3)
        torch.addmm(d_2, d_3, w_3.t(), beta=0, alpha=scale, out=d_2)
        d_2.mul_(h_2.sign_())
        torch.addmm(g_w_2, h_1.t(), d_2, beta=0, alpha=scale, out=g_w_2)
        torch.sum(d_2, 0, out=g_b_2)
        torch.addmm(d_1, d_2, w_2.t(), beta=0, alpha=scale, out=d_1)
        d_1.mul_(h_1.sign_())
        torch.mm(x.t(), d_1, out=g_w_1)
        torch.sum(d_1, 0, out=g_b_1)
        self.optimizer.step()
        return loss


setup = MnistMlp
