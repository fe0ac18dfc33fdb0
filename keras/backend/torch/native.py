"""What functions of torch give, before they are run."""
import logging

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from ...graph.nested import mapped
from ..native import Spec
from .devices import current_device
from .lowering import DTYPES

log = logging.getLogger("torch._subclasses.fake_tensor")


def is_array(value):
    """Whether a value in a result is an array."""
    return isinstance(value, torch.Tensor)


def has(name):
    """Whether tensors of torch have the attribute `name`."""
    return hasattr(torch.Tensor, name)


def outline(function, specs):
    """What `function` returns for tensors of some specs, with specs in the place of tensors.
    Nothing is computed.

    Raises
        TypeError: if it would write into its arguments.
    """
    silent, log.disabled = log.disabled, True  # it logs what it raises
    try:
        with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
            args = [torch.empty(x.shape, dtype=DTYPES[x.dtype], device=current_device())
                    for x in specs]
            versions = [x._version for x in args]
            result = function(*args)
    finally:
        log.disabled = silent
    if versions != [x._version for x in args]:
        raise TypeError("it writes into its arguments, which others use too; take the variant "
                        "that does not (torch.relu, not torch.relu_; inplace=False)")
    return mapped(lambda x: Spec(x.shape, str(x.dtype).removeprefix("torch."))
                  if is_array(x) else x, result)
