"""Models of every kind for the tests of files, data for them, and comparing them."""

import numpy as np
import pytest

from keras import backend as K
from keras import layers as L
from keras.models import Model, Sequential

rng = np.random.default_rng(5)


@pytest.fixture(autouse=True)
def fresh():
    K.clear_session()
    np.random.seed(0)


def swish(x):
    return x * K.sigmoid(x)


class Scale(L.Layer):
    """A layer of the user's, with a weight."""

    def build(self, input_shape):
        self.w = self.add_weight("w", (input_shape[-1],), initializer="ones")
        super().build(input_shape)

    def call(self, x):
        return x * self.w


OWN = {"swish": swish, "Scale": Scale}


def mlp():
    return Sequential([L.Dense(6, activation="relu", input_dim=4), L.BatchNormalization(),
                       L.Dropout(0.3), L.Dense(3, activation="softmax")])


def own():
    return Sequential([L.Dense(6, activation=swish, input_dim=4), Scale(), L.Dense(2),
                       L.Lambda(swish)])


def cnn():
    return Sequential([
        L.Conv2D(4, 3, padding="same", input_shape=(8, 8, 3)), L.SeparableConv2D(5, 3),
        L.MaxPooling2D(), L.DepthwiseConv2D(2), L.Conv2DTranspose(3, 2), L.LeakyReLU(0.2),
        L.PReLU(shared_axes=[1, 2]), L.ZeroPadding2D(((1, 0), (0, 1))), L.UpSampling2D(),
        L.GaussianNoise(0.1), L.GlobalAveragePooling2D(), L.Dense(2)])


def lstms():
    return Sequential([
        L.Embedding(20, 5, input_length=7, mask_zero=True),
        L.Bidirectional(L.LSTM(4, return_sequences=True, dropout=0.2)),
        L.TimeDistributed(L.Dense(3)), L.GRU(4, return_sequences=True, reset_after=True),
        L.SimpleRNN(3), L.Dense(1)])


def stateful():
    return Sequential([L.LSTM(3, stateful=True, batch_input_shape=(6, 5, 4)), L.Dense(1)])


def stacked_cells():
    x = L.Input((5, 4))
    y = L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True)(x)
    return Model(x, L.Dense(1)(L.Flatten()(y)))


def seq2seq():
    x, y = L.Input((5, 4)), L.Input((3, 2))
    _, h, c = L.LSTM(3, return_state=True)(x)
    return Model([x, y], L.LSTM(3)(y, initial_state=[h, c]))


def cudnn():
    return Sequential([L.CuDNNLSTM(3, return_sequences=True, input_shape=(5, 4)), L.CuDNNGRU(2)])


def conv_lstm():
    return Sequential([L.ConvLSTM2D(2, 3, input_shape=(3, 6, 6, 2)), L.Flatten(), L.Dense(1)])


def shared():
    a, b = L.Input((4,)), L.Input((4,))
    dense = L.Dense(3)
    joined = L.concatenate([dense(a), dense(b)])
    again = L.Dense(6)
    return Model([a, b], [again(again(joined)), L.Dense(2, name="second")(joined)])


def nested():
    inner = Sequential([L.Dense(4, input_dim=4), L.BatchNormalization()], name="inner")
    inner.layers[0].trainable = False
    x = L.Input((4,))
    middle = Model(x, L.add([inner(x), inner(inner(x))]), name="middle")
    y = L.Input((4,))
    return Model(y, L.Dense(2)(middle(y)))


def input_layer_first():
    return Sequential([L.InputLayer((4,)), L.Dense(3)])


def model_first():
    return Sequential([mlp(), L.Dense(2)])


MODELS = [mlp, own, cnn, lstms, stateful, stacked_cells, seq2seq, cudnn, conv_lstm, shared, nested,
          input_layer_first, model_first]


def data_for(model, n=6):
    """Inputs and targets; whole numbers for an Embedding."""
    whole = any(isinstance(layer, L.Embedding) for layer in model.layers)
    xs = [rng.integers(0, 20, (n, *K.int_shape(x)[1:])) if whole else
          rng.normal(size=(n, *K.int_shape(x)[1:])).astype("float32") for x in model.inputs]
    ys = [rng.normal(size=(n, *K.int_shape(y)[1:])).astype("float32") for y in model.outputs]
    return xs, ys


def listed(x):
    return x if isinstance(x, list) else [x]


def assert_same(found, wanted):
    assert len(listed(found)) == len(listed(wanted))
    for a, b in zip(listed(found), listed(wanted)):
        np.testing.assert_array_equal(a, b)


def randomize(model):
    model.set_weights([rng.normal(size=w.shape).astype("float32") ** 2 + 0.1 if w.ndim < 2
                       else rng.normal(size=w.shape) for w in model.get_weights()])


def text(value):
    """A string attribute as h5py 2 or 3 gives it."""
    return value.decode() if isinstance(value, bytes) else value


def names(group, name):
    return [n.decode() for n in group.attrs[name]]
