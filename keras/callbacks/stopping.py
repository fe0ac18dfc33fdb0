"""Callbacks that end the training."""
import math

import numpy as np

from .base import Callback
from .monitoring import comparison, monitored, worst


class TerminateOnNaN(Callback):
    """Ends the training when the loss is NaN or infinite, and says which layer's output or which
    gradient was the first that was not finite. For that each step sums them up, which takes a
    little time."""

    backed_up = ("epoch",)

    def __init__(self):
        super().__init__()
        self.epoch = 0
        self.findings = None  # fit sets them

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        print(f"Batch {batch}: Invalid loss, terminating training")
        first = f"{self.findings.told()}; " if self.findings else ""
        print(f"  epoch {self.epoch + 1}: the loss is {loss}; {first}{self.spoiled()}")
        self.model.stop_training = True

    def spoiled(self):
        """The weights that are not finite, in words; an update with such a loss spoils them."""
        bad = [w.name for w, value in zip(self.model.weights, self.model.get_weights())
               if value.dtype.kind == "f" and not np.isfinite(value).all()]
        if not bad:
            return "all weights are finite."
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        return (f"weights that are not finite, the first one {bad[0]}{more}. Look for NaN in the "
                f"data; else lower the learning rate, or give the optimizer clipnorm=1.")


class EarlyStopping(Callback):
    """Ends the training when a quantity has stopped to improve.

    Arguments
        monitor: the quantity, a name in the logs.
        min_delta: the least change that counts as an improvement.
        patience: number of epochs without one after which training ends.
        verbose: 1 to say so.
        mode: 'min', 'max', or 'auto': from the quantity's name.
        baseline: value that has to be reached first.
        restore_best_weights: whether the model gets back the weights of its best epoch, when it
            is stopped.
    """

    backed_up = ("wait", "best", "best_weights", "stopped", "stopped_epoch")

    def __init__(self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto",
                 baseline=None, restore_best_weights=False):
        super().__init__()
        self.monitor = monitor
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.monitor_op = comparison(mode, monitor, "EarlyStopping")
        self.min_delta = abs(min_delta) if self.monitor_op is np.greater else -abs(min_delta)
        self.begin()

    def begin(self):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = worst(self.monitor_op) if self.baseline is None else self.baseline
        self.best_weights = None
        self.stopped = False

    def on_train_begin(self, logs=None):
        self.begin()

    def on_epoch_end(self, epoch, logs=None):
        current = self.get_monitor_value(logs or {})
        if current is None:
            return
        if self.monitor_op(current - self.min_delta, self.best):
            self.best = current
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped, self.stopped_epoch = True, epoch
            self.model.stop_training = True
            if self.best_weights is not None:
                if self.verbose > 0:
                    print("Restoring model weights from the end of the best epoch")
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs=None):
        if self.stopped and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")

    def get_monitor_value(self, logs):
        """The quantity in the logs of an epoch, or None, with a warning."""
        return monitored(logs, self.monitor, "Early stopping conditioned on metric")
