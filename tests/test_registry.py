"""Registries are closed: names find what is registered or what the user gave, nothing else.

Also `keras.utils`: the toolbox that Keras 2 kept beside them.
"""

import functools
import importlib
import inspect
import pkgutil
import subprocess

import numpy as np
import pytest

import keras
from keras import (
    activations,
    constraints,
    initializers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from keras.registry import Registry, UnknownNameError, layers
from keras.utils import generic_utils as tools
from keras.utils import np_utils

MODULES = [activations, constraints, initializers, losses, metrics, optimizers, regularizers]
REGISTRIES = [module.registry for module in MODULES] + [layers]


@pytest.fixture(autouse=True)
def same_custom_objects_afterwards():
    before = dict(tools.get_custom_objects())
    yield
    assert tools.get_custom_objects() == before


class Thing:
    def __init__(self, size=1):
        self.size = size

    def get_config(self):
        return {"size": self.size}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def things():
    registry = Registry("thing", factories=True)
    registry.add("thing")(Thing)

    @registry.add()
    def big_thing(size=10):
        return Thing(size)

    return registry


# What a name finds


def test_names_configs_and_objects():
    registry = things()
    assert registry.get("Thing").size == registry.get("thing").size == 1
    assert registry.get("big_thing").size == 10
    assert registry.get({"class_name": "big_thing", "config": {"size": 4}}).size == 4
    assert registry.get({"class_name": "Thing", "config": {"size": 5}}).size == 5
    assert registry.get(Thing).size == 1 and registry.get(None) is None
    with pytest.raises(UnknownNameError):
        registry.get("THING")
    assert Registry("thing", any_case=True).entries == {}


def test_custom_objects_win():
    registry, calls = things(), []

    class Other(Thing):
        @classmethod
        def from_config(cls, config, custom_objects=None):
            calls.append(custom_objects)
            return cls(**config)

    data = {"class_name": "Thing", "config": {"size": 2}}
    assert type(registry.deserialize(data, {"Thing": Other})) is Other
    assert calls == [{"Thing": Other}]
    with tools.CustomObjectScope({"Thing": Other}):
        assert type(registry.get(data)) is type(registry.get("Thing")) is Other
        assert type(registry.deserialize(data, {"Thing": Thing})) is Thing
    assert type(registry.get(data)) is Thing


def test_custom_objects_reach_what_is_nested():
    class Box:
        """No from_config: the user's own class is called with its config."""

        def __init__(self, inner):
            self.inner = things().get(inner)

        def get_config(self):
            return {"inner": tools.serialize_keras_object(self.inner)}

    data = {"class_name": "Box", "config": {"inner": {"class_name": "Own", "config": {}}}}
    box = things().deserialize(data, {"Box": Box, "Own": Thing})
    assert type(box.inner) is Thing


def test_custom_functions_and_objects():
    registry, made = things(), Thing(3)
    functions = Registry("function")

    def needs_x(x):
        return x

    assert registry.deserialize("mine", {"mine": needs_x}) is needs_x
    assert registry.deserialize("mine", {"mine": lambda: made}) is made
    assert registry.deserialize("mine", {"mine": functools.partial(Thing, 3)}).size == 3
    assert registry.deserialize("mine", {"mine": made}) is made
    assert registry.deserialize("mine", {"mine": np.add.reduce}) == np.add.reduce
    assert functions.deserialize("mine", {"mine": needs_x}) is needs_x
    assert functions.deserialize({"class_name": "mine", "config": {}}, {"mine": needs_x}) is needs_x
    for kind in (functions, registry):
        with pytest.raises(ValueError, match="'mine' is a function and takes no config; given"):
            kind.deserialize({"class_name": "mine", "config": {"x": 1}}, {"mine": needs_x})


def test_scopes():
    objects = tools.get_custom_objects()
    before = dict(objects)
    with tools.CustomObjectScope({"a": 1}, {"b": 2}, None):
        assert objects["a"] == 1 and objects["b"] == 2
        with tools.custom_object_scope({"a": 3}):
            objects["c"] = 4
            assert objects["a"] == 3
        assert objects["a"] == 1 and "c" not in objects
        objects["d"] = 5
    assert objects == before
    with pytest.raises(RuntimeError), tools.CustomObjectScope({"a": 1}):
        raise RuntimeError
    assert objects == before and objects is tools.get_custom_objects()
    assert keras.utils.get_custom_objects is tools.get_custom_objects


# Errors


def test_unknown_names():
    with pytest.raises(ValueError) as error:
        things().get("big_think")
    assert str(error.value) == (
        "Unknown thing: 'big_think'. Nearest known: big_thing. If it is your own, "
        "say what it is: custom_objects={'big_think': big_think} where a model is loaded, or "
        "`with CustomObjectScope({'big_think': big_think}):` around the code."
    )
    assert (error.value.kind, error.value.name) == ("thing", "big_think")
    with pytest.raises(ValueError, match="Unknown thing: 'zzz'. Known: Thing, big_thing, thing. "):
        things().get("zzz")
    with pytest.raises(ValueError) as error:
        things().get("x" * 1_000_000)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("name", ["", " ", "__class__", "os.system", "../x", "a\0b", "\n", "ñ"])
def test_odd_names(name):
    for registry in REGISTRIES:
        for wanted in (name, {"class_name": name, "config": {}}):
            with pytest.raises(ValueError, match=f"Unknown {registry.kind}: "):
                registry.get(wanted)


@pytest.mark.parametrize(
    "config", [{}, {"class_name": "Thing"}, {"config": {}}, {"name": "Thing", "config": {}}]
)
def test_dicts_that_are_no_config(config):
    with pytest.raises(ValueError, match="thing: a config has the form {'class_name': ..., 'con"):
        things().get(config)


@pytest.mark.parametrize("name", [None, 3, ["Thing"], {"a": 1}, Thing, 1.5])
def test_names_that_are_no_strings(name):
    with pytest.raises(ValueError, match="thing: its name is a string; given"):
        things().get({"class_name": name, "config": {}})


def test_what_is_neither_a_name_nor_an_object():
    for wrong in (3, [1], np.zeros(2), object()):
        with pytest.raises(ValueError, match="Could not interpret thing identifier: "):
            things().get(wrong)


# Closedness


def public_names():
    """Every name of a public callable of the package, and some of Python's."""
    found = {"eval", "exec", "open", "print", "np", "K", "os", "get_file", "__import__"}
    for info in pkgutil.walk_packages(keras.__path__, "keras."):
        if "torch" in info.name or info.name.startswith("keras.backend."):
            continue
        module = importlib.import_module(info.name)
        found.update(name for name, x in vars(module).items() if callable(x))
    found.update(dir(keras.backend))
    return found


def test_no_name_but_the_registered_ones(monkeypatch):
    """Whatever the package holds, a registry gives only what was registered with it, and calls
    nothing on the way."""
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: pytest.fail("a process was started"))
    names = public_names()
    assert len(names) > 300
    for registry in REGISTRIES:
        refused = names - registry.entries.keys()
        if registry.any_case:
            refused = {name for name in names if name.lower() not in registry.entries}
        assert len(refused) > 100
        for name in refused:
            for wanted in (name, {"class_name": name, "config": {}}):
                with pytest.raises(UnknownNameError):
                    registry.get(wanted)


