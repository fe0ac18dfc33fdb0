"""Models as files of other programs: the suffix of the path says whose."""
from .models import suffix
from .onnx import export_onnx
from .saved_model import export_saved_model


def export(model, filepath, overwrite=True):
    """Write what a model predicts; see `Network.export`."""
    kind = suffix(filepath)
    if kind == ".onnx":
        export_onnx(model, filepath, overwrite)
    elif not kind:
        export_saved_model(model, filepath)
    else:
        raise ValueError(f"export: a path that ends in .onnx, or the folder of a SavedModel, is "
                         f"expected; given {str(filepath)!r}. What `save` writes keras can load.")
