"""Seconds from the start of a process to its first trained epoch: import, build, compile, fit.

    python benchmarks/first_epoch.py
    python benchmarks/first_epoch.py --peers PYTHON --workloads tiny mnist_cnn --rounds 5

In each round every contender of `run.py` is started once for each workload, makes one epoch (the
steps of a round where an epoch has more), and ends. Who begins changes. Medians over rounds, with
what `run.py` says about ratios.
"""
import argparse
import os
import sys
import tempfile
import time

from run import CONTENDERS, Absent, Process, machine, summary, table
from workloads import WORKLOADS


def seconds(contender, python, workload, log):
    """Seconds of one process that makes one epoch."""
    with tempfile.TemporaryDirectory() as settings:
        begin = time.perf_counter()
        process = Process(contender, python, settings, log)
        try:
            process.milliseconds_per_step(workload.name,
                                          min(workload.steps, workload.steps_per_epoch))
            return time.perf_counter() - begin
        finally:
            process.end()


def measured(contenders, pythons, workload, rounds, log):
    """Rows of seconds by contender, and why some are missing."""
    rows, missing = [], {}
    for turn in range(rounds):
        row = {}
        first = turn % len(contenders)
        for contender in contenders[first:] + contenders[:first]:
            if contender.name not in missing:
                try:
                    row[contender.name] = seconds(contender, pythons[contender.python], workload,
                                                  log)
                except Absent as reason:
                    missing[contender.name] = str(reason)
        rows.append(row)
    return [{name: t for name, t in row.items() if name not in missing} for row in rows], missing


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [contender.name for contender in CONTENDERS]
    parser.add_argument("--workloads", nargs="+", default=list(WORKLOADS), choices=list(WORKLOADS))
    parser.add_argument("--contenders", nargs="+", default=names, choices=names)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default=sys.executable, help="as of run.py")
    parser.add_argument("--peers", help="as of run.py")
    options = parser.parse_args()
    pythons = {"own": options.python, "peers": options.peers}
    contenders = [c for c in CONTENDERS if c.name in options.contenders and pythons[c.python]]
    results, missing = {}, {}
    with open(os.devnull, "w") as log:
        for name in options.workloads:
            rows, absent = measured(contenders, pythons, WORKLOADS[name], options.rounds, log)
            missing.update((f"{who} ({name})", reason) for who, reason in absent.items())
            results[name] = {"figures": summary(rows, contenders[0].name)}
    where = machine()
    print(f"{where['cpu']}, {where['cores']} cores, {where['date']}. Median seconds from the start "
          f"of a process to its first trained epoch; × is {contenders[0].name} / contender.\n")
    print(table(results, [c.name for c in contenders], contenders[0].name, "s"))
    for name, reason in missing.items():
        print(f"\nleft out: {name}: {reason}")


if __name__ == "__main__":
    main()
