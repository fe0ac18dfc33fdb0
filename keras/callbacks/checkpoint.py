"""ModelCheckpoint: the model in a file, after each epoch or when it is better than before."""
import os

from .base import Callback
from .monitoring import SPELLINGS, comparison, monitored, worst


class ModelCheckpoint(Callback):
    """Saves the model after epochs.

    Arguments
        filepath: path of the file; it may hold `{epoch:02d}` (from 1) and names in the logs,
            `{val_loss:.2f}`.
        monitor: the quantity that decides which model is best.
        verbose: 1 to tell of each file.
        save_best_only: whether only a model better than all before is saved. NaN never is.
        save_weights_only: whether to save just the weights.
        mode: 'min', 'max', or 'auto': from the quantity's name.
        period: number of epochs between two files.

    A file is written under another name first: it is whole, or it is still the one before.
    """

    backed_up = ("best", "epochs_since_last_save")

    def __init__(self, filepath, monitor="val_loss", verbose=0, save_best_only=False,
                 save_weights_only=False, mode="auto", period=1):
        super().__init__()
        self.filepath = os.fspath(filepath)
        self.monitor = monitor
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.period = period
        self.epochs_since_last_save = 0
        self.monitor_op = comparison(mode, monitor, "ModelCheckpoint")
        self.best = worst(self.monitor_op)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        self.epochs_since_last_save += 1
        if self.epochs_since_last_save < self.period:
            return
        self.epochs_since_last_save = 0
        if not self.save_best_only:
            self.save(epoch, logs, "saving model to {path}")
            return
        current = monitored(logs, self.monitor, "Can save best model only with")
        if current is None:
            return
        if self.monitor_op(current, self.best):
            best, self.best = self.best, current
            self.save(epoch, logs, f"{self.monitor} improved from {best:0.5f} to {current:0.5f}, "
                                   f"saving model to {{path}}")
        else:
            self.tell(epoch, f"{self.monitor} did not improve from {self.best:0.5f}")

    def save(self, epoch, logs, message):
        path = self.path(epoch, logs)
        self.tell(epoch, message.replace("{path}", path))
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def path(self, epoch, logs):
        """The path for an epoch, from its number and its logs."""
        names = dict(logs)
        for given, other in SPELLINGS:
            for key, value in logs.items():
                if key == given or key.endswith("_" + given):
                    names.setdefault(key[:len(key) - len(given)] + other, value)
        try:
            return self.filepath.format(epoch=epoch + 1, **names)
        except KeyError as error:
            raise KeyError(f"ModelCheckpoint: the path {self.filepath!r} names {error}; it may "
                           f"name epoch, {', '.join(logs)}.") from None

    def tell(self, epoch, message):
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: {message}")
