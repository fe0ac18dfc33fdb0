"""Training, evaluation and prediction on batches from generators and Sequences (manual, 4.3.3)."""
from contextlib import contextmanager, nullcontext

import numpy as np

from .. import callbacks as cbks
from ..backend.engines import engine
from ..layers.node import unpacked
from ..legacy.calls import takes_old_names
from . import arguments
from .enqueuers import is_sequence, is_source, repeated, supplied
from .loop import Fitting, Validation, between_steps, evaluated, predicted
from .resume import keeper_among
from .supply import END, Draws, Items, batch_count


class Stream:
    """Batches from a generator or a Sequence, for the loops what `Data` is for arrays.

    Arguments
        supply: where the batches come from.
        arrays: function from a batch as the user made it to its arrays and which outputs have
            weights.
        steps: batches in an epoch.

    The first batch is taken at once: the model may be built on it, and it tells which outputs have
    weights fed.
    """

    samples = batch_size = None

    def __init__(self, supply, arrays, steps):
        self.supply = supply
        self.arrays = arrays
        self.steps = steps
        self.taken = 0
        self.placeholders = None
        self.first = self._next()
        self.sizes = [rows(self.first[0])]  # of the first batch: they are about as large
        self.weighted = self.first[1]

    def _next(self):
        with between_steps():
            batch = self.supply.take()
        label = self.supply.jobs.label
        if batch is END:
            raise ValueError(f"{label} ended after {self.taken} batches; more are needed, "
                             f"{self.steps} for each epoch or call. Let it loop forever "
                             f"(`while True:`), or ask for fewer steps.")
        try:
            found = self.arrays(batch)
            if found[0] and not rows(found[0]):
                raise ValueError("it is empty, a batch has at least one sample")
        except (ValueError, TypeError) as error:
            raise type(error)(f"Batch {self.taken} of {label}: {error}") from error
        self.taken += 1
        return found

    def told(self):
        """As `Data.told`."""
        return [self.samples, self.batch_size, self.steps]

    def settle(self):
        """As `Supply.settle`."""
        self.supply.settle()

    def pairs(self, order=None, start=0):
        """Pairs of the size of a batch and its engine arrays, for an epoch from step `start` on."""
        feed = owned if engine().runs_ahead else engine().feed
        for _ in range(start, self.steps):
            arrays, weighted = self.first or self._next()
            self.first = None
            yield rows(arrays), tuple(
                [feed(a, x) for a, x in zip(self._completed(arrays, weighted), self.placeholders)])
        self.settle()

    def results(self, run, order=None, start=0):
        return ((run(*batch), [size]) for size, batch in self.pairs(order, start))

    def _completed(self, arrays, weighted):
        """The arrays with weights for just those outputs that had some in the first batch."""
        if weighted == self.weighted:
            return arrays
        if any(on and not first for on, first in zip(weighted, self.weighted)):
            raise ValueError(f"Batch {self.taken - 1} of {self.supply.jobs.label} has sample "
                             f"weights, the first batch had none. Give weights with every batch; "
                             f"ones change nothing.")
        given = iter(arrays[len(arrays) - sum(weighted):])
        weights = [next(given) if on else np.ones(rows(arrays))
                   for on, first in zip(weighted, self.weighted) if first]
        return [*arrays[:len(arrays) - sum(weighted)], *weights]


def owned(array, x):
    """What is fed for the placeholder x where a step may still run when the next batch is made: a
    copy of what the generator could write to."""
    return engine().feed(array.copy() if isinstance(array, np.ndarray) else array, x)


def rows(arrays):
    """The number of samples of a batch; 1 if nothing is fed."""
    return arrays[0].shape[0] if arrays else 1


def unloaded(batch):
    """(x, y, weights) from what a generator gave for training."""
    if not isinstance(batch, (tuple, list)) or len(batch) not in (2, 3):
        n = f" of {len(batch)} items" if hasattr(batch, "__len__") else ""
        raise ValueError(f"Output of generator should be a tuple `(x, y, sample_weight)` or "
                         f"`(x, y)`. Found: {type(batch).__name__}{n}.")
    return (*batch, None)[:3]


