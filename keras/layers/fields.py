"""Fields: the annotated names of a layer's class are the arguments of its constructor.

From them come `__init__`, `get_config` and the attributes. An annotation that has `take` and
`give` converts: `take(value, where)` makes what the layer works with of what the user gave,
`give(value)` makes plain data of it again. `int`, `float` and their `| None` convert too; any
other annotation is a note to the reader.

A class that names a field of its parent anew names them all, in its own order; one that names
only new fields adds them after its parent's.
"""
import difflib
import inspect
from operator import index

from .. import activations, constraints, initializers, regularizers
from .. import backend as K
from ..config import image_data_format
from ..legacy.calls import is_modern, modern_call


class Kind:
    """A converting annotation made of two functions."""

    def __init__(self, take, give=lambda value: value):
        self.take = take
        self.give = give


Activation = Kind(lambda value, where: K.adapted(activations.get(value)), activations.serialize)
Initializer = Kind(lambda value, where: initializers.get(value), initializers.serialize)
Regularizer = Kind(lambda value, where: regularizers.get(value), regularizers.serialize)
Constraint = Kind(lambda value, where: constraints.get(value), constraints.serialize)


def optional(kind):
    """The kind of an argument that may be None."""
    return Kind(lambda value, where: None if value is None else kind.take(value, where),
                lambda value: None if value is None else kind.give(value))


# Numbers


def whole(value, where):
    """`value` as an int. TypeError says for which argument."""
    try:
        return index(value)
    except TypeError:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        raise TypeError(f"{where} is an int; given {value!r}.") from None


def real(value, where):
    """`value` as a float. TypeError says for which argument."""
    try:
        if isinstance(value, str):
            raise TypeError
        return float(value)
    except TypeError:
        raise TypeError(f"{where} is a number; given {value!r:.60}.") from None


def _count(value, where):
    value = whole(value, where)
    if value < 1:
        raise ValueError(f"{where} is an int >= 1; given {value!r}.")
    return value


Integer = Kind(whole)
Number = Kind(real)
Count = Kind(_count)  # an int >= 1
Fraction = Kind(lambda value, where: min(1.0, max(0.0, real(value, where))))  # cut off at 0 and 1
CONVERTERS = {int: Integer, float: Number, int | None: optional(Integer),
              float | None: optional(Number)}


# Choices


def one_of(*choices):
    """The kind of an argument that is one of some strings, in any case."""
    def take(value, where):
        value = value.lower() if isinstance(value, str) else value
        if value not in choices:
            raise ValueError(f"{where} is one of {', '.join(map(repr, choices))}; "
                             f"given {value!r}.")
        return value

    return Kind(take)


_format = one_of("channels_last", "channels_first")
DataFormat = Kind(  # None means the process's
    lambda value, where: image_data_format() if value is None else _format.take(value, where))


# Sizes


def sizes(n):
    """The kind of an argument that is an int >= 1, or n of them."""
    def take(value, where):
        parts = tuple(value) if isinstance(value, (tuple, list)) else (value,) * n
        try:
            if len(parts) == n:
                return tuple(_count(part, where) for part in parts)
        except (TypeError, ValueError):
            pass  # said below, with the whole value
        raise ValueError(f"{where} is an int >= 1 or a tuple of {n} of them; given {value!r}.")

    return Kind(take)


# Keras 1 and the manual's ZeroPadding1D name the sides; absent ones get no cells.
SIDES = {1: (("left_pad", "right_pad"),),
         2: (("top_pad", "bottom_pad"), ("left_pad", "right_pad"))}
MARGINS = {1: "an int or a pair (before, after)",
           2: "an int, a pair (rows, columns), or ((top, bottom), (left, right))",
           3: "an int, three ints, or three pairs (before, after)"}


def margins(n):
    """The kind of an argument that counts cells before and after each of n axes: it becomes n
    pairs, for n = 1 a pair."""
    def take(value, where):
        try:
            pairs = _named_sides(value, n) if isinstance(value, dict) else _pairs(value, n)
        except (TypeError, ValueError):
            raise ValueError(f"{where} is {MARGINS[n]}, all >= 0; given {value!r}.") from None
        return pairs if n > 1 else pairs[0]

    return Kind(take)


def _named_sides(value, n):
    known = [name for pair in SIDES.get(n, ()) for name in pair]
    if not value.keys() <= set(known):
        raise ValueError
    return tuple((value.get(a, 0), value.get(b, 0)) for a, b in SIDES[n])


def _pairs(value, n):
    if n == 1:
        return (_pair(value),)
    parts = value if isinstance(value, (tuple, list)) else (value,) * n
    if len(parts) != n:
        raise ValueError
    return tuple(_pair(part) for part in parts)


def _pair(value):
    before, after = value if isinstance(value, (tuple, list)) else (value, value)
    if whole(before, "") < 0 or whole(after, "") < 0:
        raise ValueError
    return int(before), int(after)


# From annotations to constructors and configs


def own_fields(cls):
    """The fields that a class names itself: {name: (kind, default)}."""
    return {name: (CONVERTERS.get(kind, kind), cls.__dict__.get(name, inspect.Parameter.empty))
            for name, kind in inspect.get_annotations(cls).items()
            if not name.startswith("_")}


def merged_fields(cls, inherited):
    """The fields of a class: its own, after its parent's unless it names those anew."""
    own = own_fields(cls)
    if own.keys() & inherited.keys():
        return own
    return {**inherited, **own}


def bound(cls, args, kwargs):
    """The values of the fields, taken out of `kwargs`. TypeError tells what is wrong."""
    fields = cls.fields
    if not is_modern(args, kwargs):
        args, words = modern_call([c.__name__ for c in cls.__mro__], fields, args, kwargs)
        kwargs.clear()
        kwargs.update(words)
    if len(args) > len(fields):
        raise TypeError(f"{cls.__name__} takes at most {len(fields)} positional arguments "
                        f"({', '.join(fields)}); given {len(args)}.")
    given = dict(zip(fields, args))
    for name in kwargs.keys() & fields.keys():
        if name in given:
            raise TypeError(f"{cls.__name__}: argument {name} is given twice.")
        given[name] = kwargs.pop(name)
    values = {}
    for name, (kind, default) in fields.items():
        value = given.get(name, default)
        if value is inspect.Parameter.empty:
            meant = [f" Is {other!r} meant for it?" for other in kwargs if nearest(other, [name])]
            raise TypeError(f"{cls.__name__} needs the argument {name}; it takes "
                            f"({', '.join(fields)}).{''.join(meant)}")
        values[name] = kind.take(value, f"{cls.__name__}: {name}") if isinstance(kind, Kind) \
            else value
    return values


def constructor(cls, base_init):
    """The `__init__` of a class with fields."""
    def __init__(self, *args, **kwargs):
        values = bound(cls, args, kwargs)
        base_init(self, **kwargs)
        for name, value in values.items():
            setattr(self, name, value)
        self.configured()

    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    parameters += [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD,
                                     default=default)
                   for name, (_, default) in cls.fields.items()]
    parameters.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    __init__.__signature__ = inspect.Signature(parameters)
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return __init__


def plain(layer):
    """The fields of a layer as plain data, for its config."""
    return {name: kind.give(getattr(layer, name)) if isinstance(kind, Kind)
            else getattr(layer, name) for name, (kind, _) in layer.fields.items()}


def nearest(name, known):
    """A hint at the known name closest to a misspelt one."""
    close = difflib.get_close_matches(name, known, 1)
    return f" Did you mean {close[0]!r}?" if close else ""
