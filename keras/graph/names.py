"""Names: one counter per prefix, and the scopes that layers open around what they build."""
from collections import defaultdict
from contextlib import contextmanager


class Namespace:
    """The counters and the open scopes and devices of a session; `clear_session` makes new ones."""

    def __init__(self):
        self.counters = defaultdict(int)
        self.scopes = [""]
        self.device = None
        self.scratch = 0  # depth of graphs that are built only to learn a shape

    def uid(self, prefix=""):
        """The next number for `prefix`, from 1."""
        self.counters[prefix] += 1
        return self.counters[prefix]


current = Namespace()


def get_uid(prefix=""):
    """The next number for names that begin with `prefix`.

    Arguments
        prefix: string; each one is counted apart.

    Returns
        int, from 1; `reset_uids` starts again.  Source: Keras 2.1.6 manual, Backend.
    """
    return current.uid(prefix)


def reset_uids():
    """Start the numbers of automatic names again at 1."""
    current.counters.clear()


class name_scope:  # noqa: N801 (Keras' name)
    """Within it the names of variables and tensors begin with `name/`.

    Arguments
        name: string.
    """

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        current.scopes.append(f"{current.scopes[-1]}{self.name}/")

    def __exit__(self, *error):
        current.scopes.pop()


@contextmanager
def device(name):
    """Within it new variables live on, and new nodes run on, the device `name` (`'/gpu:0'`)."""
    before = current.device
    current.device = name
    try:
        yield
    finally:
        current.device = before


@contextmanager
def scratch_graph():
    """Within it a graph is built only for its shapes: it uses up no names and no seeds."""
    counters = current.counters.copy()
    current.scratch += 1
    try:
        yield
    finally:
        current.scratch -= 1
        current.counters = counters


def outer_device():
    """The device that an open scope of the engine's library names; the backend says which."""


def scoped(name):
    """`name` with the open scopes before it."""
    return current.scopes[-1] + name
