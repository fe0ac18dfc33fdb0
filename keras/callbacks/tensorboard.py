"""The TensorBoard callback: logs that the `tensorboard` program shows."""
import os

import numpy as np

from .. import backend as K
from ..layers.embeddings import Embedding
from .base import Callback


class TensorBoard(Callback):
    """Writes event files for TensorBoard. Needs `pip install tensorboard`.

    Arguments
        log_dir: folder for the files; `tensorboard --logdir=...` shows it.
        histogram_freq: number of epochs between histograms of weights and of layers' outputs on
            the validation data, which must be arrays; 0 for none.
        batch_size: samples at a time for histograms.
        write_graph: whether to write the graph of the layers.
        write_grads: whether histograms of gradients are written, too.
        write_images: whether weights are written as pictures, with the histograms.
        embeddings_freq: number of epochs between writings of embeddings; 0 for none.
        embeddings_layer_names: names of the layers; None or [] for all Embedding layers.
        embeddings_metadata: name of a file that describes the rows, or a dict of them by layer.
        embeddings_data: inputs for which the layers' outputs are written, in place of the
            weights of Embedding layers.
        update_freq: 'epoch', 'batch', or a number of samples after which losses and metrics
            are written.
    """

    backed_up = ("samples_seen", "written_at")

    def __init__(self, log_dir="./logs", histogram_freq=0, batch_size=32, write_graph=True,
                 write_grads=False, write_images=False, embeddings_freq=0,
                 embeddings_layer_names=None, embeddings_metadata=None, embeddings_data=None,
                 update_freq="epoch"):
        super().__init__()
        try:
            from . import events
        except ImportError as error:
            raise ImportError(f"The TensorBoard callback needs the package tensorboard ({error}): "
                              "pip install tensorboard (or, of a release, "
                              "pip install 'keras-classic[tensorboard]').") from None
        self.events = events
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.batch_size = batch_size
        self.write_graph = write_graph
        self.write_grads = write_grads
        self.write_images = write_images
        self.embeddings_freq = embeddings_freq
        self.embeddings_layer_names = embeddings_layer_names
        self.embeddings_metadata = embeddings_metadata or {}
        self.embeddings_data = embeddings_data
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.writer = None
        self.samples_seen = self.written_at = 0
        self.functions = {}
        if update_freq != "epoch":
            self.on_batch_end = self.batch_done  # else nothing is read back for it

    def set_model(self, model):
        super().set_model(model)
        self.functions = {}

    def on_train_begin(self, logs=None):
        if self.histogram_freq and not self.validation_data:
            raise ValueError("If printing histograms, validation_data must be provided, and cannot "
                             "be a generator. Give fit arrays, or use histogram_freq=0.")
        self.writer = self.events.Writer(self.log_dir)
        if self.write_graph and self.model.inputs:
            self.writer.add_graph(self.model)

    def batch_done(self, batch, logs=None):
        """What `on_batch_end` does where losses are written more often than once an epoch."""
        self.samples_seen += logs.get("size", 0)
        if self.samples_seen - self.written_at >= self.update_freq:
            self.written_at = self.samples_seen
            self._write_logs(logs, self.samples_seen)

    def on_epoch_end(self, epoch, logs=None):
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_histograms(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings()
        self._write_logs(logs or {}, epoch if self.update_freq == "epoch" else self.samples_seen)

    def on_train_end(self, logs=None):
        if self.writer:
            self.writer.close()
        self.writer = None

    def _write_logs(self, logs, step):
        self.writer.add([self.events.scalar(name, value) for name, value in logs.items()
                         if name not in ("batch", "size") and np.ndim(value) == 0], step)
        self.writer.flush()

    # Histograms

    def _write_histograms(self, epoch):
        events, values = self.events, []
        for weight, array in zip(self.model.weights, self.model.get_weights()):
            tag = weight.name.replace(":", "_")
            values.append(events.Histogram().add(array).value(tag))
            if self.write_images:
                values += [events.image(f"{tag}/{i}", picture)
                           for i, picture in enumerate(events.pictures(array))]
        outputs = {}
        for layer in self.model.layers:
            for i, x in enumerate(layer._inbound_nodes[-1].output_tensors):
                outputs[f"{layer.name}_out" + (f"_{i}" if i else "")] = x
        n = len(self.model.inputs)
        values += self._measured("outputs", self.model.inputs, outputs, self.validation_data[:n])
        if self.write_grads:
            values += self._gradients()
        self.writer.add(values, epoch)

    def _gradients(self):
        model = self.model
        weights = model.trainable_weights
        if "gradients" not in self.functions:
            self.gradients = dict(zip([w.name.replace(":", "_") + "_grad" for w in weights],
                                      K.gradients(model.total_loss, weights)))
        fed = [*model.inputs, *model.targets, *model.sample_weights]
        return self._measured("gradients", fed, self.gradients, self.validation_data[:len(fed)])

    def _measured(self, kind, inputs, tensors, arrays):
        """Histograms of some tensors over the validation data, batch by batch."""
        if kind not in self.functions:
            self.functions[kind] = K.function(inputs, list(tensors.values()))
        function = self.functions[kind]
        found = [self.events.Histogram() for _ in tensors]
        for start in range(0, len(arrays[0]), self.batch_size):
            rows = slice(start, start + self.batch_size)
            for histogram, array in zip(found, function([a[rows] for a in arrays])):
                histogram.add(array)
        return [histogram.value(tag) for histogram, tag in zip(found, tensors)]

    # Embeddings

    def _write_embeddings(self):
        entries = []
        for layer in self._embedding_layers():
            if self.embeddings_data is None:
                vectors = layer.get_weights()[0]
            else:
                vectors = self._outputs_of(layer)
            path = f"{layer.name}_embedding.tsv"
            np.savetxt(os.path.join(self.log_dir, path), vectors.reshape(len(vectors), -1),
                       delimiter="\t", fmt="%.6g")
            metadata = self.embeddings_metadata
            if isinstance(metadata, dict):
                metadata = metadata.get(layer.name)
            entries.append((f"{layer.name}_embedding", path, metadata))
        with open(os.path.join(self.log_dir, "projector_config.pbtxt"), "w") as file:
            file.write(self.events.projector(entries))

    def _embedding_layers(self):
        if not self.embeddings_layer_names:
            return [layer for layer in self.model.layers if isinstance(layer, Embedding)]
        return [self.model.get_layer(name) for name in self.embeddings_layer_names]

    def _outputs_of(self, layer):
        """What a layer makes of `embeddings_data`."""
        data = self.embeddings_data
        data = list(data) if isinstance(data, (list, tuple)) else [data]
        function = K.function(self.model.inputs, [layer.output])
        return np.concatenate([
            function([a[start:start + self.batch_size] for a in data])[0]
            for start in range(0, len(data[0]), self.batch_size)])
