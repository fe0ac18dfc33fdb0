"""Weights in HDF5 groups, layer by layer, in the layout of Keras 2."""
import warnings

import numpy as np

from .. import backend as K
from .conversion import preprocess_weights_for_loading

HEADER_LIMIT = 64512  # bytes of an attribute in an HDF5 object header
KERAS_VERSION = "2.2.4"
BACKEND = "tensorflow"  # the convention of our kernels


def saved_layers(layers):
    """The layers that files list: for a Merge that begins a Sequential those inside it, as Keras 1
    did."""
    found = {}
    for layer in layers:
        if type(layer).__name__ == "Merge" and layer.layers:
            for inner in layer.layers:
                found.update(dict.fromkeys(saved_layers(getattr(inner, "layers", [inner]))))
        found[layer] = None
    return [layer for layer in found if type(layer).__name__ != "Merge" or not layer.layers]


# Writing


def written_names(group, name, names):
    """Store a list of strings as the attribute `name`, in as many pieces as it takes."""
    encoded = [one.encode("utf-8") for one in names]
    too_long = [one for one in encoded if len(one) > HEADER_LIMIT]
    if too_long:
        raise RuntimeError(f"names longer than {HEADER_LIMIT} bytes cannot be saved: "
                           f"{too_long[0][:60]!r}...")
    data = np.asarray(encoded) if encoded else np.zeros((0,), "S1")
    pieces, count = [data], 1
    while any(piece.nbytes > HEADER_LIMIT for piece in pieces):
        count += 1
        pieces = np.array_split(data, count)
    if count == 1:
        group.attrs[name] = data
        return
    for i, piece in enumerate(pieces):
        group.attrs[f"{name}{i}"] = piece


def checked_name(name, what):
    """`name`, if HDF5 can hold it as the plain name of something."""
    parts = name.split("/")
    if "\0" in name or "" in parts or "." in parts:
        raise ValueError(f"{what} {name!r:.100} cannot be saved: it is empty, has a NUL, or a part "
                         f"between slashes that is empty or '.'. Rename it.")
    return name


def distinct_names(weights):
    """A name for each weight: its own, counted up where two are the same."""
    names, taken = [], set()
    for i, w in enumerate(weights):
        name = checked_name(str(w.name or f"param_{i}"), "the weight")
        stem, n = name, 0
        while name in taken:
            n += 1
            name = f"{stem}_{n}"
        taken.add(name)
        names.append(name)
    return names


def write_arrays(group, weights):
    """Store weights under their names, listed in the attribute `weight_names`."""
    names = distinct_names(weights)
    written_names(group, "weight_names", names)
    for name, w in zip(names, weights):
        group.create_dataset(name, data=K.value_view(w))


def write_weights(group, layers):
    """Store the weights of layers in an h5py group.

    Arguments
        group: h5py.Group, empty.
        layers: list of Layer.
    """
    layers = saved_layers(layers)
    names = [checked_name(layer.name, "the layer") for layer in layers]
    written_names(group, "layer_names", names)
    group.attrs["backend"] = BACKEND.encode()
    group.attrs["keras_version"] = KERAS_VERSION.encode()
    for layer in layers:
        write_arrays(group.require_group(layer.name), layer.weights)


# Reading


def weights_group(root):
    """The group with the layers of a weights file, or of a model file."""
    if root.names("layer_names") is None and "model_weights" in root:
        return root.subgroup("model_weights")
    return root


def saved_datasets(group, layer_name):
    """The data sets of a layer in the order of its weights."""
    own = group.subgroup(layer_name)
    names = own.names("weight_names")
    if names is None:
        raise group.owner.refuse(f"the layer {layer_name!r:.200}", "has no list of weight_names.")
    return [own.dataset(name) for name in names]


def layer_names(group):
    """The names of the saved layers."""
    names = group.names("layer_names")
    if names is None:
        hint = " (a file of Keras 0.x, which no Keras 2 reads)" if group.attribute(
            "nb_layers") is not None else ""
        raise group.owner.refuse("the root", f"has no list of layer_names: it holds no weights of "
                                             f"a Keras model{hint}.")
    return names


