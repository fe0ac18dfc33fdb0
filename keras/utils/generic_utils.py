"""Keras 2's toolbox: custom objects, lists and arrays, functions as data."""
from ..registry import (
    _GLOBAL_CUSTOM_OBJECTS,
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    has_arg,
    serialize_keras_object,
)
from ..saving.functions import func_dump, func_load
from ..training.progress import Progbar

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


__all__ = ["_GLOBAL_CUSTOM_OBJECTS", "CustomObjectScope", "Progbar", "custom_object_scope",
           "deserialize_keras_object", "func_dump", "func_load", "get_custom_objects", "has_arg",
           "is_all_none", "object_list_uid", "serialize_keras_object", "slice_arrays", "to_list",
           "unpack_singleton"]
