"""What several of the fast programs use: parameters in one buffer, cheap dropout masks."""
import ctypes

import numpy as np
import torch

# At this step Adam's bias corrections are exactly 1 in float32.
LATE_STEP = 1e6


def keep_freed_memory():
    """Have glibc's malloc keep up to 256 MB of freed memory instead of returning it to the kernel.

    A convolution's output is 19 MB; asking the kernel for it anew in each step costs a page fault
    for every 4 kB: mnist_cnn takes 72 ms instead of 62. (Set both: either alone switches off
    glibc's own adaptation, and the step takes 95 to 120.) Without glibc nothing happens.
    """
    m_trim_threshold, m_mmap_threshold = -1, -3
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(m_mmap_threshold, 32 << 20)
    mallopt(m_trim_threshold, 256 << 20)


def flat_parameters(values):
    """One buffer for all parameters, one for all gradients, and views of both like `values`."""
    parameters = torch.from_numpy(np.concatenate([value.ravel() for value in values]))
    gradients = torch.zeros_like(parameters)
    return parameters, gradients, views(parameters, values), views(gradients, values)


def views(flat, values):
    pieces = flat.split([value.size for value in values])
    return [piece.view(value.shape) for piece, value in zip(pieces, values)]


class Masks:
    """Dropout masks 0 or 1 as float32, from 16 random bits an element.

    For 65,536 elements: bits of NumPy's SFC64 28 us (Philox 59, bernoulli_ 485), compared into a
    float buffer 9 (into bool 19, and multiplying by a bool mask takes 26 instead of 6).
    The scale 1/(1-rate) is left to the caller, who often has a product to hide it in.
    """

    def __init__(self, rate, seed=3):
        self.rate = rate
        self.bits = np.random.SFC64(seed)
        # The bits are read as signed, for torch has no comparison of uint16.
        self.threshold = round((1 - rate) * 65536) - 32768

    def fill(self, mask):
        """Draw `mask` (a contiguous float32 tensor, its size a multiple of 4) anew."""
        bits = self.bits.random_raw(mask.numel() // 4).view(np.int16)
        torch.lt(torch.from_numpy(bits).view(mask.shape), self.threshold, out=mask)


class FusedRMSprop:
    """Keras' RMSprop through the fused Adam kernel.

    With beta_1 = 0 and no bias correction Adam's m is the gradient and v is RMSprop's average:
    142 us for 670,000 parameters, where in-place operations on the flat buffer take 306 and
    torch.optim.RMSprop 430. As m would only be a copy of the gradient, the gradient is given in
    its place (two streams of memory fewer: the whole step becomes 2 % faster).
    """

    def __init__(self, parameters, gradients, lr=0.001, rho=0.9, epsilon=1e-7):
        average = torch.zeros_like(parameters)
        self.state = ([parameters], [gradients], [gradients], [average], [],
                      [torch.tensor(LATE_STEP)])
        self.constants = dict(lr=lr, beta1=0.0, beta2=rho, weight_decay=0.0, eps=epsilon,
                              amsgrad=False, maximize=False)

    def step(self):
        torch._fused_adam_(*self.state, **self.constants)


class FusedAdam:
    """torch.optim.Adam's step on flat buffers: one kernel, nothing around it."""

    def __init__(self, parameters, gradients, lr=0.001, epsilon=1e-7):
        self.count = torch.zeros(())
        self.state = ([parameters], [gradients], [torch.zeros_like(parameters)],
                      [torch.zeros_like(parameters)], [], [self.count])
        self.constants = dict(lr=lr, beta1=0.9, beta2=0.999, weight_decay=0.0, eps=epsilon,
                              amsgrad=False, maximize=False)

    def step(self):
        # The kernel reads the number of the step, but does not count.
        self.count.add_(1)
        torch._fused_adam_(*self.state, **self.constants)


class FlatAdadelta:
    """Keras' Adadelta on flat buffers, without temporaries.

    The two square roots of its formula become one, of the quotient: 1.3 ms for 1.2 million
    parameters, 1.7 with two; torch.optim.Adadelta 2.1, with foreach=True 1.5.
    """

    def __init__(self, parameters, gradients, rho=0.95, epsilon=1e-7):
        self.p = parameters
        self.g = gradients
        self.a = torch.zeros_like(parameters)
        self.d = torch.zeros_like(parameters)
        self.u = torch.zeros_like(parameters)
        self.denominator = torch.zeros_like(parameters)
        self.rho = rho
        self.epsilon = epsilon

    def step(self):
        a, d, g, u = self.a, self.d, self.g, self.u
        a.mul_(self.rho).addcmul_(g, g, value=1 - self.rho)
        torch.add(d, self.epsilon, out=u)
        torch.add(a, self.epsilon, out=self.denominator)
        u.div_(self.denominator).sqrt_().mul_(g)
        self.p.sub_(u)
        d.mul_(self.rho).addcmul_(u, u, value=1 - self.rho)


class CategoricalCrossentropy:
    """Mean cross-entropy of integer labels, and its derivative by the logits."""

    def __init__(self, classes, batch_size):
        self.share = 1 / batch_size
        self.minus_one_hot = -torch.eye(classes) * self.share

    def __call__(self, logits, labels):
        log_probabilities = torch.log_softmax(logits, 1)
        loss = -log_probabilities.gather(1, labels[:, None]).mean()
        minus_one_hot = self.minus_one_hot.index_select(0, labels)
        return loss.item(), torch.add(minus_one_hot, log_probabilities.exp_(), alpha=self.share)
