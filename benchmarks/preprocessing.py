"""Speed of image and text preprocessing beside keras-preprocessing 1.1.2, in one thread: what one
worker does.

    python -m venv peer && peer/bin/pip install keras-preprocessing==1.1.2 pillow scipy pandas
    python benchmarks/preprocessing.py --peer peer/bin/python
    python benchmarks/preprocessing.py --peer peer/bin/python --jobs flips_32x32 --rounds 5

Rounds are interleaved as by `run.py`; figures are ms per batch of 32 images, or per 2,000 texts of
200 words.
"""
import argparse
import os
import sys
import tempfile

from report import machine, summary, table
from run import Absent, Contender, Process, measured

JOBS = {  # name -> steps in a round
    "flips_32x32": 80, "geometry_32x32": 16, "geometry_224x224": 2, "colours_32x32": 32,
    "samplewise_32x32": 80, "jpeg_folder": 8, "jpeg_folder_geometry": 2,
    "fit_on_texts": 1, "texts_to_sequences": 2, "texts_to_tfidf": 1, "characters": 2,
}
SCRIPT = "preprocessing_script.py"


def started(options, settings, log):
    """Our process and the peer's."""
    for name, argument, python in (("ours", "keras", sys.executable),
                                   ("keras-preprocessing", "keras_preprocessing", options.peer)):
        kind = "own" if name == "ours" else "peers"
        yield Process(Contender(name, kind, SCRIPT, argument), python, settings, log)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="python that has keras-preprocessing")
    parser.add_argument("--jobs", nargs="+", default=list(JOBS), choices=list(JOBS))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--disturbance", type=float, default=0.15,
                        help="share of a core that other programs may use in a round that counts")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    results = {}
    with tempfile.TemporaryDirectory() as settings, open(os.devnull, "w") as log:
        try:
            processes = list(started(options, settings, log))
        except Absent as reason:
            sys.exit(f"a contender is missing: {reason}")
        for job in options.jobs:
            for process in processes:
                process.milliseconds_per_step(job, JOBS[job])  # warms up
            rows, disturbed = measured(processes, job, JOBS[job], options.rounds,
                                       options.disturbance)
            if rows:
                results[job] = {"figures": summary(rows, "ours")}
            print(f"{job}: {len(rows)} rounds, {disturbed} more were disturbed", file=sys.stderr)
        names, versions = [p.name for p in processes], [p.versions for p in processes]
        for process in processes:
            process.end()
    where = machine()
    print(f"{where['cpu']}, {where['cores']} cores, {where['date']}; {versions}. Median ms; × is "
          f"ours / keras-preprocessing (middle half of the rounds), so below 1 ours is faster.\n")
    print(table(results, names, "ours"))


if __name__ == "__main__":
    main()
