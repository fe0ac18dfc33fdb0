"""Plain data with arrays in it, as a file: numbers, texts, lists, dicts, and NumPy arrays anywhere
among them. The text lies beside the arrays in an HDF5 file; reading it runs no code."""
import json

import numpy as np

from .errors import ModelFileError
from .reader import SafeH5
from .writer import replacing

TEXT = "tree"
ARRAY = "array"  # {"array": 3} stands for the data set number 3


def write_tree(path, tree):
    """Store a tree; the file that was there is replaced when the new one is whole and on disk.

    Arguments
        path: of the file.
        tree: dict, list, number, string, None or array; keys are strings.
    """
    import h5py
    arrays = []
    text = json.dumps(_without_arrays(tree, arrays)).encode()
    with replacing(path) as new, h5py.File(new, "w", locking=False) as file:
        file.create_dataset(TEXT, data=np.frombuffer(text, "uint8"))
        for i, array in enumerate(arrays):
            file.create_dataset(str(i), data=array)


def _without_arrays(tree, arrays):
    if isinstance(tree, np.ndarray):
        arrays.append(tree)
        return {ARRAY: len(arrays) - 1}
    if isinstance(tree, np.generic):
        return tree.item()
    if isinstance(tree, dict):
        return {key: _without_arrays(part, arrays) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_without_arrays(part, arrays) for part in tree]
    return tree


def read_tree(path):
    """What `write_tree` stored; tuples come back as lists.

    Arguments
        path: of the file.

    Raises
        ModelFileError: for a file that is damaged or none of these.
    """
    with SafeH5(path) as file:
        text = file.root.dataset(TEXT).read()
        try:
            tree = json.loads(text.astype("uint8").tobytes())
            return _with_arrays(tree, file.root)
        except (ValueError, RecursionError) as error:
            if isinstance(error, ModelFileError):
                raise
            raise ModelFileError(f"{path!r} is damaged: {error}. Delete it to begin anew."
                                 ) from error


def _with_arrays(tree, root):
    if isinstance(tree, list):
        return [_with_arrays(part, root) for part in tree]
    if not isinstance(tree, dict):
        return tree
    if list(tree) == [ARRAY] and type(tree[ARRAY]) is int:
        return root.dataset(str(tree[ARRAY])).read()
    return {key: _with_arrays(part, root) for key, part in tree.items()}
