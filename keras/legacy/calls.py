"""A call in the words of Keras 1, made one of Keras 2: a UserWarning shows the modern call.

The binder of layers' arguments (keras/layers/fields.py) asks here; a call whose words are all
known pays one look into a set.
"""
import functools
import warnings

from .spellings import (
    ARGUMENTS,
    ARGUMENTS_OF,
    JOINED,
    KERNEL_PARTS,
    LEFT_OUT,
    METHODS,
    modern,
)

OLD = frozenset([*ARGUMENTS, *(name for names in ARGUMENTS_OF.values() for name in names),
                 *(name for names in JOINED for name in names),
                 *(name for names in LEFT_OUT.values() for name in names),
                 "forget_bias_init", "consume_less"])
NEW_WORDS = ("strides", "padding", "data_format")  # whoever says these speaks Keras 2


def is_modern(args, kwargs):
    """Whether a layer's arguments cannot be in the words of Keras 1.

    Arguments
        args, kwargs: of the call.
    """
    return len(args) < 3 and OLD.isdisjoint(kwargs)


def modern_call(names, accepted, args, kwargs, stacklevel=4):
    """The arguments of a layer in the words of Keras 2.

    Arguments
        names: of the layer's class and those that it extends, the nearest first.
        accepted: the names of its arguments, in their order.
        args, kwargs: of the call; they stay as they are.
        stacklevel: how far up the caller stands, for the warning.

    Returns
        (args, kwargs).

    Raises
        TypeError: for what Keras 2 no longer has.
        ValueError: where old and new words contradict each other.
    """
    name = next((name for name in names if name in KERNEL_PARTS or name in ARGUMENTS_OF
                 or name in LEFT_OUT), names[0])
    new_args, words = _one_kernel(name, args, kwargs)
    words, notes = _left_out(name, accepted, words)
    words = modern(name, words, accepted)
    notes += _forget_bias(kwargs, words)
    if new_args is not args or words.keys() != kwargs.keys():
        warnings.warn(f"Update your `{names[0]}` call to the Keras 2 API: "
                      f"`{shown_call(names[0], new_args, words)}`"
                      f"{''.join(f' ({note})' for note in notes)}", stacklevel=stacklevel)
    return new_args, words


def shown_call(name, args, kwargs):
    """A call as it would be written.

    Arguments
        name: of the function or class.
        args, kwargs: of the call; long values are shown as three dots.
    """
    def shown(value):
        text = repr(value)
        return "..." if len(text) > 40 or text.startswith("<") else text

    parts = [*map(shown, args), *(f"{key}={shown(value)}" for key, value in kwargs.items())]
    return f"{name}({', '.join(parts)})"


def renamed(name, names, kwargs, stacklevel=3):
    """The keyword arguments `kwargs` of a function with old names replaced, and one warning.

    Arguments
        name: of the function.
        names: dict, old name -> new name.
        kwargs: dict; it stays as it is.
        stacklevel: how far up the caller stands, for the warning.
    """
    if names.keys().isdisjoint(kwargs):
        return kwargs
    result = {}
    for key, value in kwargs.items():
        new = names.get(key, key)
        if new in result or new != key and new in kwargs:
            raise TypeError(f"{name}: {new!r} is given twice, also under its old name; leave "
                            f"one of them out.")
        result[new] = value
    told = ", ".join(f"`{old}` is now `{names[old]}`" for old in kwargs if old in names)
    warnings.warn(f"Update your `{name}` call to the Keras 2 API: "
                  f"`{shown_call(name, (), result)}` ({told})", stacklevel=stacklevel)
    return result


def takes_old_names(name):
    """A decorator of a method that takes the Keras 1 names of the arguments of one of our models'.

    Arguments
        name: of the model's method, or 'Model' for its constructor.
    """
    def decorator(method):
        @functools.wraps(method)
        def wrapper(self, *args, **kwargs):
            if not METHODS[name].keys().isdisjoint(kwargs):
                source = args[0] if args else kwargs.get("generator")
                kwargs = renamed(name, METHODS[name], _in_batches(name, source, kwargs))
            return method(self, *args, **kwargs)

        return wrapper

    return decorator


