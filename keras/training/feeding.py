"""What the user passes as x, y and weights, checked and put in the order of the model.

Every error tells which input, what it was given and what it expects.
"""
import warnings

import numpy as np

from .. import backend as K
from ..layers.fields import nearest


def as_array(value, name):
    """One input as an array: pandas objects by their values, lists by NumPy; the engine's own
    arrays, data sets in files and SciPy sparse matrices as they are."""
    if type(value) is np.ndarray and value.ndim > 1 and value.dtype.kind in "fiub":
        return value
    if K.is_tensor(value):
        raise ValueError(f"a symbolic tensor, {value!r}, was given for {name}, where an array is "
                         f"fed. Begin the model with Input(tensor=...), take targets as "
                         f"compile(target_tensors=...), and pass steps in place of arrays.")
    if type(value).__module__.partition(".")[0] == "pandas":
        value = _column_values(value)
    if hasattr(value, "tocsr"):
        return value.tocsr()  # of the sparse ones that has rows
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        value = _made_array(value, name)
    if isinstance(value, np.ndarray) and value.dtype.kind not in "fiub":
        raise TypeError(f"the array given for {name} has dtype {value.dtype}; numbers are "
                        f"expected. Encode words and categories as numbers first "
                        f"(keras.utils.to_categorical, keras.preprocessing.text); make sequences "
                        f"equally long (keras.preprocessing.sequence.pad_sequences).")
    if len(value.shape) != 1:
        return value
    if not hasattr(value, "reshape"):  # a file's labels are few enough to be read at once
        value = np.asarray(value)
    return value.reshape(-1, 1)


def _column_values(table):
    """A pandas object as an array; columns of several kinds of numbers, or with some missing, as
    floats."""
    values = table.to_numpy()
    dtypes = np.atleast_1d(getattr(table, "dtypes", values.dtype))
    if values.dtype == object and all(dtype.kind in "fiub" for dtype in dtypes):
        return table.to_numpy("float64", na_value=np.nan)
    return values


def _made_array(value, name):
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"the list given for {name} makes no array: its parts differ in length. "
                         f"Make them equally long (keras.preprocessing.sequence.pad_sequences)."
                         ) from None


def in_order(data, names, shapes, what):
    """`data`, an array, a list or a dict, as a list in the order of `names`."""
    if data is None:
        return [None] * len(names)
    if isinstance(data, dict):
        missing = [name for name in names if name not in data]
        if missing:
            raise ValueError(f"No data provided for {missing[0]!r}. Need data for each of the "
                             f"{what}s {names}; the dict has the keys {list(data)}."
                             f"{nearest(missing[0], [str(key) for key in data])}")
        return [data[name] for name in names]
    if isinstance(data, (list, tuple)):
        if len(names) == 1 and _is_plain(data, names[0], shapes[0]):
            return [_made_array(data, names[0])]
        if len(data) == len(names):
            return list(data)
        raise ValueError(
            f"Error when checking model {what}: the list of arrays that you are passing to your "
            f"model is not the size the model expected. Expected to see {len(names)} array(s), "
            f"for {names}, but instead got a list of {len(data)} arrays.")
    if not names:
        raise ValueError(f"Error when checking model {what}: expected no data, for the model's "
                         f"{what}s are symbolic tensors or have no loss; given an array of shape "
                         f"{np.shape(data)}. Pass None.")
    if len(names) != 1:
        raise ValueError(f"The model expects {len(names)} {what} arrays, for {names}, but only "
                         f"received one array of shape {np.shape(data)}. Pass a list or a dict.")
    return [data]


def _is_plain(data, name, shape):
    """Whether a list given for the only input is itself the array, not a list of one array."""
    if not data or hasattr(data[0], "shape") and np.ndim(data[0]):
        return not data
    if len(data) > 1 or not isinstance(data[0], (list, tuple)):
        return True
    inner = as_array(data[0], name).shape
    return len(inner) != len(shape) or any(
        wanted is not None and given != wanted for given, wanted in zip(inner[1:], shape[1:]))


def standardized(data, names, shapes, what):
    """The arrays for `names`, checked against the shapes.

    Arguments
        data: array, list, or dict by name.
        names: names of the inputs or outputs.
        shapes: tuple for each, with None for a size that may be anything.
        what: 'input' or 'target', for errors.
    """
    arrays = [None if value is None else fitting(as_array(value, name), shape)
              for value, name, shape in zip(in_order(data, names, shapes, what), names, shapes)]
    for array, name, shape in zip(arrays, names, shapes):
        if array is None:
            raise ValueError(f"Error when checking {what}: no data for {name!r}; it expects "
                             f"arrays of shape {shape}.")
        check_shape(array, name, shape, what)
    return arrays


