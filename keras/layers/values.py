"""Layers and models called on arrays: values in, values out, nothing recorded."""
from .. import backend as K
from .node import as_list, unpacked

KEPT = 8  # functions that a layer keeps, one for each kind of input


def are_arrays(inputs):
    """Whether all of some inputs are arrays, of NumPy or of another library."""
    return all(hasattr(x, "__array__") and not K.is_tensor(x) for x in inputs)


def values(layer, inputs, training=None, **kwargs):
    """What a layer computes from arrays.

    Arguments
        layer: Layer; it is built for the arrays if it was not yet.
        inputs: array, or list of them; the sizes of their first axes are free.
        training: whether the learning phase is training. Weights and states stay as they are.
        kwargs: of its `call`.

    Returns
        NumPy array, or a list of them.
    """
    arrays = as_list(inputs)
    if training is not None and layer._call_takes_training:
        kwargs["training"] = training
    shapes = [(None, *x.shape[1:]) for x in arrays]
    kept = vars(layer).setdefault("_array_functions", {})
    key = (tuple(shapes), repr(kwargs), layer._version())
    if key not in kept:
        if len(kept) >= KEPT:
            kept.clear()
        kept[key] = layer._array_function(shapes, isinstance(inputs, (list, tuple)), kwargs)
    return unpacked(kept[key]([*arrays, int(bool(training))]))


def function_of(layer, shapes, several, kwargs):
    """The function from arrays to values of a layer, made by a trial call.

    Arguments
        layer: Layer.
        shapes: list of tuples.
        several: whether the layer is called on a list.
        kwargs: of its `call`.
    """
    tensors = [K.placeholder(shape) for shape in shapes]
    inputs = tensors if several else tensors[0]
    with K.name_scope(layer.name):
        layer.assert_input_compatibility(tensors)
        if not layer.built:
            layer._build_for(inputs, tensors)
        outputs = layer._trial().call(inputs, **kwargs)
    return K.function([*tensors, K.learning_phase()], as_list(outputs))
