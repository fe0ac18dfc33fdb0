"""Keras 2.2's place of Layer."""
from ..layers.base import InputSpec, Layer
from ..layers.base import snake_case as _to_snake_case
from ..layers.node import Node
