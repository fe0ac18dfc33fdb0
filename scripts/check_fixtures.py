"""Runs what real Kerases left on ours: model files of every age, and input -> output pairs.

    python scripts/check_fixtures.py FOLDER [-v]

FOLDER holds model files with a MANIFEST.json that describes them, and cases in `keras-js/*.json`.
Prints `N passed, M failed, K skipped` and why; -v names what failed and what was skipped. The exit
status is 1 after failures.
"""

import argparse
import sys
import warnings
from collections import Counter
from pathlib import Path

import fixture_cases
import fixture_files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", action="store_true", help="name what failed and what was skipped")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # Keras 1 spellings
    counts, reasons = Counter(), Counter()
    for found in (fixture_cases.outcomes(options.folder / "keras-js"),
                  fixture_files.outcomes(options.folder)):
        for name, outcome in found:
            kind, _, reason = outcome.partition(": ")
            counts[kind] += 1
            reasons[reason.partition(": ")[0]] += kind == "skipped"
            if kind == "failed" or options.v and kind == "skipped":
                print(f"{name}: {outcome}", flush=True)
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    for reason, n in reasons.most_common():
        if n:
            print(f"    {n} skipped: {reason}")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
