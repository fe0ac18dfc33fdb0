"""The rules of STYLE that a machine can hold: floors, imports, sizes, docs, budgets.

Each rule has a dict of exceptions, name -> reason. They start empty and may only shrink: an entry
that is no longer needed fails the test, so that it is taken out.
"""

import ast
import importlib
import importlib.util
import inspect
import os
import re
import subprocess
import sys
from functools import cache

import pytest
from source_sizes import (
    FILE_LINES,
    FUNCTION_CODE,
    FUNCTIONS,
    LAYER_CODE,
    ROOT,
    sources,
)

from keras.backend.engines import READY

KERAS = ROOT / "keras"
ENGINES = KERAS / "backend"

# A module imports only from floors above it in this list, or from its own.
FLOORS = [
    ["config", "registry", "mixed_precision"],
    ["graph"],
    ["ops"],
    ["backend"],
    ["activations", "initializers", "regularizers", "constraints", "gathering"],
    ["losses", "metrics", "optimizers"],
    ["layers"],
    ["network"],
    ["training"],
    ["models"],
]
# These serve several floors, file by file; that no import runs in a circle keeps them in order.
NO_FLOOR = {
    "__init__",
    "__main__",
    "applications",
    "callbacks",
    "datasets",
    "engine",
    "legacy",
    "objectives",
    "preprocessing",
    "saving",
    "utils",
    "wrappers",
}
# Packages and files that hold Keras 2's import paths: docstring and imports, no code.
REEXPORTS = ["engine", "objectives.py"]

LIBRARIES = {  # engine folder -> the libraries that it alone imports
    "torch": {"torch"},
    "jax": {"jax", "jaxlib"},
    "tensorflow": {"tensorflow"},
    "theano": {"pytensor", "jax"},  # jax: for PyTensor's linker
    "onnx": {"onnx", "onnxruntime"},  # no engine, but a table of lowerings, too
}
# Not functions of arrays: an engine's compiler writes these into the plan.
PLANNED = {"assign", "descend", "gradients_of"}
GRAPH_IMPORTS = {"numpy", *sys.stdlib_module_names}

UPWARD_IMPORTS = {}  # (module, imported module) -> reason
BELOW_THE_BACKEND = {}  # (module, imported module) -> reason
LONG_FILES = {}  # path -> reason
LONG_FUNCTIONS = {}  # path:name -> reason
LONG_LAYERS = {}  # path:name -> reason
UNDOCUMENTED = {}  # path:name -> reason

pytestmark = pytest.mark.skipif(
    not (KERAS / "__init__.py").exists(), reason="the package keras/ is not here"
)


# ------------------------------------------------------------------------------ what is compared


@cache
def all_sources():
    return sources([KERAS])


def module_name(source):
    parts = source.path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules():
    """Dotted name -> its source, of every module of the package."""
    return {module_name(source): source for source in all_sources()}


def base_of(name, node):
    """Dotted name of the module that a `from` import in module `name` reads from."""
    if not node.level:
        return node.module
    is_package = modules()[name].path.name == "__init__.py"
    parts = name.split(".")
    above = parts[: len(parts) - node.level + is_package]
    return ".".join([*above, *([node.module] if node.module else [])])


