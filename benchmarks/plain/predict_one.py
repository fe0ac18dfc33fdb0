"""predict_one, plainly: the tiny model's answer to one row, from NumPy to NumPy."""
import torch
from plain import tiny
from workloads import arrays


def setup():
    model = tiny.setup().model.eval()

    def predict(row):
        with torch.no_grad():
            return model(torch.from_numpy(row)).numpy()

    return predict, arrays("tiny")[0][:1]
