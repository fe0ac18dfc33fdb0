"""What `import tensorflow` says where there is no TensorFlow: what to write instead."""
import sys

from .sessions import INSTEAD

NAMES = {"tensorflow": "TensorFlow", "theano": "Theano", "cntk": "CNTK"}


class Hint:
    """A finder of modules behind all others: what comes here is not installed."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """ModuleNotFoundError, as without it, for a library that old scripts took; else None."""
        if name not in NAMES:
            return None
        # importlib.util.find_spec only asks: the answer is None.
        if sys._getframe(2).f_globals.get("__name__") == "importlib.util":
            return None
        raise ModuleNotFoundError(f"No module named {name!r}. keras runs without {NAMES[name]}: "
                                  f"{INSTEAD}.", name=name)


def install():
    """Have Python ask `Hint` last."""
    if not any(isinstance(finder, Hint) for finder in sys.meta_path):
        sys.meta_path.append(Hint())
