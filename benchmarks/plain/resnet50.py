"""resnet50, plainly: the network of He et al., "Deep Residual Learning for Image Recognition",
2015, table 1, in NCHW, with plain SGD."""
import torch
from plain.modules import Training, channels_second
from torch import nn
from torch.nn import functional as F


def normalized(before, filters, size, stride=1):
    return [nn.Conv2d(before, filters, size, stride, padding=size // 2),
            nn.BatchNorm2d(filters)]


class Bottleneck(nn.Module):

    def __init__(self, before, filters, stride):
        super().__init__()
        self.path = nn.Sequential(
            *normalized(before, filters, 1, stride), nn.ReLU(),
            *normalized(filters, filters, 3), nn.ReLU(),
            *normalized(filters, 4 * filters, 1))
        self.shortcut = nn.Identity()
        if stride > 1 or before != 4 * filters:
            self.shortcut = nn.Sequential(*normalized(before, 4 * filters, 1, stride))

    def forward(self, x):
        return F.relu(self.path(x) + self.shortcut(x))


def network():
    layers = [*normalized(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
    before = 64
    for filters, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            layers.append(Bottleneck(before, filters, 2 if not block and filters > 64 else 1))
            before = 4 * filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


class ResNet50(Training):
    workload = "resnet50"
    loss = staticmethod(F.cross_entropy)

    @staticmethod
    def make_optimizer(parameters):
        return torch.optim.SGD(parameters, lr=0.01)

    def prepared(self, x, y):
        return channels_second(x), y

    def module(self, dropout):
        return network()


setup = ResNet50
