"""SafeH5: the one way in which the package opens an HDF5 file that may come from a stranger.

Only hard links are followed, so nothing outside the file is opened. Data sets must lie in the file
itself: no external storage, no virtual data sets, no filters that HDF5 would load as a plugin.
Shape and dtype are asked for before anything is read, and reading takes from a byte budget.
"""
import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from .. import backend as K
from .errors import ModelFileError
from .heaps import claimed, damaged_heap

SIGNATURE = b"\x89HDF\r\n\x1a\n"
ATTRIBUTE_BYTES = 1 << 28  # more than any model's config
NAMES = 1 << 20  # more than any model's weights
DEPTH = 100  # groups in groups
FILTERS = {1, 2, 3, 4, 5, 6, 32000}  # deflate ... scale-offset, and h5py's own lzf
KINDS = "fiub"
BUDGET = 1 << 40
PIECE = 1 << 24  # bytes that are worth a thread
THREADS = 4
# What h5py raises for damaged parts.
DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, SystemError)
OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive (Keras 3's .keras, or a download that is still packed)",
    b"version https://git-lfs": "a Git LFS pointer: run `git lfs pull` to fetch the file itself",
    b"<!DOCTYPE": "a web page: the download went wrong, fetch the file itself",
    b"<html": "a web page: the download went wrong, fetch the file itself",
    b"\x80\x04": "a Python pickle, which is never opened here",
    b"\x80\x03": "a Python pickle, which is never opened here",
    b"{": "JSON text: model_from_json reads an architecture",
}


def is_h5(path):
    """Whether a file begins as HDF5 files do; they may also begin at 512, 1024, 2048..."""
    size = os.path.getsize(path)
    start = 0
    with open(path, "rb") as file:
        while start + len(SIGNATURE) <= size and start <= 1 << 20:
            file.seek(start)
            if file.read(len(SIGNATURE)) == SIGNATURE:
                return True
            start = start * 2 or 512
    return False


def _told(path):
    """What a file that is no HDF5 file seems to be."""
    with open(path, "rb") as file:
        start = file.read(32)
    for sign, what in OTHER_FORMATS.items():
        if start.startswith(sign):
            return f" It looks like {what}."
    return " It is empty." if not start else ""


def checked_path(source):
    """The path of a file that can be opened. Raises errors that say what is wrong with it."""
    path = os.fspath(source)
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"Unable to open file: {path!r} does not exist (working directory "
                                f"{os.getcwd()!r}).")
    if not os.path.isfile(path):
        kind = "a directory" if os.path.isdir(path) else "no regular file"
        raise ModelFileError(f"{path!r} is {kind}; a model file is expected.")
    return path


def _opened(source, label):
    """The h5py file of a path or a file object, and what messages call it."""
    import h5py
    if hasattr(source, "read"):
        return h5py.File(source, "r"), label
    path = checked_path(source)
    if not is_h5(path):
        raise ModelFileError(f"{path!r} ({os.path.getsize(path)} bytes) is not an HDF5 file."
                             f"{_told(path)}")
    try:
        return h5py.File(path, "r"), repr(path)
    except OSError:  # perhaps only locked, by a program that writes it
        pass
    try:
        return h5py.File(path, "r", locking=False), repr(path)
    except OSError as error:
        raise ModelFileError(_damage(path, error)) from error


def _damage(path, error):
    """The message for a file that HDF5 cannot open."""
    actual = os.path.getsize(path)
    expected = re.search(r"stored_eof = (\d+)", str(error))
    remedy = "Download or copy it again, or go back to an older checkpoint."
    if expected and int(expected[1]) > actual:
        return (f"{path!r} is truncated: it has {actual} bytes, {expected[1]} were written. "
                f"{remedy}")
    return f"{path!r} ({actual} bytes) is a damaged HDF5 file: {error}. {remedy}"


