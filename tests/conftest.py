"""What holds for all tests."""

import os
import signal

if "PYTEST_XDIST_WORKER" in os.environ:  # as many processes as cores: a thread for each
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import engine_parts
import pytest

from keras.backend.engines import installed

# Started in the background by a shell, a program ignores Ctrl-C, and so do those it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header():
    """Which engines run whole."""
    if engine_parts.wanted():
        return f"engines: {', '.join(sorted(engine_parts.wanted()))}"
    partial = engine_parts.PARTIAL.intersection(installed())
    if not partial or os.environ.get("KERAS_SLOW_TESTS") == "1":
        return f"engines: {', '.join(installed())}"
    return (
        f"engines: {', '.join(installed())}; of {', '.join(sorted(partial))} the part that "
        f"tests/engine_parts.py names"
    )


def pytest_collection_modifyitems(config, items):
    """Leave out what an engine runs in part only; mark what it cannot do."""
    counts = {}
    chosen = [item for item in items if engine_parts.runs(item, counts)]
    kept = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = chosen
    for item in items:
        excluded = engine_parts.exclusion(item)
        if excluded:
            item.add_marker(pytest.mark.xfail(reason=" ".join(excluded[1]), strict=True))
