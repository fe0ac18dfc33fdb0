"""Configs as text and back: strict JSON and YAML, limits, and what a config needs of the user."""
import builtins
import json

import numpy as np

from .. import backend as K
from ..registry import UnknownNameError, get_custom_objects
from ..registry import layers as layer_registry
from .errors import ConfigError
from .functions import func_load

DEPTH = 200  # lists and dicts in one another; a nested model takes about six
ITEMS = 5_000_000  # values in a config
INTEGERS = 2 ** 63
LAYERS = 20_000


# Writing


def plain(value):
    """What json.dumps cannot write, as Keras 2 writes it: NumPy values as numbers and lists,
    objects by their config, functions and classes by name."""
    if isinstance(value, np.ndarray):
        return {"type": "ndarray", "value": value.tolist()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if hasattr(value, "get_config") and not isinstance(value, type):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if callable(value) and hasattr(value, "__name__"):
        return value.__name__
    raise TypeError(f"a config holds plain data; {value!r:.100} ({type(value).__name__}) cannot be "
                    f"saved. Let get_config return numbers, strings, lists and dicts.")


def json_text(config, **options):
    """A config as JSON."""
    return json.dumps(config, default=plain, **options)


def yaml_text(config, **options):
    """A config as YAML."""
    import yaml
    return yaml.safe_dump(json.loads(json_text(config)), **{"sort_keys": True, **options})


# Reading


def _no_constant(name):
    if name == "NaN":
        raise ConfigError("the config holds NaN, which no argument of a layer may be.")
    return float(name)


def from_json(text, label="the config"):
    """Plain data from JSON text, with limits on depth, count and numbers."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if not isinstance(text, str):
        raise ConfigError(f"{label}: JSON text is expected; given {type(text).__name__}.")
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except ConfigError:
        raise
    except RecursionError:
        raise ConfigError(f"{label}: the JSON is nested deeper than {DEPTH} levels.") from None
    except ValueError as error:
        raise ConfigError(f"{label} is no valid JSON: {error}. The text begins "
                          f"{text[:40]!r}.") from None
    return checked(data, label)


def from_yaml(text, label="the config"):
    """Plain data from YAML text. Tags of Python objects are refused, but for tuples and unicode
    text, which Keras 2 wrote; so are aliases, which could unfold without end."""
    import yaml

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent, index):
            if self.check_event(yaml.AliasEvent):
                raise ConfigError(f"{label}: the YAML has an alias (*name); write the value out.")
            return super().compose_node(parent, index)

    Loader.add_constructor("tag:yaml.org,2002:python/tuple",
                           lambda loader, node: loader.construct_sequence(node, deep=True))
    Loader.add_constructor("tag:yaml.org,2002:python/unicode",
                           lambda loader, node: loader.construct_scalar(node))
    try:
        data = yaml.load(text, Loader)  # noqa: S506 (a SafeLoader)
    except RecursionError:
        raise ConfigError(f"{label}: the YAML is nested deeper than {DEPTH} levels.") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{label} is no YAML that is plain data: {str(error):.500}") from None
    return checked(data, label)


def checked(data, label="the config"):
    """`data`, if it is plain and within limits: strings, numbers, booleans, None, lists and dicts
    with strings as keys."""
    count, level = 0, [data]
    for _ in range(DEPTH + 1):
        below = []
        for value in level:
            if isinstance(value, dict):
                if not all(isinstance(key, str) for key in value):
                    raise ConfigError(f"{label}: the keys of a dict are strings; given "
                                      f"{list(value)[:5]!r:.100}.")
                below.extend(value.values())
            elif isinstance(value, (list, tuple)):
                below.extend(value)
            else:
                _check_scalar(value, label)
        count += len(level)
        if count > ITEMS:
            raise ConfigError(f"{label} has more than {ITEMS} values.")
        if not below:
            return data
        level = below
    raise ConfigError(f"{label} is nested deeper than {DEPTH} levels.")


def _check_scalar(value, label):
    if isinstance(value, int) and abs(value) >= INTEGERS:
        raise ConfigError(f"{label} holds an integer beyond 64 bits.")
    if isinstance(value, float) and value != value:
        raise ConfigError(f"{label} holds NaN, which no argument of a layer may be.")


def envelope(config, label="the config"):
    """(class name, config) of a model's config. ConfigError if it has another form."""
    if isinstance(config, dict) and isinstance(config.get("model_config"), dict):
        config = config["model_config"]  # some programs wrap it together with training_config
    if isinstance(config, list):
        raise TypeError("`model_from_config` expects a dictionary, not a list. Maybe you meant to "
                        "use `Sequential.from_config(config)`?")
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str) \
            or not isinstance(config.get("config"), (dict, list)):
        raise ConfigError(f"{label}: a model's config has the form {{'class_name': ..., 'config': "
                          f"...}}; given {str(config)[:100]!r}.")
    return config["class_name"], config["config"]


# Walking


def entries(config):
    """Every {'class_name': ..., 'config': ...} in a config, outermost first, without recursion."""
    stack = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if "class_name" in value and "config" in value:
                yield value
            stack.extend(reversed(list(value.values())))
        elif isinstance(value, (list, tuple)):
            stack.extend(reversed(value))


def count_layers(config, label="the config"):
    """ConfigError if a config has more layers than any model."""
    n = sum(1 for _ in layer_entries(config))
    if n > LAYERS:
        raise ConfigError(f"{label} has {n} layers; at most {LAYERS} are read.")


