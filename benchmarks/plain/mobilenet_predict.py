"""mobilenet_predict, plainly: the network of Howard et al., "MobileNets: Efficient Convolutional
Neural Networks for Mobile Vision Applications", 2017, table 1."""
import torch
from plain.modules import channels_second
from torch import nn
from workloads import arrays

BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5,
          (1024, 2), (1024, 1))


def convolved(before, filters, size, stride, groups=1):
    return [nn.Conv2d(before, filters, size, stride, size // 2, groups=groups, bias=False),
            nn.BatchNorm2d(filters), nn.ReLU6()]


def setup():
    layers, before = convolved(3, 32, 3, 2), 32
    for filters, stride in BLOCKS:
        layers += convolved(before, before, 3, stride, groups=before)
        layers += convolved(before, filters, 1, 1)
        before = filters
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                          nn.Linear(1024, 1000)).eval()

    def predict(x):
        with torch.no_grad():
            return model(channels_second(torch.from_numpy(x))).softmax(1).numpy()

    return predict, arrays("mobilenet_predict")[0]