@cache
def imported_names(name):
    """{(module, name)} of every import in module `name`, wherever in the file that stands; the
    second is None where the module itself is imported."""
    found = set()
    for node in ast.walk(modules()[name].tree):
        if isinstance(node, ast.Import):
            found.update((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = base_of(name, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add((inner, None) if inner in modules() else (base, alias.name))
    return found


def imports(name):
    """Every module that module `name` imports from, but itself."""
    return {target for target, _ in imported_names(name)} - {name}


def own_imports(name):
    return {target for target in imports(name) if target.split(".")[0] == "keras"}


def decorator_name(node):
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@cache
def declared():
    """[(name, kind, place)] of each op, as the source declares it."""
    return [
        (name.split(".")[-1], decorator_name(decorator), f"{source.name}:{node.lineno}")
        for source in all_sources()
        for name, node in source.definitions(FUNCTIONS)
        for decorator in node.decorator_list
        if decorator_name(decorator) in ("primitive", "composite")
    ]


def part_of(name):
    """The name below `keras` that has a floor: 'graph' of 'keras.graph.tensor'."""
    return (name.split(".") + ["__init__"])[1]


def floor_of(name):
    return next((i for i, floor in enumerate(FLOORS) if part_of(name) in floor), None)


def refuse(rows):
    """Fail with the rows, one to a line, if there are any."""
    __tracebackhide__ = True
    assert not rows, "\n".join(["", *sorted(rows)])


def refuse_unless(allowed, found):
    """Fail with what breaks a rule and is not excepted, or is excepted and breaks it no more."""
    __tracebackhide__ = True
    refuse(
        [text for key, text in found.items() if key not in allowed]
        + [f"{key}: exception no longer needed, take it out" for key in allowed.keys() - found]
    )


# ------------------------------------------------------------------------------ floors and imports


def test_each_part_has_its_place():
    parts = {part_of(name) for name in modules()}
    placed = NO_FLOOR.union(*FLOORS)
    refuse([f"{part}: give it a floor, or list it in NO_FLOOR" for part in parts - placed])


def test_imports_go_down():
    found = {}
    for name in modules():
        for target in own_imports(name):
            here, there = floor_of(name), floor_of(target)
            if here is not None and there is not None and there > here:
                found[name, target] = f"{name} imports {target}, which stands on a higher floor"
    refuse_unless(UPWARD_IMPORTS, found)


def test_imports_run_in_no_circle():
    done, path = set(), []

    def circle(name):
        """The modules of a circle that can be reached from `name`; empty if there is none."""
        if name in path:
            return path[path.index(name) :] + [name]
        if name in done or name not in modules():
            return []
        path.append(name)
        for target in sorted(own_imports(name)):
            if (name, target) not in UPWARD_IMPORTS and (found := circle(target)):
                return found
        done.add(path.pop())
        return []

    for name in modules():
        assert not circle(name)


def test_layers_and_above_know_only_the_backend():
    lowest = next(i for i, floor in enumerate(FLOORS) if "activations" in floor)
    found = {}
    for name in modules():
        for target, what in imported_names(name) if (floor_of(name) or 0) >= lowest else ():
            # The graph's classes and errors may be named anywhere; what works on it is K's.
            is_class = part_of(target) == "graph" and what and what[0].isupper()
            if part_of(target) in ("graph", "ops") and not is_class:
                found[name, target] = f"{name} imports {what} of {target}; use keras.backend"
    refuse_unless(BELOW_THE_BACKEND, found)


def test_graph_imports_only_numpy():
    found = {
        target.split(".")[0]
        for name in modules()
        if part_of(name) in ("graph", "ops")
        for target in imports(name)
    }
    assert found <= GRAPH_IMPORTS | {"keras"}


def test_engine_libraries_stay_in_their_folders():
    rows = []
    for name, source in modules().items():
        inside = source.path.relative_to(KERAS).parts
        engine = inside[1] if inside[0] == "backend" and len(inside) > 2 else None
        strangers = set().union(*LIBRARIES.values()) - LIBRARIES.get(engine, set())
        used = {target.split(".")[0] for target in imports(name)} & strangers
        rows += [f"{source.name} imports {library}" for library in sorted(used)]
    refuse(rows)


def test_old_import_paths_hold_no_code():
    rows = []
    for source in all_sources():
        if source.path.relative_to(KERAS).parts[0] not in REEXPORTS:
            continue
        for node in source.tree.body:
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not is_docstring and not isinstance(node, (ast.Import, ast.ImportFrom)):
                rows.append(f"{source.name}:{node.lineno}: {ast.unparse(node).splitlines()[0]}")
    refuse(rows)


# ------------------------------------------------------------------------------ sizes and layout


def test_files_are_short():
    found = {
        source.name: f"{source.name}: {source.lines} lines, at most {FILE_LINES}"
        for source in all_sources()
        if source.lines > FILE_LINES
    }
    refuse_unless(LONG_FILES, found)


def too_long(where, kinds, limit):
    """path:name -> a row, of each function or class with more lines of code than `limit`."""
    found = {}
    for source in where:
        for name, node in source.definitions(kinds):
            size = source.body_code(node)
            if size > limit:
                key = f"{source.name}:{name}"
                found[key] = f"{key}: {size} lines of code, at most {limit}"
    return found


def test_functions_are_short():
    found = too_long(all_sources(), FUNCTIONS, FUNCTION_CODE)
    refuse_unless(LONG_FUNCTIONS, found)


def test_layers_are_short():
    folder = KERAS / "layers"
    layers = [s for s in all_sources() if folder in s.path.parents and s.path.stem != "base"]
    found = too_long(layers, ast.ClassDef, LAYER_CODE)
    refuse_unless(LONG_LAYERS, found)


def test_ruff():
    if importlib.util.find_spec("ruff") is None:
        pytest.skip("ruff is not installed; pip install ruff")
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--output-format=concise", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_package_says_that_it_is_typed():
    assert (KERAS / "py.typed").exists()


# ------------------------------------------------------------------------------ documentation


def public_definitions(source):
    """Functions and classes of a file that others may use."""
    for node in source.tree.body:
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)) and not node.name.startswith("_"):
            yield node


def is_lowering(source, node):
    """Whether a function in an engine's folder bears the name of an op, which documents it."""
    return ENGINES in source.path.parents[1:] and node.name in {name for name, *_ in declared()}


def test_public_names_are_documented():
    found = {}
    for source in all_sources():
        if any(part.startswith("_") for part in source.path.relative_to(KERAS).parts[:-1]):
            continue
        for node in public_definitions(source):
            if not ast.get_docstring(node) and not is_lowering(source, node):
                key = f"{source.name}:{node.name}"
                found[key] = f"{key} has no docstring"
    refuse_unless(UNDOCUMENTED, found)


def undescribed(function):
    """Arguments of a function that no word of its docstring names."""
    text = inspect.getdoc(function) or ""
    # `name` labels the result of any op; keras/graph/declare.py describes it.
    arguments = [name for name in inspect.signature(function).parameters if name != "name"]
    return [name for name in arguments if not re.search(rf"\b{name}\b", text)]


def test_arguments_of_ops_are_documented():
    public = {**importlib.import_module("keras.graph").OPS}
    for name, value in vars(importlib.import_module("keras.backend")).items():
        if inspect.isfunction(value) and value.__module__.startswith("keras."):
            public[name] = value
    functions = {name: value for name, value in public.items() if not name.startswith("_")}
    refuse(
        [
            f"{name}: {argument} is not described"
            for name, function in functions.items()
            for argument in undescribed(function)
        ]
    )


# ------------------------------------------------------------------------------ ops and engines


def ops():
    """Name -> declared op, of all ops of the package; what only calls others is not declared."""
    importlib.import_module("keras.backend")
    table = importlib.import_module("keras.graph").OPS
    return {name: call.op for name, call in table.items() if hasattr(call, "op")}


def test_ops_are_declared_once():
    places = {}
    for name, _, place in declared():
        places.setdefault(name, []).append(place)
    refuse([f"{name}: {', '.join(found)}" for name, found in places.items() if len(found) > 1])


def test_every_declared_op_is_in_the_table():
    kinds = {name: kind for name, kind, _ in declared()}
    assert {name: op.kind for name, op in ops().items()} == kinds
    assert all(op.name == name for name, op in ops().items())


@pytest.mark.parametrize("engine", LIBRARIES)
def test_engine_lowers_every_primitive(engine):
    if not (ENGINES / engine).is_dir():
        pytest.skip(f"keras/backend/{engine} is not written yet")
    for library in LIBRARIES[engine]:
        pytest.importorskip(library)
    lowering = importlib.import_module(f"keras.backend.{engine}.lowering")
    unsupported = getattr(lowering, "unsupported", {})
    primitives = {name for name, op in ops().items() if op.kind == "primitive"}
    lowered, refused = lowering.lower.keys(), unsupported.keys()
    unknown = primitives - lowered - refused - PLANNED
    refuse([f"{name}: neither lowered nor refused" for name in unknown])
    refuse([f"{name}: both lowered and refused" for name in lowered & refused])
    refuse([f"{name}: there is no such op" for name in (lowered | refused) - ops().keys()])
    assert all(isinstance(reason, str) and reason for reason in unsupported.values())


def asked_of_engines():
    """The names of an engine's package that the rest of the code uses."""
    text = "".join(path.read_text("utf-8") for path in KERAS.rglob("*.py"))
    return set(re.findall(r"\bengine(?:\(\))?\.([a-z]\w*)", text))


def test_the_page_on_engines_names_all_that_is_asked_of_them():
    page = (ROOT / "docs" / "how_to_add_an_engine.md").read_text("utf-8")
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page, flags=re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"\w+", row)}
    assert told == asked_of_engines() | {"lower", "unsupported"}


