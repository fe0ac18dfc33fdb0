"""What one training step costs in calls, on torch 2.13: a guard against slow creep that no
timing noise can hide or feign (test_calls.py).

Each entry: calls that reach torch's kernels, calls of Python functions, values read back by the
host. A number here is changed together with the line that says why.
"""

VERSION = "2.13"
CALLS = {
    # Replayed without autograd, and its pass by NumPy, whose 40 calls are not counted; torch's are
    # the step of Adam, its count of steps, a view of each of the two arrays that are fed.
    "tiny": (4, 15, 0),
    # Left to autograd, as all below: most Python calls are torch.autograd.grad's own checks.
    # The loss from the logits is a node with a derivative of its own.
    "cnn": (101, 101, 0),
    # 5 time steps of about 18 kernels forwards and 9 backwards: the loop is one node of autograd.
    # Views are counted among them.
    # The rows of the embedding are a node with a derivative of its own, 5 kernels more.
    "lstm": (245, 227, 0),
    # The 'same' padding of 5 convolutions is worked out from the sizes at each call: 55 of 225.
    "resnet": (159, 225, 0),
}
