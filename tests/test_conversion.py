"""Weights of older files against the formulas of the format, written here once more in loops."""

import numpy as np
import pytest

from keras import backend as K
from keras import layers as L
from keras.engine.saving import preprocess_weights_for_loading as converted
from keras.models import Model, Sequential
from keras.saving import conversion

rng = np.random.default_rng(3)


def arrays(*shapes):
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def built(layer, shape):
    layer(L.Input(batch_shape=shape))
    return layer


def same(found, wanted):
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted):
        np.testing.assert_array_equal(a, b)


# Keras 1


def test_conv1d_of_keras_1():
    layer = built(L.Conv1D(5, 3), (None, 8, 4))
    w, b = arrays((3, 1, 4, 5), (5,))
    same(converted(layer, [w, b], "1"), [w[:, 0], b])
    old = rng.normal(size=(5, 4, 3, 1))
    got = converted(layer, [old, b], "1")[0]
    for o in range(5):
        for i in range(4):
            for t in range(3):
                assert got[t, i, o] == old[o, i, t, 0]


@pytest.mark.parametrize(
    "cls, old, order",
    [
        (L.Conv2D, (6, 4, 2, 3), (2, 3, 1, 0)),
        (L.Conv2DTranspose, (6, 4, 2, 3), (2, 3, 0, 1)),
        (L.Conv3D, (6, 4, 2, 3, 2), (2, 3, 4, 1, 0)),
    ],
)
def test_channels_first_kernels_of_keras_1(cls, old, order):
    size = {4: (2, 3), 5: (2, 3, 2)}[len(old)]
    layer = cls(6, size, data_format="channels_first")
    layer.build((None, 4, *(9,) * len(size)))
    w, b = arrays(old, (6,))
    found = converted(layer, [w, b], None)
    same(found, [np.transpose(w, order), b])
    assert found[0].shape == K.int_shape(layer.weights[0])


def test_channels_last_kernels_of_keras_1():
    w, b = arrays((2, 3, 4, 6), (6,))
    same(converted(built(L.Conv2D(6, (2, 3)), (None, 9, 9, 4)), [w, b], "1.2.2"), [w, b])
    layer = built(L.Conv2DTranspose(6, (2, 3)), (None, 9, 9, 4))
    same(converted(layer, [w, b], "1.2.2"), [np.transpose(w, (0, 1, 3, 2)), b])


def test_gates_of_keras_1():
    n, u = 3, 4
    # LSTM: W, U, b of i, c, f, o one after the other -> side by side in the order i, f, c, o
    parts = arrays(*[s for _ in range(4) for s in ((n, u), (u, u), (u,))])
    i, c, f, o = (parts[k : k + 3] for k in (0, 3, 6, 9))
    wanted = [np.concatenate(gates, -1) for gates in zip(i, f, c, o)]
    same(converted(built(L.LSTM(u), (None, 5, n)), parts, None), wanted)
    # GRU: z, r, h
    parts = arrays(*[s for _ in range(3) for s in ((n, u), (u, u), (u,))])
    z, r, h = (parts[k : k + 3] for k in (0, 3, 6))
    wanted = [np.concatenate(gates, -1) for gates in zip(z, r, h)]
    same(converted(built(L.GRU(u), (None, 5, n)), parts, None), wanted)


def test_conv_lstm_of_keras_1():
    layer = L.ConvLSTM2D(4, (2, 3), data_format="channels_first")
    layer.build((None, 5, 3, 9, 9))
    parts = arrays(*[s for _ in range(4) for s in ((4, 3, 2, 3), (4, 4, 2, 3), (4,))])
    found = converted(layer, [p.transpose(1, 0, 2, 3) if p.ndim == 4 else p for p in parts], "1")
    assert [w.shape for w in found][2] == (16,)


def test_nothing_of_keras_2_is_changed():
    for layer, shape in [
        (L.Conv2D(6, 2), (None, 9, 9, 4)),
        (L.Dense(3), (None, 4)),
        (L.LSTM(4), (None, 5, 3)),
        (L.GRU(4, reset_after=True), (None, 5, 3)),
    ]:
        weights = arrays(*map(K.int_shape, built(layer, shape).weights))
        same(converted(layer, weights, "2.1.6", "tensorflow"), weights)


# Theano


@pytest.mark.parametrize(
    "layer, shape",
    [
        (L.Conv1D(5, 3), (None, 8, 4)),
        (L.Conv2D(5, (2, 3)), (None, 8, 8, 4)),
        (L.Conv3D(5, 2), (None, 8, 8, 8, 4)),
        (L.Conv2DTranspose(5, (2, 3)), (None, 8, 8, 4)),
    ],
)
def test_theano_kernels_are_turned(layer, shape):
    weights = arrays(*map(K.int_shape, built(layer, shape).weights))
    found = converted(layer, weights, "2.0.6", "theano")
    turned = np.empty_like(weights[0])
    window = weights[0].shape[:-2]
    for place in np.ndindex(*window):
        turned[place] = weights[0][tuple(n - 1 - p for n, p in zip(window, place))]
    same(found, [turned, weights[1]])
    for backend in ("tensorflow", "cntk", "other", None):
        same(converted(layer, weights, "2.0.6", backend), weights)


def test_separable_and_dense_kernels_are_not_turned():
    for layer in (L.SeparableConv2D(5, 3), L.DepthwiseConv2D(3), L.Dense(3)):
        weights = arrays(*map(K.int_shape, built(layer, (None, 8, 8, 4)).weights))
        same(converted(layer, weights, "2.0.6", "theano"), weights)