def test_only_what_can_be_made_from_a_config_is_registered():
    for registry in REGISTRIES:
        for name, entry in registry.entries.items():
            if inspect.isclass(entry):
                assert hasattr(entry, "from_config"), name
            else:
                assert inspect.isfunction(entry) and registry.kind != "layer", name


def test_a_users_whole_module_as_custom_objects():
    """`custom_objects=globals()` is common: a file must not start what happens to be in there."""
    module = {"Popen": subprocess.Popen, "run": subprocess.run, "np": np, "Thing": Thing}
    for registry in REGISTRIES:
        for name in ("Popen", "run"):
            with pytest.raises(ValueError, match="cannot be made from|is a function and takes no"):
                registry.deserialize({"class_name": name, "config": {"args": "ls"}}, module)
        data = {"class_name": "Thing", "config": {"size": 3}}
        assert registry.deserialize(data, module).size == 3


def test_a_config_cannot_pass_arguments_to_a_function():
    for module in (activations, losses, metrics):
        for name in module.registry.entries:
            with pytest.raises(ValueError, match="is a function and takes no config"):
                module.get({"class_name": name, "config": {"x": 1}})


# serialize_keras_object and deserialize_keras_object


def test_serialize():
    assert tools.serialize_keras_object(None) is None
    assert tools.serialize_keras_object(Thing(3)) == {"class_name": "Thing", "config": {"size": 3}}
    assert tools.serialize_keras_object(things) == "things"
    assert tools.serialize_keras_object(Thing) == "Thing"
    with pytest.raises(ValueError, match="cannot be saved: it has neither get_config nor a __nam"):
        tools.serialize_keras_object(object())


def test_deserialize_from_a_users_module():
    module = {"Thing": Thing, "things": things, "Popen": subprocess.Popen}

    def made(identifier, custom_objects=None):
        return tools.deserialize_keras_object(identifier, module, custom_objects, "gadget")

    assert made({"class_name": "Thing", "config": {"size": 3}}).size == 3
    assert made("things") is things
    assert made({"class_name": "Own", "config": {"size": 3}}, {"Own": Thing}).size == 3
    with pytest.raises(ValueError, match="gadget: Popen cannot be made from a config"):
        made({"class_name": "Popen", "config": {"args": "ls"}})
    with pytest.raises(ValueError, match="gadget: 'things' is a function and takes no config"):
        made({"class_name": "things", "config": {"x": 1}})
    with pytest.raises(ValueError, match="Unknown gadget: 'Thin'. Nearest known: Thing"):
        made("Thin")
    with pytest.raises(ValueError, match="Could not interpret serialized gadget: 3."):
        made(3)
    assert tools.deserialize_keras_object("thing", things()).size == 1


