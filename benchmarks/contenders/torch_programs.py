"""The hand-written torch programs as a contender: `torch_programs.py plain` or `... best`."""
import importlib
import platform
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from protocol import absent, serve  # noqa: E402

try:
    import torch
except ImportError as error:
    absent(error)

from workloads import WORKLOADS  # noqa: E402

KIND = sys.argv[1]
SAME = {"tiny_train_on_batch": "tiny"}  # one call a step: what these programs do anyway


def versions():
    return {"python": platform.python_version(), "torch": torch.__version__,
            "threads": torch.get_num_threads()}


def start(name):
    setup = importlib.import_module(f"{KIND}.{SAME.get(name, name)}").setup
    return predicting(*setup()) if WORKLOADS[name].predicts else setup().steps


def predicting(predict, rows):
    """A function of n: so many predictions, from NumPy to NumPy."""
    def run(n):
        for _ in range(n):
            predict(rows)

    return run


if __name__ == "__main__":
    serve(versions, start)
