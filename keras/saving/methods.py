"""The methods of a network that save and load it."""
from . import cloning, configs, export, models, training


class Saved:
    """What `Network` inherits to be saved, loaded, copied and pickled."""

    def save(self, filepath, overwrite=True, include_optimizer=True):
        """Save the model: its architecture, its weights, and how far training has come.

        Arguments
            filepath: path; '.keras' writes Keras 3's format, all else HDF5.
            overwrite: whether to replace a file of that name without asking.
            include_optimizer: whether to save how the model was compiled and the optimizer's
                states.
        """
        if not self.is_graph_network and not hasattr(self, "pop"):
            self.get_config()  # says why a subclassed model cannot be saved
        models.save_model(self, filepath, overwrite, include_optimizer)

    def export(self, filepath, overwrite=True):
        """Write what the model predicts, for other programs to run.

        Arguments
            filepath: path; '.onnx' writes that format, without a suffix it is the folder of a
                TensorFlow SavedModel.
            overwrite: whether to replace a file of that name without asking; a SavedModel is
                written into its folder in any case.
        """
        export.export(self, filepath, overwrite)

    def save_weights(self, filepath, overwrite=True):
        """Save the weights.

        Arguments
            filepath: path; '.safetensors' writes that format, all else HDF5.
            overwrite: whether to replace a file of that name without asking.
        """
        models.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath, by_name=False, skip_mismatch=False, reshape=False):
        """Fill the weights from a file of `save_weights` or `save`, of any Keras. Everything is
        compared before the first weight changes.

        Arguments
            filepath: path.
            by_name: whether to fill those layers that have the name of a saved one; else all
                layers in order, whatever their names.
            skip_mismatch: with by_name, whether a layer that does not fit is left as it is, with
                a warning.
            reshape: whether kernels of convolutions may be reshaped to equal size.

        Raises
            ValueError: where numbers of layers or weights, or shapes, differ.
        """
        models.load_weights(self, filepath, by_name, skip_mismatch, reshape)

    def to_json(self, **kwargs):
        """The architecture as JSON text.

        Arguments
            kwargs: of `json.dumps`.
        """
        return configs.json_text(models.text_envelope(self), **kwargs)

    def to_yaml(self, **kwargs):
        """The architecture as YAML text.

        Arguments
            kwargs: of `yaml.dump`.
        """
        return configs.yaml_text(models.text_envelope(self), **kwargs)

    # Copies

    def __reduce__(self):
        return models.from_bytes, (models.to_bytes(self),)

    def __copy__(self):
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        return twin

    def __deepcopy__(self, memo):
        twin = memo[id(self)] = cloning.clone_model(self)
        twin.set_weights(self.get_weights())
        if getattr(self, "optimizer", None) is not None:
            training.compile_alike(self, twin)
        return twin
