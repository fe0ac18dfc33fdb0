"""Keras 1 spellings: each call makes the layer of its modern form, with one warning showing it."""

import re
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

import keras
from keras import backend as K
from keras import layers, optimizers
from keras.layers import (
    LSTM,
    AtrousConvolution1D,
    AtrousConvolution2D,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    ConvLSTM2D,
    Convolution1D,
    Convolution2D,
    Convolution3D,
    Deconvolution2D,
    Dense,
    Dropout,
    Embedding,
    GaussianNoise,
    GlobalAveragePooling2D,
    Input,
    Layer,
    LocallyConnected2D,
    MaxPooling1D,
    MaxPooling2D,
    PReLU,
    SeparableConv2D,
    SimpleRNN,
    SpatialDropout2D,
    UpSampling1D,
    UpSampling2D,
    ZeroPadding2D,
)
from keras.layers import merge as merged
from keras.legacy import interfaces
from keras.legacy.layers import Highway, MaxoutDense, Merge, merge
from keras.models import Model, Sequential


@pytest.fixture(autouse=True)
def fresh():
    K.clear_session()
    np.random.seed(0)
    yield
    K.clear_session()


def call(cls, *args, **kwargs):
    return cls, args, kwargs


ROWS = [  # Keras 1, Keras 2, what the warning shows behind the name
    (call(Dense, output_dim=4, init="uniform", W_regularizer="l2", b_constraint="nonneg",
          bias=False),
     call(Dense, 4, kernel_initializer="uniform", kernel_regularizer="l2",
          bias_constraint="nonneg", use_bias=False),
     "(units=4, kernel_initializer='uniform', kernel_regularizer='l2', "
     "bias_constraint='nonneg', use_bias=False)"),
    (call(Dense, output_dim=1, input_dim=3), call(Dense, 1, input_dim=3),
     "(units=1, input_dim=3)"),
    (call(Convolution2D, 64, 3, 5, border_mode="same", subsample=(2, 2), dim_ordering="th"),
     call(Conv2D, 64, (3, 5), padding="same", strides=(2, 2), data_format="channels_first"),
     "(64, (3, 5), padding='same', strides=(2, 2), data_format='channels_first')"),
    (call(Conv2D, 64, 3, 3), call(Conv2D, 64, (3, 3)), "(64, (3, 3))"),
    (call(Conv2D, 64, 3, nb_col=5), call(Conv2D, 64, (3, 5)), "(64, (3, 5))"),
    (call(Convolution2D, nb_filter=6, nb_row=3, nb_col=5, dim_ordering="tf"),
     call(Conv2D, 6, (3, 5)), "(filters=6, data_format='channels_last', kernel_size=(3, 5))"),
    (call(AtrousConvolution2D, 6, 3, 3, atrous_rate=(2, 2)),
     call(Conv2D, 6, (3, 3), dilation_rate=(2, 2)), "(6, (3, 3), dilation_rate=(2, 2))"),
    (call(Convolution1D, 6, 3, subsample_length=2, border_mode="same"),
     call(Conv1D, 6, 3, strides=2, padding="same"), "(6, 3, strides=2, padding='same')"),
    (call(Convolution1D, nb_filter=6, filter_length=3), call(Conv1D, 6, 3),
     "(filters=6, kernel_size=3)"),
    (call(AtrousConvolution1D, 6, 3, atrous_rate=2), call(Conv1D, 6, 3, dilation_rate=2),
     "(6, 3, dilation_rate=2)"),
    (call(Convolution3D, 6, 3, 4, 5, border_mode="same"),
     call(Conv3D, 6, (3, 4, 5), padding="same"), "(6, (3, 4, 5), padding='same')"),
    (call(Convolution3D, 6, kernel_dim1=3, kernel_dim2=4, kernel_dim3=5),
     call(Conv3D, 6, (3, 4, 5)), "(6, kernel_size=(3, 4, 5))"),
    (call(SeparableConv2D, 6, 3, 3, depthwise_init="uniform"),
     call(SeparableConv2D, 6, (3, 3), depthwise_initializer="uniform"),
     "(6, (3, 3), depthwise_initializer='uniform')"),
    (call(Deconvolution2D, 3, 3, 3, output_shape=(None, 14, 14, 3), subsample=(2, 2)),
     call(Conv2DTranspose, 3, (3, 3), strides=(2, 2)), "(3, (3, 3), strides=(2, 2))"),
    (call(Deconvolution2D, 3, 3, 3, (None, 14, 14, 3)), call(Conv2DTranspose, 3, (3, 3)),
     "(3, (3, 3))"),
    (call(LocallyConnected2D, 6, 3, 3, border_mode="valid"), call(LocallyConnected2D, 6, (3, 3)),
     "(6, (3, 3), padding='valid')"),
    (call(ConvLSTM2D, 6, 3, 3, inner_init="uniform", border_mode="same", consume_less="cpu"),
     call(ConvLSTM2D, 6, (3, 3), recurrent_initializer="uniform", padding="same"),
     "(6, (3, 3), recurrent_initializer='uniform', padding='same')"),
    (call(MaxPooling2D, border_mode="same", dim_ordering="th"),
     call(MaxPooling2D, padding="same", data_format="channels_first"),
     "(padding='same', data_format='channels_first')"),
    (call(MaxPooling1D, pool_length=3, stride=2), call(MaxPooling1D, 3, 2),
     "(pool_size=3, strides=2)"),
    (call(GlobalAveragePooling2D, dim_ordering="default"), call(GlobalAveragePooling2D),
     "(data_format=None)"),
    (call(LSTM, output_dim=3, inner_init="uniform", forget_bias_init="one", dropout_W=0.2,
          dropout_U=0.1, consume_less="gpu", inner_activation="sigmoid"),
     call(LSTM, 3, recurrent_initializer="uniform", unit_forget_bias=True, dropout=0.2,
          recurrent_dropout=0.1, implementation=2, recurrent_activation="sigmoid"),
     "(units=3, recurrent_initializer='uniform', dropout=0.2, recurrent_dropout=0.1, "
     "recurrent_activation='sigmoid', unit_forget_bias=True, implementation=2)"),
    (call(LSTM, 3, forget_bias_init="zero", consume_less="mem", U_regularizer="l1"),
     call(LSTM, 3, unit_forget_bias=False, implementation=1, recurrent_regularizer="l1"),
     "(3, recurrent_regularizer='l1', unit_forget_bias=False, implementation=1)"),
    (call(SimpleRNN, output_dim=3, consume_less="cpu"), call(SimpleRNN, 3), "(units=3)"),
    (call(Embedding, 10, 4, init="normal", W_regularizer="l2", dropout=0.2),
     call(Embedding, 10, 4, embeddings_initializer="normal", embeddings_regularizer="l2"),
     "(10, 4, embeddings_initializer='normal', embeddings_regularizer='l2')"),
    (call(BatchNormalization, mode=0, beta_init="zero", gamma_init="one"),
     call(BatchNormalization), "(beta_initializer='zero', gamma_initializer='one')"),
    (call(Dropout, p=0.3), call(Dropout, 0.3), "(rate=0.3)"),
    (call(SpatialDropout2D, p=0.3, dim_ordering="th"),
     call(SpatialDropout2D, 0.3, "channels_first"), "(rate=0.3, data_format='channels_first')"),
    (call(GaussianNoise, sigma=0.3), call(GaussianNoise, 0.3), "(stddev=0.3)"),
    (call(UpSampling1D, length=3), call(UpSampling1D, 3), "(size=3)"),
    (call(UpSampling2D, dim_ordering="th"), call(UpSampling2D, data_format="channels_first"),
     "(data_format='channels_first')"),
    (call(ZeroPadding2D, (1, 2), dim_ordering="th"),
     call(ZeroPadding2D, (1, 2), data_format="channels_first"),
     "((1, 2), data_format='channels_first')"),
    (call(PReLU, init="one"), call(PReLU, alpha_initializer="ones"),
     "(alpha_initializer='one')"),
]