def fitting(array, shape):
    """An array, without its last axis where that has size 1 and `shape` knows samples alone."""
    return array[:, 0] if len(shape) == 1 and array.shape[1:] == (1,) else array


def check_shape(array, name, shape, what):
    """ValueError if an array is not of `shape`, in which None and the first size are free."""
    hint = ""
    if len(array.shape) != len(shape):
        if len(array.shape) == len(shape) - 1:
            hint = (" Is an axis missing, that of samples (x[None]) or the last one, of channels "
                    "or classes (x[..., None])?")
        raise ValueError(f"Error when checking {what}: expected {name} to have {len(shape)} "
                         f"dimensions, but got array with shape {tuple(array.shape)}; expected "
                         f"{shape}.{hint}")
    for given, wanted in zip(array.shape[1:], shape[1:]):
        if wanted is not None and given != wanted:
            if what == "target" and array.shape[-1] == 1 and shape[-1] > 1:
                hint = (" Class numbers want the loss 'sparse_categorical_crossentropy', or "
                        "keras.utils.to_categorical.")
            elif what == "target" and shape[-1] == 1:
                hint = (" One-hot targets go with 'categorical_crossentropy' and an output of "
                        "that many units.")
            raise ValueError(f"Error when checking {what}: expected {name} to have shape "
                             f"{tuple(shape[1:])} but got array with shape "
                             f"{tuple(array.shape[1:])}.{hint}")


def check_lengths(inputs, targets=(), weights=()):
    """The common number of samples. ValueError if arrays differ in it or are empty."""
    found = {a.shape[0] for a in (*inputs, *targets, *weights) if a is not None}
    if len(found) == 1 and 0 not in found:
        return found.pop()
    lengths = {}
    for what, arrays in (("input", inputs), ("target", targets), ("sample weight", weights)):
        found = sorted({a.shape[0] for a in arrays if a is not None})
        if len(found) > 1:
            raise ValueError(f"All {what} arrays (x) should have the same number of samples. Got "
                             f"array shapes: {[tuple(a.shape) for a in arrays if a is not None]}")
        if found:
            lengths[what] = found[0]
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{n} {what} samples" for what, n in lengths.items())
        raise ValueError(f"Arrays should have the same number of samples; found {told}.")
    n = lengths.get("input", lengths.get("target"))
    if n == 0:
        raise ValueError("The arrays are empty: they have 0 samples. Check how they were loaded.")
    return n


def check_targets(targets, outputs, nan_is_watched=False):
    """ValueError for targets that a loss cannot mean: NaN, or class numbers out of range.

    A loss of the user's own may mask NaN, and TerminateOnNaN waits for it (`nan_is_watched`).
    """
    for array, output in zip(targets, outputs):
        if array is None:
            continue
        if isinstance(array, np.ndarray) and array.dtype.kind == "f" and not nan_is_watched and (
                output.target_shape is not None and np.isnan(np.add.reduce(array, None))
                and np.isnan(array).any()):
            row = int(np.argwhere(np.isnan(array))[0][0])
            raise ValueError(f"The targets of {output.name!r} hold NaN (first in row {row}): the "
                             f"loss would be NaN and destroy the weights. Remove or fill those "
                             f"rows.")
        if output.sparse and isinstance(array, np.ndarray) and array.size:
            classes = output.tensor.shape[-1]
            low, high = array.min(), array.max()
            if classes is not None and (low < 0 or high >= classes):
                raise ValueError(f"The targets of {output.name!r} hold class numbers from {low} "
                                 f"to {high}; its {classes} units stand for 0 to {classes - 1}.")
        check_loss(array, output)


def check_loss(array, output):
    """ValueError where categorical_crossentropy meets targets of one column."""
    if getattr(output.loss, "__name__", "") == "categorical_crossentropy" and (
            array.shape[-1] == 1):
        raise ValueError(
            f"You are passing a target array of shape {tuple(array.shape)} while using as loss "
            f"`categorical_crossentropy`. `categorical_crossentropy` expects targets to be binary "
            f"matrices (1s and 0s) of shape (samples, classes). Use "
            f"keras.utils.to_categorical(y), or the loss `sparse_categorical_crossentropy` for "
            f"class numbers.")


