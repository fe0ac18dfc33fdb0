"""Models that ours and other Kerases build alike: each function takes a `keras` and gives a model.

Imported by the tests and by the programs that run where another Keras is installed.
"""

import numpy as np


def perceptron(keras):
    L = keras.layers
    return keras.Sequential([
        L.Dense(8, activation="relu", input_shape=(5,)), L.BatchNormalization(), L.Dropout(0.3),
        L.Dense(4, activation="tanh", kernel_regularizer=keras.regularizers.l2(0.01)),
        L.Activation("elu"), L.Dense(3, activation="softmax")])


def convolutions(keras):
    L = keras.layers
    return keras.Sequential([
        L.Conv2D(4, 3, activation="relu", input_shape=(12, 12, 3)),
        L.Conv2D(4, (2, 3), strides=2, padding="same"), L.BatchNormalization(scale=False),
        L.MaxPooling2D(2), L.Dropout(0.2), L.Flatten(), L.Dense(5, activation="softmax")])


def odd_convolutions(keras):
    L = keras.layers
    return keras.Sequential([
        L.SeparableConv2D(6, 3, depth_multiplier=2, input_shape=(9, 9, 2)),
        L.DepthwiseConv2D(2, padding="same", use_bias=False), L.Conv2DTranspose(3, 3, strides=2),
        L.Conv2D(2, 2, dilation_rate=2), L.GlobalMaxPooling2D()])


def series(keras):
    L = keras.layers
    return keras.Sequential([
        L.Conv1D(6, 3, padding="causal", dilation_rate=2, input_shape=(16, 3)), L.MaxPooling1D(2),
        L.SeparableConv1D(4, 3), L.AveragePooling1D(2), L.GlobalAveragePooling1D(), L.Dense(2)])


def volumes(keras):
    L = keras.layers
    return keras.Sequential([L.Conv3D(3, 2, input_shape=(5, 5, 5, 2)), L.MaxPooling3D(2),
                             L.Flatten(), L.Dense(2)])


def residual(keras):
    """ResNet-50: the same layers and calls, with an eighth of the filters."""
    L = keras.layers

    def convolved(x, filters, size, **options):
        x = L.Conv2D(filters, size, **options)(x)
        return L.BatchNormalization(axis=3)(x)

    def block(x, filters, strides=None):
        first = {} if strides is None else {"strides": strides}
        y = L.Activation("relu")(convolved(x, filters, 1, **first))
        y = L.Activation("relu")(convolved(y, filters, 3, padding="same"))
        y = convolved(y, 4 * filters, 1)
        if strides is not None:
            x = convolved(x, 4 * filters, 1, **first)
        return L.Activation("relu")(L.add([y, x]))

    inputs = L.Input((32, 32, 3))
    x = convolved(L.ZeroPadding2D(3)(inputs), 8, 7, strides=2)
    x = L.MaxPooling2D(3, strides=2)(L.Activation("relu")(x))
    for filters, count, strides in ((8, 3, 1), (16, 4, 2), (32, 6, 2), (64, 3, 2)):
        x = block(x, filters, strides)
        for _ in range(count - 1):
            x = block(x, filters)
    x = L.Dense(10, activation="softmax")(L.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, x)


def stacked_lstms(keras):
    L = keras.layers
    return keras.Sequential([
        L.LSTM(6, return_sequences=True, recurrent_activation="sigmoid", input_shape=(7, 3)),
        L.LSTM(5, return_sequences=True, dropout=0.1, recurrent_dropout=0.1,
               recurrent_activation="sigmoid"),
        L.LSTM(4, activation="relu", recurrent_activation="sigmoid"), L.Dense(2)])


def both_ways(keras):
    L = keras.layers
    x = L.Input((7,))
    y = L.Bidirectional(L.LSTM(4, return_sequences=True, recurrent_activation="sigmoid"))(
        L.Embedding(20, 6)(x))
    z = L.Bidirectional(L.GRU(3, recurrent_activation="sigmoid", reset_after=True),
                        merge_mode="sum")(y)
    return keras.Model(x, L.Dense(2)(z))


def gated(keras):
    L = keras.layers
    x = L.Input((6, 3))
    y = L.GRU(4, reset_after=True, recurrent_activation="sigmoid")(x)
    z = L.GRU(4, reset_after=False, recurrent_activation="sigmoid", go_backwards=True)(x)
    return keras.Model(x, L.Dense(2)(L.concatenate([y, z])))


def recurrent(keras):
    L = keras.layers
    return keras.Sequential([
        L.SimpleRNN(4, return_sequences=True, input_shape=(6, 3)), L.TimeDistributed(L.Dense(3)),
        L.SimpleRNN(3, use_bias=False)])


def masked(keras):
    L = keras.layers
    return keras.Sequential([L.Masking(0.5, input_shape=(6, 3)),
                             L.LSTM(4, recurrent_activation="sigmoid"), L.Dense(2)])


