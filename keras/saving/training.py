"""The training configuration: how a model was compiled, and compiling it so again."""
import warnings

from .. import losses, metrics, optimizers
from ..registry import CustomObjectScope, UnknownNameError
from .ages import modern_losses, modern_optimizer
from .configs import from_json
from .errors import ConfigError
from .weights import load_optimizer


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
    """Give a compiled model the states of its optimizer from a file, if they are there."""
    if "optimizer_weights" in root:
        model._function("train", (False,) * len(model._outputs))  # makes the states
        load_optimizer(root, model.optimizer)
