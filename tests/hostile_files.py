"""Hostile model files, made here: the cases of test_saving_security.py. The numbers T1... are those
of the security contract.
"""
import base64
import functools
import json
import marshal
import os
import random

CASES = {}


def hostile(*expected, allows=()):
    """A case: a function of the folder that must raise one of `expected`. What it returns in
    place of raising is called in turn, each of them a case of its own."""
    def decorator(function):
        CASES[function.__name__] = function, expected, set(allows)
        return function

    return decorator


def tree():
    found = {}
    for folder, _, files in os.walk("."):
        for name in files:
            info = os.lstat(os.path.join(folder, name))
            found[folder, name] = info.st_size, info.st_mtime_ns, info.st_mode
    return found


# What hostile files are made of


@functools.cache
def code_text(seal=True):
    """Byte code that writes a marker, as a file holds it."""
    from keras.saving.functions import _seal
    code = compile("def f(x):\n    open('marker', 'w').close()\n    return x\n", "m", "exec")
    code = marshal.dumps(code.co_consts[0])
    return base64.b64encode(code + (_seal(code) if seal else b"")).decode()


def lambda_config(**changes):
    config = {"name": "evil", "trainable": True, "batch_input_shape": [None, 3],
              "function": [code_text(), None, None], "function_type": "lambda",
              "output_shape": None, "output_shape_type": "raw", "arguments": {}}
    return {"class_name": "Lambda", "config": {**config, **changes}}


def lambda_configs():
    """Configs of models with byte code in every place."""
    dense = {"class_name": "Dense", "config": {"units": 2, "name": "d",
                                               "batch_input_shape": [None, 3]}}
    raw = marshal.dumps((lambda x: x).__code__).decode("raw_unicode_escape")
    plain = lambda_config()
    named = {"function": "identity_of_mine", "function_type": "function"}
    yield "flat", sequential(plain)
    yield "old list", {"class_name": "Sequential", "config": [plain]}
    yield "unsealed", sequential(lambda_config(function=[code_text(False), None, None]))
    yield "raw encoding", sequential(lambda_config(function=[raw, None, None]))
    yield "no type", sequential(lambda_config(function_type="raw"))
    yield "output_shape", sequential(lambda_config(
        **named, output_shape=[code_text(), None, None], output_shape_type="lambda"))
    yield "mask", sequential(lambda_config(**named, mask=[code_text(), None, None],
                                           mask_type="lambda"))
    yield "nested", sequential(dense, sequential(lambda_config(batch_input_shape=[None, 2])))
    steps = {"batch_input_shape": [None, 4, 3]}
    yield "wrapped", sequential({"class_name": "TimeDistributed", "config": {
        **steps, "name": "t", "layer": plain}})
    yield "bidirectional", sequential({"class_name": "Bidirectional", "config": {
        **steps, "name": "t", "layer": plain, "merge_mode": "sum"}})
    yield "cell", sequential({"class_name": "RNN", "config": {**steps, "name": "r",
                                                              "cell": plain}})
    yield "functional", functional([("evil", "Lambda", plain["config"], [["x", 0, 0]])])
    yield "not connected", functional([("evil", "Lambda", plain["config"], [["x", 0, 0]]),
                                       ("d", "Dense", dense["config"], [["x", 0, 0]])])