def masked_words(keras):
    L = keras.layers
    x = L.Input((7,))
    y = L.GRU(4, reset_after=True, recurrent_activation="sigmoid")(
        L.Embedding(20, 5, mask_zero=True)(x))
    return keras.Model(x, L.Dense(1, activation="sigmoid")(y))


def shared(keras):
    L = keras.layers
    a, b = L.Input((5,)), L.Input((5,))
    one = L.Dense(4, activation="relu")
    x = L.concatenate([one(a), one(b)])
    again = L.Dense(8)
    return keras.Model([a, b], L.Dense(2)(again(again(x))))


def nested(keras):
    L = keras.layers
    inner = keras.Sequential([L.Dense(4, input_shape=(4,)), L.BatchNormalization()], name="inner")
    x = L.Input((4,))
    middle = keras.Model(x, L.add([inner(x), inner(inner(x))]), name="middle")
    y = L.Input((4,))
    return keras.Model(y, L.Dense(2)(middle(y)))


def frozen(keras):
    """The first layer of a model in a model does not train: its weights are kept last."""
    L = keras.layers
    inner = keras.Sequential([L.Dense(4, input_shape=(4,)), L.Dense(3)], name="inner")
    inner.layers[0].trainable = False
    x = L.Input((4,))
    return keras.Model(x, L.Dense(2)(inner(x)))


def many_ends(keras):
    L = keras.layers
    a, b = L.Input((4,), name="a"), L.Input((6, 2), name="b")
    x = L.Dense(3, activation="relu")(a)
    y = L.Flatten()(b)
    z = L.concatenate([x, y])
    return keras.Model([a, b], [L.Dense(2, name="p")(z), L.Dense(1, activation="sigmoid",
                                                                 name="q")(z)])


def merged(keras):
    L = keras.layers
    x = L.Input((6,))
    a, b, c = (L.Dense(4)(x) for _ in range(3))
    parts = [L.add([a, b, c]), L.subtract([a, b]), L.multiply([a, b, c]), L.average([a, b]),
             L.maximum([a, b, c]), L.dot([a, b], axes=1), L.dot([a, c], axes=-1, normalize=True)]
    return keras.Model(x, L.concatenate(parts))


def bent(keras):
    L = keras.layers
    return keras.Sequential([
        L.Dense(6, input_shape=(4,)), L.LeakyReLU(0.2), L.PReLU(), L.Dense(6), L.ELU(0.7),
        L.ReLU(4.0), L.Dense(5, activation="selu"), L.Softmax(), L.Dense(3, activation="softplus")])


def framed(keras):
    L = keras.layers
    return keras.Sequential([
        L.ZeroPadding2D(((1, 2), (0, 3)), input_shape=(6, 7, 2)), L.Cropping2D(((1, 0), (2, 1))),
        L.UpSampling2D((2, 3)), L.AveragePooling2D(3, 2, padding="same"),
        L.Permute((2, 1, 3)), L.Reshape((-1, 4)), L.Flatten(), L.RepeatVector(2),
        L.GlobalAveragePooling1D(), L.Dense(2)])


def moving_pictures(keras):
    L = keras.layers
    return keras.Sequential([
        L.ConvLSTM2D(3, 2, padding="same", recurrent_activation="sigmoid",
                     input_shape=(3, 6, 6, 2)), L.Flatten(), L.Dense(2)])


def translated(keras):
    L = keras.layers
    x, y = L.Input((5, 4)), L.Input((3, 2))
    _, h, c = L.LSTM(3, return_state=True, recurrent_activation="sigmoid")(x)
    z = L.LSTM(3, return_sequences=True, recurrent_activation="sigmoid")(y, initial_state=[h, c])
    return keras.Model([x, y], L.TimeDistributed(L.Dense(2))(z))


def cells(keras):
    L = keras.layers
    x = L.Input((5, 4))
    y = L.RNN([L.LSTMCell(3, recurrent_activation="sigmoid"), L.SimpleRNNCell(2)])(x)
    return keras.Model(x, L.Dense(1)(y))


MODELS = (perceptron, convolutions, odd_convolutions, series, volumes, residual, stacked_lstms,
          both_ways, gated, recurrent, masked, masked_words, shared, nested, frozen, many_ends,
          merged, bent, framed, moving_pictures, translated, cells)


def data_for(make, shapes, rows=3):
    """Inputs of a model whose inputs have these shapes; the same in every process.

    Arguments
        make: the function that made it; one with an Embedding takes whole numbers.
        shapes: list of tuples, without the rows.
        rows: int.
    """
    rng = np.random.default_rng(len(make.__name__))
    if make in (both_ways, masked_words):
        return [rng.integers(0, 20, (rows, *shape)).astype("float32") for shape in shapes]
    return [rng.normal(size=(rows, *shape)).astype("float32") for shape in shapes]


def filled(model):
    """The model with weights drawn anew, so that none is zero; the same in every process."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else
                       rng.normal(size=w.shape) / np.sqrt(np.prod(w.shape[:-1]))
                       for w in model.get_weights()])
    return model
