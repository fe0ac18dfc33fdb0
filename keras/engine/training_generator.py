"""Keras 2.2's place of the loops over generators; here they are methods of Model."""
from ..training.enqueuers import GeneratorEnqueuer, OrderedEnqueuer
from ..training.sequence import Sequence
