"""Data that come in batches, and the queues that make them ahead of need."""
from ..training.enqueuers import GeneratorEnqueuer, OrderedEnqueuer, SequenceEnqueuer
from ..training.sequence import Sequence

__all__ = ["GeneratorEnqueuer", "OrderedEnqueuer", "Sequence", "SequenceEnqueuer"]
