"""tiny, plainly: MLP 8-12-8-1, binary cross-entropy, Adam, as a torch user writes it."""
import torch
from program import Program
from torch import nn
from torch.nn import functional as F
from workloads import WORKLOADS, arrays, weights


class Tiny(Program):

    def __init__(self, dropout=True):
        x, y = arrays("tiny")
        super().__init__(torch.from_numpy(x), torch.from_numpy(y), WORKLOADS["tiny"].batch_size)
        self.model = nn.Sequential(
            nn.Linear(8, 12), nn.ReLU(),
            nn.Linear(12, 8), nn.ReLU(),
            nn.Linear(8, 1), nn.Sigmoid())
        with torch.no_grad():
            for parameter, value in zip(self.model.parameters(), weights("tiny")):
                parameter.copy_(torch.from_numpy(value.T))
        self.optimizer = torch.optim.Adam(self.model.parameters(), eps=1e-7)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = F.binary_cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


setup = Tiny
