"""Keras 2.2's place of Network."""
from ..network import Network
from ..network.traversal import get_source_inputs