def inputs_of(batch, model):
    """The inputs in what a generator gave: in a tuple they come first. Loaders of other libraries
    give lists."""
    single = model.inputs is None or len(model.inputs) == 1
    first = isinstance(batch, tuple) or isinstance(batch, list) and len(batch) > 1 and single
    return batch[0] if first else batch


def refuse_arrays(**given):
    """ValueError for arguments that make no sense beside a generator or a Sequence."""
    for name, value in given.items():
        if value is not None and not (name == "validation_split" and not value):
            raise ValueError(f"`{name}` cannot be given with a generator or a Sequence: its "
                             f"batches have their size, targets and weights, and cannot be split.")


def steps_of(source, steps, name):
    """The number of steps; that of batches of a Sequence where none is given."""
    if steps is not None:
        return arguments.step_count(steps, name)
    if is_sequence(source) or hasattr(source, "__len__"):
        try:
            return batch_count(source)
        except TypeError as error:  # a data set of TensorFlow that knows no end
            raise ValueError(f"`{name}` is needed here: {error}") from error
    raise ValueError(f"`{name}=None` is only valid for a generator based on the "
                     f"`keras.utils.Sequence` class. Please specify `{name}` or use the "
                     f"`keras.utils.Sequence` class.")


def jobs_of(source, shuffle, limit, length=None, turns=True):
    """What is to be made for a source: items of a Sequence, or draws from a generator."""
    if is_sequence(source):
        return Items(source, shuffle, limit, length, turns)
    return Draws(source if hasattr(source, "__next__") else repeated(source), limit)


