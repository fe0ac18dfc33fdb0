"""The engines that a test matrix runs over. A missing one skips, and says so."""

import importlib.util
import os
import tempfile
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest

from keras import backend as K
from keras.backend import engines

ENGINES = list(engines.READY)
# PyTensor rewrites little, also in child processes: a third of the time of most tests.
os.environ.setdefault("PYTENSOR_FLAGS", "optimizer=merge")


@cache
def compiled_quickly():
    """From here on jax, also in child processes, compiles equal programs once, not once a model,
    and optimizes them little: a fifth of the time of most tests. `optimized` is for those of the
    programs themselves."""
    import jax

    folder = tempfile.TemporaryDirectory(prefix="keras-tests-jax-")
    for name, value in {
        "jax_compilation_cache_dir": folder.name,
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
        "jax_disable_most_optimizations": True,
    }.items():
        jax.config.update(name, value)
        os.environ[name.upper()] = str(value)
    return folder  # goes with the process


@contextmanager
def optimized():
    """Within it jax's programs, if there is jax, are those that users run."""
    if importlib.util.find_spec("jax") is None:
        yield
        return
    import jax

    compiled_quickly()
    jax.config.update("jax_disable_most_optimizations", False)
    try:
        yield
    finally:
        jax.config.update("jax_disable_most_optimizations", True)


@contextmanager
def running_on(name):
    """Within it the graph is run by the engine `name`. What was made on another one stays there."""
    library = engines.LIBRARIES[name]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    if name == "jax":
        compiled_quickly()
    before = engines._chosen, engines._loaded
    if name != before[0]:
        engines._chosen, engines._loaded = name, None
    try:
        yield
    finally:
        engines._chosen, engines._loaded = before


@pytest.fixture(autouse=True, params=ENGINES)
def each_engine(request):
    """A module that imports this has each of its tests run on every engine, names, seeds and
    learning phase as in a new process."""
    K.clear_session()
    np.random.seed(0)
    with running_on(request.param):
        yield
    K.clear_session()
