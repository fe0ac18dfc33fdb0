"""Configs of every age in the form of Keras 2.2.4: Keras 1, tf.keras 1 and 2, Keras 3.

What a file writes differently is translated; what is new there and harmless as long as it has its
default is dropped; anything else is left for the layer to refuse by name. Layers that the user
passes as custom_objects get their arguments as they stand in the file.
"""
import inspect
import warnings

from .. import initializers
from ..layers.base import OPTIONS, snake_case
from ..legacy.spellings import RENAMED_LAYERS, merge_layer, modern
from ..optimizers import COMMON
from ..registry import get_custom_objects
from ..registry import layers as layer_registry
from .errors import ConfigError

MODELS = ("Model", "Sequential", "Functional")
SAME_LAYER = {"Functional": "Model", "BatchNormalizationV1": "BatchNormalization",
              "BatchNormalizationV2": "BatchNormalization", "LSTMV1": "LSTM", "LSTMV2": "LSTM",
              "GRUV1": "GRU", "GRUV2": "GRU", **RENAMED_LAYERS}
# Arguments of later Kerases, with the values under which they change nothing.
HARMLESS = {
    "ragged": (False,), "time_major": (False,), "groups": (1,), "synchronized": (False,),
    "keepdims": (False,), "renorm": (False,), "sparse": (False,), "fused": (True, False),
    "zero_output_for_mask": (False,), "use_cudnn": ("auto", True, False), "optional": (False,),
    "autocast": (True, False), "experimental_autocast": (True, False), "mode": (0,),
    "lora_rank": (), "quantized": (False,), "seed": (), "dropout_seed": (), "momentum": (0, 0.0),
    "renorm_clipping": (), "renorm_momentum": (0.99,), "virtual_batch_size": (),
    "trainable": (True, False),
    "supports_masking": (True, False), "dropout": (0, 0.0), "implementation": (0, 1, 2),
    "backward_layer": (), "_convolution_op": (), "mask_mode": (0,), "cache_enabled": (True, False),
}
ALWAYS_DROPPED = {"backward_layer", "fused", "use_cudnn", "autocast", "experimental_autocast",
                  "supports_masking", "cache_enabled", "output_mask_type",
                  "zero_output_for_mask"}  # masked steps are skipped behind a layer anyway
TF_INITIALIZERS = ("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform",
                   "LecunNormal")
L1L2 = {"WeightRegularizer", "L1L2Regularizer", "ActivityRegularizer", "L1L2"}
CONSTRAINTS = {"MaxNorm": {"m": "max_value"}, "MinMaxNorm": {"low": "min_value",
                                                            "high": "max_value"}}


def modernized(entry, custom_objects=None):
    """A layer's or model's {'class_name', 'config'} in the form of Keras 2.2.4.

    Arguments
        entry: dict; it stays as it is.
        custom_objects: dict, name -> object.

    Returns
        dict.
    """
    known = {**get_custom_objects(), **(custom_objects or {})}
    return _layer(entry, known)


def _layer(entry, known):
    if not isinstance(entry, dict):
        raise ConfigError(f"a layer in a config is a dict; given {str(entry)[:100]!r}.")
    if "class_name" not in entry and isinstance(entry.get("name"), str):  # Keras 0.x
        config = {k: v for k, v in entry.items() if k not in ("name", "custom_name")}
        entry = {"class_name": entry["name"], "config": {**config,
                                                         "name": entry.get("custom_name")}}
    if "class_name" not in entry or "config" not in entry:
        raise ConfigError(f"a layer in a config has a class_name and a config; given "
                          f"{str(entry)[:100]!r}.")
    name, config = _custom_name(entry, known), entry["config"]
    if not isinstance(name, str) or not isinstance(config, (dict, list)):
        raise ConfigError(f"a layer in a config has the name of its class and a dict; given "
                          f"{str(name)[:60]!r} with {str(config)[:100]!r}.")
    own_name = config.get("name") if isinstance(config, dict) else None
    if not isinstance(own_name, (str, type(None))):
        raise ConfigError(f"the name of a layer is a string; given {str(own_name)[:60]!r}.")
    if name not in known:
        name, config = _built_in(SAME_LAYER.get(name, name), name, config)
    if isinstance(config, dict):
        config = _inner(config, known)
        if name == "Merge" and isinstance(config.get("layers"), list):
            config["layers"] = [_layer(one, known) for one in config["layers"]]
        if name in MODELS or "layers" in config and "input_layers" in config:
            config = _network(config, known)
    else:
        config = [_layer(one, known) for one in config]
    kept = {k: v for k, v in entry.items() if k in ("name", "inbound_nodes")}
    return {**kept, "class_name": name, "config": config}


