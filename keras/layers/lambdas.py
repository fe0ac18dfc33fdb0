"""Lambda: any expression as a layer, and how its function stands in a config (manual 5.2.9).

Byte code from a file is never run: it could do anything. A named function is looked up in
`custom_objects`; for a nameless one they may hold a function under the layer's name. Within the
process that made it, a config still knows the live function, so layers can be copied.
"""
import inspect

import numpy as np

from .. import backend as K
from ..registry import get_custom_objects
from ..saving.functions import func_dump
from .base import Layer
from .node import as_list


class FunctionName(str):
    """The name of a function in a config; in this process it knows the function too."""

    def __new__(cls, function):
        self = super().__new__(cls, getattr(function, "__name__", type(function).__name__))
        self.function = function
        return self

    def __getnewargs__(self):
        return (self.function,)


class FunctionCode(list):
    """[byte code, defaults, values of the closure] of a function, as Keras 2 writes them; in
    this process it knows the function too."""

    def __init__(self, function):
        super().__init__(func_dump(function))
        self.function = function


def described(function):
    """(what stands for a function in a config, its type: 'function' or 'lambda')."""
    if getattr(function, "__name__", None) == "<lambda>":
        return FunctionCode(function), "lambda"
    return FunctionName(function), "function"


def found(value, objects):
    """The function that stands as `value` in a config: the live one, or that of its name among
    `objects`; None if it cannot be had."""
    if isinstance(value, (FunctionName, FunctionCode)):
        return value.function
    if callable(value):
        return value
    return objects.get(value) if isinstance(value, str) else None


def _refusal(layer, what, value, kind):
    """The error for a function that cannot be had."""
    if kind == "function":
        return ValueError(
            f"Lambda layer {layer!r}: {what} is called {value!r:.60}; say what that is: "
            f"custom_objects={{{value!r:.60}: function}}.")
    return ValueError(
        f"Lambda layer {layer!r}: {what} was saved as Python byte code, which is not run: it "
        f"could do anything, and other versions of Python cannot read it. Two ways on: load with "
        f"custom_objects={{{layer!r}: function}}, a function that does the same; or build the "
        f"model in code and load only its weights with load_weights.")


def _takes_mask(function):
    try:
        return "mask" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # written in C: it tells nothing
        return False


def _array(value):
    """An argument from a config; Keras 2 writes arrays as {'type': 'ndarray', 'value': ...}."""
    if isinstance(value, dict) and value.get("type") == "ndarray":
        return np.array(value["value"])
    return value


def _arguments(config, objects):
    """The arguments of a Lambda from its config. ValueError for a function that cannot be had."""
    name = config.get("name")
    kept = {key: value for key, value in config.items()
            if key != "module" and not key.endswith("_type")}
    for key in ("function", "output_shape", "mask"):
        kind = config.get(f"{key}_type", "function" if key == "function" else "raw")
        if kind == "raw" or key not in config:
            continue
        kept[key] = found(config[key], objects)
        if kept[key] is None and key == "function":
            kept[key] = objects.get(name)
        if kept[key] is None and key != "output_shape":  # that one is not needed
            raise _refusal(name, f"its {key}", config[key], kind)
    arguments = config.get("arguments") or {}
    return {**kept, "arguments": {key: _array(value) for key, value in arguments.items()}}


class Lambda(Layer):
    """Any function of the input as a layer.

    Arguments
        function: called with the input tensor (or list of them); returns a tensor or a list.
            It may take `mask` too. Weights that it uses are not trained: write a Layer for that.
        output_shape: tuple without the axis of samples, or a function from input shapes to
            output shapes; fills in sizes that the function leaves unknown.
        mask: the mask of the output: a tensor, or a function of (inputs, mask); None for none.
        arguments: dict of further keyword arguments of the function.

    Source: Keras 2.1.6 manual, 5.2.9.
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"{self.name}: function is a callable; given {function!r:.60}.")
        if not (output_shape is None or isinstance(output_shape, (tuple, list))
                or callable(output_shape)):
            raise TypeError(f"{self.name}: in Lambda, `output_shape` is a tuple, a list, or a "
                            f"function; given {output_shape!r}.")
        self.function = function
        self.arguments = dict(arguments or {})
        self.mask = mask
        self.supports_masking = mask is not None
        self._told_shape = tuple(output_shape) if isinstance(output_shape, list) else output_shape
        self._takes_mask = _takes_mask(function)
        self.tells_output_shape = output_shape is not None

    def call(self, inputs, mask=None):
        arguments = {**self.arguments, "mask": mask} if self._takes_mask else self.arguments
        outputs = K.called(self.function, inputs, **arguments)
        several = isinstance(outputs, (list, tuple))
        outputs = [K.identity(x) if K.is_native(x) else x for x in as_list(outputs)]
        for x in outputs:
            if not K.is_tensor(x):
                raise ValueError(f"{self.name}: its function must return a tensor or a list of "
                                 f"them; it returned {x!r:.60}.")
        return outputs if several else outputs[0]

    def compute_output_shape(self, input_shape):
        told = self._told_shape
        if told is None:
            return super().compute_output_shape(input_shape)
        if not callable(told):
            first = input_shape[0] if isinstance(input_shape, list) else input_shape
            return (first[0] if first else None, *told)
        shape = told(input_shape)
        if not isinstance(shape, (tuple, list)):
            raise ValueError(f"{self.name}: the output_shape function must return a tuple, or a "
                             f"list of tuples; it returned {shape!r:.60}.")
        if isinstance(shape, list) and not isinstance(shape[0], (tuple, list)):
            return tuple(shape)
        return shape

    def compute_mask(self, inputs, mask=None):
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self):
        function, kind = described(self.function)
        shape, shape_kind = self._told_shape, "raw"
        if callable(shape):
            shape, shape_kind = described(shape)
        config = {**super().get_config(), "function": function, "function_type": kind,
                  "output_shape": shape, "output_shape_type": shape_kind,
                  "arguments": self.arguments}
        if callable(self.mask):  # Keras 2 forgot it
            config["mask"], config["mask_type"] = described(self.mask)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer from what `get_config` returned.

        Arguments
            config: dict.
            custom_objects: dict from names of functions, or the name of the layer, to functions.
        """
        objects = {**get_custom_objects(), **(custom_objects or {})}
        return cls(**_arguments(config, objects))
