"""Data that come in batches, the queues that make them ahead of need, and downloads."""
from ..training.enqueuers import GeneratorEnqueuer, OrderedEnqueuer, SequenceEnqueuer
from ..training.sequence import Sequence
from .archives import extract_archive as _extract_archive
from .downloads import _hash_file, get_file, validate_file

__all__ = ["GeneratorEnqueuer", "OrderedEnqueuer", "Sequence", "SequenceEnqueuer",
           "_extract_archive", "_hash_file", "get_file", "validate_file"]
