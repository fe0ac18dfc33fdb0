"""Trainings are killed at random points and go on: each ends as if it had not been killed."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 50
KINDS = ("arrays", "blocks", "sequence", "hooks")
PROGRAM = Path(__file__).parents[2] / "tests" / "resumable.py"


def run(rounds, seed, files=None):
    """Kill that many trainings. KERAS_BACKEND chooses the engine.

    Arguments
        rounds: int, shared among the kinds of training.
        seed: int, of the moments.
        files: not used.
    """
    told = []
    with tempfile.TemporaryDirectory() as folder:
        for i, kind in enumerate(KINDS):
            share = (rounds + len(KINDS) - 1 - i) // len(KINDS)
            command = [sys.executable, PROGRAM, kind, str(share), str(seed + i), folder]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
            told += done.stdout.splitlines()
    return told
