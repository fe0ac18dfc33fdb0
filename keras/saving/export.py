"""Models as files of other programs: the suffix of the path says whose."""
from .models import suffix
from .onnx import export_onnx

WRITERS = {".onnx": export_onnx}  # suffix -> function of (model, path, overwrite)


def export(model, filepath, overwrite=True):
    """Write what a model predicts; see `Network.export`."""
    kind = suffix(filepath)
    if kind not in WRITERS:
        raise ValueError(f"export: a path that ends in {' or '.join(WRITERS)} is expected; given "
                         f"{str(filepath)!r}. `save` writes what keras loads again.")
    WRITERS[kind](model, filepath, overwrite)