def _in_batches(name, source, kwargs):
    """`kwargs` with numbers of samples turned into numbers of batches, where a generator tells
    how large its batches are; where it does not, a warning says what the number is taken for."""
    result = dict(kwargs)
    for word in ("samples_per_epoch", "val_samples", "nb_val_samples"):
        count = kwargs.get(word)
        if count is None:
            continue
        of = kwargs.get("validation_data") if word != "samples_per_epoch" and (
            name == "fit_generator") else source
        size = getattr(of, "batch_size", None)
        if size:
            result[word] = max(1, count // size)
        elif hasattr(of, "__next__") or word == "samples_per_epoch":
            warnings.warn(f"{name}: `{word}` of Keras 1 counts samples, `{METHODS[name][word]}` "
                          f"of Keras 2 counts batches. The generator does not tell the size of "
                          f"its batches, so {count} batches are taken; divide by their size.",
                          stacklevel=3)
    return result


def takes_shape_first(add_weight):
    """A decorator of `add_weight(name, shape, ...)`: it also takes Keras 1's order, the shape and
    the initializer before the name.

    Arguments
        add_weight: the method.
    """
    @functools.wraps(add_weight)
    def wrapper(self, *args, **kwargs):
        if args and isinstance(args[0], (tuple, list)):
            kwargs = {**dict(zip(("shape", "initializer", "name"), args)), **kwargs}
            args = ()
            warnings.warn(f"Update your `add_weight` call to the Keras 2 API: "
                          f"`{shown_call('add_weight', (), kwargs)}`", stacklevel=2)
        return add_weight(self, *args, **kwargs)

    return wrapper


# Parts of a call


def _one_kernel(name, args, kwargs):
    """(args, kwargs) with the window's sizes, `Conv2D(64, 3, 3)`, in one argument."""
    parts = KERNEL_PARTS.get(name, ())
    if name.endswith("Transpose") and len(args) == len(parts) + 2 \
            and isinstance(args[-1], (tuple, list)):
        args, kwargs = args[:-1], {**kwargs, "output_shape": args[-1]}
    given = [kwargs[part] for part in parts if part in kwargs]
    sizes = [*args[1:], *given]
    if len(sizes) < 2 or len(sizes) != len(parts) or len(args) < 2 \
            or not all(type(size) is int for size in sizes):
        return args, kwargs
    clash = [word for word in NEW_WORDS if word in kwargs]
    if clash:
        raise ValueError(f"{name}: the sizes {tuple(sizes)} one by one are Keras 1, {clash[0]!r} "
                         f"is Keras 2. Write kernel_size={tuple(sizes)}, or kernel_size="
                         f"{sizes[0]}, strides={sizes[1]} if that is what you mean.")
    rest = {key: value for key, value in kwargs.items() if key not in parts}
    return (args[0], tuple(sizes)), rest


def _left_out(name, accepted, kwargs):
    """(kwargs, notes) without the arguments that Keras 2 has no place for."""
    kept, notes = dict(kwargs), []
    for word, reason in LEFT_OUT.get(name, {}).items():
        if word in kwargs and word not in accepted:
            value = kept.pop(word)
            if word == "mode" and value != 0:
                raise TypeError(f"{name}: {reason}; given mode={value!r}. Mode 0 is what the "
                                f"layer does; leave the argument out, or normalize the samples "
                                f"in a Lambda layer.")
            notes.append(f"`{word}` is left out: {reason}")
    return kept, notes


def _forget_bias(kwargs, words):
    value = kwargs.get("forget_bias_init")
    if "unit_forget_bias" not in words or value in (None, "one", "ones", "zero", "zeros"):
        return []
    return ["`forget_bias_init` is left out: the bias of the forget gate begins with ones or "
            "like the others"]