def sequential(*layers):
    return {"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}


def functional(layers):
    entries = [{"name": "x", "class_name": "InputLayer", "inbound_nodes": [], "config": {
        "name": "x", "batch_input_shape": [None, 3]}}]
    entries += [{"name": name, "class_name": kind, "config": {**config, "name": name},
                 "inbound_nodes": [call]} for name, kind, config, call in layers]
    return {"class_name": "Model", "config": {
        "name": "m", "layers": entries, "input_layers": [["x", 0, 0]],
        "output_layers": [[layers[-1][0], 0, 0]]}}


def dense(**changes):
    return {"class_name": "Dense", "config": {"units": 2, "name": "d",
                                              "batch_input_shape": [None, 3], **changes}}


def h5_with(config, name="evil.h5"):
    """A model file with a config, and no weights."""
    import h5py
    with h5py.File(name, "w") as f:
        f.attrs["model_config"] = json.dumps(config)
        f.create_group("model_weights").attrs["layer_names"] = []
    return name


def saved(name="good.h5"):
    """A genuine model file."""
    from keras.layers import Dense
    from keras.models import Sequential
    model = Sequential([Dense(10, input_dim=10, name="d")])
    model.compile("sgd", "mse")
    model.save(name)
    return name


# T1-T3: code


@hostile(ValueError)
def t1_code_in_h5_files():
    from keras.models import load_model
    for i, (_, config) in enumerate(lambda_configs()):
        path = h5_with(config, f"evil{i}.h5")
        for compiled in (True, False):
            yield lambda path=path, c=compiled: load_model(path, compile=c)


@hostile(ValueError, TypeError)
def t2_code_at_other_entrances():
    import yaml

    from keras import layers, models
    for _, config in lambda_configs():
        yield lambda c=config: models.model_from_json(json.dumps(c))
        yield lambda c=config: models.model_from_yaml(yaml.safe_dump(c))
        yield lambda c=config: models.model_from_config(c)
        yield lambda c=config: layers.deserialize(c)
        yield lambda c=config: getattr(models, c["class_name"]).from_config(c["config"])
    yield lambda: layers.deserialize(lambda_config())
    yield lambda: layers.Lambda.from_config(lambda_config()["config"])
    steps = {"name": "t", "layer": lambda_config()}
    yield lambda: layers.TimeDistributed.from_config(steps)


@hostile(ValueError, allows={"pickle.find_class"})
def t2_code_in_a_pickle():
    import pickle

    from keras.layers import Lambda
    from keras.models import Sequential
    data = pickle.dumps(Sequential([Lambda(lambda x: x + 1, input_shape=(3,))]))
    yield lambda: pickle.loads(data)


def with_live_code():
    """A model with a function of this program."""
    from keras.layers import Lambda
    from keras.models import Sequential
    model = Sequential([Lambda(lambda x: x + 1, input_shape=(3,))])
    model.compile("sgd", "mse")
    return model


@hostile(ValueError, allows={"pickle.find_class"})
def t2_code_in_a_pickled_wrapper():
    import pickle

    from sklearn.base import clone

    from keras.wrappers.scikit_learn import KerasRegressor
    wrapper = KerasRegressor(with_live_code)
    wrapper.model = with_live_code()
    data = pickle.dumps(wrapper)
    assert clone(wrapper).build_fn is with_live_code  # no file: needs no consent
    yield lambda: pickle.loads(data)


@hostile(ValueError)
def t3_consent_and_code_of_another_python():
    from keras.models import load_model
    rng = random.Random(1)
    good = base64.b64decode(code_text())
    codes = [b"", b"c\x01\x00\x00\x00\x01\x00\x00\x00", good[:-1], good[:40], good[1:],
             good[:-36] + bytes(4) + good[-32:], *(rng.randbytes(200) for _ in range(20))]
    for i, code in enumerate(codes):
        function = [base64.b64encode(code).decode(), None, None]
        path = h5_with(sequential(lambda_config(function=function)), f"e{i}.h5")
        yield lambda path=path: load_model(path, safe_mode=False)
    for function in (["é", None, None], [None, None, None], [1], "x", {}, [code_text(), 5, None]):
        config = sequential(lambda_config(function=function))
        path = h5_with(config, f"f{len(os.listdir())}.h5")
        yield lambda path=path: load_model(path, safe_mode=False)


# T4, T5, T23: names


@hostile(ValueError, TypeError)
def t4_names_of_what_is_no_layer():
    from keras.models import model_from_config
    for name in ("func_load", "get_file", "K", "np", "HDF5Matrix", "__import__", "__class__",
                 "os.system", "keras.utils.func_load", "", "x" * 1_000_000, 3, None, [], {},
                 "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "StringLookup", "eval"):
        yield lambda n=name: model_from_config(sequential({"class_name": n, "config": {
            "name": "x"}}))
        yield lambda n=name: model_from_config({"class_name": n, "config": {}})


@functools.cache
def public_names():
    """The name of every class, function and module in every module of the package."""
    import importlib
    import inspect
    import pkgutil

    import keras
    names, folders = set(), [("keras", keras.__path__)]
    while folders:
        package, paths = folders.pop()
        for info in pkgutil.iter_modules(paths):
            name = f"{package}.{info.name}"
            if info.name == "__main__" or name.startswith("keras.backend."):
                continue
            module = importlib.import_module(name)
            names |= {n for n, v in vars(module).items() if callable(v) or inspect.ismodule(v)}
            if info.ispkg:
                folders.append((name, module.__path__))
    return names


@hostile()
def t5_every_public_name_in_every_place():
    """Only what is registered is found, whatever else the package has."""
    from keras import (
        activations,
        constraints,
        initializers,
        losses,
        metrics,
        optimizers,
        regularizers,
    )
    from keras.registry import UnknownNameError, layers
    found = []
    kinds = [layers, activations.registry, constraints.registry, initializers.registry,
             losses.registry, metrics.registry, optimizers.registry, regularizers.registry]
    for name in sorted(public_names()):
        for registry in kinds:
            if (name.lower() if registry.any_case else name) in registry.entries:
                continue
            for config in ({"class_name": name, "config": {}}, name):
                try:
                    registry.deserialize(config)
                    found.append((registry.kind, name))
                except UnknownNameError:
                    pass
    assert not found, found
    assert len(public_names()) > 300


@hostile(ValueError)
def t5_every_public_name_in_a_file():
    """The same names in model files: as a layer, also one that leads nowhere, as the function of a
    Lambda, as an activation, initializer, regularizer and constraint."""
    from keras import activations, constraints, initializers, regularizers
    from keras.models import model_from_config
    from keras.registry import layers
    kinds = (activations, constraints, initializers, regularizers)
    ours = {name for kind in kinds for name in kind.registry.entries} | set(layers.entries)
    for name in random.Random(5).sample(sorted(public_names() - ours), 60):
        end = ("end", "Dense", {"units": 2}, [["x", 0, 0]])
        yield lambda n=name, e=end: model_from_config(functional([("a", n, {}, [["x", 0, 0]]), e]))
        yield lambda n=name: model_from_config(sequential({"class_name": n, "config": {}}))
        yield lambda n=name: model_from_config(sequential(lambda_config(
            function=n, function_type="function")))
        for key in ("activation", "kernel_initializer", "bias_regularizer", "bias_constraint"):
            yield lambda n=name, k=key: model_from_config(sequential(dense(**{k: n})))


@hostile(ValueError)
def t5_functions_of_the_package_as_code():
    from keras.models import model_from_config
    for name in ("func_load", "load_model", "eval", "get_file", "relu", "Dense"):
        yield lambda n=name: model_from_config(sequential(lambda_config(
            function=n, function_type="function")))
        for key in ("activation", "kernel_initializer", "kernel_regularizer", "bias_constraint"):
            if (name, key) != ("relu", "activation"):
                yield lambda n=name, k=key: model_from_config(sequential(dense(**{k: n})))
        if name not in ("relu",):
            yield lambda n=name: model_from_config(sequential(dense(
                kernel_initializer={"class_name": n, "config": {"path": "canary"}})))


# T6, T26, T28: configs


@hostile(ValueError)
def t6_yaml():
    from keras.models import model_from_yaml
    bombs = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 8)}]\n"
        for i in range(10))
    for text in ("!!python/object/apply:os.system ['touch marker']",
                 "!!python/name:os.system", "!!python/object:os.PathLike {}",
                 "!!python/object/new:type [x, [], {}]", "!!python/module:os", bombs,
                 "class_name: Sequential\nconfig: &c [*c]", "[" * 5000, "- " * 5000, "x: {", "3",
                 "", "class_name: Sequential\nconfig: !!python/tuple [!!python/name:os.system]"):
        yield lambda t=text: model_from_yaml(t)


