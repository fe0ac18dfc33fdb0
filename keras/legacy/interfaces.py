"""Decorators with which layers and optimizers of others take the words of Keras 1 (Keras 2's
`keras.legacy.interfaces`). Layers of ours need none: see `calls`."""
import functools
import inspect
import warnings

from ..optimizers import in_order
from .calls import is_modern, modern_call, shown_call, takes_old_names, takes_shape_first


def generate_legacy_interface(allowed_positional_args=None, conversions=None, preprocessor=None,
                              value_conversions=None, object_type="class"):
    """A decorator of a method whose arguments were once called otherwise.

    Arguments
        allowed_positional_args: list of the names that may be given by position; None for all.
        conversions: list of pairs (old name, new name).
        preprocessor: function `(args, kwargs) -> (args, kwargs, conversions made)` for what
            needs more than new names; `args` holds `self`.
        value_conversions: dict from a new name to a dict from old to new values.
        object_type: 'class' for a constructor, 'method' for any other method; it decides what
            the warning names.
    """
    names = dict(conversions or [])
    values = value_conversions or {}

    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            name = type(args[0]).__name__ if object_type == "class" else function.__name__
            given = dict(kwargs)
            made = []
            if preprocessor is not None:
                args, kwargs, made = preprocessor(args, kwargs)
            if allowed_positional_args is not None:
                _check_positions(name, args, allowed_positional_args)
            for old in [old for old in kwargs if old in names]:  # in the order of the call
                _check_once(name, old, names[old], kwargs)
                kwargs[names[old]] = kwargs.pop(old)
            for key in [key for key in kwargs if key in values]:
                if isinstance(kwargs[key], str):
                    kwargs[key] = values[key].get(kwargs[key], kwargs[key])
            if made or kwargs.keys() != given.keys():
                warnings.warn(f"Update your `{name}` call to the Keras 2 API: "
                              f"`{shown_call(name, args[1:], kwargs)}`", stacklevel=2)
            return function(*args, **kwargs)

        wrapper._original_function = function
        return wrapper

    return decorator


def _check_positions(name, args, allowed):
    if len(args) > len(allowed) + 1:
        raise TypeError(f"`{name}` can accept only {len(allowed)} positional arguments "
                        f"{tuple(allowed)}, but you passed the following positional arguments: "
                        f"{list(args[1:])}")


def _check_once(name, old, new, kwargs):
    if new in kwargs:
        raise TypeError(f"For the `{name}` layer, the legacy keyword argument {old!r} was given "
                        f"together with {new!r}, its new name. Leave it out.")


# Layers


def layer_support(name):
    """A decorator of a constructor that takes the Keras 1 words of one of our layers.

    Arguments
        name: of the layer.
    """
    def decorator(init):
        accepted = list(inspect.signature(init).parameters)[1:]

        @functools.wraps(init)
        def wrapper(self, *args, **kwargs):
            if not is_modern(args, kwargs):
                args, kwargs = modern_call([name], accepted, args, kwargs, stacklevel=3)
            return init(self, *args, **kwargs)

        wrapper._original_function = init
        return wrapper

    return decorator


legacy_dense_support = layer_support("Dense")
legacy_dropout_support = layer_support("Dropout")
legacy_gaussiandropout_support = layer_support("GaussianDropout")
legacy_gaussiannoise_support = layer_support("GaussianNoise")
legacy_spatialdropout1d_support = layer_support("SpatialDropout1D")
legacy_spatialdropoutNd_support = layer_support("SpatialDropout2D")
legacy_embedding_support = layer_support("Embedding")
legacy_prelu_support = layer_support("PReLU")
legacy_recurrent_support = layer_support("LSTM")
legacy_lstm_support = layer_support("LSTM")
legacy_conv1d_support = layer_support("Conv1D")
legacy_conv2d_support = layer_support("Conv2D")
legacy_conv3d_support = layer_support("Conv3D")
legacy_separable_conv2d_support = layer_support("SeparableConv2D")
legacy_deconv2d_support = layer_support("Conv2DTranspose")
legacy_convlstm2d_support = layer_support("ConvLSTM2D")
legacy_pooling1d_support = layer_support("MaxPooling1D")
legacy_pooling2d_support = layer_support("MaxPooling2D")
legacy_pooling3d_support = layer_support("MaxPooling3D")
legacy_global_pooling_support = layer_support("GlobalMaxPooling2D")
legacy_upsampling1d_support = layer_support("UpSampling1D")
legacy_upsampling2d_support = layer_support("UpSampling2D")
legacy_upsampling3d_support = layer_support("UpSampling3D")
legacy_cropping2d_support = layer_support("Cropping2D")
legacy_cropping3d_support = layer_support("Cropping3D")
legacy_zeropadding2d_support = layer_support("ZeroPadding2D")
legacy_zeropadding3d_support = layer_support("ZeroPadding3D")
legacy_batchnorm_support = layer_support("BatchNormalization")


legacy_add_weight_support = takes_shape_first


# Models and optimizers


legacy_model_constructor_support = takes_old_names("Model")


def legacy_generator_methods_support(method):
    """A decorator of `fit_generator`, `evaluate_generator` or `predict_generator`.

    Arguments
        method: one of them.
    """
    return takes_old_names(method.__name__)(method)


def legacy_get_updates_support(get_updates):
    """A decorator of an optimizer's `get_updates(self, loss, params)`: it also takes the
    arguments as (params, constraints, loss), Keras 1's order, and as (params, loss).

    Arguments
        get_updates: the method.
    """
    @functools.wraps(get_updates)
    def wrapper(self, *args, **kwargs):
        names = ("loss", "params")
        if args and isinstance(args[0], (list, tuple)):
            whole = len(args) + ("loss" in kwargs) == 3
            names = ("params", "constraints", "loss") if whole else ("params", "loss")
        given = {**dict(zip(names, args)), **kwargs}
        loss, params = in_order(given["loss"], given["params"], given.get("constraints"))
        return get_updates(self, loss=loss, params=params)

    return wrapper
