"""Keras 1 spellings as data."""
