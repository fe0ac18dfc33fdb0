"""What one training step costs in calls, on torch 2.13: a guard against slow creep that no
timing noise can hide or feign (test_calls.py).

Each entry: calls that reach torch's kernels, calls of Python functions, values read back by the
host. A number here is changed together with the line that says why.
"""

VERSION = "2.13"
CALLS = {
    # Replayed without autograd: 26 kernels of the pass, the step of Adam, the two gathers.
    "tiny": (30, 14, 0),
    # Left to autograd, as all below: most Python calls are torch.autograd.grad's own checks.
    "cnn": (100, 101, 0),
    # 5 time steps of about 45 kernels, forwards and backwards.
    "lstm": (292, 235, 0),
    # The 'same' padding of 5 convolutions is worked out from the sizes at each call: 55 of 217.
    "resnet": (158, 217, 0),
}
