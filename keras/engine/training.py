"""Keras 2's place of Model, and 2.1's of the tools of training."""
from ..training.checks import batch_shuffle as _batch_shuffle
from ..training.checks import check_array_length_consistency as _check_array_lengths
from ..training.checks import check_loss_and_target_compatibility
from ..training.checks import (
    check_loss_and_target_compatibility as _check_loss_and_target_compatibility,
)
from ..training.checks import make_batches as _make_batches
from ..training.checks import standardize_input_data as _standardize_input_data
from ..training.checks import weighted_masked_objective as _weighted_masked_objective
from ..training.model import Model
