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


def sentences():
    """A sentence for each that can be imported from here, which says what to do."""
    return [f"Keras {version} is installed in {folder} under the import name of keras-classic, and "
            f"each of them writes over files of the other: pip uninstall -y keras, then "
            f"pip install --force-reinstall --no-deps keras-classic (TensorFlow works without "
            f"Keras 3)." for version, folder in others(sys.path)]


def check():
    """Warn of other distributions that install a package `keras`."""
    for sentence in sentences():
        warnings.warn(sentence, stacklevel=3)
