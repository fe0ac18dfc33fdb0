"""mnist_cnn, as fast as we know how to write it in torch calls.

The second convolution, forward and backward, takes 44 ms at the processor's peak (oneDNN, 200
GFLOP/s on 2 cores of 2.6 GHz Zen 4); *plain* takes 95 to 115. What went, in milliseconds:

- everything in channels_last: convolutions 82 -> 45, max-pooling 14 -> 2;
- dropout: bernoulli_ 9.5 -> 0.8 (see `Masks`), its scale inside the next product's alpha;
- relu after max-pooling, where there is a quarter of the data (equal results): 1.8 -> 0.2;
- Adadelta on one flat buffer, with one square root instead of two: 2.1 -> 1.3;
- relu and dropout together have the derivative sign(h) of what came out of them;
- malloc keeps the large buffers of a step for the next one, see `keep_freed_memory`.
"""
import torch
from best.pieces import (
    CategoricalCrossentropy,
    FlatAdadelta,
    Masks,
    flat_parameters,
    keep_freed_memory,
)
from program import Program
from workloads import WORKLOADS, arrays, weights

convolution_backward = torch.ops.aten.convolution_backward.default
max_pool_backward = torch.ops.aten.max_pool2d_with_indices_backward.default
threshold_backward = torch.ops.aten.threshold_backward.default


class MnistCnn(Program):

    def __init__(self, dropout=True):
        keep_freed_memory()
        x, y = arrays("mnist_cnn")
        batch = WORKLOADS["mnist_cnn"].batch_size
        # One channel: (n, 1, 28, 28) and (n, 28, 28, 1) are the same memory.
        x = torch.from_numpy(x).view(-1, 1, 28, 28)
        super().__init__(x, torch.from_numpy(y), batch)
        values = weights("mnist_cnn")
        # Kernels (out, row, column, in) in memory: channels_last of torch's (out, in, row, column).
        for i in (0, 2):
            values[i] = values[i].transpose(3, 0, 1, 2)
        self.parameters, gradients, self.weights, self.gradients = flat_parameters(values)
        for views in (self.weights, self.gradients):
            for i in (0, 2):
                views[i] = views[i].permute(0, 3, 1, 2)
        self.optimizer = FlatAdadelta(self.parameters, gradients)
        self.loss = CategoricalCrossentropy(10, batch)
        self.dropout = dropout
        self.masks = Masks(0.25), Masks(0.5, seed=4)
        self.scales = (4 / 3, 2.0) if dropout else (1.0, 1.0)
        self.mask = torch.empty(batch, 12 * 12 * 64), torch.empty(batch, 128)

    def drop(self, i, h):
        """Unscaled dropout in place."""
        if self.dropout:
            self.masks[i].fill(self.mask[i])
            h.mul_(self.mask[i])

    @torch.inference_mode()
    def step(self, x, y):
        w_1, b_1, w_2, b_2, w_3, b_3, w_4, b_4 = self.weights
        g_w_1, g_b_1, g_w_2, g_b_2, g_w_3, g_b_3, g_w_4, g_b_4 = self.gradients
        scale_3, scale_4 = self.scales
        h_1 = torch.conv2d(x, w_1, b_1).relu_()
        a_2 = torch.conv2d(h_1, w_2, b_2)
        pooled, where = torch.nn.functional.max_pool2d_with_indices(a_2, 2)
        # Rows in the order (row, column, channel), without a copy; so Keras' dense kernel fits.
        h_2 = pooled.permute(0, 2, 3, 1).view(len(x), -1)
        h_2.relu_()
        self.drop(0, h_2)
        h_3 = torch.addmm(b_3, h_2, w_3, alpha=scale_3).relu_()
        self.drop(1, h_3)
        logits = torch.addmm(b_4, h_3, w_4, alpha=scale_4)

        loss, d_4 = self.loss(logits, y)
        torch.addmm(g_w_4, h_3.t(), d_4, beta=0, alpha=scale_4, out=g_w_4)
        torch.sum(d_4, 0, out=g_b_4)
        # beta=0: the first argument of addmm is not read, only the product is scaled.
        d_3 = torch.addmm(h_3, d_4, w_4.t(), beta=0, alpha=scale_4).mul_(h_3.sign())
        torch.addmm(g_w_3, h_2.t(), d_3, beta=0, alpha=scale_3, out=g_w_3)
        torch.sum(d_3, 0, out=g_b_3)
        d_2 = torch.addmm(h_2, d_3, w_3.t(), beta=0, alpha=scale_3).mul_(h_2.sign_())
        d_2 = d_2.view(len(x), 12, 12, 64).permute(0, 3, 1, 2)
        d_2 = max_pool_backward(d_2, a_2, [2, 2], [2, 2], [0, 0], [1, 1], False, where)
        d_1, d_w_2, d_b_2 = self.convolved_back(d_2, h_1, w_2, True)
        g_w_2.copy_(d_w_2)
        g_b_2.copy_(d_b_2)
        d_1 = threshold_backward(d_1, h_1, 0)
        _, d_w_1, d_b_1 = self.convolved_back(d_1, x, w_1, False)
        g_w_1.copy_(d_w_1)
        g_b_1.copy_(d_b_1)
        self.optimizer.step()
        return loss

    @staticmethod
    def convolved_back(d, x, kernel, x_wanted):
        """The derivatives by x (if wanted), the kernel and the bias of a convolution."""
        return convolution_backward(d, x, kernel, [len(kernel)], [1, 1], [0, 0], [1, 1], False,
                                    [0, 0], 1, [x_wanted, True, True])


setup = MnistCnn
