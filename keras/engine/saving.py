"""Keras 2.2's place of what saves and loads models."""
from ..saving.conversion import preprocess_weights_for_loading
from ..saving.models import (
    load_model,
    load_weights,
    model_from_config,
    model_from_json,
    model_from_yaml,
    save_model,
    save_weights,
)
from ..saving.weights import (
    load_weights_from_hdf5_group,
    load_weights_from_hdf5_group_by_name,
    save_weights_to_hdf5_group,
)
