"""Weights as safetensors: names and arrays, no code (needs the extra `safetensors`)."""
import os
import re

import numpy as np

from .. import backend as K
from .errors import ModelFileError
from .reader import checked_path
from .writer import replacing

HEADER_BYTES = 100_000_000


def _library():
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError("safetensors files need the package safetensors: "
                          "pip install safetensors.") from None
    return safetensors


def tensor_names(model):
    """[(name, weight)]: '<layer>/<number in the layer>/<name>', unique whatever layers are
    called."""
    return [(f"{layer.name}/{i}/{(w.name or 'param').rsplit('/', 1)[-1].split(':')[0]}", w)
            for layer in model.layers for i, w in enumerate(layer.weights)]


def write_safetensors(path, model):
    """Save the weights of a model as a safetensors file."""
    library = _library()
    arrays = {name: np.ascontiguousarray(K.value_view(w)) for name, w in tensor_names(model)}
    with replacing(path) as new:
        library.numpy.save_file(arrays, new, {"format": "keras-classic"})


def read_safetensors(path, model):
    """Set the weights of a model from a safetensors file that `write_safetensors` wrote."""
    library = _library()
    path = checked_path(path)
    pairs = tensor_names(model)
    try:
        with library.safe_open(path, "np") as file:
            wanted = {name: tuple(K.int_shape(w)) for name, w in pairs}
            given = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}
            if wanted != given:
                odd = [f"{name}: {wanted.get(name)} here, {given.get(name)} in the file"
                       for name in [*wanted, *given] if wanted.get(name) != given.get(name)]
                raise ValueError(f"{path!r} does not fit {model.name}: {'; '.join(odd[:5])}.")
            for name, w in pairs:
                K.set_value(w, file.get_tensor(name))
    except library.SafetensorError as error:
        size = os.path.getsize(path)
        raise ModelFileError(f"{path!r} ({size} bytes{_expected(path)}) is a damaged safetensors "
                             f"file: {error}. Download or copy it again.") from error


def _expected(path):
    """How long the header of a file says that it is; '' where it says nothing."""
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = file.read(min(size, HEADER_BYTES))
    ends = [int(end) for end in re.findall(rb'"data_offsets":\[\d+,(\d{1,18})\]', header)]
    return f", {8 + size + max(ends)} were written" if ends else ""
