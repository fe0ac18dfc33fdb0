"""python -m soaks [NAME ...] [--rounds N] [--seed N] [--files FOLDER]"""

import argparse
import importlib
import pkgutil
import sys
import time
from pathlib import Path

import soaks


def main():
    names = [one.name for one in pkgutil.iter_modules(soaks.__path__) if one.name != "__main__"]
    parser = argparse.ArgumentParser("soak", description="Long trials with random faults.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, help="how many; else as many as a whole run takes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=Path, help="folder of model files, where one is needed")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"{', '.join(unknown)}: the names are {', '.join(names)}")
    failed = False
    for name in options.names or names:
        module, start = importlib.import_module(f"soaks.{name}"), time.monotonic()
        rounds = options.rounds or module.ROUNDS
        try:
            told = module.run(rounds, options.seed, options.files)
        except AssertionError as error:
            told, failed = [f"FAILED: {error}"], True
        print(f"{name}, seed {options.seed}, {time.monotonic() - start:.0f} s", flush=True)
        print("".join(f"    {line}\n" for line in told), end="", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