@hostile(ValueError, TypeError)
def t26_wrong_types_and_depth():
    from keras.models import model_from_config, model_from_json
    for config in (3, "x", None, [], {}, {"class_name": "Sequential"},
                   {"class_name": "Sequential", "config": 3}, sequential(3), sequential([]),
                   sequential({"class_name": "Dense", "config": 3}), sequential(dense(units="x")),
                   sequential(dense(units=10 ** 30)), sequential(dense(units=float("nan"))),
                   sequential(dense(units=[3])), sequential(dense(name=3)),
                   sequential(dense(kernel_initializer=[[]])), sequential(dense(units=-1)),
                   sequential(dense(batch_input_shape="abc")), sequential(dense(nonsense=1)),
                   {"class_name": "Sequential", "config": {"layers": {"a": 1}}},
                   {"class_name": "Model", "config": {"layers": [], "input_layers": [["x"]],
                                                      "output_layers": 3}},
                   {"class_name": "Model", "config": {"layers": [dense()]}},
                   {"class_name": "Dense", "config": {"units": 3}}):
        yield lambda c=config: model_from_config(c)
    deep = dense()
    for _ in range(3000):
        deep = {"class_name": "TimeDistributed", "config": {"name": "t", "layer": deep}}
    yield lambda: model_from_config(sequential(deep))
    for text in ("[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, "", "NaN",
                 '{"class_name": "Sequential", "config": [NaN]}', "1" * 5000, "\0"):
        yield lambda t=text: model_from_json(t)


