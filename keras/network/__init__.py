"""Network: layers connected to a graph, which is a layer itself."""
from .network import Network
from .traversal import source_inputs