# Weights


def sample_weights(given, class_weight, outputs, targets):
    """An array of weights per output, or None for one that has none.

    Arguments
        given: None, an array, or a list or dict by output.
        class_weight: None, a dict from class to weight, or a list or dict of them by output.
        outputs: the outputs in training.
        targets: their target arrays, None for one whose target is a symbolic tensor.
    """
    if given is not None and class_weight is not None:
        warnings.warn("Found both `sample_weight` and `class_weight`: `class_weight` argument "
                      "will be ignored.", stacklevel=4)
    names = [output.name for output in outputs]
    weights = _by_output(given, names, "sample_weight")
    by_class = _by_output(class_weight, names, "class_weight")
    return [_weights_of(w, c, output, y)
            for w, c, output, y in zip(weights, by_class, outputs, targets)]


def _by_output(given, names, what):
    if given is None:
        return [None] * len(names)
    named = isinstance(given, dict) and any(key in names for key in given)
    if len(names) == 1 and not named:
        wrapped = isinstance(given, list) and len(given) == 1 and (
            isinstance(given[0], dict) or np.ndim(given[0]))
        return [given[0] if wrapped else given]
    if isinstance(given, dict):
        unknown = [key for key in given if key not in names]
        if unknown:
            raise ValueError(f"Unknown entry in {what} dictionary: {unknown[0]!r}. Only expected "
                             f"the following keys: {names}.")
        return [given.get(name) for name in names]
    if not isinstance(given, (list, tuple)) or len(given) != len(names):
        raise ValueError(f"{what} for a model of several outputs is a list of {len(names)}, or a "
                         f"dict by output name ({names}); given {type(given).__name__}.")
    return list(given)


def _weights_of(weights, by_class, output, y):
    if weights is None:
        return None if by_class is None else _class_weights(by_class, output, y)
    weights = np.asarray(weights)
    if weights.dtype.kind not in "fiub":
        raise TypeError(f"sample_weight for the output {output.name!r} is an array of numbers; "
                        f"given {weights!r:.100}.")
    n = 2 if output.mode == "temporal" else 1
    wanted = weights.shape[:n] if y is None else tuple(y.shape[:n])
    if weights.ndim != n:
        mode = "None" if n == 2 else "'temporal'"
        raise ValueError(
            f"Found a sample_weight array with shape {weights.shape} for the output "
            f"{output.name!r}; it needs {n} axes, shape {wanted}. For weights of "
            f"{3 - n} axes compile with sample_weight_mode={mode}.")
    if weights.shape != wanted:
        raise ValueError(f"Found a sample_weight array with shape {weights.shape} for an input "
                         f"with shape {tuple(y.shape)}. It must have shape {wanted}.")
    return weights


def _class_weights(by_class, output, y):
    if not isinstance(by_class, dict):
        raise ValueError(f"`class_weight` for the output {output.name!r} is a dict from class to "
                         f"weight; given {by_class!r:.100}. For weights in the order of the "
                         f"classes write dict(enumerate(weights)).")
    if y is None or y.ndim > 2:
        shape = "a symbolic tensor" if y is None else f"targets of shape {tuple(y.shape)}"
        raise ValueError(f"`class_weight` not supported for 3+ dimensional targets; output "
                         f"{output.name!r} has {shape}. Use sample_weight with "
                         f"sample_weight_mode='temporal'.")
    y = np.asarray(y)
    classes = np.argmax(y, axis=1) if y.shape[1] > 1 else y.reshape(-1)
    known = {int(key): float(value) for key, value in by_class.items()}
    missing = set(np.unique(classes).astype(int).tolist()) - known.keys()
    if missing:
        raise ValueError(f"`class_weight` must contain all classes in the data. The classes "
                         f"{missing} exist in the data but not in `class_weight`.")
    return np.array([known[int(c)] for c in classes])


def split(arrays, share):
    """Cut the last `share` off each array: (the first parts, the last parts)."""
    if not 0 < share < 1:
        raise ValueError(f"validation_split is a fraction, 0 < split < 1; given {share!r}.")
    n = next(a for a in arrays if a is not None).shape[0]
    at = int(n * (1.0 - share))
    if not 0 < at < n:
        raise ValueError(f"validation_split={share} of {n} samples leaves "
                         f"{'nothing to train on' if at == 0 else 'nothing to validate on'}.")
    return ([None if a is None else a[:at] for a in arrays],
            [None if a is None else a[at:] for a in arrays])