def _custom_name(entry, known):
    """The class's name; Keras 3 registers a user's class as 'package>Name'."""
    registered = entry.get("registered_name")
    if isinstance(registered, str) and registered in known:
        return registered
    name = entry["class_name"]
    if isinstance(name, str) and ">" in name and name not in known:
        return name.rsplit(">", 1)[1]
    return name


# Layers of ours


def accepted_arguments(cls):
    """The names of the arguments of a layer's class."""
    parameters = inspect.signature(cls.__init__).parameters
    options = OPTIONS if any(p.kind is p.VAR_KEYWORD for p in parameters.values()) else ()
    return {*getattr(cls, "fields", ()), *parameters, *options} - {"self", "kwargs", "args"}


def _built_in(name, old, config):
    """The (name, config) of one of our own layers."""
    if not isinstance(config, dict) or name in MODELS:
        return name, config
    if name == "Merge":  # one with layers of its own begins a Sequential
        return _line_of_merged(config) if config.get("layers") else merge_layer(config)
    if name == "TimeDistributedDense":
        return "TimeDistributed", {"name": config.get("name"), "layer": {
            "class_name": "Dense", "config": {k: v for k, v in config.items()
                                              if k not in ("batch_input_shape", "input_length")}},
            **{k: config[k] for k in ("batch_input_shape",) if k in config}}
    cls = layer_registry.entries.get(name)
    if cls is None:
        return old, config
    accepted = accepted_arguments(cls)
    config = dict(config)
    if "batch_shape" in config and "batch_shape" not in accepted:
        config["batch_input_shape"] = config.pop("batch_shape")
    config = modern(name, config, accepted)
    if name == "Lambda":
        return name, {k: v for k, v in config.items() if not k.endswith("module")}
    if "depthwise_initializer" in accepted:  # tf.keras's classes inherit what they do not use
        config = {k: v for k, v in config.items() if not k.startswith("kernel_")
                  or k == "kernel_size"}
    if name == "BatchNormalization" and isinstance(config.get("axis"), list):
        config["axis"] = config["axis"][0] if len(config["axis"]) == 1 else config["axis"]
    if name == "LeakyReLU" and "negative_slope" in config:
        config["alpha"] = config.pop("negative_slope")
    if name == "Embedding" and config.get("dropout"):
        warnings.warn(f"{config.get('name')}: the dropout of Keras 1's Embedding is left out; it "
                      f"acted in training only.", stacklevel=2)
        del config["dropout"]
    return name, {k: v for k, v in config.items() if k in accepted or not _harmless(k, v)}


def _line_of_merged(config):
    """A Merge of Keras 1 that holds the models it merges."""
    merge_layer(config)  # refuses what has no layer here
    return "Merge", {key: config[key] for key in ("name", "layers", "mode", "concat_axis",
                                                  "dot_axes") if key in config}


def _harmless(name, value):
    """Whether an argument that a layer does not take may be dropped."""
    if value is None or name in ALWAYS_DROPPED:
        return True
    return name in HARMLESS and any(value is one or value == one and type(value) is type(one)
                                    for one in HARMLESS[name])


def _inner(config, known):
    """The objects inside a layer's config."""
    result = {}
    for key, value in config.items():
        if key in ("layer", "cell") and isinstance(value, dict):
            value = _layer(value, known)
        elif key == "cells" and isinstance(value, list):
            value = [_layer(one, known) for one in value]
        elif key == "dtype":
            value = _dtype(value)
        elif key.endswith("initializer"):
            value = _initializer(_unwrapped(value))
        elif key.endswith("regularizer"):
            value = _regularizer(_unwrapped(value))
        elif key.endswith("constraint"):
            value = _constraint(_unwrapped(value))
        elif key not in ("layers", "function", "arguments"):
            value = _unwrapped(value)
        result[key] = value
    return result


def _dtype(value):
    """The name of the dtype of weights: tf.keras and Keras 3 store a policy."""
    if isinstance(value, dict) and isinstance(value.get("config"), dict):
        value = value["config"].get("name", value["config"].get("source_name"))
    return "float32" if value in ("mixed_float16", "mixed_bfloat16") else value


