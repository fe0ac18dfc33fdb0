"""What layers of others test themselves with: layer_test, keras_test, get_test_data."""
import functools

import numpy as np
from numpy.testing import assert_allclose

from .. import backend as K
from ..layers.input_layer import Input
from ..models import Model, Sequential, model_from_json
from ..registry import CustomObjectScope, has_arg


def get_test_data(num_train=1000, num_test=500, input_shape=(10,), output_shape=(2,),
                  classification=True, num_classes=2):
    """Random data that something can be learnt from.

    Arguments
        num_train, num_test: ints, the numbers of samples.
        input_shape: tuple, the shape of an input.
        output_shape: tuple, the shape of a target, where they are numbers.
        classification: whether targets are classes; inputs then scatter about their class's
            number, else about one center.
        num_classes: int.

    Returns
        ((x_train, y_train), (x_test, y_test)).
    """
    samples = num_train + num_test
    if classification:
        y = np.random.randint(0, num_classes, size=samples)
        centers = y
    else:
        centers = np.random.random(samples)
        y = np.broadcast_to(centers.reshape(-1, *[1] * len(output_shape)),
                            (samples, *output_shape)).astype(K.floatx())
    centers = np.asarray(centers).reshape(-1, *[1] * len(input_shape))
    x = np.random.normal(loc=centers, scale=0.7, size=(samples, *input_shape))
    x = x.astype(K.floatx())
    return (x[:num_train], y[:num_train]), (x[num_train:], y[num_train:])


def keras_test(func):
    """A decorator of tests: the graph is empty again behind them, also if they fail.

    Arguments
        func: function.
    """
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        try:
            return func(*args, **kwargs)
        finally:
            K.clear_session()

    return wrapper


def layer_test(layer_cls, kwargs=None, input_shape=None, input_dtype=None, input_data=None,
               expected_output=None, expected_output_dtype=None, fixed_batch_size=False):
    """What every layer must be able to do: give the shapes that it says, in a Model and in a
    Sequential, come back from its config with its weights, and train.

    Arguments
        layer_cls: class of the layer.
        kwargs: dict, the arguments of its constructor.
        input_shape: tuple with the number of samples; None for a size that is not known to the
            layer.
        input_dtype: of the input; None for floatx.
        input_data: array; None for random numbers.
        expected_output: array that the layer must return, to about 1e-3.
        expected_output_dtype: None for that of the input.
        fixed_batch_size: whether the layer is told the number of samples.

    Returns
        array, the output.
    """
    kwargs = dict(kwargs or {})
    data, shape = _data_for(input_shape, input_dtype, input_data)
    dtype = str(input_dtype or data.dtype.name if input_data is not None else
                input_dtype or K.floatx())
    with CustomObjectScope({layer_cls.__name__: layer_cls}):
        layer = _rebuilt(layer_cls(**kwargs), layer_cls)
        batch_shape = shape if fixed_batch_size else (None, *shape[1:])
        x = Input(batch_shape=batch_shape, dtype=dtype)
        y = layer(x)
        assert K.dtype(y) == (expected_output_dtype or dtype), (
            f"{layer_cls.__name__}: its output has dtype {K.dtype(y)}, expected is "
            f"{expected_output_dtype or dtype}")
        model = Model(x, y)
        output = model.predict(data, batch_size=len(data))
        _check_shape(layer, layer.compute_output_shape(batch_shape), output)
        if expected_output is not None:
            assert_allclose(output, expected_output, rtol=1e-3)
        _check_copy(model, data, output)
        if has_arg(layer.call, "training"):
            model.compile("rmsprop", "mse")
            model.train_on_batch(data, output)
        return _in_sequential(layer_cls, kwargs, batch_shape, dtype, data, expected_output)


def _data_for(shape, dtype, data):
    """(input array, shape with None where the layer does not know a size)"""
    if data is not None:
        return data, tuple(shape) if shape is not None else data.shape
    if shape is None:
        raise ValueError("layer_test: give input_shape or input_data.")
    sizes = [np.random.randint(1, 4) if size is None else size for size in shape]
    data = 10 * np.random.random(sizes)
    data = data.astype(dtype or K.floatx())
    if data.dtype.kind == "f":
        data -= 0.5
    return data, tuple(shape)


def _rebuilt(layer, layer_cls):
    """A copy of a new layer by its config; its weights can be got and set before it is built."""
    layer.set_weights(layer.get_weights())
    return layer_cls.from_config(layer.get_config())


def _check_shape(layer, told, output):
    for i, (size, found) in enumerate(zip(told, output.shape)):
        assert size is None or size == found, (
            f"{layer.name}: compute_output_shape says {told}, the output has shape "
            f"{output.shape}: axis {i} differs")
    assert len(told) == output.ndim, (
        f"{layer.name}: compute_output_shape says {told}, the output has shape {output.shape}")


def _check_copy(model, data, output):
    """A model made again from its config, with the weights set, computes the same."""
    copy = type(model).from_config(model.get_config())
    if model.weights:
        copy.set_weights(model.get_weights())
        assert_allclose(copy.predict(data, batch_size=len(data)), output, rtol=1e-3)


def _in_sequential(layer_cls, kwargs, batch_shape, dtype, data, expected_output):
    """The output of the layer as the first one of a Sequential, which is saved and trained."""
    layer = layer_cls(**kwargs, batch_input_shape=batch_shape, dtype=dtype) \
        if "batch_input_shape" not in kwargs else layer_cls(**kwargs)
    model = Sequential([layer])
    output = model.predict(data, batch_size=len(data))
    if expected_output is not None:
        assert_allclose(output, expected_output, rtol=1e-3)
    _check_copy(model, data, output)
    model_from_json(model.to_json())
    model.compile("rmsprop", "mse", weighted_metrics=["acc"])
    model.train_on_batch(data, output)
    return output
