"""Where torch computes: the GPU if there is one, else the CPU; `K.device` scopes choose."""
import functools

import torch

from ...graph import names


@functools.cache
def default_device():
    """The first accelerator torch can use, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda:0")
    return torch.device("cpu")


def gpus():
    """The number of GPUs that torch can use."""
    return torch.cuda.device_count()


@functools.cache
def device_named(name):
    """The torch device for Keras' `/gpu:0`, `/cpu:0`, `/device:GPU:1`, or torch's own names."""
    kind, _, number = name.lower().removeprefix("/").removeprefix("device:").partition(":")
    if kind == "cpu":
        return torch.device("cpu")
    number = int(number or 0)
    if kind in ("gpu", "cuda") and number < gpus():
        return torch.device("cuda", number)
    there = ["/cpu:0", *(f"/gpu:{i}" for i in range(gpus()))]
    raise ValueError(f"device {name!r} is not here; there are {', '.join(there)}.")


def current_device():
    """The device of the open `K.device` scope, else the default one."""
    name = names.current.device
    return device_named(name) if name else default_device()