def test_engines_have_all_that_is_asked_of_them():
    asked = asked_of_engines()
    assert {"compile", "many", "runs_ahead"} <= asked
    for name in READY:
        if all(importlib.util.find_spec(library) for library in LIBRARIES[name]):
            module = importlib.import_module(f"keras.backend.{name}")
            refuse([f"{name} has no {word}" for word in asked if not hasattr(module, word)])


# ------------------------------------------------------------------------------ budgets


IMPORT_SECONDS = 0.3  # beyond NumPy's own import
DENSE_CALLS = 40
DENSE_DEPTH = 6

IMPORT_TIME = """
import time
import numpy
start = time.process_time()
import keras
print(time.process_time() - start)
"""

IMPORT_AUDIT = """
import os, sys
import numpy
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
REFUSED = ("socket.", "urllib.", "subprocess.", "os.system", "os.fork", "os.posix_spawn",
           "os.exec", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink",
           "os.truncate", "shutil.", "tempfile.")
seen = []

def hook(event, args):
    writes = event == "open" and isinstance(args[2], int) and args[2] & WRITING
    if writes or event.startswith(REFUSED):
        seen.append((event, *map(repr, args)))

sys.addaudithook(hook)
import keras
print(seen)
print(sorted({"torch", "jax", "jaxlib", "tensorflow", "pytensor"} & set(sys.modules)))
"""


