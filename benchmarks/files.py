"""Time and memory of model files of VGG16's size beside plain h5py on the same arrays.

    python benchmarks/files.py [--rounds N] [--folder FOLDER]

Saving is writing new files and fsync, in either way; loading is from the page cache into new
arrays. The rounds alternate in order, and their medians count. The memory is that of processes of
their own: the most they took during the call, beyond what they had before it. FOLDER should be on
the disk that matters to you, KERAS_BACKEND chooses the engine.
"""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time


def vgg16():
    from keras.applications import VGG16
    return VGG16(weights=None)


def plain_save(path, arrays):
    import h5py
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    handle = os.open(path, os.O_RDWR)
    os.fsync(handle)
    os.close(handle)


def plain_load(path):
    import h5py
    with h5py.File(path, "r") as file:
        return {name: file[name][()] for name in file}


def told(what):
    """A figure that the system has of this process' memory, in megabytes."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(what))


def memory(kind, path):
    """Print the most megabytes that a call takes beyond what the process had before it."""
    from keras import backend as K
    from keras.models import load_model
    model = vgg16()
    actions = {"load_weights": lambda: model.load_weights(path),
               "load_weights again": lambda: model.load_weights(path),
               "load_model": lambda: load_model(path, None, False),
               "save": lambda: model.save(f"{path}.new"),
               "save .keras": lambda: model.save(f"{path}.new.keras")}
    K.eval(K.ones((2,)) * 2)
    if kind.startswith("save") or "again" in kind:
        model.load_weights(path)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    before = told("VmRSS")
    kept = actions[kind]()
    print(f"{told('VmHWM') - before:.0f}")
    del kept


def timed(action, *arguments):
    """Seconds that a call takes."""
    gc.collect()  # models are cycles: the memory of the one before is to be free
    start = time.perf_counter()
    kept = action(*arguments)
    seconds = time.perf_counter() - start
    del kept
    return seconds


def fresh(action, path, *arguments):
    """Seconds that writing a new file takes; it is gone afterwards."""
    seconds = timed(action, path, *arguments)
    os.unlink(path)
    return seconds


def measured(times, rounds, jobs):
    """Add the seconds of each round to `times`. Loading is not mixed with saving: on a virtual
    machine memory that was given back after a file was deleted can take a second to come again."""
    for n in range(rounds + 1):
        for name in list(jobs)[::-1 if n % 2 else 1]:
            seconds = jobs[name]()
            if n:  # the first round warms up
                times.setdefault(name, []).append(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder")
    parser.add_argument("--memory", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        return memory(*options.memory)
    from keras.models import load_model
    model = vgg16()
    arrays = {f"{i}": w for i, w in enumerate(model.get_weights())}
    times = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        ours, plain, new = (os.path.join(folder, name) for name in ("ours.h5", "plain.h5", "n.h5"))
        model.save(ours)
        plain_save(plain, arrays)
        measured(times, options.rounds, {
            "plain save": lambda: fresh(plain_save, new, arrays),
            "save": lambda: fresh(model.save, new)})
        measured(times, options.rounds, {
            "plain load": lambda: timed(plain_load, plain),
            "load_weights into a new model": lambda: timed(vgg16().load_weights, ours),
            "load_weights again": lambda: timed(model.load_weights, ours),
            "load_model": lambda: timed(load_model, ours, None, False)})
        peaks = {kind: subprocess.run([sys.executable, __file__, "--memory", kind, ours],
                                      capture_output=True, text=True, check=True).stdout.strip()
                 for kind in ("load_weights", "load_weights again", "load_model", "save",
                              "save .keras")}
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, seconds in medians.items():
        base = medians["plain save" if "save" in name else "plain load"]
        print(f"{name:32} {seconds:.2f} s  x{seconds / base:.2f}  "
              f"({min(times[name]):.2f}-{max(times[name]):.2f})")
    size = sum(array.nbytes for array in arrays.values()) / 2**20
    print(f"memory at most, in MB (the weights have {size:.0f}, the largest layer "
          f"{max(array.nbytes for array in arrays.values()) / 2**20:.0f}): "
          + ", ".join(f"{kind} {peak}" for kind, peak in peaks.items()))


if __name__ == "__main__":
    main()
