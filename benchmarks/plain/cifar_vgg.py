"""cifar_vgg, plainly: three blocks of two convolutions with batch normalization, in NCHW."""
from plain.modules import Training, channels_second, rmsprop
from torch import nn
from torch.nn import functional as F


class CifarVgg(Training):
    workload = "cifar_vgg"
    make_optimizer = staticmethod(rmsprop)
    loss = staticmethod(F.cross_entropy)

    def prepared(self, x, y):
        return channels_second(x), y

    def module(self, dropout):
        layers, before = [], 3
        for filters in (32, 64, 128):
            for _ in range(2):
                layers += [nn.Conv2d(before, filters, 3, padding=1), nn.ReLU(),
                           nn.BatchNorm2d(filters)]
                before = filters
            layers += [nn.MaxPool2d(2), nn.Dropout(0.3 if dropout else 0.0)]
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 16, 128), nn.ReLU(),
                             nn.Linear(128, 10))


setup = CifarVgg
