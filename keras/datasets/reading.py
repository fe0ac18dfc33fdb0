"""Arrays from downloaded files, which are not trusted.

The official files hold pickles: of object arrays (IMDB, Reuters) and of dicts (CIFAR). A pickle
may name any function for Python to call; this reader knows only the few names that such arrays
need, has its own functions behind them, and compares sizes before it allocates.
"""
import math
import pickle
import re
import zipfile

import numpy as np
from numpy.lib import format as npy

MOST_RATIO = 200  # the densest official file is compressed about 8 times
SMALL = 2 ** 26  # bytes; members up to this size may be compressed as much as they like


class UnsafeFileError(ValueError):
    """A file that holds something else than the data it should."""


# Pickles


class _Type:
    """A NumPy type as a pickle makes it: a code first, the byte order afterwards."""

    def __init__(self, code, *options):
        code = code.decode("ascii") if isinstance(code, bytes) else code
        if not (isinstance(code, str) and re.fullmatch(r"[?biufcO]\d{0,2}", code)):
            raise UnsafeFileError(f"an array of type {code!r:.60}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state):
        order = state[1]
        order = order.decode("ascii") if isinstance(order, bytes) else order
        if order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """A NumPy array as a pickle makes it: empty first, filled afterwards."""

    array = None

    def __setstate__(self, state):
        _, shape, kind, fortran, data = state
        count = math.prod(shape)
        if kind.dtype.hasobject:
            if not isinstance(data, list) or len(data) != count:
                raise UnsafeFileError(f"an array of shape {shape} without its elements")
            array = object_array([_plain(item) for item in data])
        else:
            data = data.encode("latin1") if isinstance(data, str) else data
            if len(data) != count * kind.dtype.itemsize:
                raise UnsafeFileError(f"an array of shape {shape} in {len(data)} bytes")
            array = np.frombuffer(data, kind.dtype).copy()
        self.array = array.reshape(shape, order="F" if fortran else "C")


def _plain(value):
    return value.array if isinstance(value, _Array) else value


def _empty_array(*what):
    return _Array()


def _scalar(kind, data=b""):
    data = data.encode("latin1") if isinstance(data, str) else data
    if kind.dtype.hasobject or len(data) != kind.dtype.itemsize:
        raise UnsafeFileError("a number without its bytes")
    return np.frombuffer(data, kind.dtype)[0]


def _encoded(text, encoding="latin1"):
    if encoding != "latin1":
        raise UnsafeFileError(f"text in encoding {encoding!r:.60}")
    return text.encode("latin1")


def _no_bytes():
    """Older protocols write b"" so."""
    return b""


_KNOWN = {("__builtin__", "bytes"): _no_bytes, ("builtins", "bytes"): _no_bytes,
          ("numpy", "ndarray"): "ndarray", ("numpy", "dtype"): _Type,
          ("_codecs", "encode"): _encoded}
for _core in ("numpy.core.multiarray", "numpy._core.multiarray"):  # before NumPy 2, and since
    _KNOWN[_core, "_reconstruct"] = _empty_array
    _KNOWN[_core, "scalar"] = _scalar


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in _KNOWN:
            raise UnsafeFileError(f"it asks for {module}.{name}"[:120])
        return _KNOWN[module, name]

    def persistent_load(self, pid):
        raise UnsafeFileError("it asks for an object outside")


def unpickled(file, label, encoding="latin1"):
    """What a pickle of plain values and arrays holds.

    Arguments
        file: open binary file.
        label: what the message calls it, a path.
        encoding: what the strings of Python 2 become: 'bytes', or text in 'latin1'.

    Returns
        the value; arrays may stand at its top, in a list or in a dict.

    Errors    UnsafeFileError, a ValueError, for anything else.
    """
    try:
        value = _Unpickler(file, encoding=encoding).load()
    except UnsafeFileError as error:
        raise UnsafeFileError(f"{label}: not read, for {error}. The official file holds numbers "
                              f"only; delete this one and download it again.") from error
    except Exception as error:
        raise UnsafeFileError(f"{label}: broken ({type(error).__name__}: {error!s:.80}). Delete "
                              f"it and download it again.") from error
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return _plain(value)


def object_array(items):
    """An array with one element for each item, whatever that is.

    Arguments
        items: list.
    """
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


# npz


def npz_arrays(path, names):
    """The arrays of an npz file.

    Arguments
        path: string.
        names: those that are wanted.

    Returns
        list of arrays, in the order of `names`.

    Errors    UnsafeFileError, a ValueError, where one is missing, too large, or no array.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [_member(archive, name, f"{path}, array {name!r}") for name in names]
    except zipfile.BadZipFile as error:
        raise UnsafeFileError(f"{path}: broken or no npz file ({error}). Delete it and download "
                              f"it again.") from error


def _member(archive, name, label):
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise UnsafeFileError(f"{label} is not in the file; there are "
                              f"{', '.join(archive.namelist()[:8])}.") from None
    if info.file_size > max(SMALL, MOST_RATIO * info.compress_size):
        raise UnsafeFileError(f"{label}: {info.compress_size} bytes claim to hold "
                              f"{info.file_size}; not unpacked.")
    with archive.open(info) as file:
        shape, fortran, dtype = _header(file, label)
        if dtype.hasobject:
            array = unpickled(file, label)
            if not isinstance(array, np.ndarray) or array.shape != shape:
                raise UnsafeFileError(f"{label}: its pickle holds no array of shape {shape}.")
            return array
        size = math.prod(shape) * dtype.itemsize
        if size > info.file_size:
            raise UnsafeFileError(f"{label}: shape {shape} needs {size} bytes, the file has "
                                  f"{info.file_size}.")
        data = file.read(size)
    if len(data) != size:
        raise UnsafeFileError(f"{label}: cut off after {len(data)} of {size} bytes.")
    return np.frombuffer(data, dtype).copy().reshape(shape, order="F" if fortran else "C")


def _header(file, label):
    """Shape, whether in Fortran's order, and dtype of an npy file."""
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        return read(file)
    except ValueError as error:
        raise UnsafeFileError(f"{label}: no array ({error!s:.80}).") from error
