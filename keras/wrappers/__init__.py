"""Models for other libraries (manual, chapter 19). Those are imported when they are first used."""
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import scikit_learn


def __getattr__(name):
    if name == "scikit_learn":
        return import_module(f"{__name__}.scikit_learn")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
