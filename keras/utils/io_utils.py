"""HDF5Matrix: data in an HDF5 file in place of an array (manual 20.2); H5Dict, such a file, or a
dict, with entries of any kind."""
import os

import numpy as np

from ..saving.reader import SafeDataset, SafeH5
from ..saving.weights import written_names
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


class H5Dict:
    """An HDF5 group, or a dict, with entries that are arrays, numbers, strings, lists of strings,
    or groups of entries; also under the name `h5dict`, which Keras 2.2 saves models with.

    Arguments
        path: path of an HDF5 file, an h5py Group, or a dict.
        mode: 'r' to read only, 'w' for a new file, 'a' to read and write.

    An entry that is asked for and not there becomes a new group. Of files only what `SafeH5` lets
    through is read. A `with` statement closes the file.
    """

    def __init__(self, path, mode="a"):
        import h5py
        self.read_only = mode == "r"
        self._owned = isinstance(path, (str, os.PathLike))
        if isinstance(path, (dict, h5py.Group)):
            self.data = path
        elif self._owned:
            self.data = h5py.File(path, mode)
        else:
            raise TypeError(f"H5Dict: a path, an h5py.Group or a dict is expected; given "
                            f"{type(path).__name__}.")
        self._guarded = None if isinstance(path, dict) else SafeH5(self.data).root

    def __setitem__(self, attr, val):
        if self.read_only:
            raise ValueError(f"Cannot set item {attr!r} in read-only mode.")
        if self._guarded is None:
            self.data[attr] = val
        elif attr in self:
            raise KeyError(f"Cannot set attribute. An entry {attr!r} is there already.")
        elif isinstance(val, (np.ndarray, np.generic)):
            self.data.create_dataset(attr, data=val)
        elif isinstance(val, (list, tuple)) and all(isinstance(x, (str, bytes)) for x in val):
            written_names(self.data, attr,
                          [x.decode("utf-8") if isinstance(x, bytes) else x for x in val])
        else:
            self.data.attrs[attr] = val

    def __getitem__(self, attr):
        if attr not in self:
            return self._new_group(attr)
        if self._guarded is None:
            found = self.data[attr]
            return self._inner(found) if isinstance(found, dict) else found
        if attr not in self.data:
            found = self._guarded.attribute(attr)
            return self._guarded.names(attr) if found is None else found
        found = self._guarded.entry(attr)
        return found.read() if isinstance(found, SafeDataset) else self._inner(found.group)

    def _new_group(self, attr):
        if self.read_only:
            raise ValueError(f"Cannot create group {attr!r} in read-only mode.")
        if self._guarded is not None:
            return self._inner(self.data.create_group(attr))
        return self._inner(self.data.setdefault(attr, {}))

    def _inner(self, data):
        return H5Dict(data, "r" if self.read_only else "a")

    def __contains__(self, attr):
        if self._guarded is None or attr in self.data:
            return attr in self.data
        return attr in self.data.attrs or f"{attr}0" in self.data.attrs

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.data)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def keys(self):
        """The names of the arrays and groups; of a dict, of all entries."""
        return list(self.data.keys())

    def get(self, key, default=None):
        """The entry `key`, or `default` if it is not there."""
        return self[key] if key in self else default

    def update(self, *args):
        """Set the entries of dicts.

        Arguments
            args: dicts, or iterables of pairs.
        """
        for entries in args:
            for key, value in dict(entries).items():
                self[key] = value

    def close(self):
        """Close the file, if it was opened here."""
        if self._owned:
            self.data.close()


h5dict = H5Dict


def ask_to_proceed_with_overwrite(filepath):
    """Ask at the terminal whether a file may be overwritten.

    Arguments
        filepath: path.

    Returns
        bool.
    """
    return asks(filepath)