@pytest.mark.parametrize("old, new, shown", ROWS, ids=[
    f"{old[0].__name__}-{i}" for i, (old, _, _) in enumerate(ROWS)])
def test_layers(old, new, shown):
    cls, args, kwargs = old
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        layer = cls(*args, name="x", **kwargs)
    assert [w.category for w in caught] == [UserWarning]
    shown = f"`{cls.__name__}{shown[:-1]}".replace("(name", "(")
    text = str(caught[0].message).replace("name='x', ", "").replace(", name='x'", "")
    text = text.replace("name='x'", "")
    assert shown in text, text
    assert caught[0].filename == __file__
    cls, args, kwargs = new
    assert layer.get_config() == cls(*args, name="x", **kwargs).get_config()


def test_modern_calls_are_left_alone():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Conv2D(6, (3, 3), (2, 2), "same").strides == (2, 2)
        assert Conv2D(6, 3, 3, "same").strides == (3, 3)  # a padding by position: Keras 2
        assert LSTM(3, dropout=0.1).dropout == 0.1
        assert keras.layers.MaxPooling2D((2, 2), (1, 1), "same").padding == "same"


@pytest.mark.parametrize("make, error, told", [
    (lambda: Conv2D(6, 3, 3, padding="same"), ValueError, "kernel_size=(3, 3)"),
    (lambda: BatchNormalization(mode=1), TypeError, "no modes 1 and 2; given mode=1"),
    (lambda: BatchNormalization(mode=2), TypeError, "leave the argument out"),
    (lambda: Dense(3, output_dim=4), TypeError, "units is given twice"),
    (lambda: Dense(units=3, output_dim=4), TypeError, "unknown keyword argument 'output_dim'"),
    (lambda: Dense(3, border_mode="same"), TypeError, "unknown keyword argument 'border_mode'"),
    (lambda: Conv2D(6, 3, border_mode="full"), ValueError, "padding is one of"),
])
@pytest.mark.filterwarnings("ignore:Update your")
def test_what_cannot_be_converted(make, error, told):
    with pytest.raises(error, match=re.escape(told)):
        make()


