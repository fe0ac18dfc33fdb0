"""Keras 2.2's place of the loops over arrays; here they are methods of Model."""
from ..training.checks import batch_shuffle, make_batches
