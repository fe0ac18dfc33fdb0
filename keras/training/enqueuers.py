"""The queues between those who make batches and those who use them (Keras 2's enqueuers)."""
import types
import warnings
import weakref

from .processes import NoProcesses, Processes
from .sequence import Sequence
from .supply import END, Draws, Inline, Items, Threads


def is_sequence(x):
    """Whether x hands out batches by number: a Sequence, or another class's object like one."""
    return isinstance(x, Sequence) or getattr(x, "use_sequence_api", False) is True


def supplied(jobs, workers=1, max_queue_size=10, use_multiprocessing=False):
    """A supply of batches, running.

    Arguments
        jobs: Draws or Items.
        workers: number of workers; 0 for the main thread.
        max_queue_size: number of batches made ahead.
        use_multiprocessing: whether the workers are processes where they can be. Where not,
            threads are taken, and a warning says why.
    """
    if not isinstance(workers, int) or workers < 0:
        raise ValueError(f"workers is the number of threads or processes, an int >= 0 (0: the "
                         f"main thread); given {workers!r}.")
    if not workers:
        return Inline(jobs)
    reason = None
    if use_multiprocessing and not jobs.parallel:
        reason = "a plain generator cannot be sent to another process; make it a " \
                 "keras.utils.Sequence"
    elif use_multiprocessing:
        try:
            return Processes(jobs, max_queue_size, workers)
        except NoProcesses as error:
            reason = str(error)
    if reason:
        warnings.warn(f"use_multiprocessing=True: {jobs.label} is read by threads: {reason}.",
                      stacklevel=3)
    return Threads(jobs, max_queue_size, workers)


class SequenceEnqueuer:
    """The base of the queues between workers and the user of their batches.

    Arguments
        sequence: what the batches come from.
        use_multiprocessing: whether the workers are processes.
    """

    def __init__(self, sequence, use_multiprocessing=False):
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.supply = None

    def is_running(self):
        """Whether workers run."""
        return self.supply is not None

    def start(self, workers=1, max_queue_size=10):
        """Start the workers.

        Arguments
            workers: number of them; 0 for the thread of whoever asks.
            max_queue_size: number of batches made ahead.
        """
        if self.supply is not None:
            raise RuntimeError("The enqueuer runs already; stop() it before it is started again.")
        self.supply = supplied(self._jobs(), workers, max_queue_size, self.use_multiprocessing)
        self.finalizer = weakref.finalize(self, self.supply.close)

    def _jobs(self):
        raise NotImplementedError(f"{type(self).__name__}: use an OrderedEnqueuer or a "
                                  f"GeneratorEnqueuer.")

    def stop(self, timeout=None):
        """End the workers.

        Arguments
            timeout: kept for old code; workers are never waited for longer than 2 s.
        """
        if self.supply is not None:
            self.finalizer()
            self.supply = None

    def get(self):
        """A generator of the batches, in their order."""
        if self.supply is None:
            raise RuntimeError("The enqueuer does not run: start() it first.")
        while self.supply is not None:
            batch = self.supply.take()
            if batch is END:
                return
            yield batch


class OrderedEnqueuer(SequenceEnqueuer):
    """The batches of a Sequence, pass after pass without an end.

    Arguments
        sequence: Sequence.
        use_multiprocessing: whether the workers are processes.
        shuffle: whether each pass has an order of its own.
    """

    def __init__(self, sequence, use_multiprocessing=False, shuffle=False):
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _jobs(self):
        return Items(self.sequence, self.shuffle)


class GeneratorEnqueuer(SequenceEnqueuer):
    """The batches of a plain generator, made ahead by a thread.

    Arguments
        generator: iterator.
        use_multiprocessing: processes cannot share a generator: a warning, and a thread is used.
        wait_time, random_seed, seed: of no effect: no queue is polled, no process is seeded.
    """

    def __init__(self, generator, use_multiprocessing=False, wait_time=0.05, random_seed=None,
                 seed=None):
        super().__init__(generator, use_multiprocessing)
        self.wait_time = wait_time
        self.random_seed = random_seed

    def _jobs(self):
        return Draws(self.sequence)


def is_source(x):
    """Whether x gives batches rather than samples: a generator, a Sequence, a loader."""
    if x is None or isinstance(x, (list, tuple, dict, str)) or hasattr(x, "shape"):
        return False
    return is_sequence(x) or hasattr(x, "__next__") or (
        hasattr(x, "__iter__") and not hasattr(x, "dtype") and not isinstance(x, types.ModuleType)
        and type(x).__module__.partition(".")[0] != "pandas")


def repeated(iterable):
    """The batches of something that can be gone through many times, again and again."""
    while True:
        empty = True
        for batch in iterable:
            empty = False
            yield batch
        if empty:
            return
