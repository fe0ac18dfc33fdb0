"""The hand-written jax program as a contender: `jax_programs.py plain_jax`."""
import importlib
import platform
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from protocol import absent, serve  # noqa: E402

try:
    import jax
except ImportError as error:
    absent(error)

KIND = sys.argv[1]


def versions():
    return {"python": platform.python_version(), "jax": jax.__version__}


def start(name):
    return importlib.import_module(f"{KIND}.{name}").setup().steps


if __name__ == "__main__":
    serve(versions, start)
