"""The loops over batches: what runs per step is the compiled plan and little else."""
import signal
import threading
from contextlib import contextmanager
from itertools import repeat, starmap

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

    def add(self, row, sizes):
        """Take the results of a step, or of several: then an array for each; `sizes`: theirs."""
        self.rows.append(row)
        self.sizes.extend(sizes)
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
    waiting = False  # for data; set on the class, for signals come to the main thread alone

    def handle(self, signum, frame):
        if self.pending or self.waiting:  # a second one does not wait for the step to end
            raise KeyboardInterrupt
        self.pending = True

    def check(self):
        """Raise KeyboardInterrupt if Ctrl-C was pressed."""
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt


@contextmanager
def between_steps():
    """Within it, while data are waited for, Ctrl-C takes effect at once."""
    mine = threading.current_thread() is threading.main_thread()
    Interrupt.waiting = mine or Interrupt.waiting
    try:
        yield
    finally:
        Interrupt.waiting = Interrupt.waiting and not mine


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
        steps: number of steps; each takes the arrays whole. None to cut them into batches.
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
        if self.steps is None:
            return engine().batches(self.held, self.placeholders, order, self.batch_size)
        whole = ()
        if self.held:
            whole, = engine().batches(self.held, self.placeholders, None, self.samples)
        return repeat(whole, self.steps)

    def pairs(self, order=None):
        """Pairs of the size of a batch and its engine arrays."""
        return zip(self.sizes, self.batches(order))

    def results(self, run, order=None):
        """Run all steps: pairs of what `run` returns and the sizes of the batches, of one step
        or, where the engine runs several as one program, of many."""
        many = engine().many
        if many is not None and self.steps is None:
            return many(run, self.held, self.placeholders, order, self.batch_size)
        return zip(starmap(run, self.batches(order)), ([size] for size in self.sizes))


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


class Validation:
    """What fit evaluates after each epoch.

    Arguments
        model: the model.
        function: its test function.
        data: the batches.
        seen: the data as callbacks know it: a list of inputs, targets and weights.
    """

    def __init__(self, model, function, data, seen):
        self.model = model
        self.function = function
        self.data = data
        self.seen = seen


class Fitting:
    """One call of fit.

    Arguments
        model: the model.
        function: its train function.
        data: the batches.
        callbacks: CallbackList; `progress`: the ProgbarLogger among them, or None.
        validation: Validation, or None.
    """

    def __init__(self, model, function, data, callbacks, progress, validation):
        self.model = model
        self.function = function
        self.data = data
        self.callbacks = callbacks
        self.progress = progress
        self.validation = validation
        self.names = model.metrics_names
        quiet = [c for c in callbacks if c is not progress]
        self.begins = callbacks.listening("on_batch_begin")
        self.ends = type(callbacks)(quiet).listening("on_batch_end")

    def run(self, initial_epoch, epochs, shuffle):
        """All epochs."""
        model, callbacks = self.model, self.callbacks
        run = self.function.plan(True)
        order = np.arange(self.data.samples) if self.data.steps is None else None
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
        reset(self.model.stateful_metrics)
        self.callbacks.on_epoch_begin(epoch)
        means = Means(self.names, self.model.stateful_places)
        steps = self.steps_with_hooks if self.begins or self.ends else self.steps
        steps(run, means, order, interrupt)
        logs = means.logs()
        if self.validation is not None and not self.model.stop_training:
            held_out = self.validation
            values = evaluated(self.model, held_out.function, held_out.data, interrupt=interrupt)
            logs.update(("val_" + name, value) for name, value in zip(self.names, values))
        self.callbacks.on_epoch_end(epoch, logs)

    def steps(self, run, means, order, interrupt):
        """The steps of an epoch when no callback looks at batches."""
        progress = self.progress
        counts_steps = progress is not None and progress.use_steps
        done = 0
        for row, sizes in self.data.results(run, order):
            means.add(row, sizes)
            if interrupt.pending:
                interrupt.check()
            if progress is not None:
                done += len(sizes) if counts_steps else sum(sizes)
                progress.step(done, means.logs)

    def steps_with_hooks(self, run, means, order, interrupt):
        """The steps of an epoch with calls of on_batch_begin and on_batch_end."""
        callbacks, progress, done = self.callbacks, self.progress, 0
        for i, (size, batch) in enumerate(self.data.pairs(order)):
            logs = {"batch": i, "size": size}
            callbacks.on_batch_begin(i, logs)
            row = run(*batch)
            means.add(row, [size])
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


def reset(metrics):
    """Let stateful metrics start anew."""
    for metric in metrics:
        metric.reset_states()


def evaluated(model, function, data, progress=None, interrupt=None):
    """The averages of a model's test function over all batches, a list of floats.

    Arguments
        model, function, data: the model, its function, the batches.
        progress: Progbar or None.
        interrupt: of `whole_steps`, looked at between batches; or None.
    """
    run = function.plan(False)
    reset(model.stateful_metrics)
    means = Means(model.metrics_names, model.stateful_places)
    done = 0
    with engine().running(run, data.sizes[0]):
        for row, sizes in data.results(run):
            means.add(row, sizes)
            if interrupt is not None:
                interrupt.check()
            if progress is not None:
                done += sum(sizes) if data.steps is None else len(sizes)
                progress.update(done)
    return means.values()


def predicted(function, data, progress=None):
    """The outputs of a predict function for all batches: a list of arrays."""
    run = function.plan(False)
    fetch = engine().fetch
    parts, done = [], 0
    with engine().running(run, data.sizes[0]):
        for size, batch in data.pairs():
            parts.append([fetch(y, x) for y, x in zip(run(*batch), function.outputs)])
            if progress is not None:
                done += size if data.steps is None else 1
                progress.update(done)
    if len(parts) == 1:
        return parts[0]
    return [np.concatenate(pieces) if np.ndim(pieces[0]) else np.array(pieces)
            for pieces in zip(*parts)]
