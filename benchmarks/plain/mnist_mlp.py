"""mnist_mlp, plainly: 784-512-512-10 with dropout, cross-entropy, RMSprop."""
import torch
from program import Program
from torch import nn
from torch.nn import functional as F
from workloads import WORKLOADS, arrays, weights


class MnistMlp(Program):

    def __init__(self, dropout=True):
        x, y = arrays("mnist_mlp")
        super().__init__(torch.from_numpy(x), torch.from_numpy(y),
                         WORKLOADS["mnist_mlp"].batch_size)
        rate = 0.2 if dropout else 0.0
        self.model = nn.Sequential(
            nn.Linear(784, 512), nn.ReLU(), nn.Dropout(rate),
            nn.Linear(512, 512), nn.ReLU(), nn.Dropout(rate),
            nn.Linear(512, 10))
        with torch.no_grad():
            for parameter, value in zip(self.model.parameters(), weights("mnist_mlp")):
                parameter.copy_(torch.from_numpy(value.T))
        self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


setup = MnistMlp
