"""Does memory grow with use? Our package, on Linux.

    python benchmarks/memory.py
    KERAS_BACKEND=jax python benchmarks/memory.py

Over 2,000 calls of `predict`, and over 200 rounds of build, compile, fit and delete (without
`clear_session`), the resident memory at the end may exceed that after the first quarter by less
than 5 MB, and there must be as many live arrays of the engine, and objects of each of our
classes, as then.
Prints MB and counts; a status other than 0 if something grew.
"""
import collections
import gc
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from workloads import arrays  # noqa: E402

from keras import backend as K  # noqa: E402
from keras.backend import glibc  # noqa: E402
from keras.layers import Dense, Dropout  # noqa: E402
from keras.models import Sequential  # noqa: E402

BAR = 5.0
ARRAYS = "arrays"
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


def resident_mb():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * PAGE_MB


def settled():
    """Resident memory after the allocator gave back what is free, and how much that was: XLA's
    compiler leaves free memory in pieces, which is no leak and differs from moment to moment."""
    before = resident_mb()
    glibc.give_back()
    after = resident_mb()
    return after, before - after


def live_objects():
    """Counts of the engine's arrays and of objects of our classes."""
    counts = collections.Counter()
    if K.backend() == "jax":
        counts[ARRAYS] = len(sys.modules["jax"].live_arrays())
    for item in gc.get_objects():
        kind = type(item)
        if K.backend() == "torch" and issubclass(kind, sys.modules["torch"].Tensor):
            counts[ARRAYS] += 1
        # Some library's metaclass makes its __module__ a property: hence str.
        elif str(kind.__module__).partition(".")[0] == "keras":
            counts[f"{kind.__module__}.{kind.__qualname__}"] += 1
    return counts


def built():
    model = Sequential()
    model.add(Dense(12, activation="relu", input_shape=(8,)))
    model.add(Dropout(0.2))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def grown(name, use, times):
    """Do `use` so many times; print, and return whether memory or counts grew since a quarter."""
    for _ in range(times // 4):
        use()
    gc.collect()
    quarter_mb, _ = settled()
    quarter = live_objects()
    for _ in range(times - times // 4):
        use()
    gc.collect()
    end_mb, kept_mb = settled()
    more = live_objects()
    more.subtract(quarter)
    print(f"{name}, {times} times: RSS {quarter_mb:.1f} MB after a quarter, "
          f"{end_mb:.1f} MB at the end, {end_mb - quarter_mb:+.1f} MB (bar {BAR}), "
          f"with {kept_mb:.1f} MB free beside it; "
          f"{quarter[ARRAYS]} arrays, {more[ARRAYS]:+d}")
    changed = {kind: count for kind, count in more.items() if count}
    for kind, count in sorted(changed.items()):
        print(f"    {count:+d} {kind}")
    return end_mb - quarter_mb >= BAR or bool(changed)


def main():
    x, y = arrays("tiny")
    x = x[:64]
    y = y[:64]
    model = built()

    def build_fit_delete():
        built().fit(x, y, batch_size=32, epochs=1, verbose=0)

    failed = grown("predict", lambda: model.predict(x), 2000)
    failed |= grown("build, fit, delete", build_fit_delete, 200)
    sys.exit(failed)


if __name__ == "__main__":
    main()