class Plan:
    """What a layer is to get from a file, checked before any number is read.

    Arguments
        layer: Layer.
        datasets: list of SafeDataset, in the order of the file.
        origin: (Keras version, backend) of the file.
        reshape: whether kernels may be reshaped to equal size.
    """

    def __init__(self, layer, datasets, origin, reshape):
        self.layer = layer
        self.weights = list(layer.weights)
        self.datasets = datasets
        self.origin = origin
        self.reshape = reshape
        self.as_they_are = False  # whether the file's arrays need no conversion

    def converted(self, arrays):
        return preprocess_weights_for_loading(self.layer, arrays, *self.origin, self.reshape)

    def complaint(self):
        """What does not fit, or None. Shapes are compared on arrays without memory."""
        numbers = [np.broadcast_to(np.zeros((), d.dtype), d.shape) for d in self.datasets]
        wanted = [tuple(K.int_shape(w)) for w in self.weights]
        given = [d.shape for d in self.datasets]
        if sum(_size(s) for s in given) > 2 * sum(_size(s) for s in wanted) + 4096:
            return f"it has weights of shape {wanted}, the file has {short(given)}"
        try:
            converted = self.converted(numbers)
        except (IndexError, ZeroDivisionError, ValueError) as error:
            if "compatible" in str(error) or "bias shape" in str(error):
                return str(error)
            return f"it has weights of shape {wanted}, the file has {short(given)} ({error})"
        if len(converted) != len(wanted):
            return (f"Layer expects {len(wanted)} weight(s), but the saved weights have "
                    f"{len(converted)} element(s)")
        for w, value, want in zip(self.weights, converted, wanted):
            if np.shape(value) != want:
                return f"weight {w.name} has shape {want}, the saved one has {np.shape(value)}"
        self.as_they_are = all(new is old for new, old in zip(converted, numbers))
        return None

    def run(self):
        """Read, convert and set the weights."""
        if self.as_they_are:
            for w, d in zip(self.weights, self.datasets):
                d.read_into(w)
        else:
            values = self.converted([d.read() for d in self.datasets])
            K.batch_set_value(list(zip(self.weights, values)))


def _size(shape):
    return int(np.prod(shape, dtype=object))


def short(shapes):
    """A list of shapes in words, the first sixteen of them."""
    return f"{shapes}" if len(shapes) < 16 else f"{shapes[:16]}..."


def origin_of(group):
    """(Keras version, backend) of the writer of a weights group."""
    version, backend = group.attribute("keras_version"), group.attribute("backend")
    return (version if isinstance(version, str) else "1",
            backend if isinstance(backend, str) else None)


def load_in_order(group, layers, reshape=False):
    """Fill layers with the saved ones, pair by pair; names do not count.

    Arguments
        group: SafeGroup.
        layers: list of Layer.
        reshape: whether kernels may be reshaped to equal size.
    """
    own = [layer for layer in saved_layers(layers) if layer.weights]
    saved = [(name, data) for name in layer_names(group)
             if (data := saved_datasets(group, name))]
    label = group.owner.label
    if len(saved) != len(own):
        raise ValueError(f"You are trying to load a weight file containing {len(saved)} layers "
                         f"into a model with {len(own)} layers. ({label}: "
                         f"{[name for name, _ in saved][:20]}; the model: "
                         f"{[layer.name for layer in own][:20]}.) Is it the same architecture? "
                         f"by_name=True loads layers of equal names only.")
    origin = origin_of(group)
    plans = []
    for layer, (name, data) in zip(own, saved):
        plan = Plan(layer, data, origin, reshape)
        wrong = plan.complaint()
        if wrong:
            raise ValueError(f"{label}: the saved layer {name!r:.200} does not fit the layer "
                             f"{layer.name!r} ({type(layer).__name__}): {wrong}.")
        plans.append(plan)
    for plan in plans:
        plan.run()


def load_by_name(group, layers, skip_mismatch=False, reshape=False):
    """Fill those layers that have the name of a saved one.

    Arguments
        group: SafeGroup.
        layers: list of Layer.
        skip_mismatch: whether a layer that does not fit is left as it is, with a warning.
        reshape: whether kernels may be reshaped to equal size.
    """
    by_name = {}
    for layer in saved_layers(layers):
        by_name.setdefault(layer.name, []).append(layer)
    origin, plans = origin_of(group), []
    for name in layer_names(group):
        for layer in by_name.get(name, ()):
            plan = Plan(layer, saved_datasets(group, name), origin, reshape)
            wrong = plan.complaint()
            if not wrong:
                plans.append(plan)
                continue
            text = f"{group.owner.label}: layer {name!r:.200} ({type(layer).__name__}): {wrong}."
            if not skip_mismatch:
                raise ValueError(f"{text} skip_mismatch=True leaves such layers as they are.")
            warnings.warn(f"Skipping loading of weights for {text}", stacklevel=4)
    for plan in plans:
        plan.run()


# Names that Keras 2 had, on h5py groups


def save_weights_to_hdf5_group(group, layers):
    """Store the weights of layers in an h5py group.

    Arguments
        group: h5py.Group.
        layers: list of Layer.
    """
    write_weights(group, layers)


def load_weights_from_hdf5_group(group, layers, reshape=False):
    """Fill layers, in order, from an h5py group.

    Arguments
        group: h5py.Group.
        layers: list of Layer.
        reshape: whether kernels may be reshaped to equal size.
    """
    from .reader import SafeH5
    load_in_order(SafeH5(group).root, layers, reshape)


def load_weights_from_hdf5_group_by_name(group, layers, skip_mismatch=False, reshape=False):
    """Fill those layers that have the name of one in an h5py group.

    Arguments
        group: h5py.Group.
        layers: list of Layer.
        skip_mismatch: whether a layer that does not fit is left as it is, with a warning.
        reshape: whether kernels may be reshaped to equal size.
    """
    from .reader import SafeH5
    load_by_name(SafeH5(group).root, layers, skip_mismatch, reshape)
