"""Import path of Keras 2's `keras.backend.tensorflow_backend`: `K`, whatever the engine."""
from . import *  # noqa: F403
from .sessions import _get_available_gpus, absent


def __getattr__(name):
    if name == "tf":  # scripts imported it from here; an ImportError tells them why they cannot
        raise ImportError(absent(name))
    raise AttributeError(absent(name), name=name)