@hostile(ValueError)
def t28_cycles_and_masses():
    from keras.models import model_from_config
    units = {"units": 3}
    yield lambda: model_from_config(functional([("a", "Dense", units, [["b", 0, 0]]),
                                                ("b", "Dense", units, [["a", 0, 0]])]))
    yield lambda: model_from_config(functional([("a", "Dense", units, [["a", 0, 0]])]))
    yield lambda: model_from_config(functional([("a", "Dense", units, [["none", 0, 0]])]))
    yield lambda: model_from_config(functional([("a", "Dense", units, [["x", 10 ** 9, 0]])]))
    yield lambda: model_from_config(functional([("a", "Dense", units, [["x", 0, 10 ** 9]])]))
    yield lambda: model_from_config(functional([("a", "Dense", units, [["x", -1, 0]])]))
    many = [dense(name=f"d{i}") for i in range(100_000)]
    yield lambda: model_from_config(sequential(*many))


@hostile()
def t28_a_long_line_backwards():
    from keras.models import model_from_config
    config = functional([(f"a{i}", "Activation", {"activation": "relu"}, [[f"a{i - 1}", 0, 0]])
                         for i in range(1, 1000)])
    config["config"]["layers"][1]["inbound_nodes"] = [[["x", 0, 0]]]
    config["config"]["layers"].reverse()
    assert len(model_from_config(config).layers) == 1000


# T16-T20: HDF5 and zip


def linked(kind, place):
    """A good file in which one place is a link."""
    import h5py
    path = saved(f"{kind}_{place.count('/')}_{len(os.listdir())}.h5")
    with h5py.File(path, "a") as f:
        target = place if kind == "soft" else "canary.h5"
        f.move(place, "/aside")
        f[place] = h5py.SoftLink("/aside") if kind == "soft" else h5py.ExternalLink(target, "/d")
    return path


@hostile(OSError)
def t16_links():
    from keras.models import Sequential, load_model
    from keras.utils import HDF5Matrix
    for kind in ("soft", "external"):
        for place in ("model_weights", "model_weights/d", "model_weights/d/d",
                      "model_weights/d/d/kernel:0"):
            path = linked(kind, place)
            yield lambda path=path: load_model(path)
            from keras.layers import Dense
            model = Sequential([Dense(10, input_dim=10, name="d")])
            yield lambda path=path, m=model: m.load_weights(path)
            yield lambda path=path, m=model: m.load_weights(path, by_name=True)
            yield lambda path=path: HDF5Matrix(path, "model_weights/d/d/kernel:0")


def with_kernel(make):
    """A good file whose kernel is made anew by `make(group, name)`."""
    import h5py
    path = saved(f"kernel{len(os.listdir())}.h5")
    with h5py.File(path, "a") as f:
        group = f["model_weights/d/d"]
        del group["kernel:0"]
        make(group, "kernel:0")
    return path


@hostile(OSError, ValueError)
def t17_to_t19_data_sets():
    import h5py

    from keras.models import load_model
    layout = h5py.VirtualLayout((10, 10), "f4")
    layout[:] = h5py.VirtualSource("canary.h5", "d", (10, 10))
    for make in (
        lambda g, n: g.create_dataset(n, (10, 10), "f4", external=[("canary", 0, 400)]),
        lambda g, n: g.create_virtual_dataset(n, layout),
        lambda g, n: g.create_dataset(n, (10 ** 8, 10 ** 7), "f4", chunks=(1000, 1000)),
        lambda g, n: g.create_dataset(n, (8192, 8192), "f4", chunks=(1024, 1024), fillvalue=1),
    ):
        path = with_kernel(make)
        yield lambda path=path: load_model(path)


