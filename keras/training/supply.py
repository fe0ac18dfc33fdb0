"""Batches made ahead of need: numbered jobs, workers that do them, results in their order.

`Jobs` say what is to be made next, a `Supply` has it made: at once by whoever asks (`Inline`), by
threads (`Threads`), or by processes (processes.py). Whatever goes wrong in a worker is raised
where the next batch is taken.
"""
import sys
import threading
import time
import traceback
import warnings
from collections import deque

import numpy as np

from .randomness import random_states, set_random_states
from .sequence import Sequence

SILENCE = 30.0  # seconds without a batch after which the user is told what is waited for
GRACE = 2.0  # seconds that a thread in the user's code is given to end
END = object()  # in place of a batch: there is none left


class WorkerError(RuntimeError):
    """What happened in a worker: the cause of the exception that is raised for it."""


# What is to be made


class Draws:
    """The jobs of a plain generator: one `next` after the other.

    Arguments
        generator: iterator.
        limit: number of batches that will be wanted; None for no limit.
    """

    parallel = False  # a generator can be advanced by one thread only
    renews = False

    def __init__(self, generator, limit=None):
        self.generator = generator
        self.limit = limit
        self.given = 0

    @property
    def label(self):
        return getattr(self.generator, "__name__", type(self.generator).__name__)

    def next(self):
        """The next job, or END."""
        if self.given == self.limit:
            return END
        self.given += 1
        return None

    def make(self, job):
        return next(self.generator)

    def told(self, job):
        return f"next({self.label})"


def batch_count(sequence):
    """The number of batches of a Sequence, at least one."""
    size = len(sequence)
    if not size:
        raise ValueError(f"{type(sequence).__name__} has no batches: its __len__ returns 0. Is the "
                         f"batch size larger than the data, and rounded down?")
    return size


class Items:
    """The jobs of a Sequence: its indices, pass after pass.

    Arguments
        sequence: Sequence.
        shuffle: whether each pass has an order of its own, drawn with a seed from np.random.
        limit: number of batches that will be wanted; None for no limit.
        length: batches in a pass, None for `len(sequence)`.
        turns: whether `sequence.on_epoch_end` is called after each pass.
    """

    parallel = True

    def __init__(self, sequence, shuffle=False, limit=None, length=None, turns=True):
        self.sequence = sequence
        self.limit = limit
        self.length = length
        own = getattr(type(sequence), "on_epoch_end", None)
        self.renews = turns and own is not None and own is not Sequence.on_epoch_end
        self.seed = int(np.random.randint(2**31))  # one draw, whoever the workers are
        self.random = np.random.RandomState(self.seed) if shuffle else None
        self.given = 0
        self.turned = None  # or, for `state`, where random numbers were before each `turn`
        self.left = deque()
        self.begin()

    def turn(self):
        """Let the Sequence change after a pass, and begin the next one."""
        if self.turned is not None:
            self.turned.append(random_states())
        self.sequence.on_epoch_end()

    def state(self):
        """What `forward` needs, as plain data."""
        return {"seed": self.seed, "turned": self.turned}

    def forward(self, state, taken):
        """Be, in another process, where `taken` batches were used."""
        before = random_states()
        self.seed, self.given = state["seed"], taken
        self.random = self.random and np.random.RandomState(self.seed)
        self.left.clear()
        self.begin()
        turned = iter(state["turned"])
        for _ in range(taken):
            if not self.left:
                self.begin()
            self.left.popleft()
            if self.renews and not self.left:
                set_random_states(next(turned))
                self.turn()
                self.begin()
        set_random_states(before)

    @property
    def label(self):
        return type(self.sequence).__name__

    def begin(self):
        """Put the indices of one more pass into `left`."""
        size = batch_count(self.sequence)
        order = np.arange(self.length or size) % size
        if self.random:
            self.random.shuffle(order)
        self.left.extend(order.tolist())

    def next(self):
        """The next job; None if it is not known before the pass is over; or END."""
        if self.given == self.limit:
            return END
        if not self.left:
            if self.renews:
                return None
            self.begin()
        self.given += 1
        return self.left.popleft()

    def make(self, job):
        return self.sequence[job]

    def told(self, job):
        return f"{self.label}[{job}]"


# Who makes it


