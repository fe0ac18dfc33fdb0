"""Plans as files of ONNX: what other runtimes read. Not an engine, but like one: a table of
lowerings, each of which writes nodes in the place of computing."""
from .export import proto
from .graph import OPSET
from .running import OnnxModel
