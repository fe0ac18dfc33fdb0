"""Keras 2, whole, for today's Python and today's tensor engines."""
from . import (
    activations,
    applications,
    backend,
    callbacks,
    constraints,
    datasets,
    engine,
    initializers,
    layers,
    legacy,
    losses,
    metrics,
    mixed_precision,
    models,
    objectives,
    optimizers,
    preprocessing,
    regularizers,
    utils,
    wrappers,
)
from .backend import clash, missing
from .layers import Input
from .legacy import interfaces as _  # so that keras.legacy.interfaces is there
from .models import Model, Sequential
from .saving.onnx import export_onnx, load_onnx
from .saving.saved_model import export_saved_model

__version__ = "2.2.4"  # the API; the distribution keras-classic has a version of its own

missing.install()
clash.check()