class Generators:
    """The methods of Model that take batches instead of arrays."""

    def _unloaded(self, class_weight=None):
        def arrays(batch):
            x, y, weights = unloaded(batch)
            return self._training_arrays(x, y, weights, class_weight)

        return arrays

    def _inputs_of_batch(self, batch):
        return self._inputs_from(inputs_of(batch, self)), ()

    def _streamed(self, kind, supply, arrays, steps):
        """A function of the model, and the batches to run it on, made with its `arrays`."""
        data = Stream(supply, arrays, steps)
        function = self._function(kind, data.weighted)
        data.placeholders = function.fed
        return function, data

    @takes_old_names("fit_generator")
    def fit_generator(self, generator, steps_per_epoch=None, epochs=1, verbose=1, callbacks=None,
                      validation_data=None, validation_steps=None, class_weight=None,
                      max_queue_size=10, workers=1, use_multiprocessing=False, shuffle=True,
                      initial_epoch=0):
        """Train on batches that a generator or a Sequence makes, while the model trains.

        Arguments
            generator: generator of (inputs, targets) or (inputs, targets, sample weights), without
                an end; or a Sequence of them.
            steps_per_epoch: batches in an epoch; for a Sequence, None for all.
            epochs: number of the last epoch; training runs from `initial_epoch` to it.
            verbose: 0 silent, 1 a progress bar, 2 a line per epoch.
            callbacks: list of Callback.
            validation_data: generator, Sequence, or (x, y) or (x, y, weights), to evaluate after
                each epoch.
            validation_steps: batches of a validation generator to take; for a Sequence, None for
                all.
            class_weight: dict from class to the weight of its samples' losses.
            max_queue_size: number of batches made ahead.
            workers: number of workers for a Sequence, 0 to make batches in the main thread. A
                plain generator has one.
            use_multiprocessing: whether the workers for a Sequence are processes. It has to be
                picklable; otherwise, and for generators, threads are used, with a warning.
            shuffle: whether the batches of a Sequence come in a new order in each epoch.
            initial_epoch: number of the first epoch, for training that goes on.

        Returns
            History.

        Raises
            RuntimeError: if the model was never compiled.
            ValueError: if the generator yields something else than batches.
        """
        self._require_compiled()
        callbacks = cbks.checked(callbacks)
        steps = steps_of(generator, steps_per_epoch, "steps_per_epoch")
        limit = max(0, epochs - initial_epoch) * steps
        options = workers, max_queue_size, use_multiprocessing
        if not limit:
            limit = 1  # the first batch tells what is fed
        jobs = jobs_of(generator, shuffle, limit)
        keeper = keeper_among(callbacks, initial_epoch)
        if keeper:
            keeper.place("train", jobs, steps)
        with supplied(jobs, *options) as supply:
            data = Stream(supply, self._unloaded(class_weight), steps)
            self._check_trainable()
            function, findings = self._fitting_function(data.weighted, callbacks)
            data.placeholders = function.fed
            with self._validating(validation_data, validation_steps, data, epochs - initial_epoch,
                                  options, keeper) as validation:
                callbacks, progress = self._prepared(callbacks, verbose, epochs, data, validation,
                                                     keeper)
                Fitting(self, function, data, callbacks, progress, validation, keeper,
                        findings).run(initial_epoch, epochs, False)
        return self.history

    def _validating(self, given, steps, data, epochs, options, keeper):
        """A context that gives what is evaluated after each epoch; None for nothing."""
        if given is None:
            return nullcontext()
        if is_source(given):
            return self._held_out(given, steps, epochs, keeper, options)
        arrays = self._training_arrays(*arguments.pair_or_triple(given))
        return nullcontext(self._validation(*arrays, data.sizes[0], None))

    @contextmanager
    def _held_out(self, source, steps, epochs, keeper=None, options=(1, 10, False)):
        """A context in which a generator or a Sequence is evaluated after each of some epochs.

        Arguments
            source: generator or Sequence.
            steps: batches each time, None for all of a Sequence.
            epochs: number of epochs.
            keeper: resume.Keeper, or None.
            options: workers, max_queue_size, use_multiprocessing.
        """
        steps = steps_of(source, steps, "validation_steps")
        jobs = jobs_of(source, False, max(1, epochs) * steps, steps)
        if keeper:
            keeper.place("test", jobs, steps)
        with supplied(jobs, *options) as supply:
            yield Validation(self, *self._streamed("test", supply, self._unloaded(), steps), None)

    @takes_old_names("evaluate_generator")
    def evaluate_generator(self, generator, steps=None, max_queue_size=10, workers=1,
                           use_multiprocessing=False, verbose=0):
        """The loss and the metrics on batches that a generator or a Sequence makes.

        Arguments
            generator: generator of (inputs, targets) or (inputs, targets, sample weights), or a
                Sequence of them.
            steps: number of batches; for a Sequence, None for all.
            max_queue_size, workers, use_multiprocessing: as for `fit_generator`.
            verbose: 0 silent, 1 a progress bar.

        Returns
            float, or a list of them in the order of `metrics_names`.
        """
        self._require_compiled()
        steps = steps_of(generator, steps, "steps")
        jobs = jobs_of(generator, False, steps, turns=False)
        with supplied(jobs, workers, max_queue_size, use_multiprocessing) as supply:
            function, data = self._streamed("test", supply, self._unloaded(), steps)
            return unpacked(evaluated(self, function, data, verbose))

    @takes_old_names("predict_generator")
    def predict_generator(self, generator, steps=None, max_queue_size=10, workers=1,
                          use_multiprocessing=False, verbose=0):
        """The outputs for batches that a generator or a Sequence makes.

        Arguments
            generator: generator of inputs, or of tuples that begin with them; or a Sequence.
            steps, max_queue_size, workers, use_multiprocessing, verbose: as for
                `evaluate_generator`.

        Returns
            array, or a list of them.
        """
        steps = steps_of(generator, steps, "steps")
        jobs = jobs_of(generator, False, steps, turns=False)
        with supplied(jobs, workers, max_queue_size, use_multiprocessing) as supply:
            function, data = self._streamed("predict", supply, self._inputs_of_batch, steps)
            return unpacked(predicted(function, data, verbose))
