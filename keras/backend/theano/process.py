"""What PyTensor has to be told before it is imported: `__init__` imports this first.

Settings that the user's PYTENSOR_FLAGS (or .pytensorrc) makes are kept. Compiled code lies in a
folder of the user's own, for who could write there could have any code run.
"""
import os
import tempfile
from pathlib import Path

from ... import config


def private(folder):
    """`folder`, made so that only the user can read and write it; a new one in its place that goes
    with the process where that cannot be."""
    folder = Path(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_uid == os.getuid() and os.access(folder, os.W_OK) and not folder.is_symlink():
            folder.chmod(0o700)
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="keras-theano-"))


def flags():
    """Our settings, name -> value, of those that the user has not made."""
    given = os.environ.get("PYTENSOR_FLAGS", "")
    # fast_compile: half the time until the first step, and as fast without compiled code.
    ours = {"floatX": config.floatx(), "traceback__limit": 0, "optimizer": "fast_compile"}
    if "compiledir" not in given:
        ours["base_compiledir"] = private(config.home() / "theano")
    return {name: value for name, value in ours.items() if name not in given}


os.environ["PYTENSOR_FLAGS"] = ",".join(
    [f"{name}={value}" for name, value in flags().items()]
    + ([os.environ["PYTENSOR_FLAGS"]] if os.environ.get("PYTENSOR_FLAGS") else []))
