"""The place of layers and their graph in Keras 1 to 2.1."""
from ..layers.base import InputSpec, Layer
from ..layers.base import snake_case as _to_snake_case
from ..layers.input_layer import Input, InputLayer
from ..layers.node import Node
from ..network import Network
from ..network import Network as Container
from ..network.traversal import get_source_inputs
from ..saving.conversion import preprocess_weights_for_loading
from ..saving.weights import (
    load_weights_from_hdf5_group,
    load_weights_from_hdf5_group_by_name,
    save_weights_to_hdf5_group,
)
