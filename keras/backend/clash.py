"""Another distribution under our import name: Keras 3, which TensorFlow asks pip for."""
import os
import re
import sys
import warnings

OTHER = re.compile(r"keras-(\d[^-]*)\.dist-info")  # ours is keras_classic-...


def others(path):
    """Pairs of version and folder, of the distributions named keras in the folders `path`."""
    found = {}
    for folder in path:
        try:
            names = os.listdir(folder or ".")
        except OSError:  # a zip file, or not there
            continue
        found.update(((name[1], folder), None) for name in map(OTHER.fullmatch, names) if name)
    return list(found)


def check():
    """Warn of other distributions that install a package `keras`, and say what to do."""
    for version, folder in others(sys.path):
        warnings.warn(
            f"Keras {version} is installed in {folder} under the import name of keras-classic, and "
            f"each of them writes over files of the other: pip uninstall -y keras, then "
            f"pip install --force-reinstall --no-deps keras-classic (TensorFlow works without "
            f"Keras 3).", stacklevel=3)
