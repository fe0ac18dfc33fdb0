"""Keras 2.2's place of Sequential."""
from ..models import Sequential
