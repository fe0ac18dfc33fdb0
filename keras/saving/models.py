"""Models as files and as text, and models from them."""
import io
import os
import warnings

from . import configs
from .building import built, compiled
from .errors import ModelFileError
from .reader import SafeH5
from .slots import write_optimizer
from .state import STREAMS, same_random_state, streams
from .training import resume_optimizer, training_config, training_config_of
from .weights import (
    BACKEND,
    KERAS_VERSION,
    load_by_name,
    load_in_order,
    weights_group,
    write_weights,
)
from .writer import may_write, replacing


def is_path(target):
    """Whether something is a path rather than an h5py group or an open file."""
    return isinstance(target, (str, bytes, os.PathLike))


def suffix(path):
    """The lower-case suffix of a path; '' for anything else."""
    return os.path.splitext(os.fsdecode(path))[1].lower() if is_path(path) else ""


# HDF5


def _written(target, overwrite, write):
    """Call `write` with an h5py group: the target itself, or a file that replaces it."""
    import h5py
    if isinstance(target, h5py.Group):
        write(target)
    elif not is_path(target):
        with h5py.File(target, "w") as file:
            write(file)
    elif may_write(target, overwrite):
        with replacing(target) as new, h5py.File(new, "w", locking=False) as file:
            write(file)


def model_envelope(model):
    """{'class_name', 'config'} of a model."""
    return {"class_name": type(model).__name__, "config": model.get_config()}


def write_model(root, model, include_optimizer=True):
    """Store a model in an empty h5py group.

    Arguments
        root: h5py.Group.
        model: Model.
        include_optimizer: whether to store how it was compiled and the optimizer's states.
    """
    config = configs.json_text(model_envelope(model))
    root.attrs["keras_version"] = KERAS_VERSION.encode()
    root.attrs["backend"] = BACKEND.encode()
    root.attrs["model_config"] = config.encode("utf-8")
    write_weights(root.create_group("model_weights"), model.layers)
    if not include_optimizer or model.optimizer is None:
        return
    try:
        text = configs.json_text(training_config(model))
    except (NotImplementedError, TypeError, ValueError) as error:
        warnings.warn(f"the way the model was compiled cannot be saved ({error}); compile it again "
                      f"after loading.", stacklevel=6)
        return
    root.attrs["training_config"] = text.encode("utf-8")
    root.attrs[STREAMS] = configs.json_text(streams(model)).encode()
    write_optimizer(root, model.optimizer)


def save_model(model, filepath, overwrite=True, include_optimizer=True):
    """Save a model: its architecture, its weights, and how far training has come.

    Arguments
        model: Model.
        filepath: path; '.keras' writes Keras 3's format, all else HDF5. Or an h5py.Group, or a
            file open for writing in binary.
        overwrite: whether to replace a file of that name without asking.
        include_optimizer: whether to save how the model was compiled and the optimizer's states.

    Raises
        OSError: where nothing can be written; the file that was there is unchanged.
    """
    if suffix(filepath) == ".keras":
        from .keras3 import write_keras
        if may_write(filepath, overwrite):
            write_keras(filepath, model, include_optimizer)
        return
    _written(filepath, overwrite, lambda root: write_model(root, model, include_optimizer))


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """A model from a file of Keras 1, 2 or 3, or of tf.keras.

    Arguments
        filepath: path, h5py.Group, or file open for reading in binary.
        custom_objects: dict, name -> class or function, of what is not Keras' own; under the name
            of a Lambda layer the function that it is to call.
        compile: whether to compile the model as it was when it was saved.
        safe_mode: False allows this call to run functions that the file holds as Python byte code:
            only for files whose author you trust with your computer.

    Raises
        ModelFileError: an OSError and ValueError, for files that are damaged or no model files.
        ValueError: for names that are not known, all of them at once, and for other faults of the
            config.
    """
    with same_random_state(after_success=True):
        if is_path(filepath) and os.path.isfile(filepath):
            from .keras3 import is_zip, read_keras
            if is_zip(filepath):
                return read_keras(filepath, custom_objects, compile, safe_mode)
        with SafeH5(filepath) as file:
            return read_model(file.root, custom_objects, compile, safe_mode)


