"""Keras 2.2's place of Input."""
from ..layers.input_layer import Input, InputLayer
