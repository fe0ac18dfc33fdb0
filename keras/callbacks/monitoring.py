"""What the callbacks that watch a quantity share: finding it, and telling better from worse."""
import warnings

import numpy as np

SPELLINGS = (("acc", "accuracy"), ("accuracy", "acc"))


def known_as(name, logs):
    """The key under which `logs` has a quantity: 'acc' and 'accuracy' are one. None without it."""
    if name in logs:
        return name
    for given, other in SPELLINGS:
        if name == given or name.endswith("_" + given):
            key = name[:len(name) - len(given)] + other
            if key in logs:
                return key
    return None


def monitored(logs, name, what):
    """The value of a quantity; None, with a warning, if the logs do not have it.

    Arguments
        logs: dict of an epoch.
        name: the quantity.
        what: what depends on it, for the warning.
    """
    key = known_as(name, logs)
    if key is not None:
        return logs[key]
    hint = ""
    if name.startswith("val_") and not any(key.startswith("val_") for key in logs):
        hint = " Give fit validation_data or a validation_split."
    warnings.warn(f"{what} `{name}` which is not available. Available metrics are: "
                  f"{','.join(logs)}{hint}", RuntimeWarning, stacklevel=5)
    return None


def comparison(mode, monitor, who):
    """np.less or np.greater: what makes a new value of a quantity better than the best one.

    Arguments
        mode: 'min', 'max', or 'auto': from the quantity's name.
        monitor: the quantity.
        who: class of the callback, for the warning about another mode.
    """
    if mode not in ("auto", "min", "max"):
        warnings.warn(f"{who} mode {mode} is unknown, fallback to auto mode.", RuntimeWarning,
                      stacklevel=4)
        mode = "auto"
    if mode == "auto":
        mode = "max" if "acc" in monitor or monitor.startswith("fmeasure") else "min"
    return np.greater if mode == "max" else np.less


def worst(monitor_op):
    """The value that any other one is better than."""
    return -np.inf if monitor_op is np.greater else np.inf
