"""The loops over batches: what runs per step is the compiled plan and little else."""
import _signal  # where `signal` wraps it numbers become enums, which takes 20 us a step
import signal
import threading
from contextlib import contextmanager
from itertools import repeat, starmap

import numpy as np

from ..backend.engines import engine
from .progress import Progbar

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
        self.folded = 0  # steps that are in the sums

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
            weighted = np.asarray(self.sizes, "float64")[:, None] * values
            # One after the other: the sums do not depend on when they were folded.
            self.sums = np.cumsum(np.vstack([self.sums, weighted]), axis=0)[-1]
            self.weight += sum(self.sizes)
            self.last = values[-1]
            self.folded += len(self.sizes)
            self.rows, self.sizes = [], []

    @property
    def done(self):
        """The number of steps so far."""
        return self.folded + len(self.sizes)

    def state(self):
        """All that `restore` needs, as plain data."""
        self.fold()
        return {"sums": self.sums, "weight": self.weight, "last": self.last,
                "folded": self.folded}

    def restore(self, state):
        """Go on where `state` was taken."""
        vars(self).update(state)

    def values(self):
        """The averages, a list of floats in the order of `names`."""
        self.fold()
        means = self.sums / max(self.weight, 1e-300)
        return [float(self.last[i] if i in self.stateful else means[i])
                for i in range(len(self.names))]

    def logs(self):
        return dict(zip(self.names, self.values()))


class Terminated(SystemExit):
    """The process was asked to end, by SIGTERM."""

    def __init__(self):
        super().__init__(128 + signal.SIGTERM)