def test_subclasses_speak_keras_1_too():
    class Own(Convolution2D):
        pass

    class Named(Dense):
        def __init__(self, size, **kwargs):
            super().__init__(output_dim=size, **kwargs)

    with pytest.warns(UserWarning, match=r"\(3, \(2, 2\), padding='same'\)`"):
        assert Own(3, 2, 2, border_mode="same").kernel_size == (2, 2)
    with pytest.warns(UserWarning, match="units=3"):
        assert Named(3).units == 3


def test_inside_wrappers():
    with pytest.warns(UserWarning, match="Update your `LSTM` call"):
        layer = Bidirectional(LSTM(3, inner_init="uniform"))
    assert layer(Input((4, 2))).shape == (None, 6)


# ------------------------------------------------------------------------------ old layers


def test_maxout_and_highway():
    x = np.random.rand(5, 3).astype("float32")
    layer = MaxoutDense(4, nb_feature=2, input_dim=3)
    model = Sequential([layer])
    w, b = layer.get_weights()
    b += np.random.rand(2, 4)
    layer.set_weights([w, b])
    assert_allclose(model.predict(x), (np.einsum("ni,kio->nko", x, w) + b).max(1), rtol=1e-5)
    layer = Highway(activation="relu", input_dim=3)
    model = Sequential([layer])
    w, carry, b, b_carry = layer.get_weights()
    assert (b == 0).all() and (b_carry == 1).all()
    gate = 1 / (1 + np.exp(-(x @ carry + b_carry)))
    assert_allclose(model.predict(x), gate * np.maximum(x @ w + b, 0) + (1 - gate) * x, rtol=1e-5)
    for layer in (MaxoutDense(4, bias=False), Highway(bias=False)):
        again = type(layer).from_config(layer.get_config())
        assert again(Input((3,))).ndim == 2 and len(again.weights) == len(again.get_weights())
    assert layers.deserialize({"class_name": "Highway", "config": {}}).bias


