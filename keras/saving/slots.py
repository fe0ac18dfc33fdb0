"""The states of optimizers in HDF5 groups."""
import json
import warnings

from .. import backend as K
from ..graph import Variable
from .weights import short, write_arrays


def unlisted_numbers(optimizer):
    """What Keras 2 forgot to save of an optimizer: its numbers that are not among its weights, by
    name (RMSprop's iterations, Nadam's m_schedule)."""
    listed = {id(w) for w in optimizer.weights}
    fixed = {"lr", *getattr(optimizer, "hyperparameters", ())}
    return {name: K.get_value(value).item() for name, value in vars(optimizer).items()
            if isinstance(value, Variable) and not value.shape and id(value) not in listed
            and name not in fixed}


def write_optimizer(root, optimizer):
    """Store the states of an optimizer in the group `optimizer_weights`, if it has any."""
    if not optimizer.weights:
        return
    group = root.create_group("optimizer_weights")
    write_arrays(group, optimizer.weights)
    group.attrs["keras_classic"] = json.dumps(unlisted_numbers(optimizer)).encode()


def load_optimizer(root, model):
    """Fill the states of a model's optimizer, made before, from the group `optimizer_weights`. A
    warning tells if they do not fit."""
    group = root.subgroup("optimizer_weights")
    data = [group.dataset(name) for name in group.names("weight_names") or []]
    shapes = [d.shape for d in data]
    orders = [model.optimizer.weights, by_name(model)]
    version = root.attribute("keras_version")
    if isinstance(version, str) and version < "2.0.6":
        orders.reverse()
    own = next((weights for weights in orders if fits(weights, shapes)), None)
    if own is None:
        wanted = [tuple(K.int_shape(w)) for w in model.optimizer.weights]
        warnings.warn(f"{root.owner.label}: Error in loading the saved optimizer state. As a "
                      f"result, your model is starting with a freshly initialized optimizer: its "
                      f"arrays have the shapes {short(shapes)}; those of "
                      f"{type(model.optimizer).__name__} here are {short(wanted)}.", stacklevel=5)
        return
    for w, d in zip(own, data):
        d.read_into(w)
    _set_numbers(model.optimizer, group.attribute("keras_classic"))


def by_name(model):
    """The states of a model's optimizer in the order of Keras up to 2.0.5, which sorted a model's
    weights by name."""
    names = [w.name for w in model._collected_trainable_weights]
    order = sorted(range(len(names)), key=names.__getitem__)
    own = model.optimizer.weights
    first = len(own) % len(names) if names else len(own)  # the count of steps
    return own[:first] + [own[start + i] for start in range(first, len(own), len(names))
                          for i in order]


def fits(weights, shapes):
    """Whether saved arrays have the shapes of an optimizer's; places of Adam's vhats, (1,) each,
    are missing in files before Keras 2.1.3."""
    own = [tuple(K.int_shape(w)) for w in weights]
    return shapes == own[:len(shapes)] and all(s == (1,) for s in own[len(shapes):])


def _set_numbers(optimizer, text):
    try:
        numbers = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        numbers = {}
    known = unlisted_numbers(optimizer)
    for name, value in numbers.items() if isinstance(numbers, dict) else ():
        if name in known and type(value) in (int, float):
            K.set_value(getattr(optimizer, name), value)
