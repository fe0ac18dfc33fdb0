"""BackupAndRestore: a run that was killed goes on where it was."""
import os

import numpy as np

from .base import Callback


class BackupAndRestore(Callback):
    """Lets `fit` go on after its process was killed, as if nothing had happened: start the same
    program again.

    Arguments
        backup_dir: folder for the backup, made if it is not there. One for each call of `fit`.
        save_freq: 'epoch', or a number of batches after which a backup is written, too.
        delete_checkpoint: whether the backup is deleted when training has come to its end.

    What training continues from is bit for bit what it was: weights, the optimizer's state, random
    streams, the order of the samples, `History`, and what EarlyStopping, ReduceLROnPlateau,
    ModelCheckpoint and TensorBoard remember. On the CPU and with as many threads the results are
    those of a run that was not killed. A callback of your own lists the attributes it wants back
    in `backed_up`: numbers, texts, arrays, lists and dicts of them.

    On SIGTERM the step that runs is finished, a backup is written, and the process exits.

    The program has to make the same model and the same data again. Arrays and Sequences go on at
    any batch; a plain generator cannot be set back: it is backed up at the ends of epochs only, and
    begins anew. Batches with random numbers from `np.random` are the same again with `workers=0`
    or with worker processes, not with threads, which make them ahead of time.

    Source: Keras 3 has a callback of this name, which restores weights at epochs' ends.
    """

    def __init__(self, backup_dir, save_freq="epoch", delete_checkpoint=True):
        super().__init__()
        counts = isinstance(save_freq, (int, np.integer)) and not isinstance(save_freq, bool)
        if save_freq != "epoch" and not (counts and save_freq > 0):
            raise ValueError(f"BackupAndRestore: save_freq is 'epoch' or a number of batches; "
                             f"given {save_freq!r}.")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.delete_checkpoint = delete_checkpoint

    @property
    def path(self):
        """The path of the backup."""
        return os.path.join(self.backup_dir, "backup.h5")