def test_both_kernels_of_conv_lstm_are_turned():
    layer = L.ConvLSTM2D(4, (2, 3))
    layer.build((None, 5, 9, 9, 3))
    weights = arrays(*map(K.int_shape, layer.weights))
    found = converted(layer, weights, "2.1.3", "theano")
    same(found, [weights[0][::-1, ::-1], weights[1][::-1, ::-1], weights[2]])


def test_turning_a_kernel_wants_three_to_five_axes():
    for shape in ((3, 4), (2,) * 6):
        with pytest.raises(ValueError, match="Invalid kernel shape"):
            conversion.convert_kernel(np.zeros(shape))


def test_reshape_of_kernels():
    layer = built(L.Conv2D(5, (2, 3)), (None, 8, 8, 4))
    w, b = arrays((6, 1, 4, 5), (5,))
    same(converted(layer, [w, b], "2.1.6", None, reshape=True), [w.reshape(2, 3, 4, 5), b])


# CuDNN


def cudnn_kernel(kernel, gates):
    """Each gate's matrix, transposed, read row by row into its own shape."""
    n, u = kernel.shape[0], kernel.shape[1] // gates
    result = np.empty_like(kernel)
    for g in range(gates):
        gate = kernel[:, g * u : (g + 1) * u]
        flat = [gate[a, b] for b in range(u) for a in range(n)]
        result[:, g * u : (g + 1) * u] = np.array(flat).reshape(n, u)
    return result


def cudnn_recurrent(kernel, gates):
    u = kernel.shape[0]
    result = np.empty_like(kernel)
    for g in range(gates):
        for a in range(u):
            for b in range(u):
                result[a, g * u + b] = kernel[b, g * u + a]
    return result


def test_lstm_and_cudnn_lstm():
    n, u = 3, 4
    plain, fast = L.LSTM(u), L.CuDNNLSTM(u)
    plain.build((None, 5, n))
    fast.build((None, 5, n))
    kernel, recurrent, bias = arrays((n, 4 * u), (u, 4 * u), (4 * u,))
    stored = [cudnn_kernel(kernel, 4), cudnn_recurrent(recurrent, 4), np.tile(0.5 * bias, 2)]
    same(converted(fast, [kernel, recurrent, bias], "2.1.6", "tensorflow"), stored)
    same(converted(plain, stored, "2.1.6", "tensorflow"), [kernel, recurrent, bias])
    both = rng.normal(size=8 * u)
    found = converted(plain, [*stored[:2], both], "2.1.6", "tensorflow")[2]
    np.testing.assert_array_equal(found, both[: 4 * u] + both[4 * u :])
    same(converted(fast, stored, "2.1.6", "tensorflow"), stored)
    with pytest.raises(ValueError, match="Invalid bias shape"):
        converted(plain, [kernel, recurrent, np.zeros(5)], "2.1.6", "tensorflow")


def test_gru_and_cudnn_gru():
    n, u = 3, 4
    plain, fast, old = L.GRU(u, reset_after=True), L.CuDNNGRU(u), L.GRU(u)
    for layer in (plain, fast, old):
        layer.build((None, 5, n))
    kernel, recurrent, bias = arrays((n, 3 * u), (u, 3 * u), (2, 3 * u))
    stored = [cudnn_kernel(kernel, 3), cudnn_recurrent(recurrent, 3), bias.ravel()]
    same(converted(fast, [kernel, recurrent, bias], "2.1.6", "tensorflow"), stored)
    same(converted(plain, stored, "2.1.6", "tensorflow"), [kernel, recurrent, bias])
    single = [kernel, recurrent, bias[0]]
    same(converted(old, single, "2.1.6", "tensorflow"), single)
    for layer, weights in ((fast, single), (plain, single), (old, stored),
                           (old, [kernel, recurrent, bias])):
        with pytest.raises(ValueError, match="is not compatible with"):
            converted(layer, weights, "2.1.6", "tensorflow")


def test_two_arrays_are_left_alone():
    layer = L.LSTM(4, use_bias=False)
    layer.build((None, 5, 3))
    weights = arrays((3, 16), (4, 16))
    same(converted(layer, weights, "2.1.6", "tensorflow"), weights)


# Layers in layers


def test_wrappers_and_nested_models():
    turned = L.TimeDistributed(L.Conv2D(5, 2))
    turned(L.Input((3, 8, 8, 4)))
    w, b = arrays((2, 2, 4, 5), (5,))
    same(converted(turned, [w, b], "2.1.6", "theano"), [w[::-1, ::-1], b])

    both = L.Bidirectional(L.LSTM(4))
    both(L.Input((5, 3)))
    halves = [arrays((3, 16), (4, 16), (16,)) for _ in range(2)]
    stored = [x for k, r, b in halves
              for x in (cudnn_kernel(k, 4), cudnn_recurrent(r, 4), np.tile(0.5 * b, 2))]
    same(converted(both, stored, "2.1.6", "tensorflow"), [x for half in halves for x in half])

    # All trainable weights of the inner layers come first, then the others.
    inner = Sequential([L.Conv2D(5, 2, input_shape=(8, 8, 4)), L.BatchNormalization(),
                        L.Conv2D(2, 2)])
    weights = arrays(*map(K.int_shape, inner.weights))
    outer = Model(inner.inputs, inner(inner.inputs[0]))
    found = converted(outer.layers[-1], weights, "2.1.6", "theano")
    turned = [x[::-1, ::-1] if x.ndim == 4 else x for x in weights]
    same(found, turned)
    assert [w.shape for w in found[-2:]] == [(5,), (5,)]
