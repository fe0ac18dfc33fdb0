"""Keras 2's toolbox: custom objects, lists and arrays, functions as data."""
import base64
import hashlib
import importlib.util
import marshal
from types import CellType, FunctionType

from ..registry import (
    _GLOBAL_CUSTOM_OBJECTS,
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    has_arg,
    serialize_keras_object,
)

# Lists and arrays


def to_list(x, allow_tuple=False):
    """x in a list.

    Arguments
        x: anything; a list is returned as it is.
        allow_tuple: whether a tuple is turned into a list, not put into one.

    Returns
        list.
    """
    if isinstance(x, list):
        return x
    return list(x) if allow_tuple and isinstance(x, tuple) else [x]


def unpack_singleton(x):
    """The element of a list that has one, else the list.

    Arguments
        x: list or tuple.
    """
    return x[0] if len(x) == 1 else x


def is_all_none(iterable_or_element):
    """Whether there is nothing but None.

    Arguments
        iterable_or_element: list or tuple, or one object.
    """
    return all(x is None for x in to_list(iterable_or_element, allow_tuple=True))


def object_list_uid(object_list):
    """A string that tells lists of objects apart by the identity of their elements.

    Arguments
        object_list: list, or one object.
    """
    return ", ".join(str(id(x)) for x in to_list(object_list))


def slice_arrays(arrays, start=None, stop=None):
    """The same rows of one or several arrays.

    Arguments
        arrays: array, or list of arrays and Nones; None gives [None].
        start: int, the first row, or a list of row numbers.
        stop: int, the row after the last; not used with row numbers.

    Returns
        array, or list of arrays.
    """
    if arrays is None:
        return [None]
    if hasattr(start, "shape"):  # h5py takes lists of rows, no arrays
        start = start.tolist()
    rows = start if isinstance(start, (list, tuple)) else slice(start, stop)
    if isinstance(arrays, list):
        return [None if x is None else x[rows] for x in arrays]
    return arrays[rows]


# Functions as data. Loading one is running a stranger's code: no config ever leads here.


def func_dump(func):
    """A Python function as data.

    Arguments
        func: function.

    Returns
        (code as text, defaults, values of the closure); only this version of Python can load it.
    """
    code = marshal.dumps(func.__code__)
    closure = func.__closure__ and tuple(cell.cell_contents for cell in func.__closure__)
    return base64.b64encode(code + _seal(code)).decode("ascii"), func.__defaults__, closure


def _seal(code):
    """What follows code, where marshal does not look: the version of Python, and a hash."""
    return b"\0sealed" + importlib.util.MAGIC_NUMBER + hashlib.sha256(code).digest()


SEAL_BYTES = len(_seal(b""))


def func_load(code, defaults=None, closure=None, globs=None):
    """The function that `func_dump` wrote. It can do whatever its author wanted: load none that
    you do not trust.

    Arguments
        code: text, or the whole triple of `func_dump`.
        defaults: tuple of default values.
        closure: tuple of the values it closed over.
        globs: dict of its global names; None for those of this module.

    Raises
        ValueError: for code of another version of Python, or damaged code.
    """
    if isinstance(code, (tuple, list)):
        code, defaults, closure = code
    try:
        sealed = base64.b64decode(code, validate=True)
    except ValueError:
        sealed = b""
    body = sealed[:-SEAL_BYTES]
    if not body or sealed[-SEAL_BYTES:] != _seal(body):
        raise ValueError("func_load: this code was written by another Python, or it is damaged; "
                         "running it could crash the interpreter. Define the function in your "
                         "program and pass it as custom_objects.")
    cells = closure and tuple(CellType(value) for value in closure)
    defaults = defaults if defaults is None else tuple(defaults)
    return FunctionType(marshal.loads(body), globals() if globs is None else globs,
                        closure=cells or None, argdefs=defaults)


__all__ = ["_GLOBAL_CUSTOM_OBJECTS", "CustomObjectScope", "custom_object_scope",
           "deserialize_keras_object", "func_dump", "func_load", "get_custom_objects", "has_arg",
           "is_all_none", "object_list_uid", "serialize_keras_object", "slice_arrays", "to_list",
           "unpack_singleton"]
