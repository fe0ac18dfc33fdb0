"""Speed of our package beside Keras 3, tf_keras and hand-written programs: the whole table.

    python benchmarks/run.py --peers PYTHON                 # everything, 20 minutes on 2 cores
    python benchmarks/run.py --peers PYTHON --quick         # a try: one round of few steps
    python benchmarks/run.py --peers PYTHON --jobs tiny start_mnist_cnn    # these again
    python benchmarks/run.py --peers PYTHON --resume        # what benchmarks/figures.json lacks
    python benchmarks/report.py --publish                   # its figures into docs/performance.md

Every contender lives in a process of its own. After a warm-up the rounds are interleaved: in each,
every contender does the same few steps once, and who begins changes, so that a slow minute of the
machine hits all alike. Figures are medians over rounds, ratios medians of each round's ratio, in
brackets the middle half of the rounds. On Linux a round in which other programs used the processor
is thrown away and repeated. A job `start_X` starts each contender anew in each round: seconds until
the library is imported, until one epoch of workload X is trained, and the most memory after more.
What is measured comes into benchmarks/figures.json, job by job, beside what is there.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from report import FIGURES, REFERENCE, kept, merge, report, summary, table
from workloads import WORKLOADS

HERE = Path(__file__).resolve().parent
ATTEMPTS_PER_ROUND = 4
SECONDS_AFTER_DISTURBANCE = 2
STARTS = tuple(f"start_{name}" for name in ("tiny", "mnist_mlp", "mnist_cnn", "imdb_lstm"))
START_ROUNDS = 2


@dataclass(frozen=True)
class Contender:
    """How to start one: which python, which script with which argument, which engine."""
    name: str
    python: str
    script: str
    argument: str
    engine: str = ""


CONTENDERS = (
    Contender("ours", "own", "keras_script.py", "keras", "torch"),
    Contender("ours-jax", "own", "keras_script.py", "keras", "jax"),
    Contender("ours-tf", "own", "keras_script.py", "keras", "tensorflow"),
    Contender("ours-theano", "own", "keras_script.py", "keras", "theano"),
    Contender("plain", "own", "torch_programs.py", "plain"),
    Contender("best", "own", "torch_programs.py", "best"),
    Contender("plain-jax", "own", "jax_programs.py", "plain_jax"),
    Contender("best-jax", "own", "jax_programs.py", "best_jax"),
    Contender("keras3-jax", "peers", "keras_script.py", "keras", "jax"),
    Contender("keras3-tf", "peers", "keras_script.py", "keras", "tensorflow"),
    Contender("keras3-torch", "peers", "keras_script.py", "keras", "torch"),
    Contender("tf_keras", "peers", "keras_script.py", "tf_keras"),
)


class Process:
    """A running contender, see `contenders/protocol.py`."""

    def __init__(self, contender, python, settings, log):
        self.name = contender.name
        environment = {**os.environ, "KERAS_HOME": settings}
        environment.pop("PYTHONPATH", None)
        environment.pop("KERAS_BACKEND", None)
        if contender.engine:
            environment["KERAS_BACKEND"] = contender.engine
        if contender.python == "own":
            environment["PYTHONPATH"] = str(HERE.parent)
        self.child = subprocess.Popen(
            [python, str(HERE / "contenders" / contender.script), contender.argument],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        word, self.versions = self.answer()
        if word != "ready":
            raise Absent(self.versions)
        self.versions = json.loads(self.versions)

    def answer(self):
        line = self.child.stdout.readline()
        if not line:
            raise Absent(f"its process ended with status {self.child.wait()}")
        word, _, rest = line.strip().partition(" ")
        return word, rest

    def milliseconds_per_step(self, workload, steps):
        try:
            print("run", workload, steps, file=self.child.stdin, flush=True)
        except BrokenPipeError:
            raise Absent("its process has ended") from None
        word, rest = self.answer()
        if word != "seconds":
            raise Absent(rest)
        return float(rest) / steps * 1e3

    def peak_megabytes(self):
        print("peak", file=self.child.stdin, flush=True)
        return float(self.answer()[1])

    def end(self):
        self.child.stdin.close()
        self.child.wait()


class Absent(Exception):
    """A contender cannot take part; the message says why."""


def started(names, pythons, settings, log):
    """The processes that could be started, and the reasons of the others."""
    running = []
    missing = {}
    for contender in CONTENDERS:
        if contender.name not in names:
            continue
        if not pythons[contender.python]:
            missing[contender.name] = "no --peers given"
            continue
        try:
            running.append(Process(contender, pythons[contender.python], settings, log))
        except (Absent, OSError) as reason:
            missing[contender.name] = str(reason)
    return running, missing


def busy_seconds(processes):
    """Processor seconds that programs other than ours have used since the machine started."""
    ticks = os.sysconf("SC_CLK_TCK")
    with open("/proc/stat") as stat:
        user, nice, system, _, _, irq, soft, steal = stat.readline().split()[1:9]
    total = sum(map(int, (user, nice, system, irq, soft, steal))) / ticks
    for pid in [os.getpid(), *(process.child.pid for process in processes)]:
        with open(f"/proc/{pid}/stat") as stat:
            # After the name in brackets: state is field 3, utime and stime are 14 and 15.
            fields = stat.read().rpartition(")")[2].split()
        total -= (int(fields[11]) + int(fields[12])) / ticks
    return total


def measured_round(processes, workload, steps):
    """ms per step of every contender, and the share of a core that other programs used."""
    watched = sys.platform == "linux"
    before = busy_seconds(processes) if watched else 0
    begin = time.perf_counter()
    row = {p.name: p.milliseconds_per_step(workload, steps) for p in processes}
    elapsed = time.perf_counter() - begin
    after = busy_seconds(processes) if watched else 0
    return row, (after - before) / elapsed


def measured(processes, workload, steps, rounds, tolerated):
    """`rounds` undisturbed rows, or fewer, and the number of disturbed ones."""
    rows = []
    disturbed = 0
    while len(rows) < rounds and len(rows) + disturbed < ATTEMPTS_PER_ROUND * rounds:
        turn = (len(rows) + disturbed) % len(processes)
        row, disturbance = measured_round(processes[turn:] + processes[:turn], workload, steps)
        if disturbance <= tolerated:
            rows.append(row)
        else:
            disturbed += 1
            time.sleep(SECONDS_AFTER_DISTURBANCE)
    return rows, disturbed


def warmed_up(processes, workload, steps, missing):
    """The processes that can do `workload`."""
    able = []
    for process in processes:
        try:
            process.milliseconds_per_step(workload.name, workload.warmup)
            if steps != workload.warmup:  # some compile for a number of steps
                process.milliseconds_per_step(workload.name, steps)
            able.append(process)
        except Absent as reason:
            missing[f"{process.name} ({workload.name})"] = str(reason)
    return able


def stepped(job, processes, options, missing):
    """The results of a workload: {name: result}."""
    workload = WORKLOADS[job]
    steps = 1 if options.quick else workload.steps
    able = warmed_up(processes, workload, steps, missing)
    if not able:
        return {}
    rows, disturbed = measured(able, job, steps, options.rounds or workload.rounds,
                               options.disturbance)
    if not rows:
        missing[job] = f"not one of {disturbed} rounds was undisturbed"
        return {}
    if workload.unit == "s":
        rows = [{name: ms / 1e3 for name, ms in row.items()} for row in rows]
    return {job: {"unit": workload.unit, "steps": steps, "rounds": len(rows),
                  "disturbed": disturbed, "figures": summary(rows, REFERENCE)}}


# Processes that start anew


def first_epoch(contender, python, workload, log):
    """Seconds until the libraries are there, seconds until one epoch is trained (the steps of a
    round where an epoch has more), and the most megabytes after two rounds more."""
    with tempfile.TemporaryDirectory() as settings:
        begin = time.perf_counter()
        process = Process(contender, python, settings, log)
        try:
            imported = time.perf_counter() - begin
            process.milliseconds_per_step(workload.name,
                                          min(workload.steps, workload.steps_per_epoch))
            trained = time.perf_counter() - begin
            for _ in range(2):
                process.milliseconds_per_step(workload.name, workload.steps)
            return imported, trained, process.peak_megabytes()
        finally:
            process.end()


def started_anew(job, contenders, pythons, options, missing, log):
    """The results of a job `start_X`, as `stepped` gives them."""
    workload = WORKLOADS[job.removeprefix("start_")]
    contenders, rows = list(contenders), []
    for turn in range(options.rounds or START_ROUNDS):
        row = {}
        first = turn % len(contenders)
        for contender in contenders[first:] + contenders[:first]:
            try:
                row[contender.name] = first_epoch(contender, pythons[contender.python], workload,
                                                  log)
            except (Absent, OSError) as reason:
                missing[f"{contender.name} ({job})"] = str(reason)
        contenders = [c for c in contenders if c.name in row]
        rows.append(row)
    names = [contender.name for contender in contenders]
    if not names:
        return {}
    kinds = (f"{job}, import", "s"), (job, "s"), (f"{job}, memory", "MB")
    return {name: {"unit": unit, "rounds": len(rows), "figures": summary(
                [{who: row[who][i] for who in names} for row in rows], REFERENCE)}
            for i, (name, unit) in enumerate(kinds)}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [contender.name for contender in CONTENDERS]
    jobs = [*WORKLOADS, *STARTS]
    parser.add_argument("--jobs", "--workloads", nargs="+", default=jobs, choices=jobs)
    parser.add_argument("--contenders", nargs="+", default=names, choices=names)
    parser.add_argument("--rounds", type=int, help="default: each job's own, 2 to 5")
    parser.add_argument("--quick", action="store_true", help="one round, one step in it")
    parser.add_argument("--resume", action="store_true", help="leave out jobs that have figures")
    parser.add_argument("--python", default=sys.executable, help="one with our package and torch")
    parser.add_argument("--peers", help="python of an environment with Keras 3, jax, tensorflow, "
                                        "torch and tf_keras")
    parser.add_argument("--disturbance", type=float, default=0.15,
                        help="share of a core that other programs may use in a round that counts")
    parser.add_argument("--json", type=Path, default=FIGURES,
                        help="where the figures are kept (default: benchmarks/figures.json)")
    parser.add_argument("--log", type=Path, help="what the contenders print (default: thrown away)")
    options = parser.parse_args()
    if options.quick:
        options.rounds = options.rounds or 1
    return options


def main():
    options = arguments()
    pythons = {"own": options.python, "peers": options.peers}
    jobs = [job for job in options.jobs
            if not (options.resume and job in kept(options.json)["results"])]
    with tempfile.TemporaryDirectory() as settings, open(options.log or os.devnull, "w") as log:
        processes, missing = started(options.contenders, pythons, settings, log)
        present = {process.name for process in processes}
        versions = {process.name: process.versions for process in processes}
        merge(options.json, {}, versions, missing)
        anew = [job for job in jobs if job in STARTS]
        for job in [job for job in jobs if job not in STARTS] + anew:
            if job == (anew or [None])[0]:
                end(processes)  # they would hold memory and threads beside those that start
            missing = {}
            try:
                if job in STARTS:
                    contenders = [c for c in CONTENDERS if c.name in present]
                    results = started_anew(job, contenders, pythons, options, missing, log)
                else:
                    results = stepped(job, processes, options, missing)
            except Absent as reason:
                results, missing[job] = {}, f"a contender stopped in the middle: {reason}"
            merge(options.json, results, versions, missing)
            for name, result in results.items():
                print(table({name: result}, list(result["figures"]), REFERENCE, result["unit"]),
                      file=sys.stderr, flush=True)
        end(processes)
    print(report(kept(options.json)))


def end(processes):
    """End processes and forget them."""
    while processes:
        processes.pop().end()


if __name__ == "__main__":
    main()
