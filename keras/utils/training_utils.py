"""Keras 2's older place of multi_gpu_model."""
from .multi_gpu_utils import multi_gpu_model

__all__ = ["multi_gpu_model"]
