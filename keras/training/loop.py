"""The loops over batches: what runs per step is the compiled plan and little else."""
import signal
import threading
from contextlib import contextmanager
from itertools import repeat

import numpy as np

from ..backend.engines import engine

FOLD = 512  # results kept before they are summed up: bounds the memory of a long epoch


class Means:
    """Averages of what the steps return, weighted by their sizes; read back only when asked.

    `stateful`: the places of values that are not averaged, the last one counts.
    """

    def __init__(self, names, stateful=()):
        self.names = names
        self.stateful = set(stateful)
        self.rows, self.sizes = [], []
        self.sums = np.zeros(len(names))
        self.weight = 0.0
        self.last = None

    def add(self, row, size):
        self.rows.append(row)
        self.sizes.append(size)
        if len(self.rows) >= FOLD:
            self.fold()

    def fold(self):
        """Read back the results so far and add them up."""
        if self.rows:
            values = engine().table(self.rows)
            self.sums += np.asarray(self.sizes, "float64") @ values
            self.weight += sum(self.sizes)
            self.last = values[-1]
            self.rows, self.sizes = [], []

    def values(self):
        """The averages, a list of floats in the order of `names`."""
        self.fold()
        means = self.sums / max(self.weight, 1e-300)
        return [float(self.last[i] if i in self.stateful else means[i])
                for i in range(len(self.names))]

    def logs(self):
        return dict(zip(self.names, self.values()))


class Interrupt:
    """Whether Ctrl-C was pressed since the last look."""

    pending = False

    def handle(self, signum, frame):
        if self.pending:  # a second one does not wait for the step to end
            raise KeyboardInterrupt
        self.pending = True

    def check(self):
        """Raise KeyboardInterrupt if Ctrl-C was pressed."""
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt


