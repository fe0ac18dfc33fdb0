"""Speed of our package beside Keras 3, tf_keras and hand-written torch programs.

    python benchmarks/run.py
    python benchmarks/run.py --workloads tiny mnist_mlp --rounds 15 --peers PYTHON
    python benchmarks/run.py --contenders ours plain best --json figures.json

Every contender lives in a process of its own. After a warm-up the rounds are interleaved: in each,
every contender does the same few steps once, and who begins changes, so that a slow minute of the
machine hits all alike. Figures are medians over rounds, ratios medians of each round's ratio, in
brackets the middle half of the rounds. On Linux a round in which other programs used the processor
is thrown away and repeated.
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from workloads import WORKLOADS

HERE = Path(__file__).resolve().parent
ATTEMPTS_PER_ROUND = 4
SECONDS_AFTER_DISTURBANCE = 2


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
    Contender("plain", "own", "torch_programs.py", "plain"),
    Contender("best", "own", "torch_programs.py", "best"),
    Contender("plain-jax", "own", "jax_programs.py", "plain_jax"),
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
            # The second call finds what the first has only compiled for its own number of steps.
            process.milliseconds_per_step(workload.name, steps)
            able.append(process)
        except Absent as reason:
            missing[f"{process.name} ({workload.name})"] = str(reason)
    return able


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def summary(rows, reference):
    """For each contender: median ms per step, ratio reference / contender, their spreads."""
    figures = {}
    for name in rows[0]:
        times = [row[name] for row in rows]
        figures[name] = {"ms": statistics.median(times), "ms_quartiles": quartiles(times)}
        if reference in rows[0]:
            ratios = [row[reference] / row[name] for row in rows]
            figures[name].update(ratio=statistics.median(ratios), ratio_quartiles=quartiles(ratios))
    return figures


def table(results, names, reference, unit="ms per step"):
    """Markdown: a line for each workload, a column for each contender."""
    lines = [f"| {unit} | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for workload, result in results.items():
        cells = []
        for name in names:
            figure = result["figures"].get(name)
            cells.append(cell(figure, name, reference) if figure else "")
        lines.append(f"| {workload} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(figure, name, reference):
    text = f"{figure['ms']:.3g}"
    if name != reference and "ratio" in figure:
        low, high = figure["ratio_quartiles"]
        text += f" ×{figure['ratio']:.2f} ({low:.2f}-{high:.2f})"
    return text


def machine():
    model = platform.processor() or platform.machine()
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.platform(),
            "date": datetime.date.today().isoformat()}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [contender.name for contender in CONTENDERS]
    parser.add_argument("--workloads", nargs="+", default=list(WORKLOADS), choices=list(WORKLOADS))
    parser.add_argument("--contenders", nargs="+", default=names, choices=names)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, help="of one round (default: the workload's own)")
    parser.add_argument("--python", default=sys.executable, help="one with our package and torch")
    parser.add_argument("--peers", help="python of an environment with Keras 3, jax, tensorflow, "
                                        "torch and tf_keras")
    parser.add_argument("--disturbance", type=float, default=0.15,
                        help="share of a core that other programs may use in a round that counts")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--log", type=Path, help="what the contenders print (default: thrown away)")
    return parser.parse_args()


def main():
    options = arguments()
    pythons = {"own": options.python, "peers": options.peers}
    results = {}
    with tempfile.TemporaryDirectory() as settings, open(options.log or os.devnull, "w") as log:
        processes, missing = started(options.contenders, pythons, settings, log)
        reference = "ours" if any(p.name == "ours" for p in processes) else "plain"
        for name in options.workloads:
            steps = options.steps or WORKLOADS[name].steps
            able = warmed_up(processes, WORKLOADS[name], steps, missing)
            if not able:
                continue
            try:
                rows, disturbed = measured(able, name, steps, options.rounds,
                                           options.disturbance)
            except Absent as reason:
                missing[name] = f"a contender stopped in the middle: {reason}"
                continue
            if not rows:
                missing[name] = f"not one of {disturbed} rounds was undisturbed"
                continue
            results[name] = {"steps": steps, "rounds": len(rows), "disturbed": disturbed,
                             "figures": summary(rows, reference), "rows": rows}
            line = table({name: results[name]}, [p.name for p in processes], reference)
            print(f"{name}: {len(rows)} rounds of {steps} steps, {disturbed} more were disturbed\n"
                  f"{line}", file=sys.stderr, flush=True)
        versions = {process.name: process.versions for process in processes}
        names = [process.name for process in processes]
        for process in processes:
            process.end()
    report(results, names, reference, missing, versions, options.json)


def report(results, names, reference, missing, versions, path):
    where = machine()
    print(f"{where['cpu']}, {where['cores']} cores, {where['date']}. Median ms per step; "
          f"× is {reference} / contender (middle half of the rounds), so below 1 {reference} is "
          "faster.\n")
    print(table(results, names, reference))
    for name, reason in missing.items():
        print(f"\nleft out: {name}: {reason}")
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": where, "versions": versions, "missing": missing,
                                    "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