class Interrupt:
    """Whether Ctrl-C was pressed, or the process asked to end, since the last look."""

    pending = None  # the exception to raise
    waiting = False  # for data; set on the class, for signals come to the main thread alone
    measuring = False  # validation is no place to go on from: it comes to its end

    def handle(self, signum, frame):
        ends = signum == signal.SIGTERM
        again = self.pending is KeyboardInterrupt  # a second one does not wait for the step to end
        if self.pending is None or not ends:
            self.pending = Terminated if ends else KeyboardInterrupt
        if self.waiting and not (ends and self.measuring) or again and not ends:
            self.check()

    def check(self):
        """Raise KeyboardInterrupt if Ctrl-C was pressed, Terminated on SIGTERM."""
        if self.pending and not (self.measuring and self.pending is Terminated):
            error, self.pending = self.pending, None
            raise error


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
def whole_steps(backs_up=False):
    """Within it Ctrl-C takes effect between steps, so that the weights are those of a whole one;
    and so does SIGTERM, for who backs up.

    Other threads than the main one, and programs with a handler of their own, are left alone.
    """
    interrupt = Interrupt()
    usual = {_signal.SIGINT: _signal.default_int_handler}
    if backs_up:
        usual[_signal.SIGTERM] = _signal.SIG_DFL
    mine = threading.current_thread() is threading.main_thread()
    mine = [s for s, handler in usual.items() if mine and _signal.getsignal(s) == handler]
    for s in mine:
        _signal.signal(s, interrupt.handle)
    try:
        yield interrupt
    finally:
        for s in mine:
            _signal.signal(s, usual[s])
        if mine:
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

    def told(self):
        """What must be the same where training goes on: samples, batch size, steps."""
        return [self.samples, self.batch_size, self.steps]

    def settle(self):
        """Arrays have nothing to do between two steps."""

    def batches(self, order=None, start=0):
        """A tuple of engine arrays per batch, from number `start` on, in the order of the indices
        `order`."""
        if self.steps is None:
            if start:
                order = np.arange(self.samples) if order is None else order
                order = order[start * self.batch_size:]
            return engine().batches(self.held, self.placeholders, order, self.batch_size)
        whole = ()
        if self.held:
            whole, = engine().batches(self.held, self.placeholders, None, self.samples)
        return repeat(whole, self.steps - start)

    def pairs(self, order=None, start=0):
        """Pairs of the size of a batch and its engine arrays."""
        return zip(self.sizes[start:], self.batches(order, start))

    def results(self, run, order=None, start=0):
        """Run the steps: pairs of what `run` returns and the sizes of the batches, of one step
        or, where the engine runs several as one program, of many."""
        many = engine().many
        if start == len(self.sizes):
            return iter(())
        if many is not None and self.steps is None:
            return many(run, self.held, self.placeholders, order, self.batch_size, start)
        return zip(starmap(run, self.batches(order, start)),
                   ([size] for size in self.sizes[start:]))


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
        keeper: resume.Keeper, or None.
        findings: of a train function that fetches them, or None.

    `at`: the number of the epoch; `means`: its averages so far; `order`: that of the samples.
    """

    def __init__(self, model, function, data, callbacks, progress, validation, keeper=None,
                 findings=None):
        self.model = model
        self.function = function
        self.data = data
        self.callbacks = callbacks
        self.progress = progress
        self.validation = validation
        self.keeper = keeper
        self.findings = findings
        self.order = np.arange(data.samples) if data.steps is None else None
        self.means = None
        self.names = model.metrics_names
        quiet = [c for c in callbacks if c is not progress]
        self.begins = callbacks.listening("on_batch_begin")
        self.ends = type(callbacks)(quiet).listening("on_batch_end")

    def run(self, initial_epoch, epochs, shuffle):
        """All epochs."""
        model, callbacks, keeper = self.model, self.callbacks, self.keeper
        run = self.function.plan(True)
        model.stop_training = False
        self.at = initial_epoch
        callbacks.on_train_begin()
        try:
            with whole_steps(keeper is not None) as interrupt, \
                    engine().running(run, self.data.sizes[0]):
                if keeper and keeper.resumes:
                    self.at = keeper.saved["epoch"]
                    if not keeper.within_epoch:
                        keeper.resume(self)
                while self.at < epochs and not model.stop_training:
                    self.epoch(run, interrupt, shuffle)
                    self.at += 1
                    if keeper:
                        keeper.save(self)
                        interrupt.check()
            if keeper:
                keeper.finished()
        finally:
            callbacks.on_train_end()

    def epoch(self, run, interrupt, shuffle):
        """One epoch, its validation, its logs."""
        order = None
        if self.order is not None:
            order = shuffled(self.order, shuffle, self.data.batch_size)
        reset(self.model.stateful_metrics)
        self.callbacks.on_epoch_begin(self.at)
        means = self.means = Means(self.names, self.model.stateful_places)
        if self.keeper and self.keeper.resumes:
            self.keeper.resume(self)
            order = order if order is None else self.order
        steps = self.steps_with_hooks if self.begins or self.ends else self.steps
        try:
            steps(run, means, order, interrupt)
        except Terminated:
            self.keeper.save(self)
            raise
        logs = means.logs()
        if self.validation is not None and not self.model.stop_training:
            held_out = self.validation
            interrupt.measuring = True
            values = evaluated(self.model, held_out.function, held_out.data, interrupt=interrupt)
            interrupt.measuring = False
            logs.update(("val_" + name, value) for name, value in zip(self.names, values))
        self.means = None
        self.callbacks.on_epoch_end(self.at, logs)

    def watched(self, steps):
        """The steps of an epoch, with backups between them if they are wanted."""
        return steps if self.keeper is None else self.keeper.watched(self, steps)

    def steps(self, run, means, order, interrupt):
        """The steps of an epoch when no callback looks at batches."""
        progress = self.progress
        counts_steps = progress is not None and progress.use_steps
        done = means.done if counts_steps else int(means.weight)
        for row, sizes in self.watched(self.data.results(run, order, means.done)):
            means.add(row, sizes)
            if interrupt.pending:
                interrupt.check()
            if progress is not None:
                done += len(sizes) if counts_steps else sum(sizes)
                progress.step(done, means.logs)

    def steps_with_hooks(self, run, means, order, interrupt):
        """The steps of an epoch with calls of on_batch_begin and on_batch_end."""
        callbacks, progress = self.callbacks, self.progress
        done = means.done if progress is not None and progress.use_steps else int(means.weight)
        start = means.done
        for i, (size, batch) in enumerate(self.watched(self.data.pairs(order, start)), start):
            logs = {"batch": i, "size": size}
            callbacks.on_batch_begin(i, logs)
            row = run(*batch)
            if self.findings:
                row = self.findings.taken(row)
            means.add(row, [size])
            if self.ends:
                values = engine().table([row])[0].tolist()
                logs.update(zip(self.names, values))
            callbacks.on_batch_end(i, logs)
            if progress is not None:
                done += 1 if progress.use_steps else size
                progress.step(done, means.logs)
            interrupt.check()
            if self.model.stop_training:
                break


def reset(metrics):
    """Let stateful metrics start anew."""
    for metric in metrics:
        metric.reset_states()


def progress_over(data, verbose):
    """A progress bar for all batches; None where nothing is shown."""
    return Progbar(data.steps or data.samples, verbose=verbose) if verbose else None


def evaluated(model, function, data, verbose=0, interrupt=None):
    """The averages of a model's test function over all batches, a list of floats.

    Arguments
        model, function, data: the model, its function, the batches.
        verbose: 0 silent, 1 a progress bar.
        interrupt: of `whole_steps`, looked at between batches; or None.
    """
    run = function.plan(False)
    reset(model.stateful_metrics)
    means = Means(model.metrics_names, model.stateful_places)
    progress, done = progress_over(data, verbose), 0
    with engine().running(run, data.sizes[0]):
        for row, sizes in data.results(run):
            means.add(row, sizes)
            if interrupt is not None:
                interrupt.check()
            if progress is not None:
                done += sum(sizes) if data.steps is None else len(sizes)
                progress.update(done)
    return means.values()


def predicted(function, data, verbose=0):
    """The outputs of a predict function for all batches: a list of arrays."""
    run = function.plan(False)
    fetch = engine().fetch
    progress, done, parts = progress_over(data, verbose), 0, []
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
