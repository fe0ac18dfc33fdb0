"""What TensorBoard shows, as records of its event files. Needs the package `tensorboard`."""
import io
import time

import numpy as np
from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.versions_pb2 import VersionDef
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tensorboard.summary.writer.event_file_writer import EventFileWriter

IMAGES = 64  # images written of one weight; a page of them is what can be looked at


def edges():
    """The limits of the bins of all histograms: each is a tenth larger than the one before."""
    grows = 1e-12 * 1.1 ** np.arange(775)
    return np.concatenate([-grows[::-1], [0.0], grows, [np.finfo("float64").max]])


EDGES = edges()


class Histogram:
    """Counts of values, which may come piece by piece. Those that are not finite are left out."""

    def __init__(self):
        self.counts = np.zeros(len(EDGES))
        self.low, self.high = np.inf, -np.inf
        self.count = self.sum = self.squares = 0.0

    def add(self, values):
        values = np.asarray(values, "float64").ravel()
        values = values[np.isfinite(values)]
        if values.size:
            places = np.searchsorted(EDGES, values, side="left")
            self.counts += np.bincount(places, minlength=len(EDGES))[:len(EDGES)]
            self.low, self.high = min(self.low, values.min()), max(self.high, values.max())
            self.count += values.size
            self.sum += values.sum()
            self.squares += (values**2).sum()
        return self

    def value(self, tag):
        if not self.count:
            return Summary.Value(tag=tag, histo=HistogramProto())
        used = np.flatnonzero(self.counts)
        kept = slice(max(used[0] - 1, 0), used[-1] + 1)
        return Summary.Value(tag=tag, histo=HistogramProto(
            min=self.low, max=self.high, num=self.count, sum=self.sum, sum_squares=self.squares,
            bucket_limit=EDGES[kept].tolist(), bucket=self.counts[kept].tolist()))


def scalar(tag, value):
    """One number."""
    return Summary.Value(tag=tag, simple_value=float(value))


def pictures(weight):
    """A weight as grey pictures, arrays (height, width); none for a shape that makes no sense."""
    weight = np.squeeze(weight)
    if weight.ndim == 1:
        return [weight[:, None]]
    if weight.ndim == 2:
        return [weight.T if weight.shape[0] > weight.shape[1] else weight]
    if weight.ndim == 3:
        return list(np.moveaxis(weight, -1, 0)[:IMAGES])
    return []


def image(tag, picture):
    """A picture, its least value black and its largest white. Needs Pillow."""
    from PIL import Image
    low, high = np.nanmin(picture), np.nanmax(picture)
    grey = np.nan_to_num((picture - low) / (high - low if high > low else 1) * 255)
    file = io.BytesIO()
    Image.fromarray(grey.astype("uint8")).save(file, "PNG")
    height, width = picture.shape
    return Summary.Value(tag=tag, image=Summary.Image(
        height=height, width=width, colorspace=1, encoded_image_string=file.getvalue()))


def graph(model):
    """The layers of a model and how they are connected; those of models in it are nested."""
    return GraphDef(node=list(nodes(model, "")), versions=VersionDef(producer=22))


def nodes(model, scope, feeds=()):
    """A node per layer.

    Arguments
        model: Network.
        scope: what the names begin with.
        feeds: names of the nodes that feed the model's inputs.
    """
    layers = model.traversal.layers if model.traversal else model.layers
    inside = set(layers)
    for layer in layers:
        before = dict.fromkeys(end_of(other, scope) for node in layer._inbound_nodes
                               for other in node.inbound_layers if other in inside)
        if getattr(layer, "output_layers", None):
            yield from nodes(layer, f"{scope}{layer.name}/", list(before))
            continue
        yield NodeDef(name=scope + layer.name, op=type(layer).__name__,
                      input=list(before) or list(feeds) * (layer in model.input_layers),
                      attr=shapes(layer))


def end_of(layer, scope):
    """The name of the node that computes a layer's output: that of a model is its last layer's."""
    while getattr(layer, "output_layers", None):
        scope, layer = f"{scope}{layer.name}/", layer.output_layers[0]
    return scope + layer.name


def shapes(layer):
    """The shapes of a layer's outputs, as an attribute of its node."""
    found = [TensorShapeProto(dim=[TensorShapeProto.Dim(size=-1 if n is None else n)
                                   for n in x.shape])
             for node in layer._inbound_nodes[:1] for x in node.output_tensors]
    return {"_output_shapes": AttrValue(list=AttrValue.ListValue(shape=found))}


class Writer:
    """An event file in a folder."""

    def __init__(self, folder):
        self.file = EventFileWriter(folder)

    def add_graph(self, model):
        self.file.add_event(Event(wall_time=time.time(),
                                  graph_def=graph(model).SerializeToString()))

    def add(self, values, step):
        """Write values, a list, for a step."""
        self.file.add_event(Event(wall_time=time.time(), step=step, summary=Summary(value=values)))

    def flush(self):
        self.file.flush()

    def close(self):
        self.file.close()


def projector(entries):
    """The text that tells TensorBoard where embeddings are.

    Arguments
        entries: list of (name, path of the vectors, path of their metadata or None).
    """
    from google.protobuf import text_format
    config = ProjectorConfig()
    for name, vectors, metadata in entries:
        entry = config.embeddings.add(tensor_name=name, tensor_path=vectors)
        if metadata:
            entry.metadata_path = metadata
    return text_format.MessageToString(config)