def read_model(root, custom_objects=None, compile=True, safe_mode=True):
    """The model in a SafeGroup; arguments as for `load_model`."""
    label = root.owner.label
    text = root.attribute("model_config")
    if not isinstance(text, str):
        hint = " It holds weights only: build the model, then model.load_weights(path)." \
            if root.names("layer_names") is not None else ""
        raise ModelFileError(f"No model found in config file: {label} has no model_config.{hint}")
    training = training_config_of(root) if compile else None
    model = built(configs.from_json(text, f"{label}: model_config"), custom_objects, safe_mode,
                  label, training)
    load_in_order(root.subgroup("model_weights"), model.layers)
    if not compile:
        return model
    if training is None:
        warnings.warn("No training configuration found in save file: the model was *not* "
                      "compiled. Compile it manually.", stacklevel=4)
    elif compiled(model, training, custom_objects, label):
        resume_optimizer(model, root)
    return model


# Configs


def model_from_config(config, custom_objects=None, safe_mode=True):
    """A model with new weights from its config.

    Arguments
        config: dict {'class_name': ..., 'config': ...}, as `to_json` writes it.
        custom_objects, safe_mode: as for `load_model`.

    Raises
        TypeError: for a list. ValueError: for unknown names and other faults.
    """
    if isinstance(config, list):
        configs.envelope(config)
    with same_random_state():
        return built(configs.checked(config), custom_objects, safe_mode)


def model_from_json(json_string, custom_objects=None, safe_mode=True):
    """A model with new weights from what `to_json` returned, in any Keras.

    Arguments
        json_string: string.
        custom_objects, safe_mode: as for `load_model`.

    Raises
        ValueError: for text that is no such JSON, for unknown names and other faults.
    """
    with same_random_state():
        return built(configs.from_json(json_string, "the JSON"), custom_objects, safe_mode,
                     "the JSON")


def model_from_yaml(yaml_string, custom_objects=None, safe_mode=True):
    """A model with new weights from what `to_yaml` returned, in any Keras.

    Arguments
        yaml_string: string.
        custom_objects, safe_mode: as for `load_model`.

    Raises
        ValueError: for text that is no such YAML, for unknown names and other faults.
    """
    with same_random_state():
        return built(configs.from_yaml(yaml_string, "the YAML"), custom_objects, safe_mode,
                     "the YAML")


def text_envelope(model):
    """What `to_json` and `to_yaml` write."""
    return {**model_envelope(model), "keras_version": KERAS_VERSION, "backend": BACKEND}


# Weights


def save_weights(model, filepath, overwrite=True):
    """Save the weights of a model: HDF5, or safetensors for a path that ends so."""
    if suffix(filepath) == ".safetensors":
        from .tensors import write_safetensors
        if may_write(filepath, overwrite):
            write_safetensors(filepath, model)
        return
    _written(filepath, overwrite, lambda root: write_weights(root, model.layers))


def load_weights(model, filepath, by_name=False, skip_mismatch=False, reshape=False):
    """Fill the weights of a model from a file; see `Network.load_weights`."""
    if skip_mismatch and not by_name:
        raise ValueError("When calling model.load_weights, skip_mismatch can only be set to True "
                         "when by_name is True.")
    if is_path(filepath) and os.path.isfile(filepath):
        from .keras3 import is_zip, read_keras_weights
        if suffix(filepath) == ".safetensors":
            from .tensors import read_safetensors
            read_safetensors(filepath, model)
            return
        if is_zip(filepath):
            read_keras_weights(filepath, model)
            return
    with SafeH5(filepath) as file:
        group = weights_group(file.root)
        if by_name:
            load_by_name(group, model.layers, skip_mismatch, reshape)
        else:
            load_in_order(group, model.layers, reshape)


# Pickle


def to_bytes(model):
    """A model as the bytes of an HDF5 file."""
    buffer = io.BytesIO()
    save_model(model, buffer)
    return buffer.getvalue()


def from_bytes(data):
    """A model from what `to_bytes` returned; code of Lambda layers is refused as from a file."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No training configuration")
        return load_model(io.BytesIO(data))
