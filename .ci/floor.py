"""Runs the acceptance scripts of a folder and compares what passes with what passed before.

    python floor.py FOLDER [--raise]

The floors lie beside this file in `floor.json`: how many checks of each script must pass. A number
below its floor makes the exit status 1. `--raise` writes higher numbers as the new floors.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

FLOORS = Path(__file__).with_name("floor.json")

SCRIPTS = Path(__file__).parents[1] / "scripts"


def runs(folder):
    """Name in floor.json -> script, its arguments, seconds it may take in all."""
    return {
        "check_api": (folder / "check_api.py", [], 300),
        "check_names": (folder / "check_names.py", [], 120),
        "snippets": (
            folder / "run_snippets.py",
            ["-v", "--jobs", "2", "--timeout", "120"],
            2100,
        ),
        # The functions of keras.backend; all snippets on each engine would take too long.
        **{
            f"snippets on {engine}": (
                folder / "run_snippets.py",
                ["-v", "--jobs", "2", "--timeout", "120", "-k", "k_"],
                400,
            )
            for engine in ("jax", "tensorflow", "theano")
        },
        "fixtures": (SCRIPTS / "check_fixtures.py", [str(folder.parent / "fixtures")], 120),
    }


def output_of(script, arguments, seconds, engine):
    """Text that the script printed, up to the moment when its time was over."""
    command = [sys.executable, str(script), *arguments]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "KERAS_BACKEND": engine},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as late:
        text = (late.stdout or b"").decode("utf-8", "replace")
        return f"{text}\n(stopped: it took longer than {seconds} s)\n"
    return done.stdout + done.stderr


def counts(text):
    """(passed, failed) of the last row 'N passed, M failed'; without one, of the rows so far."""
    rows = re.findall(r"^(\d+) passed, (\d+) failed", text, flags=re.MULTILINE)
    if rows:
        return tuple(map(int, rows[-1]))
    return tuple(len(re.findall(f"^{word} ", text, flags=re.MULTILINE)) for word in ("ok", "FAIL"))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--raise", dest="raises", action="store_true")
    options = options.parse_args()

    floors = json.loads(FLOORS.read_text())
    fallen = []
    for name, (script, arguments, seconds) in runs(options.folder).items():
        _, _, engine = name.partition(" on ")
        engine = engine or os.environ.get("KERAS_BACKEND", "torch")
        text = output_of(script, arguments, seconds, engine)
        passed, failed = counts(text)
        total = passed + failed
        print(f"{name}: {passed} of {total} pass, the floor is {floors[name]}", flush=True)
        if passed < floors[name]:
            fallen.append(name)
            print("".join(f"    {row}\n" for row in text.splitlines()[-60:]), end="")
        if options.raises:
            floors[name] = max(floors[name], passed)
    if options.raises:
        FLOORS.write_text(json.dumps(floors, indent=2) + "\n")
    if fallen:
        print(f"fewer pass than before: {', '.join(fallen)}. Mend what broke; floors only go up.")
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