def child(code, home, *flags):
    """What a fresh interpreter prints that has an empty home folder and no engine chosen."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("KERAS_")}
    env.update(HOME=str(home), USERPROFILE=str(home))
    done = subprocess.run(
        [sys.executable, *flags, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")


def test_import_is_quick(tmp_path):
    # Processor time, for other programs may be running; the best of several, for the first one
    # writes byte code.
    seconds = min(float(child(IMPORT_TIME, tmp_path)[0]) for _ in range(3))
    assert seconds <= IMPORT_SECONDS


def test_import_loads_no_engine_and_leaves_no_trace(tmp_path):
    actions, engines, *_ = child(IMPORT_AUDIT, tmp_path, "-B")
    assert actions == "[]"
    assert engines == "[]"
    assert not list(tmp_path.iterdir())


def profile(function):
    """(number of Python calls in `function()`, depth of the deepest); its own is not counted."""
    calls = depth = deepest = 0

    def count(frame, event, argument):
        nonlocal calls, depth, deepest
        if event == "call":
            calls += 1
            depth += 1
            deepest = max(deepest, depth)
        elif event == "return":
            depth -= 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls - 1, deepest - 1


def test_profile_counts_calls():
    def inner():
        pass

    def outer():
        inner()
        inner()

    assert profile(outer) == (2, 1)


def test_dense_is_cheap_to_call(monkeypatch):
    pytest.importorskip("torch")
    # Where TensorFlow is loaded each node asks it for its device.
    names = importlib.import_module("keras.graph.names")
    monkeypatch.setattr(names, "outer_device", lambda: None)
    from keras.layers import Dense, Input

    x = Input((8,))
    layer = Dense(4)
    layer(x)
    calls, depth = profile(lambda: layer(x))
    assert (calls <= DENSE_CALLS, depth <= DENSE_DEPTH) == (True, True), (
        f"Dense on a built layer: {calls} Python calls, {depth} deep; "
        f"at most {DENSE_CALLS} and {DENSE_DEPTH}"
    )


def test_exceptions_give_reasons():
    imports, sizes = [UPWARD_IMPORTS, BELOW_THE_BACKEND], [LONG_FILES, LONG_FUNCTIONS, LONG_LAYERS]
    for table in [*imports, *sizes, UNDOCUMENTED]:
        assert all(isinstance(reason, str) and reason for reason in table.values())