def layer_entries(config):
    """The configs of layers, nested and wrapped ones too, outermost first."""
    stack = [config]
    while stack:
        entry = stack.pop()
        if not isinstance(entry, dict):
            continue
        inner = entry.get("config")
        if "class_name" in entry:
            yield entry
        if isinstance(inner, list):
            stack.extend(reversed(inner))
        elif isinstance(inner, dict):
            for key in ("layers", "cells", "layer", "cell", "backward_layer"):
                below = inner.get(key)
                stack.extend(reversed(below) if isinstance(below, list) else [below])


# What a config needs of the user


def _kinds():
    from .. import activations, constraints, initializers, regularizers
    return {"activation": activations.registry, "initializer": initializers.registry,
            "regularizer": regularizers.registry, "constraint": constraints.registry}


def missing_names(config, custom_objects=None, training=None):
    """Names in a config that neither Keras nor the user knows, in order of appearance.

    Arguments
        config: of a model.
        custom_objects: dict, name -> object.
        training: the model's training_config, or None.
    """
    known = {**get_custom_objects(), **(custom_objects or {})}
    found = {}
    kinds = _kinds()
    for entry in layer_entries(config):
        name = entry["class_name"]
        if not isinstance(name, str):
            continue
        if name not in known and name not in layer_registry.entries:
            found[name] = None
        inner = entry["config"] if isinstance(entry.get("config"), dict) else {}
        for key, value in inner.items():
            registry = kinds.get(key.rsplit("_", 1)[-1])
            value = value.get("class_name") if isinstance(value, dict) else value
            if registry is not None and isinstance(value, str) and value not in known \
                    and value not in registry.entries:
                found[value] = None
        if name == "Lambda" and inner.get("function_type") == "function" \
                and isinstance(inner.get("function"), str) and inner["function"] not in known:
            found[inner["function"]] = None
    for name in _missing_in_training(training or {}):
        if name not in known:
            found[name] = None
    return list(found)


def _missing_in_training(training):
    from .. import losses, metrics, optimizers
    optimizer = training.get("optimizer_config")
    name = optimizer.get("class_name") if isinstance(optimizer, dict) else None
    if isinstance(name, str) and name.lower() not in optimizers.registry.entries:
        yield name
    for key, registry in (("loss", losses.registry), ("metrics", metrics.registry)):
        for name in _strings(training.get(key)):
            if name not in registry.entries and name not in (
                    "accuracy", "acc", "crossentropy", "ce"):
                yield name


def strings(value):
    """All strings among the values of nested lists and dicts."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, (list, tuple, dict)):
            stack.extend(one.values() if isinstance(one, dict) else one)


def _strings(value):
    """The names in nested lists, and among the values of dicts."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            if isinstance(one.get("class_name"), str):
                yield one["class_name"]
            else:
                stack.extend(one.values())
        elif isinstance(one, (list, tuple)):
            stack.extend(reversed(one))


def with_all_names(error, names, label):
    """The error for an unknown name, telling all that are missing."""
    if len(names) < 2 and error.name in names or not names:
        return UnknownNameError(f"{label}: {error}", error.kind, error.name)
    shown = [name for name in names if name.isidentifier() and len(name) <= 60]
    given = ", ".join(f"{name!r}: {name}" for name in shown)
    return UnknownNameError(
        f"{label} needs {len(names)} names that are not Keras' own: "
        f"{', '.join(repr(name)[:60] for name in names[:50])}. Define them and pass "
        f"custom_objects={{{given}}}. (First met: {error})", error.kind, error.name)


# Consent for code


def with_code(config, custom_objects, label):
    """A config with the byte code of its Lambda layers made functions: the caller, and no file,
    has allowed that for this one load.

    Arguments
        config: of a model; it is changed in place.
        custom_objects: dict; a function here under a layer's name comes first.
        label: the file, for messages.

    Raises
        ValueError: for code that this build of Python did not write.
    """
    for entry in layer_entries(config):
        inner = entry.get("config")
        if entry["class_name"] != "Lambda" or not isinstance(inner, dict) \
                or inner.get("name") in (custom_objects or {}):
            continue
        for key in ("function", "output_shape", "mask"):
            value = inner.get(key)
            if inner.get(f"{key}_type") != "lambda" or callable(value):
                continue
            if not isinstance(value, (list, tuple)) or len(value) != 3:
                raise ConfigError(f"{label}: the {key} of the Lambda layer {inner.get('name')!r} "
                                  f"is no [code, defaults, closure].")
            try:
                inner[key] = func_load(*_decoded(value), globs=_globals(custom_objects))
            except (ValueError, TypeError) as error:
                raise ValueError(f"{label}: the {key} of the Lambda layer {inner.get('name')!r}: "
                                 f"{error}") from None
    return config


def _globals(custom_objects):
    """The global names of a function from a file: what Keras 2 gave it, and the user's own."""
    return {"__builtins__": builtins, "K": K, "np": np, **get_custom_objects(),
            **(custom_objects or {})}


def _decoded(value):
    """[code, defaults, closure], with the tuples that JSON made lists, as tuples again."""
    code, defaults, closure = value
    ok = isinstance(code, str) and all(part is None or isinstance(part, (list, tuple))
                                       for part in (defaults, closure))
    if not ok:
        raise ValueError("it is no text with two lists.")
    return code, defaults and tuple(defaults), closure and tuple(closure)
