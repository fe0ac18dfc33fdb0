"""Hostile model files: nothing is run, opened, fetched or written; a clear error comes, soon and in
little memory. The numbers T1... are those of the security contract.

All cases run in one child process that this file is the program of: an audit hook watches it, and
after each case its folder, the state of the process and its peak memory are compared.
"""

import json
import os
import resource
import subprocess
import sys
import time

import pytest
from hostile_files import CASES, code_text, public_names, saved, tree

MEGABYTES = 200
SECONDS = 5
FORBIDDEN = {"marshal.loads", "pickle.find_class", "exec", "compile", "subprocess.Popen",
             "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "socket.bind",
             "socket.getaddrinfo", "urllib.Request", "import", "os.putenv", "os.remove",
             "os.rename", "os.mkdir", "shutil.rmtree", "ctypes.dlopen", "os.chdir", "open"}


class Watch:
    """What an audit hook saw while it was on."""

    def __init__(self):
        self.on = False
        self.seen = []
        self.allowed = set()
        sys.addaudithook(self.hook)

    def hook(self, event, args):
        if not self.on or event not in FORBIDDEN or event in self.allowed:
            return
        if event == "open":
            path = os.fsdecode(args[0]) if isinstance(args[0], (str, bytes)) else ""
            if "canary" not in path and "marker" not in path and "/etc" not in path:
                return
        if event == "import" and args[0] in sys.modules:
            return
        self.seen.append(f"{event} {str(args)[:200]}")


def state():
    import numpy as np

    from keras import backend as K
    from keras.utils import get_custom_objects
    name, keys, *rest = np.random.get_state()
    return (K.floatx(), K.image_data_format(), K.epsilon(), K.backend(), dict(os.environ),
            os.getcwd(), list(sys.path), dict(get_custom_objects()), name, keys.tolist(), rest)


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def judged(attack, expected, watch, allowed):
    """What is wrong with how an attack ended; '' if nothing is."""
    before, files, peak, start = state(), tree(), memory(), time.process_time()
    watch.seen, watch.allowed, watch.on = [], allowed, True
    try:
        attack()
        ended = "no error came" if expected else ""
    except BaseException as error:
        ended = "" if isinstance(error, expected) and str(error) else f"it raised {error!r:.500}"
    finally:
        watch.on = False
    if watch.seen:
        ended += f"; events: {watch.seen[:3]}"
    if state() != before:
        ended += "; the state of the process changed"
    if tree() != files:
        ended += "; files changed"
    if memory() - peak > MEGABYTES:
        ended += f"; it took {memory() - peak:.0f} MB"
    if time.process_time() - start > SECONDS:
        ended += f"; it took {time.process_time() - start:.1f} s"
    return ended


def warm_up():
    """Import and run once what honest loads import and run."""
    import io
    import warnings
    import zipfile  # noqa: F401

    import h5py
    import yaml

    import keras
    from keras.models import load_model, model_from_json, model_from_yaml
    keras.wrappers.scikit_learn  # noqa: B018, imports scikit-learn, which sets variables
    code_text()
    code_text(False)
    public_names()
    with h5py.File("canary.h5", "w") as f:
        f["d"] = [[1.0] * 10] * 10
    with open("canary", "w") as f:
        f.write("x" * 1000)
    model = load_model(saved())
    model.predict([[0.0] * 10])
    model.train_on_batch([[0.0] * 10], [[0.0] * 10])
    model.save("good.keras")
    load_model("good.keras")
    model_from_yaml(model.to_yaml())
    model_from_json(model.to_json())
    for attempt in (lambda: model_from_json("{"), lambda: load_model("canary"),
                    lambda: load_model(io.BytesIO(b"x")), lambda: yaml.safe_load("!!x y")):
        try:
            attempt()
        except Exception as error:
            str(error)
    for function, *_ in CASES.values():  # their own imports
        names = function.__code__.co_names
        if "pickle" in names:
            import pickle  # noqa: F401
    warnings.simplefilter("error")


def child(names):
    warm_up()
    watch = Watch()
    for name in names:
        function, expected, allowed = CASES[name]
        wrong = []
        if not expected:
            more = {"exec", "compile", "import", "marshal.loads"} if name.startswith("t5") else {
                "os.remove"}
            wrong.append(judged(function, (), watch, allowed | more))
        for i, attack in enumerate(function() if expected else ()):
            ended = judged(attack, expected, watch, allowed)
            wrong.append(f"number {i}: {ended}" if ended else "")
        print("RESULT", json.dumps([name, [w for w in wrong if w]]), flush=True)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sandbox")
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = {**os.environ, "PYTHONPATH": root, "PYTHONFAULTHANDLER": "1"}
    done = subprocess.run([sys.executable, os.path.abspath(__file__), *CASES], cwd=folder,
                          env=environment, capture_output=True, text=True, timeout=300)
    found = dict(json.loads(line[7:]) for line in done.stdout.splitlines()
                 if line.startswith("RESULT "))
    assert not os.path.exists(folder / "marker")
    return found, done


@pytest.mark.parametrize("name", CASES)
def test_hostile(name, results):
    found, done = results
    if name not in found:
        pytest.fail(f"the child ended before it (status {done.returncode}): {done.stderr[-3000:]}")
    assert not found[name], "\n".join(found[name][:8])


def test_consent_runs_the_code_of_this_python(tmp_path):
    """The other side: with consent a Lambda of this very Python comes back."""
    import numpy as np

    from keras.layers import Lambda
    from keras.models import Sequential, load_model
    model = Sequential([Lambda(lambda x, n=3: n * x, input_shape=(2,), name="three")])
    model.save(tmp_path / "a.h5")
    with pytest.raises(ValueError, match=r"custom_objects=\{'three': function\}"):
        load_model(tmp_path / "a.h5", compile=False)
    again = load_model(tmp_path / "a.h5", compile=False, safe_mode=False)
    assert again.predict(np.ones((1, 2))).tolist() == [[3, 3]]
    again = load_model(tmp_path / "a.h5", {"three": lambda x: 5 * x}, compile=False)
    assert again.predict(np.ones((1, 2))).tolist() == [[5, 5]]


if __name__ == "__main__":
    child(sys.argv[1:])
