"""Figures as ratios, tables and a picture; the block of docs/performance.md that they make.

    python benchmarks/report.py              # prints the tables of benchmarks/figures.json
    python benchmarks/report.py --publish    # writes them into docs/, with a picture
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIGURES = HERE / "figures.json"
PAGE = HERE.parent / "docs" / "performance.md"
PICTURE = PAGE.with_suffix(".svg")
BEGIN, END = "<!-- figures of benchmarks/run.py -->", "<!-- end of the figures -->"
REFERENCE = "ours"
PAIRS = (("ours-jax", "keras3-jax"), ("ours-jax", "plain-jax"), ("ours-jax", "best-jax"),
         ("ours-tf", "keras3-tf"))


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def summary(rows, reference):
    """For each contender: the median, the ratio reference / contender, their spreads."""
    figures = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        figures[name] = {"median": statistics.median(values), "quartiles": quartiles(values)}
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
    text = f"{figure['median']:.3g}"
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


# What is kept


def kept(path):
    """What `merge` wrote so far."""
    if path.exists():
        return json.loads(path.read_text())
    return {"machine": {}, "versions": {}, "missing": {}, "results": {}}


def merge(path, results, versions, missing):
    """Put new results in the place of old ones of the same name."""
    figures = kept(path)
    figures["machine"] = machine()
    figures["versions"].update(versions)
    figures["results"].update(results)
    for job, result in results.items():  # reasons of another run
        for name in (job, *(f"{contender} ({job})" for contender in result["figures"])):
            figures["missing"].pop(name, None)
    figures["missing"].update({k: v for k, v in missing.items() if v})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")


# What is shown


def report(figures):
    """All tables of some figures, as Markdown."""
    where, results = figures["machine"], figures["results"]
    lines = ["{cpu}, {cores} cores, {system}, {date}.".format(**where),
             f"Medians; × is {REFERENCE} / contender (middle half of the rounds): below 1 "
             f"{REFERENCE} is faster, or smaller.", ""]
    units = dict.fromkeys(result["unit"] for result in results.values())
    for unit in units:
        group = {name: result for name, result in results.items() if result["unit"] == unit}
        names = dict.fromkeys(name for result in group.values() for name in result["figures"])
        lines += [table(group, list(names), REFERENCE, unit), ""]
    for one, other in PAIRS:
        ratios = [f"{name} ×{r['figures'][one]['median'] / r['figures'][other]['median']:.2f}"
                  for name, r in results.items() if {one, other} <= r["figures"].keys()]
        if ratios:
            lines += [f"{one} divided by {other}: {', '.join(ratios)}.", ""]
    told = "; ".join(f"{name}: " + ", ".join(f"{k} {v}" for k, v in versions.items())
                     for name, versions in figures["versions"].items())
    lines += [f"Versions: {told}.", ""]
    unwritten = {}  # contender -> jobs for which nobody wrote its program
    for name, reason in figures["missing"].items():
        contender, _, job = name.rstrip(")").partition(" (")
        if job and reason.startswith("ModuleNotFoundError: No module named"):
            unwritten.setdefault(contender, []).append(job)
        else:
            lines.append(f"Left out: {name}: {reason}")
    lines += [f"There is no program of {contender} for: {', '.join(jobs)}."
              for contender, jobs in unwritten.items()]
    return "\n".join(lines).strip()


def publish(figures):
    """Write the tables into docs/performance.md, and the picture beside it."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    picture(figures["results"])
    block = [BEGIN, f"![what each job takes]({PICTURE.name})", report(figures), END]
    PAGE.write_text(before + "\n\n".join(block) + after)


def picture(results):
    """Draw what each contender takes as a multiple of what ours takes, a line for each job."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "keras"})
    from matplotlib import pyplot

    jobs = [name for name, result in results.items() if REFERENCE in result["figures"]]
    names = dict.fromkeys(name for job in jobs for name in results[job]["figures"])
    figure, axes = pyplot.subplots(figsize=(9, 1.5 + 0.3 * len(jobs)))
    axes.axvline(1, color="black", linewidth=1, label=REFERENCE)
    for number, name in enumerate(n for n in names if n != REFERENCE):
        points = [(results[job]["figures"][name]["median"]
                   / results[job]["figures"][REFERENCE]["median"], row)
                  for row, job in enumerate(jobs) if name in results[job]["figures"]]
        axes.plot(*zip(*points), "osD^vPX<>p*"[number % 11], color=f"C{number % 10}", label=name,
                  alpha=0.8)
    axes.set_xscale("log")
    axes.set_xlabel(f"times what {REFERENCE} takes (right of the line: slower, or larger)")
    axes.set_yticks(range(len(jobs)), jobs)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(PICTURE, bbox_inches="tight", metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=FIGURES)
    parser.add_argument("--publish", action="store_true",
                        help="write the tables into docs/performance.md, and draw its picture")
    options = parser.parse_args()
    figures = kept(options.json)
    print(report(figures))
    if options.publish:
        publish(figures)


if __name__ == "__main__":
    main()
