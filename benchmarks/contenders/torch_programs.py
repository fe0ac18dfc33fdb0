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

KIND = sys.argv[1]


def versions():
    return {"python": platform.python_version(), "torch": torch.__version__,
            "threads": torch.get_num_threads()}


def start(name):
    if name == "predict_one":
        return predict_one()
    return importlib.import_module(f"{KIND}.{name}").setup().steps


def predict_one():
    """A function of n: so many predictions of one row by the tiny model, from NumPy to NumPy."""
    predict, row = importlib.import_module(f"{KIND}.predict_one").setup()

    def run(n):
        for _ in range(n):
            predict(row)

    return run


if __name__ == "__main__":
    serve(versions, start)
