"""Keras 2.2's place of the tools of training."""
from ..training.checks import (
    batch_shuffle,
    check_array_length_consistency,
    check_loss_and_target_compatibility,
    make_batches,
    standardize_input_data,
    weighted_masked_objective,
)
