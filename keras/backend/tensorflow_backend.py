"""Import path of Keras 2's `keras.backend.tensorflow_backend`: `K`, whatever the engine."""
from ..graph import as_tensor
from . import *  # noqa: F403
from .native import library
from .sessions import _get_available_gpus, absent


def _to_tensor(x, dtype):
    """A number or an array as a tensor of a dtype: custom losses imported it from here."""
    return cast(as_tensor(x), dtype)  # noqa: F405 (of the star)


def __getattr__(name):
    if (found := library(name)) is not None:
        return found
    if name == "tf":  # scripts imported it from here; an ImportError tells them why they cannot
        raise ImportError(absent(name))
    raise AttributeError(absent(name), name=name)
