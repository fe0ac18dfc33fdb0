"""Of several processes that train together, as torchrun starts them, the first writes the files."""
import os
import time

STARTED = time.time()
SECONDS = 600
seen = {}  # path -> the file that lay there when the last wait for it ended


def place():
    """(number of this process, how many there are)"""
    count = int(os.environ.get("WORLD_SIZE") or 1)
    return (int(os.environ.get("RANK") or 0), count) if count > 1 else (0, 1)


def wait_for(path):
    """Wait until the first process has written a file: one of this run, and another than lay there
    when the last wait for it ended.

    Raises
        TimeoutError: after KERAS_SAVE_SECONDS.
    """
    path = os.path.realpath(os.fsdecode(path))
    seconds = float(os.environ.get("KERAS_SAVE_SECONDS") or SECONDS)
    end = time.monotonic() + seconds
    while (found := _file(path)) in (None, seen.get(path)):
        if time.monotonic() > end:
            number, count = place()
            raise TimeoutError(
                f"this is process {number} of {count} (RANK, WORLD_SIZE), of which only process 0 "
                f"writes files; it has not written {path!r} within {seconds:g} seconds. Let it "
                f"save too, or wait longer: KERAS_SAVE_SECONDS. A file of this process alone is "
                f"written through an open h5py.File in place of the path.")
        time.sleep(0.02)
    seen[path] = found


def _file(path):
    """What tells a file from those before it; None if there is none of this run."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_mtime_ns) if found.st_mtime >= STARTED else None
