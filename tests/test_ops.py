"""Every op of K on every engine against the NumPy oracle: values, shapes, dtypes, gradients."""

import builtins
import re

import numpy as np
import oracle
import pytest
from engines import ENGINES, running_on
from numeric import assert_gradient, projected
from numpy.testing import assert_allclose
from op_cases import CASES, ERRORS, Body, Values, leaves, mapped, rows

from keras import backend as K

KINDS = {"f": "float32", "i": "int32", "b": "bool"}
UPDATES = {"update", "update_add", "update_sub", "moving_average_update"}


@pytest.fixture(autouse=True)
def settings():
    """Each test begins with the same settings, and leaves none behind."""
    before = K.floatx(), K.epsilon(), K.image_data_format()
    yield
    K.set_floatx(before[0])
    K.set_epsilon(before[1])
    K.set_image_data_format(before[2])
    K.clear_session()


def with_sizes(array):
    """A placeholder for an array."""
    return K.placeholder(array.shape, dtype=str(array.dtype))


def without_sizes(array):
    """A placeholder for an array, of its rank alone."""
    return K.placeholder(ndim=array.ndim, dtype=str(array.dtype))


def called(name, case, arrays, unknown_sizes):
    """(placeholders in the arrangement of the arguments, what K.<name> makes of them)."""
    inputs = []
    for position, argument in enumerate(arrays):
        known = position in case.known or not unknown_sizes
        inputs.append(mapped(with_sizes if known else without_sizes, argument))
    arguments = [x.on(K) if isinstance(x, Body) else x for x in inputs]
    if name in UPDATES:
        inputs[0] = None
        arguments[0] = K.variable(arrays[0], dtype=str(arrays[0].dtype))
    return inputs, getattr(K, name)(*arguments, **case.params)


def tensors(nested):
    """The tensors of the nested lists and tuples, in one list."""
    return [x for x in leaves(nested) if K.is_tensor(x)]


def fed(inputs, arrays):
    """The placeholders and the arrays to be fed for them."""
    pairs = [
        (x, array)
        for given, argument in zip(inputs, arrays, strict=True)
        for x, array in zip(leaves(given), leaves(argument), strict=False)
        if K.is_tensor(x)
    ]
    return [x for x, _ in pairs], [array for _, array in pairs]


def run(name, case, dtype, unknown_sizes):
    """(static tensors, arrays) that K.<name> gives for the case, in the order of `leaves`."""
    K.set_floatx(dtype)
    arrays = case.arrays(dtype)
    inputs, result = called(name, case, arrays, unknown_sizes)
    xs, values = fed(inputs, arrays)
    outputs = tensors(result)
    return outputs, called_twice(xs, outputs, values, name in UPDATES)


def called_twice(inputs, outputs, values, moves=False):
    """The values of a function, which are the same in a second call (unless the first `moves`
    a variable): an engine may run known shapes in another way."""
    function = K.function(inputs, outputs)
    first, second = function(values), function(values)
    for x, y in zip(first, second, strict=True):
        assert x.dtype == y.dtype and x.shape == y.shape
        assert moves or np.array_equal(x, y)
    return first


def compatible(static, shape):
    """Whether a static shape allows an actual one."""
    return len(static) == len(shape) and all(
        size is None or size == actual for size, actual in zip(static, shape, strict=True)
    )


def same_dtype(dtype, want, floatx):
    """Whether a dtype is that of the oracle, whose floating numbers are all float64."""
    return dtype == want or want == "float64" and dtype == floatx


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "dtype, unknown_sizes", [("float32", True), ("float32", False), ("float64", True)]
)
@pytest.mark.parametrize("name, case", rows(CASES))
def test_values(engine, dtype, unknown_sizes, name, case):
    with running_on(engine):
        static, got = run(name, case, dtype, unknown_sizes)
    want = leaves(getattr(oracle, name)(*case.arrays("float64"), **case.params))
    rtol, atol = (case.rtol, case.atol) if dtype == "float32" else (1e-9, 1e-10)
    assert len(static) == len(want)
    for x, array, expected in zip(static, got, want, strict=True):
        assert compatible(K.int_shape(x), expected.shape), (x, expected.shape)
        assert array.shape == expected.shape
        assert str(array.dtype) == K.dtype(x)
        assert same_dtype(K.dtype(x), str(expected.dtype), dtype), (x, expected.dtype)
        assert_allclose(array, expected, rtol=rtol, atol=atol)
        if not unknown_sizes and name not in SIZES_FROM_VALUES:
            assert None not in K.int_shape(x), "sizes that follow from those of the inputs"


SIZES_FROM_VALUES = {"ctc_decode"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name, case", rows(CASES))
def test_gradients(engine, name, case):
    if not case.grad:
        pytest.skip("no derivative here")
    K.set_floatx("float64")
    f, x, weights = projected(getattr(oracle, name), case)
    arrays = case.arrays("float64")
    with running_on(engine):
        inputs, result = called(name, case, arrays, True)
        xs, values = fed(inputs, arrays)
        terms = [K.sum(y * K.constant(w)) for y, w in zip(tensors(result), weights, strict=True)]
        by = [each for position in case.grad for each in leaves(inputs[position])]
        gradients = K.gradients(terms, by)
        known = [K.zeros_like(v) if g is None else g for g, v in zip(gradients, by, strict=True)]
        got = called_twice(xs, known, values)
    for v, g in zip(by, known, strict=True):
        assert K.int_shape(g) == K.int_shape(v) and K.dtype(g) == K.dtype(v)
    assert_gradient(f, x, got)


@pytest.mark.parametrize("name, refusal", rows(ERRORS))
def test_refusals(name, refusal):
    def declared(values):
        return K.placeholder(values.shape, dtype=KINDS[values.kind])

    arguments = [mapped(declared, x) for x in refusal.arguments]
    arguments = [x.on(K) if isinstance(x, Body) else x for x in arguments]
    assert not any(isinstance(x, Values) for x in leaves(arguments))
    with pytest.raises(getattr(builtins, refusal.error)) as caught:
        getattr(K, name)(*arguments, **refusal.params)
    assert re.search(refusal.message, str(caught.value)), str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", sorted(UPDATES))
def test_updates_change_the_variable(engine, name):
    for case in CASES[name]:
        arrays = case.arrays("float32")
        with running_on(engine):
            variable, new = K.variable(arrays[0]), K.placeholder(arrays[1].shape)
            update = getattr(K, name)(variable, new, **case.params)
            K.function([new], [], updates=[update])(arrays[1:])
            got = K.get_value(variable)
        assert_allclose(got, getattr(oracle, name)(*arrays, **case.params), rtol=1e-6)
