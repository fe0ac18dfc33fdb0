"""Do the plain and the fast programs compute the same thing?

With dropout off, both train from the same weights on the same batches: their losses must agree,
step by step, and fall. With dropout on, masks differ: there the losses must fall alike.

    python benchmarks/check_programs.py [workload ...]
"""
import importlib
import sys
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent

# (steps, tolerance): float32 rounding is amplified by training, most by Adadelta's first steps.
COMPARED = {"tiny": (240, 1e-4), "mnist_mlp": (40, 5e-3), "mnist_cnn": (8, 5e-3),
            "imdb_lstm": (12, 1e-4), "imdb_lstm_sigmoid": (40, 1e-4),
            "imdb_fasttext": (80, 1e-4)}
DROPPING = ("mnist_mlp", "mnist_cnn", "imdb_lstm")
KINDS = ("plain", "best", "plain_jax", "best_jax")


def losses(kind, name, dropout, steps):
    torch.manual_seed(0)
    program = importlib.import_module(f"{kind}.{name}").setup(dropout=dropout)
    program.steps(steps)
    return np.array(program.losses)


def check(name):
    """The faults found in workload `name`, as text."""
    steps, tolerance = COMPARED[name]
    faults = []
    plain = losses("plain", name, False, steps)
    for kind in KINDS:
        if not Path(HERE, kind, f"{name}.py").exists():
            continue
        own = losses(kind, name, False, steps)
        difference = np.abs(plain - own).max()
        print(f"{name}, {kind}: {steps} steps without dropout, loss {own[0]:.4f} -> "
              f"{own[-1]:.4f}, largest difference from plain {difference:.1e}")
        if not difference < tolerance:
            faults.append(f"{name}: plain and {kind} differ by {difference:.1e}, allowed "
                          f"{tolerance}")
        if name in DROPPING:
            own = losses(kind, name, True, 2 * steps)
            tail = steps // 2
            # The median: RMSprop's first steps on mnist_mlp have spikes.
            print(f"{name}, {kind}: with dropout, median of the last {tail} losses "
                  f"{np.median(own[-tail:]):.4f}")
        if not np.median(own[-steps // 4:]) < np.median(own[:3]):
            faults.append(f"{name}: the loss of {kind} does not fall: {own}")
    return faults


def check_prediction():
    """The faults found in predict_one, as text."""
    answers = []
    for kind in ("plain", "best"):
        predict, row = importlib.import_module(f"{kind}.predict_one").setup()
        answers.append(float(predict(row)[0, 0]))
    print("predict_one: plain {:.7f}, best {:.7f}".format(*answers))
    return [] if abs(answers[0] - answers[1]) < 1e-6 else ["predict_one: plain and best differ"]


def main():
    faults = [fault for name in sys.argv[1:] or COMPARED for fault in check(name)]
    faults += check_prediction()
    print("\n".join(faults) or "all agree")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
