"""The training configuration: how a model was compiled, and compiling it so again."""
import warnings

from .. import backend as K
from .. import losses, metrics, optimizers
from ..registry import CustomObjectScope, UnknownNameError
from .ages import modern_losses, modern_optimizer
from .configs import from_json
from .errors import ConfigError
from .slots import load_optimizer, unlisted_numbers
from .state import STREAMS, set_streams, streams


def training_config(model):
    """How a model was compiled, as data."""
    config = {"optimizer_config": {"class_name": type(model.optimizer).__name__,
                                   "config": model.optimizer.get_config()},
              "loss": model.loss, "metrics": model.metrics,
              "sample_weight_mode": model.sample_weight_mode, "loss_weights": model.loss_weights}
    if model.weighted_metrics:  # Keras 2 forgot them
        config["weighted_metrics"] = model.weighted_metrics
    return config


def training_config_of(root):
    """The training config in a model file as plain data, or None."""
    text = root.attribute("training_config")
    if not isinstance(text, str):
        return None
    config = from_json(text, f"{root.owner.label}: training_config")
    return config if isinstance(config, dict) else None


def compile_like(model, config, custom_objects, label):
    """Compile a model as a training config says.

    Returns
        bool, whether that was possible; a warning tells the reason if not.
    """
    if not config.get("optimizer_config") or not config.get("loss"):
        warnings.warn(f"{label}: its training configuration names no optimizer or loss; the model "
                      f"was *not* compiled. Compile it manually.", stacklevel=4)
        return False
    with CustomObjectScope(custom_objects):
        classes = {} if custom_objects is None else dict(custom_objects)
        known = {k: v for k, v in optimizers.registry.entries.items() if k not in classes}
        try:
            optimizer = optimizers.deserialize(
                modern_optimizer(config["optimizer_config"], known), custom_objects)
            model.compile(
                optimizer=optimizer, loss=modern_losses(config["loss"], losses.registry),
                metrics=modern_losses(config.get("metrics"), metrics.registry),
                loss_weights=config.get("loss_weights"),
                sample_weight_mode=config.get("sample_weight_mode"),
                weighted_metrics=modern_losses(config.get("weighted_metrics"), metrics.registry))
        except UnknownNameError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ConfigError(f"{label}: the model cannot be compiled as it was: {error} "
                              f"Load it with compile=False and compile it.") from error
    return True


def resume_optimizer(model, root):
    """Give a compiled model the states of its optimizer from a file, if they are there, and let
    its random numbers go on."""
    found = root.attribute(STREAMS)
    if isinstance(found, str):
        set_streams(model, from_json(found, f"{root.owner.label}: {STREAMS}"))
    if "optimizer_weights" in root:
        make_states(model)
        load_optimizer(root, model)


def compile_alike(model, twin):
    """Compile a copy of a model as that one is, with an optimizer of its own in the same state."""
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    twin.compile(optimizer, model.loss, model.metrics, model.loss_weights,
                 model.sample_weight_mode, model.weighted_metrics)
    if model.optimizer.weights:
        make_states(twin)
        optimizer.set_weights(model.optimizer.get_weights())
        for name, value in unlisted_numbers(model.optimizer).items():
            K.set_value(getattr(optimizer, name), value)
    set_streams(twin, streams(model))


def make_states(model):
    """Make the states of a compiled model's optimizer, as its first step would."""
    model._function("train", (False,) * len(model._outputs))