def _unwrapped(value):
    """An object of a config without what Keras 3 wraps around it."""
    if not isinstance(value, dict) or "class_name" not in value:
        return value
    name, config = value["class_name"], value.get("config")
    if name == "__tuple__":
        return list(value.get("items", ()))
    if name == "function" and isinstance(config, str):
        return config
    if name == "function" and isinstance(config, dict):
        return config.get("name", config)
    if "module" in value or "registered_name" in value:
        registered = value.get("registered_name")
        if isinstance(registered, str) and ">" in registered:
            name = registered.rsplit(">", 1)[1]
        return {"class_name": name, "config": config}
    return value


def _initializer(value):
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict):
        return value
    name = value.get("class_name")
    config = {k: v for k, v in value["config"].items() if k != "dtype"}
    if name in TF_INITIALIZERS:
        name = snake_case(name)
        config = {k: v for k, v in config.items() if k == "seed"}
    if name == "VarianceScaling" and "normal" in str(config.get("distribution")):
        config["distribution"] = "normal"
    cls = initializers.registry.entries.get(name)
    if inspect.isclass(cls):  # Keras 3 adds arguments that say nothing new
        known = () if cls.__init__ is object.__init__ else inspect.signature(
            cls.__init__).parameters
        config = {k: v for k, v in config.items() if k in known or v is not None
                  and not k.endswith("_axes")}
    return {"class_name": name, "config": config}


def _regularizer(value):
    if not isinstance(value, dict):
        return value
    name = value.get("class_name", value.get("name"))
    config = value.get("config", value)
    if name in L1L2 | {"L1", "L2"} and isinstance(config, dict):
        kept = {k: config[k] for k in ("l1", "l2") if config.get(k) is not None}
        return {"class_name": "L1L2", "config": kept}
    return value


def _constraint(value):
    if not isinstance(value, dict) or "class_name" in value or not isinstance(
            value.get("name"), str):
        return value
    names = CONSTRAINTS.get(value["name"], {})
    config = {names.get(k, k): v for k, v in value.items() if k != "name"}
    return {"class_name": value["name"], "config": config}


# Networks


def _network(config, known):
    """The config of a model, with its layers and their calls."""
    config = {k: v for k, v in config.items() if k not in ("trainable", "dtype", "build_config")}
    if not isinstance(config.get("layers", []), list):
        raise ConfigError(f"the layers of a model are a list; given "
                          f"{str(config['layers'])[:100]!r}.")
    config["layers"] = [_layer(one, known) for one in config.get("layers", [])
                        if not _mask_of_keras_3(one)]
    for key in ("input_layers", "output_layers"):
        if key in config:
            config[key] = _places(config[key], key)
    if any(isinstance(node, dict) for entry in config["layers"]
           for node in _list(entry.get("inbound_nodes", []))):
        config = _counting_own_nodes(config)
    for entry in config["layers"]:
        if "inbound_nodes" in entry:
            entry["inbound_nodes"] = [_call(node) for node in _list(entry["inbound_nodes"])]
            entry.setdefault("name", entry["config"].get("name")
                             if isinstance(entry["config"], dict) else None)
    return config


def _mask_of_keras_3(entry):
    """Whether a layer is the op by which Keras 3 writes an Embedding's mask, which layers here know
    by themselves."""
    return isinstance(entry, dict) and entry.get("class_name") == "NotEqual" \
        and entry.get("module") == "keras.src.ops.numpy"


def _counting_own_nodes(config):
    """Keras 3's calls as Keras 2 numbers them, where the first node of every model in a model is
    its own: in Keras 3 only a functional one's is counted, among the inputs and outputs."""
    lines = {entry.get("name") for entry in config["layers"]
             if entry["class_name"] == "Sequential"}
    nested = {entry.get("name") for entry in config["layers"] if entry["class_name"] in MODELS}

    def counted(own_node, place):
        return [place[0], place[1] + (place[0] in own_node), *place[2:]]

    for entry in config["layers"]:
        entry["inbound_nodes"] = [[counted(nested, place) for place in _call(node)]
                                  for node in _list(entry.get("inbound_nodes", []))]
    return {**config, **{key: [counted(lines, place) for place in config[key]]
                         for key in ("input_layers", "output_layers") if key in config}}


