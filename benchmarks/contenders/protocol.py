"""The talk between `run.py` and a contender's process: lines on stdin, lines on stdout.

A contender first says `ready {json of its versions}`, or `absent reason`. Then, for each line
`run WORKLOAD STEPS`, it does so many steps and answers `seconds S`, or `failed reason`; for the
line `peak`, `megabytes M`, the most memory that it had so far. It ends when its stdin does. What
libraries print goes to stderr.
"""
import json
import os
import sys
import time
import traceback


def serve(versions, start):
    """Answer `run` lines. `start(workload)` returns a function of the number of steps."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    jobs = {}
    print("ready", json.dumps(versions()), file=answers)
    for line in sys.stdin:
        if line.strip() == "peak":
            print("megabytes", peak(), file=answers)
            continue
        _, name, steps = line.split()
        try:
            if name not in jobs:
                jobs[name] = start(name)
            begin = time.perf_counter()
            jobs[name](int(steps))
            print("seconds", time.perf_counter() - begin, file=answers)
        except Exception as error:
            traceback.print_exc()
            print("failed", f"{type(error).__name__}: {error}".replace("\n", " "), file=answers)


def peak():
    """The most megabytes that this process had in memory."""
    import resource  # not on Windows
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def absent(reason):
    print("absent", str(reason).replace("\n", " "), flush=True)
    sys.exit()