class SafeH5:
    """A guarded HDF5 file, for reading.

    Arguments
        source: path, an open binary file, or an h5py File or Group that the caller opened.
        budget: int, the most bytes that may be read as arrays.
        label: what messages call an open file.
        damage: exception that reading an open file may raise, besides those of HDF5.

    `root` is its SafeGroup; a `with` statement closes it.
    """

    def __init__(self, source, budget=BUDGET, label="the given file object", damage=OSError):
        self.budget = budget
        self.damage = (*DAMAGE, damage)
        self.names_seen = set()
        self.source = source
        self.owned = not hasattr(source, "create_group")
        self.by_path = isinstance(source, (str, bytes, os.PathLike))
        if self.owned:
            self.file, self.label = _opened(source, label)
        else:
            self.file, self.label = source, "the given h5py group"
        self.root = SafeGroup(self, self.file, "/")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Close the file, if it was opened here."""
        if self.owned:
            self.file.close()

    def refuse(self, where, why):
        """The error for a part of the file."""
        return ModelFileError(f"{self.label}: {where} {why}")

    def check_strings(self, name):
        """Refuse a file in which reading the strings of an attribute might never end, or ask for
        more memory than they can have; the first call for a name looks."""
        if name in self.names_seen or not self.owned:
            return
        with self.reading("the table of contents"):
            place = None if self.names_seen else damaged_heap(self.file, self.source)
            size = claimed(self.file, self.source, name)
        self.names_seen.add(name)
        again = "Download or copy the file again."
        if place is not None:
            raise self.refuse(f"what lies at byte {place}", f"is damaged: strings cannot be read. "
                                                            f"{again}")
        if size is None or size > self.file.id.get_filesize():
            raise self.refuse(f"attribute {name!r:.200}", f"is damaged: its strings claim "
                                                          f"{size} bytes. {again}")

    def spend(self, where, n):
        """Take n bytes from the budget."""
        if n > self.budget:
            raise self.refuse(where, f"has {n} bytes; at most {self.budget} may be read.")
        self.budget -= n

    @contextmanager
    def reading(self, where):
        """What HDF5 raises about damaged parts becomes our error."""
        try:
            yield
        except ModelFileError:
            raise
        except self.damage as error:
            raise self.refuse(where, f"is damaged ({error}). Download or copy the file again, or "
                                     f"go back to an older checkpoint.") from error


def _text(value):
    """A string of h5py 2 or 3 as str."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


class SafeGroup:
    """A group of a SafeH5."""

    def __init__(self, owner, group, path):
        self.owner = owner
        self.group = group
        self.path = path

    def child_path(self, name):
        """The path of what is called `name` here."""
        return f"{self.path.rstrip('/')}/{name}"

    # Attributes

    def attribute(self, name):
        """The attribute `name`: a str, a list of str, or a number; None if there is none."""
        import h5py
        where = f"attribute {name!r} of {self.path!r}"
        with self.owner.reading(where):
            key = name.encode("utf-8")
            if not h5py.h5a.exists(self.group.id, key):
                return None
            attribute = h5py.h5a.open(self.group.id, key)
            self._check_attribute(attribute, name, where)
            value = self.group.attrs[name]
        if isinstance(value, np.ndarray):
            if value.dtype.kind in "SUO":
                return [_text(one) for one in value.ravel().tolist()]
            return value
        return _text(value) if isinstance(value, (bytes, str)) else value

    def _check_attribute(self, attribute, name, where):
        import h5py
        dtype, shape = attribute.dtype, attribute.shape
        strings = h5py.check_string_dtype(dtype) is not None
        if not strings and (dtype.kind not in "SU" + KINDS or dtype.subdtype is not None):
            raise self.owner.refuse(where, f"is of type {dtype}, which model files do not have.")
        count = int(np.prod(shape, dtype=object)) if shape else 1
        if len(shape or ()) > 1 or count > NAMES or count * dtype.itemsize > ATTRIBUTE_BYTES:
            raise self.owner.refuse(where, f"has the shape {shape} and type {dtype}: too large.")
        if strings and h5py.check_string_dtype(dtype).length is None:
            self.owner.check_strings(name)

    def names(self, name):
        """The list of strings `name`, which may be in pieces `name0`, `name1`, ...; None if there
        is none."""
        whole = self.attribute(name)
        if whole is not None:
            return self._listed(whole, name)
        pieces, n = [], 0
        while (piece := self.attribute(f"{name}{n}")) is not None:
            pieces += self._listed(piece, name)
            n += 1
        return pieces if n else None

    def _listed(self, value, name):
        if isinstance(value, str):
            return [value]
        if isinstance(value, np.ndarray) and value.size == 0:  # an empty list has no string type
            return []
        if not isinstance(value, list):
            raise self.owner.refuse(f"attribute {name!r} of {self.path!r}", "is no list of names.")
        return value

    # Groups and data sets

    def __contains__(self, name):
        with self.owner.reading(self.child_path(name)):
            return name in self.group

    def keys(self):
        """The names in this group."""
        with self.owner.reading(self.path):
            return list(self.group)

    def _walk(self, name):
        """The h5py object at a path from here, following hard links only."""
        import h5py
        found, at = self.group, self.path
        parts = name.split("/")
        if len(parts) > DEPTH:
            raise self.owner.refuse(f"{name!r:.80}", f"is more than {DEPTH} groups deep.")
        for part in parts:
            where = f"{at.rstrip('/')}/{part}"
            with self.owner.reading(f"{where!r:.300}"):
                if part in ("", ".") or "\0" in part or not isinstance(found, h5py.Group):
                    raise self.owner.refuse(f"{where!r:.300}", "is no name in a model file.")
                if part not in found:
                    raise self.owner.refuse(f"{where!r:.300}", "is missing.")
                link = found.get(part, getlink=True)
                if type(link) is not h5py.HardLink:
                    raise self.owner.refuse(f"{where!r:.300}", f"is a {type(link).__name__}: links "
                                            f"to other places are not followed.")
                found, at = found[part], where
        return found, at

    def entry(self, name):
        """The group or data set at a path from here."""
        import h5py
        found, path = self._walk(name)
        kind = SafeGroup if isinstance(found, h5py.Group) else SafeDataset
        return kind(self.owner, found, path)

    def subgroup(self, name):
        """The group at a path from here."""
        import h5py
        found, path = self._walk(name)
        if not isinstance(found, h5py.Group):
            raise self.owner.refuse(f"{path!r:.300}", "is no group.")
        return SafeGroup(self.owner, found, path)

    def dataset(self, name):
        """The data set at a path from here, not read yet."""
        import h5py
        found, path = self._walk(name)
        if not isinstance(found, h5py.Dataset):
            raise self.owner.refuse(f"{path!r:.300}", "is no data set.")
        return SafeDataset(self.owner, found, path)


