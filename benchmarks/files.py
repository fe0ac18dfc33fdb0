"""Time and memory of model files of VGG16's size beside plain h5py on the same arrays.

    python benchmarks/files.py [--rounds N] [--folder FOLDER]

Saving is writing and fsync, loading is from the page cache; the medians of interleaved rounds, and
the most memory that loading took beyond the weights themselves. FOLDER should be on the disk that
matters to you.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

WIDTHS = (64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)


def vgg16():
    from keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
    from keras.models import Model
    x = inputs = Input((224, 224, 3))
    for widths in WIDTHS:
        for filters in widths:
            x = Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="zeros")(x)
        x = MaxPooling2D()(x)
    x = Flatten()(x)
    for units in (4096, 4096, 1000):
        x = Dense(units, kernel_initializer="zeros")(x)
    return Model(inputs, x)


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


def peak():
    """Megabytes, the most that this process ever had."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def now():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


def memory(path):
    """Print what loading weights takes beyond themselves, and what they take, in megabytes."""
    from keras import backend as K
    model = vgg16()
    K.eval(K.ones((2,)) * 2)
    before = now()
    model.load_weights(path)
    size = sum(K.count_params(w) for w in model.weights) * 4 / 2**20
    print(f"{peak() - before - size:.0f} {size:.0f}")


def timed(action, *arguments):
    """Seconds that a call takes."""
    start = time.perf_counter()
    kept = action(*arguments)
    seconds = time.perf_counter() - start
    del kept
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder")
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        return memory(options.memory)
    from keras.models import load_model
    model = vgg16()
    model.set_weights([w + 0.5 for w in model.get_weights()])
    arrays = {f"{i}": w for i, w in enumerate(model.get_weights())}
    times = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        ours, plain = os.path.join(folder, "ours.h5"), os.path.join(folder, "plain.h5")
        jobs = {"plain save": lambda: timed(plain_save, plain, arrays),
                "save": lambda: timed(model.save, ours),
                "plain load": lambda: timed(plain_load, plain),
                "load_weights into a new model": lambda: timed(vgg16().load_weights, ours),
                "load_model": lambda: timed(load_model, ours, None, False)}
        for _ in range(options.rounds):
            for name, job in jobs.items():
                times.setdefault(name, []).append(job())
        told = subprocess.run([sys.executable, __file__, "--memory", ours], capture_output=True,
                              text=True, check=True).stdout.split()
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, seconds in medians.items():
        base = medians["plain save" if "save" in name else "plain load"]
        print(f"{name:32} {seconds:.2f} s  x{seconds / base:.2f}")
    print(f"peak memory of load_weights: the weights ({told[1]} MB) and {told[0]} MB")


if __name__ == "__main__":
    main()
