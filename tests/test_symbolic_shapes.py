"""Sizes that are known only when a function runs: as arguments, as numbers, inside loops."""

import numpy as np
import pytest
from engines import ENGINES, running_on
from numpy.testing import assert_allclose

from keras import backend as K

X = np.arange(24.0).reshape(2, 4, 3)
Y = np.ones((5, 2))


def rows(x):
    return K.shape(x)[0]


def steps(x):
    return K.shape(x)[1]


# What is made of x (unknown, unknown, 3) and y (unknown, 2), its static shape, its value.
TABLE = {
    "zeros": (lambda x, y: K.zeros((rows(x), 3)), (None, 3), np.zeros((2, 3))),
    "ones": (lambda x, y: K.ones(K.shape(x)), (None, None, 3), np.ones((2, 4, 3))),
    "reshape": (lambda x, y: K.reshape(x, (rows(x), -1)), (None, None), X.reshape(2, 12)),
    "product": (lambda x, y: K.reshape(x, (-1, steps(x) * 3)), (None, None), X.reshape(2, 12)),
    "joined": (
        lambda x, y: K.reshape(x, K.concatenate([K.shape(x)[:-1], [3, 1]])),
        (None,) * 4,
        X[..., None],
    ),
    "stacked": (
        lambda x, y: K.reshape(x, K.stack([rows(x), -1])),
        (None, None),
        X.reshape(2, 12),
    ),
    "tile": (lambda x, y: K.tile(y, [steps(x), 1]), (None, 2), np.ones((20, 2))),
    "arange": (lambda x, y: K.arange(1, steps(x) * 2, 2), (None,), [1, 3, 5, 7]),
    "slice": (
        lambda x, y: K.slice(x, [0, steps(x) - 3, 0], [-1, 2, 2]),
        (None, 2, 2),
        X[:, 1:3, :2],
    ),
    "index": (lambda x, y: x[:, steps(x) - 1], (None, 3), X[:, 3]),
    "half": (lambda x, y: x[:, : steps(x) // 2], (None, None, 3), X[:, :2]),
    "backwards": (lambda x, y: x[:, ::-1][..., None, -1], (None, None, 1), X[:, ::-1, -1:]),
    "cast": (lambda x, y: K.sum(x) / K.cast(rows(x), "float32"), (), 138),
    "shapes": (lambda x, y: K.shape(x) * 2, (3,), [4, 8, 6]),
    "count": (lambda x, y: K.prod(K.shape(x)[1:]), (), 12),
    "switch": (lambda x, y: K.switch(rows(x) > 5, x, -x), (None, None, 3), -X),
    "gather": (lambda x, y: K.gather(x, K.arange(rows(x))[::-1]), (None, None, 3), X[::-1]),
    "map_fn": (
        lambda x, y: K.map_fn(lambda i: K.sum(x[:, i]), K.arange(steps(x)), dtype="float32"),
        (None,),
        X.sum((0, 2)),
    ),
    "body": (
        lambda x, y: K.map_fn(lambda each: K.reshape(each, (steps(x) * 3,)), x),
        (None, None),
        X.reshape(2, 12),
    ),
    "body zeros": (
        lambda x, y: K.map_fn(lambda each: K.zeros((rows(y), K.shape(each)[0])), x),
        (None, None, None),
        np.zeros((2, 5, 4)),
    ),
    "conv2d_transpose": (
        lambda x, y: K.conv2d_transpose(
            x[:, None], K.ones((1, 2, 1, 3)), (rows(x), 1, steps(x) * 2, 1), strides=(1, 2)
        ),
        (None, 1, None, 1),
        X.sum(2).repeat(2, 1)[:, None, :, None],
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", TABLE)
def test_sizes_found_at_run_time(engine, name):
    make, shape, want = TABLE[name]
    x, y = K.placeholder((None, None, 3)), K.placeholder((None, 2))
    with running_on(engine):
        result = make(x, y)
        (got,) = K.function([x, y], [result])([X, Y])
    assert K.int_shape(result) == shape
    assert K.dtype(result) == str(got.dtype)
    assert np.shape(got) == np.shape(want)
    assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_random_numbers_of_the_batch_size(engine):
    x = K.placeholder((None, 2))
    made = [K.random_normal((rows(x), 3)), K.random_uniform(K.shape(x), 0, 9, "int32")]
    made += [K.truncated_normal((rows(x),)), K.random_binomial((4, rows(x)), 0.5)]
    made += [K.dropout(K.ones_like(x), 0.5, noise_shape=(rows(x), 1))]
    with running_on(engine):
        values = K.function([x], made)([Y])
    assert [v.shape for v in values] == [(5, 3), (5, 2), (5,), (4, 5), (5, 2)]
    assert values[1].dtype == "int32"
    assert (values[-1][:, 0] == values[-1][:, 1]).all()
