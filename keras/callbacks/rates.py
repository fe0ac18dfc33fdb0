"""Callbacks that change the learning rate."""
import inspect
import warnings
from numbers import Real

import numpy as np

from .. import backend as K
from .base import Callback
from .monitoring import comparison, monitored, worst


def rate_of(model):
    """The learning rate of a model's optimizer, a float."""
    if not hasattr(model.optimizer, "lr"):
        raise ValueError(f'Optimizer must have a "lr" attribute; '
                         f"{type(model.optimizer).__name__} has none.")
    return float(K.get_value(model.optimizer.lr))


def takes_rate(schedule):
    """Whether a schedule takes the present rate after the epoch (2.2). A second argument with a
    default is the schedule's own affair, unless its name says otherwise."""
    try:
        parameters = list(inspect.signature(schedule).parameters.values())
    except (TypeError, ValueError):
        return False
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(places) < 2:
        return any(p.kind is p.VAR_POSITIONAL for p in parameters)
    second = places[1]
    return second.default is second.empty or "lr" in second.name or "rate" in second.name


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Arguments
        schedule: function of the number of the epoch, from 0, or of it and the present rate;
            returns the rate.
        verbose: 1 to tell of each rate.

    The logs of an epoch get the rate as 'lr'.
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose
        self.takes_rate = takes_rate(schedule)

    def on_epoch_begin(self, epoch, logs=None):
        present = rate_of(self.model)
        lr = self.schedule(epoch, present) if self.takes_rate else self.schedule(epoch)
        if not isinstance(lr, Real) or isinstance(lr, bool):
            raise ValueError(f'The output of the "schedule" function should be float; it returned '
                             f"{lr!r} for epoch {epoch}.")
        K.set_value(self.model.optimizer.lr, lr)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: LearningRateScheduler setting learning rate to {lr}.")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["lr"] = rate_of(self.model)


class ReduceLROnPlateau(Callback):
    """Lowers the learning rate when a quantity has stopped to improve.

    Arguments
        monitor: the quantity, a name in the logs.
        factor: what the rate is multiplied by, < 1.
        patience: number of epochs without an improvement after which the rate is lowered.
        verbose: 1 to say so.
        mode: 'min', 'max', or 'auto': from the quantity's name.
        min_delta: the least change that counts as an improvement.
        cooldown: number of epochs after a reduction in which none are counted.
        min_lr: the rate does not go below it.
        kwargs: `epsilon`, the name of min_delta before 2.1.6.

    The logs of an epoch get the rate as 'lr'.
    """

    backed_up = ("best", "wait", "cooldown_counter")

    def __init__(self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto",
                 min_delta=1e-4, cooldown=0, min_lr=0, **kwargs):
        super().__init__()
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0; "
                             f"given {factor}.")
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            warnings.warn("`epsilon` argument is deprecated and will be removed, use `min_delta` "
                          "instead.", stacklevel=2)
        if kwargs:
            raise TypeError(f"ReduceLROnPlateau: unknown argument {sorted(kwargs)[0]!r}; it takes "
                            f"monitor, factor, patience, verbose, mode, min_delta, cooldown, "
                            f"min_lr.")
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.mode = mode
        self.min_delta = min_delta
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.begin()

    def begin(self):
        self.compare = comparison(self.mode, self.monitor, "Learning Rate Plateau Reducing")
        self.best = worst(self.compare)
        self.cooldown_counter = 0
        self.wait = 0

    def monitor_op(self, current, best):
        """Whether a value is better than the best one by more than `min_delta`."""
        higher = self.compare is np.greater
        return self.compare(current, best + self.min_delta if higher else best - self.min_delta)

    def on_train_begin(self, logs=None):
        self.begin()

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        logs["lr"] = rate_of(self.model)
        current = monitored(logs, self.monitor, "Reduce LR on plateau conditioned on metric")
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self.reduce(epoch)

    def reduce(self, epoch):
        """Lower the rate, and begin to count anew."""
        present = rate_of(self.model)
        if present > self.min_lr:
            lr = max(present * self.factor, self.min_lr)
            K.set_value(self.model.optimizer.lr, lr)
            if self.verbose > 0:
                print(f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate to {lr}.")
            self.cooldown_counter = self.cooldown
            self.wait = 0

    def in_cooldown(self):
        """Whether epochs are not counted now."""
        return self.cooldown_counter > 0
