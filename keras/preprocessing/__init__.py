"""Data before they reach a model (manual, chapter 6)."""
from . import image, sequence, text
