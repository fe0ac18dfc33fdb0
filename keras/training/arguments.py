"""Arguments of fit, evaluate and their kin that are not arrays."""
import inspect
import math

import numpy as np

from ..layers.fields import nearest


def refuse_unknown(method, given, error=TypeError):
    """Raise `error` for keyword arguments that a method does not take; offer the nearest known.

    Arguments
        method: the bound method.
        given: dict of the arguments that are none of its parameters.
        error: class of the exception.
    """
    if given:
        name = sorted(given)[0]
        known = [p.name for p in inspect.signature(method).parameters.values()
                 if p.kind is not p.VAR_KEYWORD]
        raise error(f"{method.__name__}: unknown argument {name!r}; it takes {', '.join(known)}."
                    f"{nearest(name, known)}")


def count(value, what):
    """`value` as an int of at least 1. ValueError says what it is for."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{what} is an int >= 1; given {value!r}.")
    return int(value)


def step_count(steps, what):
    """A number of steps as an int; scripts write `len(x) / 32`, which means the next whole one."""
    if isinstance(steps, (float, np.floating)) and np.isfinite(steps):
        steps = math.ceil(steps)
    return count(steps, what)


def sizes(batch_size, steps, what):
    """The batch size and the number of steps; with steps each of them takes all there is.

    Arguments
        batch_size: int, or None for 32.
        steps: int or None.
        what: name of the argument for the steps.
    """
    if steps is None:
        return count(32 if batch_size is None else batch_size, "batch_size"), None
    if batch_size is not None:
        raise ValueError(f"If {what} is set, the `batch_size` must be None: each step takes the "
                         f"whole of the data. Given batch_size={batch_size!r}, {what}={steps!r}.")
    return None, step_count(steps, what)


def pair_or_triple(data):
    """validation_data as it is, if it has two or three parts. ValueError otherwise."""
    if not isinstance(data, (list, tuple)) or len(data) not in (2, 3):
        n = f" of {len(data)} items" if hasattr(data, "__len__") else ""
        raise ValueError(f"When passing validation_data, it must contain 2 (x_val, y_val) or 3 "
                         f"(x_val, y_val, val_sample_weights) items; it is a "
                         f"{type(data).__name__}{n}.")
    return data
