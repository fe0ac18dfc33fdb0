"""mnist_cnn, plainly: two convolutions, pooling, two dense layers, Adadelta, in NCHW."""
import torch
from program import Program
from torch import nn
from torch.nn import functional as F
from workloads import WORKLOADS, arrays, weights


class MnistCnn(Program):

    def __init__(self, dropout=True):
        x, y = arrays("mnist_cnn")
        x = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()
        super().__init__(x, torch.from_numpy(y), WORKLOADS["mnist_cnn"].batch_size)
        self.model = nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(),
            nn.Conv2d(32, 64, 3), nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.25 if dropout else 0.0),
            nn.Flatten(),
            nn.Linear(12 * 12 * 64, 128), nn.ReLU(),
            nn.Dropout(0.5 if dropout else 0.0),
            nn.Linear(128, 10))
        self.load(weights("mnist_cnn"))
        self.optimizer = torch.optim.Adadelta(
            self.model.parameters(), lr=1.0, rho=0.95, eps=1e-7)

    def load(self, values):
        """Keras' kernels in torch's layout; the first Dense sees (channel, row, column) here."""
        for i in (0, 2):
            values[i] = values[i].transpose(3, 2, 0, 1)
        values[4] = values[4].reshape(12, 12, 64, 128).transpose(2, 0, 1, 3).reshape(-1, 128).T
        values[6] = values[6].T
        with torch.no_grad():
            for parameter, value in zip(self.model.parameters(), values):
                parameter.copy_(torch.from_numpy(value))

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


setup = MnistCnn
