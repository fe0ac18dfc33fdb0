"""What libraries of Keras 2's years rely on, and the manual does not say."""
import numpy as np
import pytest
from engines import each_engine  # noqa: F401

from keras import backend as K


def test_a_shape_may_be_a_number():
    """Optimizers of Keras 2's time wrote K.zeros(1)."""
    assert K.int_shape(K.zeros(1)) == (1,)
    assert K.eval(K.ones(2)).tolist() == [1, 1]


def test_sizes_that_follow_from_known_ones_are_known():
    x = K.placeholder((None, 4, 6))
    sizes = K.shape(x)
    product = K.prod(K.int_shape(x)[1:])
    assert K.int_shape(K.reshape(x, (-1, product))) == (None, 24)
    assert K.int_shape(K.reshape(x, (sizes[0], sizes[1] * sizes[2]))) == (None, 24)
    assert K.int_shape(K.reshape(x, (-1, K.prod(sizes[1:])))) == (None, 24)
    assert K.int_shape(K.reshape(x, (sizes[0] * 2, sizes[1] // 2, sizes[-1]))) == (None, 2, 6)
    assert K.int_shape(K.zeros((sizes[1] - 1, K.stack([sizes[2], 3])[1]))) == (3, 3)
    assert K.int_shape(K.zeros((sizes[1] % 3, 2))) == (None, 2)
    y = K.reshape(x, (-1, product))
    assert K.function([x], [y])([np.ones((2, 4, 6))])[0].shape == (2, 24)


def test_a_list_of_tensors_is_one_tensor():
    """As TensorFlow and Theano took it."""
    x, y = K.placeholder((None, 3)), K.placeholder((None, 3))
    mean = K.mean([x, y], axis=0)
    assert K.int_shape(mean) == (None, 3)
    assert K.function([x, y], [mean])([np.zeros((2, 3)), np.ones((2, 3))])[0].tolist() == [
        [0.5] * 3] * 2
    with pytest.raises(TypeError, match="list of 2 that do not make one"):
        K.mean([x, K.placeholder((None, 4))])


def test_a_list_with_slices_indexes_as_a_tuple():
    x = K.placeholder((2, 3))
    assert K.int_shape(x[[slice(None), None, slice(1, None)]]) == (2, 1, 2)


def test_inputs_that_nothing_needs_may_be_left_out():
    """Recipes feed the inputs alone to a function of inputs, targets and the learning phase."""
    x, y = K.placeholder((None, 3)), K.placeholder((None, 1))
    f = K.function([x, y, K.learning_phase()], [x * 2])
    for fed in ([np.ones((1, 3))], [np.ones((1, 3)), np.ones((1, 1))]):
        assert f(fed)[0].tolist() == [[2, 2, 2]]
    g = K.function([x, y], [x + y])
    for fed in ([np.ones((1, 3))], [np.ones((1, 3))] * 3):
        with pytest.raises(ValueError, match=f"2 inputs expected, {len(fed)} given"):
            g(fed)
