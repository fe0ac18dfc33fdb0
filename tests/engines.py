"""The engines that a test matrix runs over. A missing one skips, and says so."""

import importlib.util
from contextlib import contextmanager

import pytest

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