MODES = {"sum": np.add, "mul": np.multiply, "ave": lambda a, b: (a + b) / 2, "max": np.maximum,
         "concat": lambda a, b: np.concatenate([a, b], -1),
         "dot": lambda a, b: (a * b).sum(-1, keepdims=True),
         "cos": lambda a, b: (a * b).sum(-1, keepdims=True) / np.sqrt(
             (a * a).sum(-1, keepdims=True) * (b * b).sum(-1, keepdims=True))}


@pytest.mark.parametrize("mode", MODES)
def test_merge(mode):
    a, b = Input((3,)), Input((3,))
    x, y = np.random.rand(2, 4, 3).astype("float32")
    with pytest.warns(UserWarning, match="The `merge` function is deprecated; use"):
        by_function = merge([a, b], mode=mode)
    with pytest.warns(UserWarning, match="The `Merge` layer is deprecated; use"):
        by_layer = Merge(mode=mode)([a, b])
    got = Model([a, b], [by_function, by_layer]).predict([x, y])
    for z in got:
        assert_allclose(z, MODES[mode](x, y), rtol=1e-5)


@pytest.mark.filterwarnings("ignore:The `")
def test_merge_by_a_function_and_by_the_module():
    a, b = Input((3,)), Input((3,))
    y = merge([a, b], mode=lambda xs: xs[0] - xs[1], output_shape=(3,), name="minus")
    model = Model([a, b], y)
    assert model.layers[-1].name == "minus"
    assert_allclose(model.predict([np.ones((1, 3)), np.ones((1, 3))]), np.zeros((1, 3)))
    assert merged([a, b], "concat", concat_axis=1).shape == (None, 6)
    assert merged.Add is layers.Add and keras.layers.merge.Concatenate is layers.Concatenate
    with pytest.raises(ValueError, match="has no layer in Keras 2"):
        merge([a, b], mode="join")


@pytest.mark.filterwarnings("ignore:The `")
def test_merge_begins_a_sequential():
    left = Sequential([Dense(2, input_dim=3, kernel_regularizer="l2")])
    right = Sequential([Dense(2, input_dim=4), BatchNormalization()])
    model = Sequential()
    model.add(Merge([left, right], mode="concat"))
    model.add(Dense(1))
    assert len(model.inputs) == 2 and model.output_shape == (None, 1)
    assert len(model.trainable_weights) == 2 + 4 + 2 and len(model.weights) == 10
    assert len(model.losses) == 1 and len(model.updates) == 2
    x = [np.random.rand(8, 3), np.random.rand(8, 4)]
    model.compile("sgd", "mse")
    before = left.get_weights()[0]
    model.fit(x, np.ones((8, 1)), verbose=0)
    assert (before != left.get_weights()[0]).all()
    copy = Sequential.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    assert_allclose(copy.predict(x), model.predict(x), rtol=1e-5)


# ------------------------------------------------------------------------------ models


def test_model_and_fit():
    a = Input((3,))
    with pytest.warns(UserWarning, match=r"`Model\(inputs=..., outputs=...\)`"):
        model = Model(input=a, output=Dense(1)(a))
    assert model.inputs == [a]
    with pytest.raises(TypeError, match="given twice"):
        Model(inputs=a, input=a)
    model.compile("sgd", "mse")
    x, y = np.ones((4, 3)), np.ones((4, 1))
    with pytest.warns(UserWarning, match="epochs"):
        assert model.fit(x, y, nb_epoch=2, verbose=0).epoch == [0, 1]


class Batches:
    batch_size = 4

    def __iter__(self):
        return self

    def __next__(self):
        return np.ones((4, 3)), np.ones((4, 1))


