"""Closed registries: the one way from a name, in an argument or a file, to an object.

A name is looked up in the `custom_objects` of the call, then in those of the process, then among
what its kind has registered. Nothing is imported by name and no module is searched. Arguments
from a config go only to registered classes and factories, and to classes that the user gave.
"""
import difflib
import functools
import inspect

_GLOBAL_CUSTOM_OBJECTS = {}  # Keras 2's name for it, which old code imports


class UnknownNameError(ValueError):
    """A name that no registry knows; `kind` and `name` say which."""

    def __init__(self, message, kind, name):
        super().__init__(message)
        self.kind = kind
        self.name = name


# Custom objects


def get_custom_objects():
    """The custom objects of the process, by name: a dict that may be changed.

    Returns
        dict, name -> class, function or object; `get_custom_objects()['swish'] = swish` makes
        `Dense(8, activation='swish')` work from then on.
    """
    return _GLOBAL_CUSTOM_OBJECTS


class CustomObjectScope:
    """Within `with CustomObjectScope({'MyLayer': MyLayer}):` names find these objects too.

    At its end the custom objects of the process are again what they were at its start.

    Arguments
        args: dicts, name -> class, function or object.

    Source: Keras 2.1.6 manual, 20.1.
    """

    def __init__(self, *args):
        self.custom_objects = args
        self.backup = None

    def __enter__(self):
        self.backup = _GLOBAL_CUSTOM_OBJECTS.copy()
        for objects in self.custom_objects:
            _GLOBAL_CUSTOM_OBJECTS.update(objects or {})
        return self

    def __exit__(self, *error):
        _GLOBAL_CUSTOM_OBJECTS.clear()
        _GLOBAL_CUSTOM_OBJECTS.update(self.backup)


def custom_object_scope(*args):
    """As `CustomObjectScope`.

    Arguments
        args: dicts, name -> class, function or object.

    Returns
        a context manager.
    """
    return CustomObjectScope(*args)


# Questions about callables


def has_arg(fn, name, accept_all=False):
    """Whether a callable takes a keyword argument.

    Arguments
        fn: callable.
        name: string.
        accept_all: whether taking `**kwargs` counts too.

    Returns
        bool.
    """
    parameters = inspect.signature(fn).parameters
    if name in parameters:
        return parameters[name].kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD,
                                         inspect.Parameter.KEYWORD_ONLY)
    return accept_all and any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def is_function(x):
    """Whether x is a function rather than a class or an object that happens to be callable."""
    return inspect.isroutine(x) or isinstance(x, functools.partial)