@contextmanager
def whole_steps():
    """Within it Ctrl-C takes effect between steps, so that the weights are those of a whole one.

    Other threads than the main one, and programs with a handler of their own, are left alone.
    """
    interrupt = Interrupt()
    mine = (threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    if mine:
        signal.signal(signal.SIGINT, interrupt.handle)
    try:
        yield interrupt
    finally:
        if mine:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            interrupt.check()


class Data:
    """The arrays of a call of fit, evaluate or predict, cut into batches.

    Arguments
        arrays: list, one per placeholder.
        placeholders: what they are fed to.
        batch_size: samples per batch.
        steps: number of steps where there are no arrays to cut (symbolic data).
    """

    def __init__(self, arrays, placeholders, batch_size, steps=None):
        self.samples = arrays[0].shape[0] if arrays else None
        self.batch_size = batch_size
        self.steps = steps
        self.held = [engine().hold(a, x) for a, x in zip(arrays, placeholders)]
        self.placeholders = placeholders
        self.sizes = [1] * (steps or 0)
        if steps is None:
            whole, rest = divmod(self.samples, batch_size)
            self.sizes = [batch_size] * whole + [rest] * (rest > 0)

    def batches(self, order=None):
        """A tuple of engine arrays per batch, in the order of the indices `order`."""
        if self.steps is not None:
            return repeat((), self.steps)
        return engine().batches(self.held, self.placeholders, order, self.batch_size)


def shuffled(order, how, batch_size):
    """The order of the samples in the next epoch; None for their own."""
    if how == "batch":
        whole = len(order) // batch_size * batch_size
        blocks = order[:whole].reshape(-1, batch_size)
        np.random.shuffle(blocks)
        return np.concatenate([blocks.reshape(-1), order[whole:]])
    if how:
        np.random.shuffle(order)
        return order
    return None


class Fitting:
    """One call of fit.

    Arguments
        model: the model.
        function: its train function.
        data: the batches.
        callbacks: CallbackList; `progress`: the ProgbarLogger among them, or None.
        validate: function that returns the list of validation values, or None.
    """

    def __init__(self, model, function, data, callbacks, progress, validate):
        self.model = model
        self.function = function
        self.data = data
        self.callbacks = callbacks
        self.progress = progress
        self.validate = validate
        self.names = model.metrics_names
        quiet = [c for c in callbacks if c is not progress]
        self.begins = callbacks.listening("on_batch_begin")
        self.ends = type(callbacks)(quiet).listening("on_batch_end")

    def run(self, initial_epoch, epochs, shuffle):
        """All epochs."""
        model, callbacks = self.model, self.callbacks
        run = self.function.plan(True)
        order = np.arange(self.data.samples) if self.data.samples else None
        model.stop_training = False
        callbacks.on_train_begin()
        try:
            with whole_steps() as interrupt, engine().running(run, self.data.sizes[0]):
                for epoch in range(initial_epoch, epochs):
                    self.epoch(run, epoch, interrupt,
                               None if order is None else
                               shuffled(order, shuffle, self.data.batch_size))
                    if model.stop_training:
                        break
        finally:
            callbacks.on_train_end()

    def epoch(self, run, epoch, interrupt, order):
        """One epoch, its validation, its logs."""
        for layer in self.model.stateful_metrics:
            layer.reset_states()
        self.callbacks.on_epoch_begin(epoch)
        means = Means(self.names, self.model.stateful_places)
        steps = self.steps_with_hooks if self.begins or self.ends else self.steps
        steps(run, means, order, interrupt)
        logs = means.logs()
        if self.validate is not None and not self.model.stop_training:
            logs.update(("val_" + name, value)
                        for name, value in zip(self.names, self.validate()))
        self.callbacks.on_epoch_end(epoch, logs)

    def steps(self, run, means, order, interrupt):
        """The steps of an epoch when no callback looks at batches."""
        progress = self.progress
        counts_steps = progress is not None and progress.use_steps
        done = 0
        for size, batch in zip(self.data.sizes, self.data.batches(order)):
            means.add(run(*batch), size)
            if interrupt.pending:
                interrupt.check()
            if progress is not None:
                done += 1 if counts_steps else size
                progress.step(done, means.logs)

    def steps_with_hooks(self, run, means, order, interrupt):
        """The steps of an epoch with calls of on_batch_begin and on_batch_end."""
        callbacks, progress, done = self.callbacks, self.progress, 0
        for i, (size, batch) in enumerate(zip(self.data.sizes, self.data.batches(order))):
            logs = {"batch": i, "size": size}
            callbacks.on_batch_begin(i, logs)
            row = run(*batch)
            means.add(row, size)
            interrupt.check()
            if self.ends:
                values = engine().table([row])[0].tolist()
                logs.update(zip(self.names, values))
            callbacks.on_batch_end(i, logs)
            if progress is not None:
                done += 1 if progress.use_steps else size
                progress.step(done, means.logs)
            if self.model.stop_training:
                break


def evaluated(function, data, names, stateful=(), progress=None):
    """The averages of a test function over all batches, a list of floats."""
    run = function.plan(False)
    means = Means(names, stateful)
    done = 0
    with engine().running(run, data.sizes[0]):
        for size, batch in zip(data.sizes, data.batches()):
            means.add(run(*batch), size)
            if progress is not None:
                done += size
                progress.update(done)
    return means.values()


def predicted(function, data, progress=None):
    """The outputs of a predict function for all batches: a list of arrays."""
    run = function.plan(False)
    fetch = engine().fetch
    parts, done = [], 0
    with engine().running(run, data.sizes[0]):
        for size, batch in zip(data.sizes, data.batches()):
            parts.append([fetch(y, x) for y, x in zip(run(*batch), function.outputs)])
            if progress is not None:
                done += size
                progress.update(done)
    if len(parts) == 1:
        return parts[0]
    return [np.concatenate(pieces) if np.ndim(pieces[0]) else np.array(pieces)
            for pieces in zip(*parts)]
