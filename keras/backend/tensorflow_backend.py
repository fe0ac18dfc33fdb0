"""Import path of Keras 2's `keras.backend.tensorflow_backend`: `K`, whatever the engine."""
from . import *  # noqa: F403
from .sessions import _get_available_gpus