def batches():
    while True:
        yield np.ones((4, 3)), np.ones((4, 1))


def test_generators():
    model = Sequential([Dense(1, input_dim=3)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="steps_per_epoch=3, epochs=2"):
        history = model.fit_generator(Batches(), samples_per_epoch=12, nb_epoch=2, verbose=0,
                                      max_q_size=2, nb_worker=1, pickle_safe=False)
    assert history.epoch == [0, 1] and history.params["steps"] == 3
    with pytest.warns(UserWarning) as caught:
        history = model.fit_generator(batches(), samples_per_epoch=3, nb_epoch=1, verbose=0,
                                      validation_data=Batches(), nb_val_samples=8)
    assert history.params["steps"] == 3
    assert any("counts samples" in str(w.message) for w in caught)
    assert any("validation_steps=2" in str(w.message) for w in caught)
    with pytest.warns(UserWarning, match="steps=2"):
        model.evaluate_generator(Batches(), val_samples=8)
    with pytest.warns(UserWarning, match="steps=2"):
        assert model.predict_generator(Batches(), val_samples=8).shape == (8, 1)


# ------------------------------------------------------------------------------ interfaces


def test_add_weight_in_either_order():
    class Old(Layer):
        def build(self, input_shape):
            self.w = self.add_weight((input_shape[1], 2), "one", name="w")
            self.built = True

        def call(self, x):
            return K.dot(x, self.w)

    layer = Old()
    with pytest.warns(UserWarning, match=r"add_weight\(shape=\(3, 2\), initializer='one'"):
        layer(Input((3,)))
    assert (layer.get_weights()[0] == np.ones((3, 2))).all()

    class Own:
        @interfaces.legacy_add_weight_support
        def add_weight(self, name, shape, initializer=None):
            return name, shape, initializer

    assert Own().add_weight("w", (2,)) == ("w", (2,), None)
    with pytest.warns(UserWarning, match="add_weight"):
        assert Own().add_weight((2,), "one", name="w") == ("w", (2,), "one")


def test_get_updates_in_any_order():
    class Own(optimizers.Optimizer):
        @interfaces.legacy_get_updates_support
        def get_updates(self, loss, params):
            grads = self.get_gradients(loss, params)
            self.updates = [K.update_sub(p, 0.1 * g) for p, g in zip(params, grads)]
            return self.updates

    for order in ("loss, params", "params, loss", "params, {}, loss", "params=params, loss=loss",
                  "params, {}, loss=loss"):
        p = K.variable(np.ones(3))
        names = {"params": [p], "loss": K.sum(K.square(p)), "own": Own()}
        updates = eval(f"own.get_updates({order})", names)
        K.function([], [], updates)([])
        assert_allclose(K.get_value(p), 0.8, rtol=1e-6)
    model = Sequential([Dense(1, input_dim=2)])
    model.compile(Own(), "mse")
    model.train_on_batch(np.ones((2, 2)), np.ones((2, 1)))


def test_decorators_for_layers_of_others():
    class Own(Layer):
        @interfaces.legacy_conv2d_support
        def __init__(self, filters, kernel_size, padding="valid", **kwargs):
            super().__init__(**kwargs)
            self.known = filters, kernel_size, padding

    with pytest.warns(UserWarning, match="Update your `Conv2D` call"):
        assert Own(4, 3, 3, border_mode="same", name="n").known == (4, (3, 3), "same")
    assert Own(4, (3, 3)).known == (4, (3, 3), "valid")

    support = interfaces.generate_legacy_interface(
        allowed_positional_args=["n"], conversions=[("number", "n"), ("mode", "kind")],
        value_conversions={"kind": {"th": "first"}},
        preprocessor=lambda args, kwargs: (args, {k: v for k, v in kwargs.items() if k != "gone"},
                                           [("gone", None)] if "gone" in kwargs else []))

    class Other:
        @support
        def __init__(self, n, kind="last", **kwargs):
            self.known = n, kind, kwargs

    with pytest.warns(UserWarning, match=re.escape("`Other(n=3, kind='first')`")):
        assert Other(number=3, mode="th", gone=1).known == (3, "first", {})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Other(3, kind="th").known == (3, "first", {})
    with pytest.raises(TypeError, match="accept only 1 positional"):
        Other(1, 2)
    with pytest.raises(TypeError, match="together with 'n'"):
        Other(n=1, number=2)


def test_all_interfaces_are_there():
    names = ("dense dropout gaussiandropout gaussiannoise spatialdropout1d spatialdropoutNd "
             "embedding prelu recurrent conv1d conv2d conv3d separable_conv2d deconv2d convlstm2d "
             "pooling1d pooling2d pooling3d global_pooling upsampling1d upsampling2d upsampling3d "
             "batchnorm zeropadding2d zeropadding3d generator_methods model_constructor "
             "add_weight get_updates").split()
    assert all(callable(getattr(interfaces, f"legacy_{name}_support")) for name in names)


# ------------------------------------------------------------------------------ Recurrent


class Summing(layers.recurrent.Recurrent):
    """h = h * w + x u, in the words of a layer of 2016."""

    def __init__(self, units, **kwargs):
        self.units = units
        super().__init__(**kwargs)

    def build(self, input_shape):
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        self.input_spec = [layers.InputSpec(shape=shape if self.stateful else (None, *shape[1:]))]
        self.states = [None]
        if self.stateful:
            self.reset_states()
        self.u = self.add_weight("u", (shape[2], self.units))
        self.built = True

    def get_constants(self, inputs, training=None):
        return [K.constant(0.5)]

    def preprocess_input(self, inputs, training=None):
        return K.dot(inputs, self.u)

    def step(self, inputs, states):
        h = states[0] * states[1] + inputs
        return h, [h]


def summed(x, u, h=0.):
    result = []
    for t in range(x.shape[1]):
        h = 0.5 * h + x[:, t] @ u
        result.append(h)
    return np.stack(result, 1)


def test_recurrent():
    x = np.random.rand(2, 4, 3).astype("float32")
    layer = Summing(5, return_sequences=True, return_state=True)
    a = Input((4, 3))
    outputs, state = layer(a)
    assert outputs.shape == (None, 4, 5) and state.shape == (None, 5)
    u, = layer.get_weights()
    got, last = Model(a, [outputs, state]).predict(x)
    assert_allclose(got, summed(x, u), rtol=1e-5)
    assert_allclose(last, got[:, -1])
    first = Input((5,))
    start = np.random.rand(2, 5).astype("float32")
    y, _ = layer(a, initial_state=first)
    assert_allclose(Model([a, first], y).predict([x, start]), summed(x, u, start), rtol=1e-5)
    copy = Summing.from_config({**layer.get_config(), "units": 5})
    assert copy.return_sequences and copy.return_state


def test_recurrent_masked_trained_and_stateful():
    x = np.random.rand(4, 3, 2).astype("float32")
    x[:, 2] = 0
    model = Sequential([layers.Masking(input_shape=(3, 2)), Summing(5)])
    u, = model.get_weights()
    assert_allclose(model.predict(x), summed(x[:, :2], u)[:, -1], rtol=1e-5)
    model.compile("sgd", "mse")
    model.train_on_batch(x, np.ones((4, 5)))
    assert (model.get_weights()[0] != u).any()
    model = Sequential([Summing(5, stateful=True, batch_input_shape=(4, 3, 2))])
    u, = model.get_weights()
    model.predict(x, batch_size=4)
    both = np.concatenate([x, x], 1)
    assert_allclose(model.predict(x, batch_size=4), summed(both, u)[:, -1], rtol=1e-5)
    model.reset_states()
    assert_allclose(model.predict(x, batch_size=4), summed(x, u)[:, -1], rtol=1e-5)
