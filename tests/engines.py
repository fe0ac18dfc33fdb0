"""The engines that a test matrix runs over. A missing one skips, and says so."""

import importlib.util
from contextlib import contextmanager

import numpy as np
import pytest

from keras import backend as K
from keras.backend import engines

ENGINES = list(engines.READY)


@contextmanager
def running_on(name):
    """Within it the graph is run by the engine `name`. What was made on another one stays there."""
    library = engines.LIBRARIES[name]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
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
