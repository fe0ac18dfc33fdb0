"""HDF5Matrix: data in an HDF5 file in place of an array (manual 20.2)."""
import os

import numpy as np

from ..saving.reader import SafeH5
from ..saving.writer import asks


class HDF5Matrix:
    """Rows of a data set in an HDF5 file, read when they are asked for.

    Arguments
        datapath: path of the file.
        dataset: name of the data set in it.
        start: int, the first row that is used.
        end: int, the row after the last; None for all.
        normalizer: function applied to what is read, or None.

    A file is opened once, whatever the number of matrices from it; links to other files are not
    followed. Training on one wants `shuffle='batch'` or no shuffling: rows far apart are slow.
    Source: Keras 2.1.6 manual, 20.2.
    """

    refs = {}  # open files by what tells one from another, also one written anew

    def __init__(self, datapath, dataset, start=0, end=None, normalizer=None):
        found = os.stat(datapath) if os.path.exists(datapath) else None
        key = found and (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if key not in self.refs:
            self.refs[key] = SafeH5(datapath)
        self.data = self.refs[key].root.dataset(dataset).dataset
        rows = self.data.shape[0] if self.data.shape else 0
        self.start = start or 0
        self.end = rows if end is None else end
        if not 0 <= self.start <= self.end <= rows:
            raise ValueError(f"HDF5Matrix: rows {start} to {end} of {dataset!r} in {datapath!r}, "
                             f"which has {rows}.")
        self.normalizer = normalizer

    def __len__(self):
        return self.end - self.start

    def __getitem__(self, key):
        """Rows by int, slice, or a list or array of numbers; they count from `start`."""
        value = self._read(key)
        return self.normalizer(value) if self.normalizer is not None else value

    def _read(self, key):
        if isinstance(key, slice):
            first, last, step = key.indices(len(self))
            if step < 1:
                return self._read(np.arange(first, last, step))
            return self.data[first + self.start:max(first, last) + self.start:step]
        rows = np.asarray(key)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        if not np.issubdtype(rows.dtype, np.integer) and rows.size:
            raise IndexError(f"HDF5Matrix: rows are asked for by int, slice or list of ints; given "
                             f"{key!r:.60}.")
        rows = np.where(rows < 0, rows + len(self), rows).astype("int64")
        if rows.size and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"HDF5Matrix: {key!r:.60} is not among its {len(self)} rows.")
        if not rows.ndim:
            return self.data[int(rows) + self.start]
        unique, places = np.unique(rows, return_inverse=True)  # h5py wants them in order
        return self.data[unique + self.start][places.ravel()]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype)

    @property
    def shape(self):
        """The shape of the rows that are used."""
        return (len(self), *self.data.shape[1:])

    @property
    def dtype(self):
        return self.data.dtype

    @property
    def ndim(self):
        return self.data.ndim

    @property
    def size(self):
        """The number of elements."""
        return int(np.prod(self.shape))


def ask_to_proceed_with_overwrite(filepath):
    """Ask at the terminal whether a file may be overwritten.

    Arguments
        filepath: path.

    Returns
        bool.
    """
    return asks(filepath)