def demands_arguments(function):
    """Whether a function cannot be called with none: it is the object, not a factory of it."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a builtin that tells nothing
        return True
    return any(p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
               for p in parameters)


def nearest(name, known, count=3):
    """Those of the names `known` that are most like `name`, ignoring case; a list."""
    by_lower = {}
    for candidate in known:
        by_lower.setdefault(candidate.lower(), candidate)
    close = difflib.get_close_matches(name[:80].lower(), by_lower, count, 0.6)
    return [by_lower[lower] for lower in close]


# Registries


class Registry:
    """The objects of one kind that can be asked for by name.

    Arguments
        kind: what messages call such an object: 'loss function'.
        factories: whether a registered function makes the object (`l2()` makes an L1L2); else
            a function is the object.
        any_case: whether 'adam', 'Adam' and 'ADAM' are one name.
    """

    def __init__(self, kind, factories=False, any_case=False):
        self.kind = kind
        self.factories = factories
        self.any_case = any_case
        self.entries = {}

    def add(self, *aliases):
        """A decorator that registers a class or function by its own name and by `aliases`."""
        def decorator(target):
            self.update(dict.fromkeys((target.__name__, *aliases), target))
            return target

        return decorator

    def update(self, entries):
        """Register a dict, name -> class or function."""
        for name, target in entries.items():
            self.entries[name.lower() if self.any_case else name] = target

    def find(self, name, custom_objects=None):
        """What is called `name`.

        Returns
            (object, whether the user gave it).  Raises UnknownNameError, a ValueError.
        """
        if not isinstance(name, str):
            raise ValueError(f"{self.kind}: its name is a string; given {name!r:.60}.")
        for known in (custom_objects or {}, _GLOBAL_CUSTOM_OBJECTS):
            if name in known:
                return known[name], True
        key = name.lower() if self.any_case else name
        if key not in self.entries:
            raise UnknownNameError(self.unknown(name), self.kind, name)
        return self.entries[key], False

    def unknown(self, name):
        """The message for a name that is not known."""
        known = sorted([*self.entries, *_GLOBAL_CUSTOM_OBJECTS])
        near = nearest(name, known)
        text = f"Unknown {self.kind}: {name!r:.60}. "
        if near:
            text += f"Nearest known: {', '.join(near)}. "
        elif known:
            text += f"Known: {', '.join(known[:16])}{', ...' if len(known) > 16 else ''}. "
        own = name if name.isidentifier() and len(name) <= 60 else "name"
        given = f"{{'{own}': {own}}}"
        return (f"{text}If it is your own, say what it is: custom_objects={given} where a model "
                f"is loaded, or `with CustomObjectScope({given}):` around the code.")

    def deserialize(self, config, custom_objects=None):
        """The object that a config describes.

        Arguments
            config: name, or {'class_name': name, 'config': {...}}.
            custom_objects: dict, name -> class, function or object.
        """
        name, arguments = config, {}
        if isinstance(config, dict):
            if not {"class_name", "config"} <= config.keys():
                raise ValueError(f"{self.kind}: a config has the form {{'class_name': ..., "
                                 f"'config': {{...}}}}; given {config!r:.200}.")
            name, arguments = config["class_name"], config["config"]
        target, given = self.find(name, custom_objects)
        if inspect.isclass(target):
            return self.built(target, given, arguments, custom_objects)
        if not is_function(target):
            return target
        if self.factories and not given:
            return target(**arguments)
        if arguments:
            raise ValueError(f"{self.kind}: {name!r:.60} is a function and takes no config; "
                             f"given {arguments!r:.200}.")
        return target() if self.factories and not demands_arguments(target) else target

    def built(self, cls, given, arguments, custom_objects):
        """An object of a class, made from its config with the custom objects at hand."""
        with CustomObjectScope(custom_objects):
            if not hasattr(cls, "from_config"):
                # Other classes may start processes; what has a config is meant to be made of one.
                if not (given and hasattr(cls, "get_config")):
                    raise ValueError(f"{self.kind}: {cls.__name__} cannot be made from a config: "
                                     f"it has no from_config.")
                return cls(**arguments)
            if has_arg(cls.from_config, "custom_objects"):
                return cls.from_config(arguments, custom_objects=dict(_GLOBAL_CUSTOM_OBJECTS))
            return cls.from_config(arguments)

    def get(self, identifier):
        """The object that an argument names.

        Arguments
            identifier: None, name, config, or the object itself; a class or a registered
                factory stands for what it makes with its defaults.
        """
        if identifier is None:
            return None
        if isinstance(identifier, (str, dict)):
            return self.deserialize(identifier)
        if inspect.isclass(identifier) or self.factories and any(
                identifier is entry for entry in self.entries.values()):
            return identifier()
        if callable(identifier):
            return identifier
        raise ValueError(f"Could not interpret {self.kind} identifier: {identifier!r:.200}. It is "
                         f"a name, a config, or a callable.")


layers = Registry("layer")  # here, for its entries come from many files and many files read it


def serialize_keras_object(instance):
    """An object as data that JSON can hold.

    Arguments
        instance: object with `get_config`, function or class, or None.

    Returns
        {'class_name': ..., 'config': {...}}, the name of a function, or None.

    Raises
        ValueError: for an object that has neither a config nor a name.
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config") and not inspect.isclass(instance):
        return {"class_name": type(instance).__name__, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError(f"{instance!r:.200} cannot be saved: it has neither get_config nor a "
                     f"__name__. Give its class a get_config method, or use a named function.")


def deserialize_keras_object(identifier, module_objects=None, custom_objects=None,
                             printable_module_name="object"):
    """An object from what `serialize_keras_object` made of it.

    Arguments
        identifier: name, or {'class_name': ..., 'config': {...}}.
        module_objects: dict or Registry of the objects that may be named; of a dict only classes
            with `from_config` are called.
        custom_objects: dict, name -> class, function or object; they come first.
        printable_module_name: what messages call such an object.

    Raises
        ValueError: for an unknown name.
    """
    registry = module_objects
    if not isinstance(registry, Registry):
        registry = Registry(printable_module_name)
        registry.update(module_objects or {})
    if not isinstance(identifier, (str, dict)):
        raise ValueError(f"Could not interpret serialized {registry.kind}: {identifier!r:.200}.")
    return registry.deserialize(identifier, custom_objects)
