"""Every example ends, with a result that the same network does not reach untrained.

An example ends with `result: NAME VALUE (with --quick at least BOUND)`, or `at most`. On torch
it is run twice, side by side: with `--quick`, and with `--quick --epochs 0`, which trains nothing.
"""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from keras.backend import engines

pytest.importorskip("sklearn", reason="data of the examples: extra [sklearn]")
pytest.importorskip("matplotlib", reason="the examples' pictures: extra [pictures]")

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
NOT_EXAMPLES = {"babi_stories", "pictures", "small_data"}
ELSEWHERE = {"digits_cnn"}  # tests/test_demo.py
NAMES = sorted({path.stem for path in EXAMPLES.glob("*.py")} - NOT_EXAMPLES)
RUN_HERE = [name for name in NAMES if name not in ELSEWHERE]
RESULT = re.compile(r"result: .+ (-?[\d.]+) \(with --quick (at least|at most) (-?[\d.]+)\)")
SECONDS = 300  # an example takes less than 20 on two free cores; a busy machine is no fault


def runs(engine):
    """The names run on it: all on torch, every third one on others, unless time is no matter."""
    if engine == "torch" or os.environ.get("KERAS_SLOW_TESTS") == "1":
        return RUN_HERE
    return RUN_HERE[::3]


def started(name, engine, folder, *arguments):
    """The process of an example that writes into `folder`."""
    folder.mkdir()
    env = {
        **os.environ,
        "KERAS_BACKEND": engine,
        "KERAS_HOME": str(folder),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), "--quick", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, env=env
    )


def result(process):
    """(whether it reaches the bound, the line that says so) of an example that ends well."""
    try:
        printed, complaints = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0, complaints
    assert "Warning" not in complaints, complaints
    last = printed.rstrip("\n").split("\n")[-1]
    found = RESULT.fullmatch(last)
    assert found, f"the last line is no result: {last!r}"
    value, sense, bound = float(found[1]), found[2], float(found[3])
    return value >= bound if sense == "at least" else value <= bound, last


@pytest.mark.parametrize(
    "engine, name", [(engine, name) for engine in engines.READY for name in runs(engine)]
)
def test_learns_what_it_says(engine, name, tmp_path):
    library = engines.LIBRARIES[engine]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    processes = [started(name, engine, tmp_path / "trained")]
    if engine == "torch":  # what chance reaches is the same on the others
        processes.append(started(name, engine, tmp_path / "untrained", "--epochs", "0"))
    try:
        ended = [result(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [reached for reached, _ in ended] == [True, False][: len(ended)], ended


def test_the_table_has_every_example():
    table = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[(\w+)\]\(\1\.py\)", table, flags=re.MULTILINE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_first_comment_says_what_one_must_know(name):
    about = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    text = about.loader.get_code(name).co_consts[0]
    missing = [word for word in ("Shows:", "Source:", "At full size:", "Data:") if word not in text]
    assert missing == []
    assert f"python {name}.py [" in text
