"""From plain data to a model, and to one that is compiled as it was."""
import os

import numpy as np

from .. import backend as K
from ..registry import CustomObjectScope, UnknownNameError
from ..registry import layers as layer_registry
from . import configs
from .ages import modernized
from .errors import ConfigError
from .training import compile_like

LIMIT = 1 << 36  # bytes of weights
BUILD_ERRORS = (KeyError, AttributeError, IndexError, TypeError, ValueError, ArithmeticError,
                RecursionError, MemoryError, AssertionError)


def compiled(model, training, custom_objects, label):
    """Compile a model as its training config says; the error for unknown names tells all."""
    try:
        return compile_like(model, training, custom_objects, label)
    except UnknownNameError as error:
        names = configs.missing_names({}, custom_objects, training)
        raise configs.with_all_names(error, names, f"{label} (compile=False loads it "
                                                   f"uncompiled)") from None


def built(config, custom_objects=None, safe_mode=True, label="the config", training=None):
    """A model from its config.

    Arguments
        config: plain data {'class_name': ..., 'config': ...}, of any Keras.
        custom_objects: dict, name -> object.
        safe_mode: False allows byte code in the config to run.
        label: what messages call the file.
        training: training config, whose names are looked through when one is unknown.
    """
    name, inner = configs.envelope(config, label)
    config = {"class_name": name, "config": inner}
    try:
        configs.count_layers(config, label)
        config = modernized(config, custom_objects)
        if not safe_mode:
            config = configs.with_code(config, custom_objects, label)
        with CustomObjectScope(custom_objects):
            model = layer_registry.deserialize(config, custom_objects)
    except UnknownNameError as error:
        names = configs.missing_names(config, custom_objects, training)
        raise configs.with_all_names(error, names, label) from None
    except ConfigError:
        raise
    except BUILD_ERRORS as error:
        told = f"{error}" if str(error) else type(error).__name__
        if told.startswith(label):
            raise ConfigError(told) from error
        raise ConfigError(f"{label}: the model cannot be built from its config: {told}") from error
    if not hasattr(model, "get_layer"):
        raise ConfigError(f"{label}: {name!r:.60} is a layer, not a model.")
    check_size(model, label)
    return model


def check_size(model, label):
    """ConfigError for a model whose weights would take more memory than any machine here; nothing
    is allocated yet."""
    limit = int(os.environ.get("KERAS_MAX_MODEL_BYTES") or LIMIT)
    size = sum(K.count_params(w) * np.dtype(w.dtype).itemsize for w in model.weights
               if w.dtype != "bfloat16")
    if size > limit:
        raise ConfigError(f"{label}: the weights of {model.name} would take {size:,} bytes; the "
                          f"limit is {limit:,}. Set KERAS_MAX_MODEL_BYTES to raise it.")
