"""resnet50_predict, plainly: the answers to a batch of pictures, from NumPy to NumPy."""
import torch
from plain.modules import channels_second
from plain.resnet50 import network
from workloads import arrays


def setup():
    model = network().eval()

    def predict(x):
        with torch.no_grad():
            return model(channels_second(torch.from_numpy(x))).softmax(1).numpy()

    return predict, arrays("resnet50_predict")[0]
