"""Import paths of Keras 2; the code lives elsewhere."""
from . import (
    base_layer,
    input_layer,
    network,
    saving,
    sequential,
    topology,
    training,
    training_arrays,
    training_generator,
    training_utils,
)
from .base_layer import InputSpec, Layer, Node
from .input_layer import Input, InputLayer
from .network import get_source_inputs
from .topology import Container
from .training import Model