def _list(value):
    if not isinstance(value, list):
        raise ConfigError(f"the calls of a layer are a list; given {str(value)[:100]!r}.")
    return value


def _places(value, key):
    """[[layer, node, tensor], ...]; Keras 3 writes one alone, and dicts by name."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and value and isinstance(value[0], str):
        value = [value]
    if not isinstance(value, list):
        raise ConfigError(f"{key} are a list; given {str(value)[:100]!r}.")
    return [_place(one) for one in value]


def _place(value):
    ok = isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and all(
        type(n) is int and n >= 0 for n in value[1:3])
    if not ok:
        raise ConfigError(f"a tensor in a config is [layer, call, output]; given "
                          f"{str(value)[:100]!r}.")
    return value


def _call(node):
    """One call of a layer: a list of [layer, node, tensor, arguments]."""
    if isinstance(node, dict):
        return _keras_3_call(node)
    if isinstance(node, list) and node and isinstance(node[0], str):
        node = [node]
    return [_without_defaults(_place(one)) for one in _list(node)]


def _without_defaults(place):
    """tf.keras writes arguments of a call that were not given as None."""
    if len(place) > 3 and isinstance(place[3], dict):
        return [*place[:3], {k: v for k, v in place[3].items() if v is not None}]
    return place


def _keras_3_call(node):
    """A call as Keras 3 writes it: {'args': [tensors], 'kwargs': {...}}."""
    places = [_place(x["config"]["keras_history"]) for x in _history(node.get("args", []))]
    given = node.get("kwargs") if isinstance(node.get("kwargs"), dict) else {}
    places += [_place(x["config"]["keras_history"])
               for x in _history(given.get("initial_state") or [])]
    arguments = {k: v for k, v in given.items()
                 if v is not None and not isinstance(v, (dict, list))}
    return [[*place, arguments] for place in places]


def _history(args):
    """The tensors in the (nested) arguments of a call."""
    for one in args if isinstance(args, (list, tuple)) else [args]:
        if isinstance(one, dict) and one.get("class_name") == "__keras_tensor__" \
                and isinstance(one.get("config"), dict) and "keras_history" in one["config"]:
            yield one
        elif isinstance(one, (list, tuple)):
            yield from _history(one)


# Training


def modern_optimizer(config, classes):
    """An optimizer's {'class_name', 'config'} with only the arguments it takes here.

    Arguments
        config: dict, of any Keras.
        classes: dict from lower-case names to our classes.

    Raises
        ConfigError: for a learning rate that is a schedule.
    """
    config = _unwrapped(config)
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict) \
            or not isinstance(config.get("class_name"), str):
        raise ConfigError(f"an optimizer in a config has a class_name and a config; given "
                          f"{str(config)[:100]!r}.")
    name, arguments = config["class_name"], dict(config["config"])
    cls = classes.get(name.lower())
    if cls is None:
        return {"class_name": name, "config": arguments}
    if "learning_rate" in arguments:
        arguments["lr"] = arguments.pop("learning_rate")
    if isinstance(arguments.get("lr"), dict):
        raise ConfigError(f"the learning rate of {name} is a schedule: "
                          f"{str(arguments['lr'])[:100]}. Load with compile=False and compile.")
    known = {*inspect.signature(cls.__init__).parameters, *COMMON} - {"kwargs"}
    return {"class_name": name, "config": {k: v for k, v in arguments.items()
                                           if k in known and (v is not None or k == "epsilon")}}


def modern_losses(value, registry):
    """Losses or metrics of a training config by the names of the functions here; lists and dicts
    of them likewise.

    Arguments
        value: string, list or dict.
        registry: the Registry that knows the functions.
    """
    if isinstance(value, (list, tuple)):
        return [modern_losses(one, registry) for one in value]
    value = _unwrapped(value)
    if not isinstance(value, dict):
        return value
    if "class_name" not in value or "config" not in value:
        return {key: modern_losses(one, registry) for key, one in value.items()}
    config = value["config"] if isinstance(value["config"], dict) else {}
    for name in (config.get("fn"), snake_case(str(value["class_name"])), config.get("name")):
        name = modern_losses(name, registry) if isinstance(name, dict) else name
        if isinstance(name, str) and (name in registry.entries or name in ("accuracy", "acc")):
            return name
    return value