class Inline:
    """The main thread makes each batch when it is asked for one: workers=0."""

    def __init__(self, jobs):
        self.jobs = jobs

    def take(self):
        """The next batch, or END."""
        self.settle()
        job = self.jobs.next()
        if job is END:
            return END
        try:
            return self.jobs.make(job)
        except StopIteration:
            return END

    def settle(self):
        """As `Supply.settle`."""
        if self.jobs.renews and not self.jobs.left:
            self.jobs.turn()
            self.jobs.begin()

    def close(self):
        """Nothing runs."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class Supply:
    """Batches made by workers in the background.

    Arguments
        jobs: Draws or Items.
        room: how many batches may be in the making or ready at a time.
    """

    def __init__(self, jobs, room):
        self.jobs = jobs
        self.room = max(1, room)
        self.changed = threading.Condition()
        self.ready = {}  # number -> batch
        self.making = {}  # number -> (job, who makes it)
        self.started = 0  # jobs given out
        self.taken = 0  # batches handed over
        self.end = None  # number of batches there are, once it is known
        self.failure = None
        self.closed = False

    # The side of the workers

    def job(self, who):
        """(number, job) for a worker that has nothing to do, or None. The lock is held."""
        if (self.closed or self.failure or self.end is not None
                or self.started - self.taken >= self.room):
            return None
        job = self.jobs.next()
        if job is END:
            self.end = self.started
            self.changed.notify_all()
            return None
        if job is None and self.jobs.renews:
            return None
        number = self.started
        self.started += 1
        self.making[number] = job, who
        return number, job

    def done(self, number, batch):
        with self.changed:
            self.making.pop(number, None)
            self.ready[number] = batch
            self.changed.notify_all()

    def fail(self, error):
        """Let `take` raise an exception."""
        with self.changed:
            if self.failure is None:
                self.failure = error
            self.changed.notify_all()

    # The side of the user

    def take(self):
        """The next batch, or END. Raises what went wrong in a worker."""
        self.settle()
        number = self.taken
        since = time.monotonic()
        with self.changed:
            while number not in self.ready:
                self._check(number)
                if self.end is not None and number >= self.end and not self.making:
                    return END
                if not self.changed.wait(max(0.01, since + SILENCE - time.monotonic())):
                    since = time.monotonic()
                    self._tell(number)
            self._check(number)
            batch = self.ready.pop(number)
            self.taken += 1
            self.changed.notify_all()
        self.wake()
        return batch

    def settle(self):
        """If a pass is over, let the Sequence change, and begin the next pass. Only when the last
        batch was used: it may be a view of what changes."""
        with self.changed:
            over = self.jobs.renews and not self.jobs.left and self.taken == self.started
        if over:
            self.jobs.turn()
            self.renew()
            with self.changed:
                self.jobs.begin()
                self.changed.notify_all()
            self.wake()

    def renew(self):
        """Tell the workers that the Sequence changed."""

    def _check(self, number):
        if self.failure is not None:
            raise self.failure
        if self.closed:
            raise RuntimeError(f"Batch {number} of {self.jobs.label} was asked for after the "
                               f"enqueuer was stopped.")

    def wake(self):
        """Tell the workers that there is room again."""

    def _tell(self, number):
        making = "; ".join(f"batch {n}, {self.jobs.told(job)}, by {who}{self.where(who)}"
                           for n, (job, who) in sorted(self.making.items()))
        warnings.warn(f"Waiting for batch {number} of {self.jobs.label} for {SILENCE:.0f} s. In "
                      f"the making: {making or 'nothing'}. A lock, a dead connection or a very "
                      f"slow file may hold it up; Ctrl-C ends the run.", stacklevel=4)

    def where(self, who):
        """The place in the program at which a worker is, if that is known."""
        return ""

    def close(self):
        """End the workers."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def caused(error, told, number, who, text):
    """The exception of a worker with what is known about it as its cause.

    Arguments
        error: the exception.
        told: what was made, 'MySequence[3]'.
        number: of the batch.
        who: name of the worker.
        text: its traceback.
    """
    error.__cause__ = WorkerError(f"batch {number}, {told}, failed in {who}:\n{text}")
    return error


class Threads(Supply):
    """Batches made by threads of this process.

    Arguments
        jobs, room: as for Supply.
        workers: number of threads; a plain generator has one.
    """

    def __init__(self, jobs, room, workers):
        super().__init__(jobs, room)
        count = workers if jobs.parallel else 1
        self.threads = {}
        for i in range(count):
            name = f"keras-worker-{i + 1}"
            self.threads[name] = threading.Thread(target=work, args=(self, name), name=name,
                                                  daemon=True)
        for thread in self.threads.values():
            thread.start()

    def where(self, who):
        thread = self.threads.get(who)
        frame = thread and sys._current_frames().get(thread.ident)
        if not frame:
            return ""
        last = traceback.extract_stack(frame)[-1]
        return f" (now in {last.filename}:{last.lineno}, {last.name})"

    def close(self):
        """End the threads. One that hangs in the user's code is left; it ends with the process."""
        with self.changed:
            self.closed = True
            self.ready.clear()
            self.changed.notify_all()
        until = time.monotonic() + GRACE
        for thread in self.threads.values():
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))


def work(supply, who):
    """What a thread of `supply` does: job after job, until there is no more."""
    while True:
        with supply.changed:
            given = supply.job(who)
            while given is None:
                if supply.closed or supply.failure or supply.end is not None:
                    return
                supply.changed.wait()
                given = supply.job(who)
        number, job = given
        try:
            batch = supply.jobs.make(job)
        except StopIteration:
            with supply.changed:
                supply.making.pop(number)
                supply.end = number
                supply.changed.notify_all()
            return
        except BaseException as error:  # raised again where the batch is taken
            supply.fail(caused(error, supply.jobs.told(job), number, f"thread {who}",
                               traceback.format_exc()))
            return
        supply.done(number, batch)
        del batch