class SafeDataset:
    """A data set of a SafeH5 that lies in the file itself and holds numbers."""

    def __init__(self, owner, dataset, path):
        self.owner = owner
        self.path = path
        with owner.reading(path):
            self._check(dataset)
            self.shape = tuple(dataset.shape)
            self.dtype = dataset.dtype.newbyteorder("=")
        self.dataset = dataset
        self.nbytes = int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize

    def _check(self, dataset):
        import h5py
        storage = dataset.id.get_create_plist()
        if storage.get_external_count():
            raise self.owner.refuse(repr(self.path), "stores its numbers in other files: refused.")
        if storage.get_layout() == h5py.h5d.VIRTUAL:
            raise self.owner.refuse(repr(self.path), "is a virtual data set, made of other files: "
                                                     "refused.")
        for i in range(storage.get_nfilters()):
            if storage.get_filter(i)[0] not in FILTERS:
                raise self.owner.refuse(repr(self.path), f"is packed by the filter "
                                        f"{storage.get_filter(i)[0]}, which is not built in.")
        dtype = dataset.dtype
        if dataset.shape is None or dtype.kind not in KINDS or dtype.subdtype is not None \
                or dtype.itemsize > 16:
            raise self.owner.refuse(repr(self.path), f"is of type {dtype}; numbers are expected.")

    def read(self):
        """All of it, as a NumPy array in this machine's byte order."""
        self.owner.spend(repr(self.path), self.nbytes)  # before memory is asked for
        value = np.empty(self.shape, self.dtype)
        self._fill(value)
        return value

    def read_into(self, x):
        """Set a variable of the same shape to it."""
        if x.dtype != self.dtype.name:
            K.set_value(x, self.read())
            return
        self.owner.spend(repr(self.path), self.nbytes)
        K.fill_value(x, self._fill)

    def _fill(self, array):
        with self.owner.reading(repr(self.path)):
            if array.ndim == 0:
                array[()] = self.dataset[()]
            elif array.nbytes > PIECE and self._place() is not None:
                read_pieces(*self._place(), array)
            elif array.size:
                self.dataset.read_direct(array)

    def _place(self):
        """(descriptor of the file, where in it all the bytes lie as an array has them); None if
        they do not, or HDF5 has no descriptor."""
        offset = self.dataset.id.get_offset()
        if offset is None or not self.owner.by_path or self.dataset.dtype != self.dtype \
                or not hasattr(os, "preadv"):
            return None
        return self.owner.file.id.get_vfd_handle(), offset


def read_pieces(handle, offset, array):
    """Fill an array from a place in a file, on several cores: much of the time goes to the kernel's
    handing out of memory."""
    data = memoryview(array).cast("B")

    def read(at):
        end = min(at + PIECE, len(data))
        while at < end:
            n = os.preadv(handle, [data[at:end]], offset + at)
            if n == 0:
                raise OSError(f"the file ends {end - at} bytes before the end of it")
            at += n

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(read, range(0, len(data), PIECE)))
