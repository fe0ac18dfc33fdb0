"""What the plain programs share that have torch's own first weights."""
import torch
from program import Program
from workloads import WORKLOADS, arrays


class Training(Program):
    """A module, a loss and an optimizer, Adam unless `make_optimizer` says another.
    `prepared` turns the arrays into what the module wants."""

    make_optimizer = staticmethod(lambda parameters: torch.optim.Adam(parameters, eps=1e-7))

    def __init__(self, dropout=True):
        x, y = self.prepared(*map(torch.from_numpy, arrays(self.workload)))
        super().__init__(x, y, WORKLOADS[self.workload].batch_size)
        self.model = self.module(dropout)
        self.optimizer = self.make_optimizer(self.model.parameters())

    def prepared(self, x, y):
        return x, y

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def rmsprop(parameters):
    return torch.optim.RMSprop(parameters, lr=0.001, alpha=0.9, eps=1e-7)


def channels_second(x):
    return x.permute(0, 3, 1, 2).contiguous()