# The rest of the toolbox


def test_has_arg():
    def function(a, *args, b=1, **kwargs):
        pass

    assert tools.has_arg(function, "a") and tools.has_arg(function, "b")
    assert not tools.has_arg(function, "args") and not tools.has_arg(function, "c")
    assert tools.has_arg(function, "c", accept_all=True)
    assert not tools.has_arg(lambda a: a, "c", accept_all=True)
    assert tools.has_arg(Thing, "size") and tools.has_arg(Thing.from_config, "config")
    assert not tools.has_arg(Thing.from_config, "custom_objects")


def test_lists():
    given = [1]
    assert tools.to_list(given) is given and tools.to_list(1) == [1]
    assert tools.to_list((1, 2)) == [(1, 2)] and tools.to_list((1, 2), allow_tuple=True) == [1, 2]
    assert tools.unpack_singleton([5]) == 5 and tools.unpack_singleton([5, 6]) == [5, 6]
    assert tools.is_all_none(None) and tools.is_all_none([None, None])
    assert not tools.is_all_none([None, 1]) and not tools.is_all_none(0)
    a, b = object(), object()
    assert tools.object_list_uid([a, b]) == f"{id(a)}, {id(b)}"
    assert tools.object_list_uid(a) == str(id(a))


def test_slice_arrays():
    x = np.arange(10)
    assert tools.slice_arrays(None) == [None]
    assert tools.slice_arrays(x, 2, 4).tolist() == [2, 3]
    assert tools.slice_arrays(x, 8).tolist() == [8, 9]
    assert tools.slice_arrays(x, [3, 1]).tolist() == [3, 1]
    assert tools.slice_arrays(x, np.array([3, 1])).tolist() == [3, 1]
    first, second = tools.slice_arrays([x, None], 0, 2)
    assert first.tolist() == [0, 1] and second is None
    assert tools.slice_arrays([x], np.array([3, 1]))[0].tolist() == [3, 1]


def test_functions_as_data():
    k = 3

    def scaled(x, by=2):
        return x * by + k

    assert tools.func_load(tools.func_dump(scaled))(5) == 13
    code, defaults, closure = tools.func_dump(lambda x: x + 1)
    assert isinstance(code, str) and closure is None
    assert tools.func_load(code, defaults, closure)(1) == 2
    data = tools.func_dump(lambda: missing)  # noqa: F821
    assert tools.func_load(data, globs={"missing": 4})() == 4


def test_functions_of_another_python_are_refused():
    code, _, _ = tools.func_dump(lambda x: x)
    damaged = [code[:-8], code[4:], "A" + code[1:], code[:60] + code[64:]]
    for bad in ["", "é", "4wEAAAAAAAAA", *damaged]:
        with pytest.raises(ValueError, match="written by another Python, or it is damaged"):
            tools.func_load(bad)


# Arrays of targets and data


def test_to_categorical():
    assert np_utils.to_categorical([0, 2, 1]).tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert keras.utils.to_categorical is np_utils.to_categorical
    for shape, wanted in [((4,), (4, 5)), ((4, 1), (4, 5)), ((2, 3), (2, 3, 5)), ((1,), (1, 5)),
                          ((2, 3, 1), (2, 3, 5)), ((0,), (0, 5)), ((), (5,))]:
        y = np.random.RandomState(0).randint(5, size=shape)
        found = np_utils.to_categorical(y, 5)
        assert found.shape == wanted and found.dtype == "float32"
        np.testing.assert_array_equal(found.argmax(-1), y.reshape(wanted[:-1]))
        assert (found.sum(-1) == 1).all()
    assert np_utils.to_categorical([1.0, 0.0], dtype="int8").dtype == "int8"


def test_to_categorical_of_numbers_that_are_no_classes():
    with pytest.raises(IndexError) as error:
        np_utils.to_categorical([1, 5], 5)
    assert str(error.value) == (
        "to_categorical: classes are numbered from 0 to 4; given numbers from 1 to 5. Renumber "
        "the labels, or raise num_classes."
    )
    with pytest.raises(IndexError, match="given numbers from -1 to 1"):
        np_utils.to_categorical([-1, 1])


def test_normalize():
    x = np.array([[3.0, 4.0], [0.0, 2.0], [0.0, 0.0]])
    np.testing.assert_allclose(keras.utils.normalize(x), [[0.6, 0.8], [0, 1], [0, 0]])
    np.testing.assert_allclose(
        keras.utils.normalize(x.tolist(), axis=0, order=1), [[1, 4 / 6], [0, 2 / 6], [0, 0]]
    )
    np.testing.assert_allclose(keras.utils.normalize(np.array([3.0, 4.0])), [0.6, 0.8])
    assert x[0, 0] == 3
