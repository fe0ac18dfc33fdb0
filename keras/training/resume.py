"""Exact resume: what `fit` needs to go on, taken down, and put back in another process.

`Keeper` does it for one call of fit, on behalf of the callback BackupAndRestore.
"""
import os
import warnings

import numpy as np

from .. import backend as K
from .. import callbacks as cbks
from ..saving.tree import read_tree, write_tree
from .randomness import random_states, set_random_states
from .supply import Items

FORM = 1  # of the file


def keeper_among(callbacks, initial_epoch):
    """The Keeper that a BackupAndRestore among a user's callbacks asks for; None without one."""
    asking = [c for c in callbacks if isinstance(c, cbks.BackupAndRestore)]
    if len(asking) > 1:
        raise ValueError("fit takes one BackupAndRestore; given "
                         f"{[c.backup_dir for c in asking]}.")
    return Keeper(asking[0], initial_epoch) if asking else None


class Keeper:
    """Backups of one call of fit.

    Arguments
        callback: BackupAndRestore.
        initial_epoch: where fit was told to begin.
    """

    def __init__(self, callback, initial_epoch):
        self.callback = callback
        self.initial_epoch = initial_epoch
        self.every = None if callback.save_freq == "epoch" else callback.save_freq
        self.jobs = {}  # 'train', 'test': Items, where batches come from a Sequence
        self.fine = True  # whether a backup may be taken between two steps of an epoch
        self.saved = None
        if os.path.isfile(callback.path):
            self.saved = read_tree(callback.path)
            self.demand("the form of the file", self.saved.get("form"), FORM)
            self.demand("initial_epoch", self.saved["initial_epoch"], initial_epoch)

    def demand(self, what, found, own):
        """ValueError if something differs from what it was in the run that was backed up."""
        if found != own:
            raise ValueError(f"BackupAndRestore: {self.callback.path} is the backup of another "
                             f"run: {what} was {found}, and is {own} now. Delete the file to begin "
                             f"anew, or give each call of fit a backup_dir of its own.")

    @property
    def resumes(self):
        """Whether there is something to go on from that is not put back yet."""
        return self.saved is not None

    @property
    def within_epoch(self):
        """Whether that was in the middle of an epoch."""
        return self.resumes and self.saved["step"] > 0

    # Batches made by generators and Sequences

    def place(self, kind, jobs, steps):
        """Let the jobs of a generator or a Sequence begin where the backup was taken.

        Arguments
            kind: 'train' or 'test'.
            jobs: Draws or Items.
            steps: batches in an epoch.
        """
        if isinstance(jobs, Items):
            self.jobs[kind] = jobs
            jobs.turned = []
        elif kind == "train":
            self.fine = False
            warnings.warn(f"BackupAndRestore: {jobs.label} is a plain generator, which cannot be "
                          f"set back. It is backed up at the ends of epochs, and begins anew after "
                          f"a restart. A keras.utils.Sequence goes on at any batch.", stacklevel=4)
        if not self.resumes:
            return
        taken = (self.saved["epoch"] - self.initial_epoch) * steps
        if kind == "train":
            taken += self.saved["step"]
        if isinstance(jobs, Items) and self.saved["jobs"].get(kind):
            jobs.forward(self.saved["jobs"][kind], taken)
        else:
            jobs.given = taken
        jobs.limit = max(jobs.limit, taken + 1)  # the first batch is always looked at

    # Writing

    def watched(self, fitting, results):
        """The results of an epoch's steps, with a backup between two of them where one is due."""
        if self.every is None or not self.fine:
            yield from results
            return
        due = fitting.means.done + self.every
        for pair in results:
            yield pair
            if fitting.means.done >= due:
                due = fitting.means.done + self.every
                self.save(fitting)

    def save(self, fitting):
        """Write a backup: `fitting` is within epoch number `at`, or, without `means`, before it."""
        if not self.fine and fitting.means is not None:
            return
        os.makedirs(self.callback.backup_dir, exist_ok=True)
        fitting.data.settle()
        means = fitting.means
        write_tree(self.callback.path, {
            "form": FORM, "initial_epoch": self.initial_epoch, "epoch": fitting.at,
            "step": 0 if means is None else means.done, "data": fitting.data.told(),
            "means": means and means.state(), "order": fitting.order,
            "stop": fitting.model.stop_training,
            "variables": K.batch_get_value(kept_variables(fitting)),
            "streams": [[s.seed, s.draws] for s in fitting.function.streams()],
            "random": random_states(),
            "callbacks": [[type(c).__name__, {name: vars(c).get(name) for name in c.backed_up}]
                          for c in fitting.callbacks if getattr(c, "backed_up", ())],
            "jobs": {kind: jobs.state() for kind, jobs in self.jobs.items()}})

    def finished(self):
        """Training came to its end: the backup has done its duty."""
        if self.callback.delete_checkpoint and os.path.isfile(self.callback.path):
            os.remove(self.callback.path)

    # Putting back

    def resume(self, fitting):
        """Put everything back; within an epoch, `fitting.means` knows the steps that are done."""
        saved, self.saved = self.saved, None
        own = kept_variables(fitting)
        self.demand("the list of samples, batch size and steps", saved["data"],
                    fitting.data.told())
        self.demand("the list of shapes of weights and states",
                    [np.shape(value) for value in saved["variables"]], [x.shape for x in own])
        K.batch_set_value(list(zip(own, saved["variables"])))
        for stream, (seed, draws) in zip(fitting.function.streams(), saved["streams"]):
            stream.seed, stream.draws = seed, draws
        restore_callbacks(fitting.callbacks, saved["callbacks"])
        fitting.model.stop_training = saved["stop"]
        if saved["order"] is not None:
            fitting.order[:] = saved["order"]
        if saved["means"]:
            fitting.means.restore(saved["means"])
        set_random_states(saved["random"])


def restore_callbacks(callbacks, saved):
    """Give callbacks what they remembered: the first of a class what the first had, and so on."""
    waiting = {}
    for name, state in saved:
        waiting.setdefault(name, []).append(state)
    for callback in callbacks:
        own = waiting.get(type(callback).__name__)
        if own and getattr(callback, "backed_up", ()):
            state = own.pop(0)
            vars(callback).update({name: state[name] for name in callback.backed_up
                                   if name in state})


def kept_variables(fitting):
    """All variables that training may change, in an order that is the same in each process."""
    model = fitting.model
    return list(dict.fromkeys([*fitting.function.variables(), *model.weights,
                               *model.optimizer.weights]))
