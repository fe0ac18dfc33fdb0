"""What is left out on an engine: with its reason, and rarely."""

import importlib
from pathlib import Path

import engine_parts
import pytest

SHARE = {"tensorflow": 0.0, "theano": 0.03}  # of the ops that an engine may lack


def ops():
    importlib.import_module("keras.backend")
    return importlib.import_module("keras.graph").OPS


@pytest.mark.parametrize("engine", engine_parts.EXCLUDED)
def test_exclusions_give_reason_and_link(engine):
    for key, (reason, link) in engine_parts.EXCLUDED[engine].items():
        assert key.split() and len(reason.split()) > 3 and link.startswith("https://")


@pytest.mark.parametrize("engine", engine_parts.EXCLUDED)
def test_few_ops_are_excluded(engine):
    words = {word for key in engine_parts.EXCLUDED[engine] for word in key.split()}
    assert len(words.intersection(ops())) <= SHARE[engine] * len(ops())


def test_parts_name_modules_that_are_here():
    here = {path.stem for path in Path(__file__).parent.glob("test_*.py")}
    assert engine_parts.ONE_IN.keys() <= here
    assert all(count > 1 for count in engine_parts.ONE_IN.values())


def test_one_in_so_many_runs(monkeypatch):
    """The first of a module's tests, and every n-th after it."""
    monkeypatch.delenv("KERAS_SLOW_TESTS", raising=False)
    monkeypatch.delenv("KERAS_TEST_ENGINES", raising=False)
    monkeypatch.setattr(engine_parts, "READY", ("torch", "theano"))
    monkeypatch.setattr(engine_parts, "installed", lambda: ["torch", "theano"])

    class Item:
        path = Path("test_ops.py")

        def __init__(self, *values):
            self.callspec = type("Spec", (), {"params": dict(enumerate(values))})
            self.nodeid = f"tests/test_ops.py::test_values[{'-'.join(map(str, values))}]"

    every = engine_parts.ONE_IN["test_ops"]
    counts = {}
    found = [engine_parts.runs(Item("theano", i), counts) for i in range(2 * every)]
    assert [i for i, run in enumerate(found) if run] == [0, every]
    assert all(engine_parts.runs(Item("torch", i), counts) for i in range(3))
    long = [Item("theano", word) for word in engine_parts.LONG["theano"]]
    assert not any(engine_parts.runs(item, {}) for item in long)
    monkeypatch.setitem(
        engine_parts.EXCLUDED, "theano", {"test_values ctc": ("why", "https://there")}
    )
    assert engine_parts.exclusion(Item("theano", "ctc")) == (
        "test_values ctc", ("why", "https://there"))
    assert engine_parts.exclusion(Item("torch", "ctc")) is None
    assert engine_parts.exclusion(Item("theano", "sum")) is None
    monkeypatch.setenv("KERAS_TEST_ENGINES", "theano")
    assert engine_parts.runs(Item("theano", 5), counts)
    assert not engine_parts.runs(Item("torch", 5), counts)
    assert engine_parts.runs(Item(1), counts)
    monkeypatch.setattr(engine_parts, "installed", lambda: ["torch"])
    assert not engine_parts.runs(Item("theano", 5), counts)
