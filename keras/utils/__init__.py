"""Tools beside the layers (manual, chapter 20)."""
from . import data_utils, generic_utils, np_utils
from .data_utils import GeneratorEnqueuer, OrderedEnqueuer, Sequence
from .generic_utils import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    serialize_keras_object,
)
from .io_utils import HDF5Matrix
from .np_utils import normalize, to_categorical
