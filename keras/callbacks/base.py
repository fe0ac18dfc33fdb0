"""Callbacks: what is called while a model trains (manual, chapter 11)."""
from ..layers.node import as_list
from ..training.progress import Progbar

HOOKS = ("on_epoch_begin", "on_epoch_end", "on_batch_begin", "on_batch_end", "on_train_begin",
         "on_train_end")


class Callback:
    """The base of all callbacks. A subclass overrides the hooks it needs.

    `params`: dict with 'verbose', 'epochs', 'batch_size' or 'steps', 'samples', 'metrics',
    'do_validation'. `model`: the model in training. `logs` of a hook is a dict of floats.
    `backed_up`: names of the attributes that BackupAndRestore keeps.
    """

    backed_up = ()

    def __init__(self):
        self.validation_data = None
        self.model = None
        self.params = {}

    def set_params(self, params):
        self.params = params

    def set_model(self, model):
        self.model = model

    def on_epoch_begin(self, epoch, logs=None):
        """Called before epoch number `epoch`, from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after an epoch; `logs` holds the loss and the metrics, and `val_` ones."""

    def on_batch_begin(self, batch, logs=None):
        """Called before batch number `batch` of an epoch, from 0; `logs` holds batch, size."""

    def on_batch_end(self, batch, logs=None):
        """Called after a batch; `logs` holds its loss and metrics, too."""

    def on_train_begin(self, logs=None):
        """Called when training begins."""

    def on_train_end(self, logs=None):
        """Called when training ends."""


def overrides(callback, hook):
    """Whether a callback does something in `hook`."""
    own = getattr(type(callback), hook, None)
    return hook in vars(callback) or own is not getattr(Callback, hook)


def checked(callbacks):
    """Callbacks given by a user, one or a list or None, as a list. TypeError for other things."""
    callbacks = [] if callbacks is None else as_list(callbacks)
    for callback in callbacks:
        if isinstance(callback, type) or not all(
                callable(getattr(callback, hook, None)) for hook in HOOKS):
            raise TypeError(f"callbacks is a list of objects of keras.callbacks.Callback; given "
                            f"{callback!r:.100}"
                            f"{', a class: call it' if isinstance(callback, type) else ''}.")
    return callbacks


class CallbackList:
    """Several callbacks, called in their order.

    Arguments
        callbacks: list.
    """

    def __init__(self, callbacks=None):
        self.callbacks = list(callbacks or [])

    def append(self, callback):
        self.callbacks.append(callback)

    def set_params(self, params):
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        for callback in self.callbacks:
            callback.set_model(model)

    def on_epoch_begin(self, epoch, logs=None):
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, {} if logs is None else logs)

    def on_epoch_end(self, epoch, logs=None):
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, {} if logs is None else logs)

    def on_batch_begin(self, batch, logs=None):
        for callback in self.callbacks:
            callback.on_batch_begin(batch, {} if logs is None else logs)

    def on_batch_end(self, batch, logs=None):
        for callback in self.callbacks:
            callback.on_batch_end(batch, {} if logs is None else logs)

    def on_train_begin(self, logs=None):
        for callback in self.callbacks:
            callback.on_train_begin({} if logs is None else logs)

    def on_train_end(self, logs=None):
        for callback in self.callbacks:
            callback.on_train_end({} if logs is None else logs)

    def listening(self, hook):
        """Whether any callback does something in `hook`."""
        return any(overrides(callback, hook) for callback in self.callbacks)

    def __iter__(self):
        return iter(self.callbacks)


class BaseLogger(Callback):
    """Averages the metrics of an epoch. `fit` does so by itself; this class is the name by
    which old code knows it.

    Arguments
        stateful_metrics: names of metrics that are not averaged.
    """

    def __init__(self, stateful_metrics=None):
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or [])


class History(Callback):
    """Keeps the logs of all epochs; `fit` returns it.

    `history`: dict from a name to its values, one an epoch; `epoch`: numbers of the epochs.
    """

    backed_up = ("epoch", "history")

    def on_train_begin(self, logs=None):
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """Shows a progress bar, or a line per epoch where output goes to a file.

    Arguments
        count_mode: 'samples' or 'steps', what the bar counts.
        stateful_metrics: names of metrics that are not averaged.
    """

    def __init__(self, count_mode="samples", stateful_metrics=None):
        super().__init__()
        if count_mode not in ("samples", "steps"):
            raise ValueError(f"ProgbarLogger: count_mode is 'samples' or 'steps'; "
                             f"given {count_mode!r}.")
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or [])

    def on_train_begin(self, logs=None):
        self.verbose = self.params.get("verbose", 1)
        self.epochs = self.params.get("epochs", 1)

    def on_epoch_begin(self, epoch, logs=None):
        if self.verbose:
            print(f"Epoch {epoch + 1}/{self.epochs}")
        self.target = self.params.get("steps" if self.use_steps else "samples")
        self.bar = Progbar(self.target, verbose=self.verbose,
                           stateful_metrics=self.stateful_metrics)

    def step(self, done, means):
        """Show progress after `done` samples or steps, if it is time to.

        Arguments
            done: samples or steps of this epoch so far.
            means: function that gives the dict of averages so far; not called for nothing.
        """
        if self.bar.moves and done != self.target and self.bar.due(done):
            self.bar.draw(done, means())

    def on_epoch_end(self, epoch, logs=None):
        if self.verbose:
            self.bar.target = self.target or self.bar.seen
            self.bar.draw(self.bar.target, logs or {})
