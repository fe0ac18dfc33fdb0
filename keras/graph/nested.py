"""Values in lists, tuples and dicts, one inside the other."""
from collections.abc import Mapping


def leaves(value):
    """All that stands in a nest, in order; a value that is no list, tuple or dict is its own."""
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return [value]
    return [leaf for part in value for leaf in leaves(part)]


def mapped(function, value):
    """A nest of the same form, with `function` of each leaf."""
    if isinstance(value, Mapping):
        return {key: mapped(function, part) for key, part in value.items()}
    if not isinstance(value, (list, tuple)):
        return function(value)
    parts = [mapped(function, part) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)


def packed(like, values):
    """A nest of the form of `like`, with `values` as its leaves, in order."""
    values = iter(values)
    return mapped(lambda _: next(values), like)