@hostile(OSError, ValueError)
def t19_other_types():
    import h5py
    import numpy as np

    from keras.models import load_model
    for make in (
        lambda g, n: g.create_dataset(n, (10, 10), "S5"),
        lambda g, n: g.create_dataset(n, (10, 10), h5py.string_dtype()),
        lambda g, n: g.create_dataset(n, (10, 10), np.dtype("(1000000,)f4"), chunks=(1, 1)),
        lambda g, n: g.create_dataset(n, (10, 10), [("a", "f4"), ("b", "f4")]),
        lambda g, n: g.create_dataset(n, data=h5py.Empty("f4")),
        lambda g, n: g.create_group(n),
        lambda g, n: None,
    ):
        path = with_kernel(make)
        yield lambda path=path: load_model(path)


@hostile(OSError, ValueError)
def t19_attributes_and_sizes():
    import h5py
    import numpy as np

    from keras.models import load_model, model_from_config
    for name, value in (("layer_names", np.zeros((50, 50), "S3")), ("layer_names", 3.0),
                        ("layer_names", h5py.Empty("S1")), ("weight_names", np.zeros(3)),
                        ("weight_names", [b"../../d"]), ("weight_names", [b"/model_weights"]),
                        ("weight_names", np.array([b"d/kernel:0\0x", b""])),
                        ("layer_names", np.array([b"a"] * 7000))):
        path = saved(f"attribute{len(os.listdir())}.h5")
        with h5py.File(path, "a") as f:
            group = f["model_weights"] if name == "layer_names" else f["model_weights/d"]
            group.attrs[name] = value
        yield lambda path=path: load_model(path)
    path = h5_with(sequential(dense(units=10 ** 12)), "units.h5")
    yield lambda: load_model(path)
    yield lambda: model_from_config(sequential(dense(units=10 ** 12)))
    yield lambda: model_from_config(sequential(dense(units=10 ** 6, name="a"), dense(
        units=10 ** 6, name="b")))


@hostile(OSError)
def t20_zip_members():
    import zipfile

    from keras.models import load_model
    from keras.saving.keras3 import WEIGHTS
    config = json.dumps(sequential(dense()))
    for i, members in enumerate((
        {"config.json": b" " * 50_000_000}, {"config.json": config.encode(), WEIGHTS: b"x" * 10},
        {"config.json": config.encode(), WEIGHTS: bytes(50_000_000)},
        {"config.json": config.encode()}, {WEIGHTS: b""},
        {"../config.json": config.encode(), "/config.json": b""},
    )):
        with zipfile.ZipFile(f"z{i}.keras", "w", zipfile.ZIP_DEFLATED) as z:
            for name, data in members.items():
                z.writestr(name, data)
        yield lambda i=i: load_model(f"z{i}.keras")


# T24: values that look like paths


@hostile()
def t24_paths_are_never_opened():
    from keras.models import model_from_config
    for value in ("canary", os.path.abspath("canary"), "file://canary", "http://localhost/x"):
        for key in ("weights", "kernel_initializer", "vocabulary", "filename", "dtype",
                    "activation", "input_dtype"):
            try:
                model_from_config(sequential(dense(**{key: value})))
            except (ValueError, TypeError):
                pass


# T29: fuzz


@hostile()
def t29_bits_and_lengths():
    import warnings

    from keras.models import load_model
    with open("good.h5", "rb") as f:
        good = f.read()
    rng = random.Random(29)
    damaged = [good[:n] for n in rng.sample(range(0, len(good), 512), 12)]
    for _ in range(60):
        data = bytearray(good)
        for _ in range(rng.choice([1, 1, 4])):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        damaged.append(bytes(data))
    for data in damaged:
        with open("fuzz.h5", "wb") as f:
            f.write(data)
        files = tree()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                load_model("fuzz.h5")
        except (OSError, ValueError):
            pass
        assert tree() == files
    os.unlink("fuzz.h5")


# T27: an accepted load


@hostile()
def t27_an_accepted_load():
    from keras.models import load_model
    load_model("good.h5")
