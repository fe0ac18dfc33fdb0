"""Damaged model files: a clear error or a model, soon and in little memory; never a crash."""

import faulthandler
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from pathlib import Path

ROUNDS = 60  # bit flips of a file, and half as many groups swapped
SECONDS = 5  # of work
HANGING = 60  # by the clock
MEGABYTES = 200
SUFFIXES = (".h5", ".hdf5", ".json", ".keras")
STEP = 512  # a file is cut off at each multiple of it


def run(rounds, seed, files=None):
    """Damage each model file of a folder in many ways and load it.

    Arguments
        rounds: int, how many bits are flipped in a file, one at a time. Files are cut off at each
            512 bytes, but for fewer rounds than usual, at no more places than there are rounds.
        seed: int.
        files: Path of a folder; None for a few files made here.
    """
    with tempfile.TemporaryDirectory() as made:
        if files is None:
            files = Path(made)
            done = child("--make", files)
            assert done.returncode == 0, done.stderr
        found = sorted(path for path in files.rglob("*") if path.suffix in SUFFIXES)
        counts, broken, start = Counter(), [], 0
        while start < len(found):  # a child goes on with the next file where one crashed
            done = child(rounds, seed, *found[start:])
            told = [json.loads(line) for line in done.stdout.splitlines()]
            for counted, wrong in told:
                counts.update(counted)
                broken += wrong
            start += len(told)
            if start < len(found):
                broken.append(f"{found[start]}: the process ended with status {done.returncode}: "
                              f"{done.stderr[-1500:]}")
                start += 1
    assert not broken, "\n".join(broken[:20])
    return [f"{len(found)} files, {sum(counts.values())} damaged ones: "
            + ", ".join(f"{n} {kind}" for kind, n in counts.most_common())]


def child(*arguments):
    """This file run as a program."""
    return subprocess.run([sys.executable, __file__, *map(str, arguments)], text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1", "KERAS_QUIET": "1"},
                          capture_output=True)


# The process that loads


def make(folder):
    """A few model files of ours."""
    import numpy as np

    from keras import layers
    from keras.models import Sequential
    np.random.seed(1)
    model = Sequential([layers.Conv2D(2, 3, input_shape=(6, 6, 1)), layers.BatchNormalization(),
                        layers.Flatten(), layers.Dense(2)])
    model.compile("adam", "mse")
    model._function("train", (False,))
    model.save(folder / "a.h5")
    model.save(folder / "a.keras")
    with zipfile.ZipFile(folder / "a.keras") as stored, zipfile.ZipFile(
            folder / "packed.keras", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in stored.namelist():
            packed.writestr(name, stored.read(name))
    model.save_weights(folder / "w.h5")
    (folder / "a.json").write_text(model.to_json())


def damaged(path, rounds, chance):
    """(what was done, the bytes) of each damaged form of a file."""
    good = path.read_bytes()
    cuts = range(0, len(good), STEP)
    if rounds < ROUNDS:
        cuts = chance.sample(cuts, min(rounds, len(cuts)))
    for n in cuts:
        yield f"cut off at {n}", good[:n]
    for _ in range(rounds):
        data, flipped = bytearray(good), []
        for _ in range(chance.choice([1, 1, 1, 8])):
            place, bit = chance.randrange(len(data)), chance.randrange(8)
            data[place] ^= 1 << bit
            flipped.append((place, bit))
        yield f"bits flipped at {flipped}", bytes(data)
    if path.suffix in (".h5", ".hdf5"):
        for _ in range(rounds // 2):
            yield swapped(good, chance)


def swapped(good, chance):
    """An HDF5 file in which two parts of one group have changed places."""
    import io

    import h5py
    buffer, groups = io.BytesIO(good), []
    with h5py.File(buffer, "r+") as file:
        file.visititems(lambda name, one: groups.append(name) if isinstance(one, h5py.Group)
                        and len(one) > 1 else None)
        group = file[chance.choice(["/", *groups])] if len(file) > 1 else file[
            chance.choice(groups or ["/"])]
        names = sorted(group)
        if len(names) > 1:
            a, b = chance.sample(names, 2)
            group.move(a, "aside")
            group.move(b, a)
            group.move("aside", b)
    return f"{group} parts changed places", buffer.getvalue()


def loader(path):
    """What loads a file of the kind of this one, which is whole."""
    from keras.models import load_model, model_from_json
    from keras.saving.inspection import report

    def text():
        with open("damaged", encoding="utf-8", errors="replace") as file:
            model_from_json(file.read())

    def model():
        report("damaged")
        load_model("damaged")

    if path.suffix == ".json":
        return text
    try:
        load_model(path, compile=False)
    except ValueError:  # weights alone, or what needs the user's own classes
        return weights(path) or model
    return model


def weights(path):
    """What loads a file of weights; None for another one."""
    import fixture_files
    import h5py
    with h5py.File(path) as file:
        if "layer_names" not in file.attrs:
            return None
    bag = fixture_files.bag(path)

    def load():
        bag.load_weights("damaged")
        bag.load_weights("damaged", by_name=True, skip_mismatch=True)

    return load


def limit_memory(size):
    """Let this process take no more data than a file of that size may cost."""
    with open("/proc/self/status") as file:
        taken = next(int(line.split()[1]) << 10 for line in file if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, (taken + 3 * size + (MEGABYTES << 20), -1))


def judged(path, rounds, chance):
    """(how often each end came, what was wrong) of all damaged forms of a file."""
    from keras import backend as K
    load, counts, wrong = loader(path), Counter(), []
    limit_memory(path.stat().st_size)
    for what, data in damaged(path, rounds, chance):
        Path("damaged").write_bytes(data)
        start = time.process_time()
        faulthandler.dump_traceback_later(HANGING, exit=True)
        try:
            load()
            counts["loaded"] += 1
        except (OSError, ValueError) as error:
            counts["refused"] += 1
            if not str(error):
                wrong.append(f"{path.name}, {what}: an error without words: {error!r}")
        except BaseException as error:
            wrong.append(f"{path.name}, {what}: {error!r:.300}")
        faulthandler.cancel_dump_traceback_later()
        if time.process_time() - start > SECONDS:
            wrong.append(f"{path.name}, {what}: took {time.process_time() - start:.1f} s")
        K.clear_session()
    return counts, wrong


def main(rounds, seed, *paths):
    paths = [Path(path).resolve() for path in paths]
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for path in paths:
            chance = random.Random(f"{seed} {path.name}")
            print(json.dumps(judged(path, int(rounds), chance)), flush=True)
        os.chdir("/")


if __name__ == "__main__":
    if sys.argv[1] == "--make":
        make(Path(sys.argv[2]))
    else:
        main(*sys.argv[1:])
