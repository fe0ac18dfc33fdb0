"""The models of the manual, small: those of its chapters 3 and 4, those of the layers' pages, and
the architectures of its examples. MODELS[name] builds one, compiled.

What is made is the manual's; only sizes are smaller.
"""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from keras import backend as K
from keras import layers as L
from keras.models import Model, Sequential
from keras.optimizers import SGD

FOLDER = Path(__file__).resolve().parents[1] / "examples"
SAMPLES = 6
MODELS = {}
EXAMPLES = []  # the names of those that a file of examples/ builds


def of_the_manual(build):
    MODELS[build.__name__] = build
    return build


def compiled(model, loss="mse", optimizer="rmsprop", **options):
    model.compile(optimizer, loss, **options)
    return model


def classifier(*layers, units=10, **options):
    layers = [*layers, L.Dense(units, activation="softmax")]
    return compiled(Sequential(layers), "categorical_crossentropy", **options)


def judge(*layers):
    return compiled(Sequential([*layers, L.Dense(1, activation="sigmoid")]), "binary_crossentropy")


# 3.1.5: sequential models


@of_the_manual
def mlp_of_classes():
    sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True)
    return classifier(
        L.Dense(16, activation="relu", input_dim=20), L.Dropout(0.5),
        L.Dense(16, activation="relu"), L.Dropout(0.5), optimizer=sgd, metrics=["accuracy"])


@of_the_manual
def mlp_of_two_classes():
    return judge(L.Dense(16, input_dim=20, activation="relu"), L.Dropout(0.5),
                 L.Dense(16, activation="relu"), L.Dropout(0.5))


@of_the_manual
def like_vgg():
    sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True)
    return classifier(
        L.Conv2D(4, (3, 3), activation="relu", input_shape=(16, 16, 3)),
        L.Conv2D(4, (3, 3), activation="relu"), L.MaxPooling2D(pool_size=(2, 2)), L.Dropout(0.25),
        L.Conv2D(8, (3, 3), activation="relu"), L.Conv2D(8, (3, 3), activation="relu"),
        L.MaxPooling2D(pool_size=(2, 2)), L.Dropout(0.25), L.Flatten(),
        L.Dense(16, activation="relu"), L.Dropout(0.5), optimizer=sgd)


@of_the_manual
def lstm_of_words():
    return judge(L.Embedding(30, output_dim=8), L.LSTM(6), L.Dropout(0.5))


@of_the_manual
def conv1d_of_series():
    return judge(
        L.Conv1D(4, 3, activation="relu", input_shape=(24, 5)), L.Conv1D(4, 3, activation="relu"),
        L.MaxPooling1D(3), L.Conv1D(8, 3, activation="relu"), L.Conv1D(8, 3, activation="relu"),
        L.GlobalAveragePooling1D(), L.Dropout(0.5))


@of_the_manual
def stacked_lstms():
    return classifier(L.LSTM(4, return_sequences=True, input_shape=(8, 3)),
                      L.LSTM(4, return_sequences=True), L.LSTM(4))


@of_the_manual
def stateful_lstms():
    return classifier(
        L.LSTM(4, return_sequences=True, stateful=True, batch_input_shape=(SAMPLES, 8, 3)),
        L.LSTM(4, return_sequences=True, stateful=True), L.LSTM(4, stateful=True))


# 3.2: functional models


def _three_layers():
    inputs = L.Input(shape=(12,))
    x = L.Dense(8, activation="relu")(inputs)
    x = L.Dense(8, activation="relu")(x)
    return Model(inputs=inputs, outputs=L.Dense(10, activation="softmax")(x))


@of_the_manual
def functional():
    return compiled(_three_layers(), "categorical_crossentropy", metrics=["accuracy"])


@of_the_manual
def model_at_each_step():
    frames = L.Input(shape=(4, 12))
    return compiled(Model(frames, L.TimeDistributed(_three_layers())(frames)))


@of_the_manual
def headlines():
    main_input = L.Input(shape=(9,), dtype="int32", name="main_input")
    x = L.Embedding(output_dim=8, input_dim=30, input_length=9)(main_input)
    lstm_out = L.LSTM(6)(x)
    auxiliary = L.Dense(1, activation="sigmoid", name="aux_output")(lstm_out)
    auxiliary_input = L.Input(shape=(5,), name="aux_input")
    x = L.concatenate([lstm_out, auxiliary_input])
    for _ in range(3):
        x = L.Dense(8, activation="relu")(x)
    main = L.Dense(1, activation="sigmoid", name="main_output")(x)
    return compiled(
        Model(inputs=[main_input, auxiliary_input], outputs=[main, auxiliary]),
        {"main_output": "binary_crossentropy", "aux_output": "binary_crossentropy"},
        loss_weights={"main_output": 1.0, "aux_output": 0.2})


@of_the_manual
def shared_lstm():
    tweet_a, tweet_b = L.Input(shape=(7, 5)), L.Input(shape=(7, 5))
    shared = L.LSTM(4)
    merged = L.concatenate([shared(tweet_a), shared(tweet_b)], axis=-1)
    predictions = L.Dense(1, activation="sigmoid")(merged)
    model = Model(inputs=[tweet_a, tweet_b], outputs=predictions)
    return compiled(model, "binary_crossentropy", metrics=["accuracy"])


@of_the_manual
def inception():
    image = L.Input(shape=(8, 8, 3))
    conv = {"padding": "same", "activation": "relu"}
    tower_1 = L.Conv2D(4, (3, 3), **conv)(L.Conv2D(4, (1, 1), **conv)(image))
    tower_2 = L.Conv2D(4, (5, 5), **conv)(L.Conv2D(4, (1, 1), **conv)(image))
    tower_3 = L.MaxPooling2D((3, 3), strides=(1, 1), padding="same")(image)
    tower_3 = L.Conv2D(4, (1, 1), **conv)(tower_3)
    return compiled(Model(image, L.concatenate([tower_1, tower_2, tower_3], axis=1)))


@of_the_manual
def residual():
    x = L.Input(shape=(8, 8, 3))
    return compiled(Model(x, L.add([x, L.Conv2D(3, (3, 3), padding="same")(x)])))


@of_the_manual
def shared_vision():
    digit = L.Input(shape=(10, 10, 1))
    x = L.Conv2D(4, (3, 3))(L.Conv2D(4, (3, 3))(digit))
    vision = Model(digit, L.Flatten()(L.MaxPooling2D((2, 2))(x)))
    digit_a, digit_b = L.Input(shape=(10, 10, 1)), L.Input(shape=(10, 10, 1))
    both = L.concatenate([vision(digit_a), vision(digit_b)])
    out = L.Dense(1, activation="sigmoid")(both)
    return compiled(Model([digit_a, digit_b], out), "binary_crossentropy")


def _vision():
    return Sequential([
        L.Conv2D(3, (3, 3), activation="relu", padding="same", input_shape=(12, 12, 3)),
        L.Conv2D(3, (3, 3), activation="relu"), L.MaxPooling2D((2, 2)),
        L.Conv2D(4, (3, 3), activation="relu", padding="same"),
        L.Conv2D(4, (3, 3), activation="relu"), L.MaxPooling2D((2, 2)), L.Flatten()])


def _asked():
    """The question as a tensor, and as a vector."""
    question = L.Input(shape=(5,), dtype="int32")
    words = L.Embedding(input_dim=30, output_dim=6, input_length=5)(question)
    return question, L.LSTM(6)(words)


def _answered(inputs, parts):
    answer = L.Dense(9, activation="softmax")(L.concatenate(parts))
    return compiled(Model(inputs, answer), "categorical_crossentropy")


@of_the_manual
def questions_on_pictures():
    image = L.Input(shape=(12, 12, 3))
    question, encoded_question = _asked()
    return _answered([image, question], [encoded_question, _vision()(image)])


@of_the_manual
def questions_on_films():
    encoder = Model(*_asked())
    film, question = L.Input(shape=(3, 12, 12, 3)), L.Input(shape=(5,), dtype="int32")
    encoded_film = L.LSTM(6)(L.TimeDistributed(_vision())(film))
    return _answered([film, question], [encoded_film, encoder(question)])


# 3.3, chapter 4, and the pages of layers


@of_the_manual
def stateful_of_the_faq():
    return compiled(Sequential([
        L.LSTM(8, input_shape=(10, 4), batch_size=SAMPLES, stateful=True),
        L.Dense(4, activation="softmax")]), "categorical_crossentropy")


@of_the_manual
def one_output_twice():
    """4.3.1: outputs=[b1, b3, b3]."""
    a1, a2 = L.Input(shape=(4,)), L.Input(shape=(4,))
    b1, b3 = L.Dense(3)(a1), L.Dense(2)(L.add([a1, a2]))
    return compiled(Model(inputs=[a1, a2], outputs=[b1, b3, b3]))


def antirectifier(x):
    """5.2.9: the positive and the negative part of x - its mean, each of length 1."""
    x = K.l2_normalize(x - K.mean(x, axis=1, keepdims=True), axis=1)
    return K.concatenate([K.relu(x), K.relu(-x)], axis=1)


@of_the_manual
def lambda_layer():
    return classifier(L.Dense(6, input_dim=5), L.Lambda(antirectifier))


@of_the_manual
def masked_series():
    return compiled(Sequential([L.Masking(mask_value=0.0, input_shape=(6, 3)), L.LSTM(4)]))


@of_the_manual
def merged():
    """5.8: each kind of merging two branches."""
    one, two = L.Input(shape=(6,)), L.Input(shape=(7,))
    x, y = L.Dense(4, activation="relu")(one), L.Dense(4, activation="relu")(two)
    kinds = [L.Add(), L.Subtract(), L.Multiply(), L.Average(), L.Maximum(), L.Concatenate(),
             L.Dot(1)]
    return compiled(Model([one, two], [L.Dense(4)(kind([x, y])) for kind in kinds]))


class MinimalRNNCell(L.Layer):
    """The cell of 5.6.1."""

    def __init__(self, units, **kwargs):
        self.units = self.state_size = units
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="uniform", name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units), initializer="uniform", name="recurrent_kernel")
        self.built = True

    def call(self, inputs, states):
        output = K.dot(inputs, self.kernel) + K.dot(states[0], self.recurrent_kernel)
        return output, [output]

    def get_config(self):
        return {"units": self.units, **super().get_config()}


@of_the_manual
def cells_of_ones_own():
    x = L.Input((None, 5))
    y = L.RNN([MinimalRNNCell(4), MinimalRNNCell(6)])(x)
    return compiled(Model(x, [y, L.RNN(MinimalRNNCell(3))(x)]))


@of_the_manual
def bidirectional():
    return classifier(
        L.Bidirectional(L.LSTM(3, return_sequences=True), input_shape=(5, 4)),
        L.Bidirectional(L.LSTM(3)), units=5)


class MyLayer(L.Layer):
    """The layer of 5.13."""

    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[1], self.output_dim),
                                      initializer="uniform", trainable=True)
        super().build(input_shape)

    def call(self, x):
        return K.dot(x, self.kernel)

    def get_config(self):
        return {"output_dim": self.output_dim, **super().get_config()}


@of_the_manual
def layer_of_ones_own():
    return compiled(Sequential([MyLayer(5, input_shape=(4,)), L.Activation("tanh"), MyLayer(2)]))


# The architectures of the examples; their files build them


def _of_example(name, function, *arguments, of=None):
    """Adds what `function` of the example `name` makes; `of` picks the model out of it."""
    def build():
        for library in ("sklearn", "matplotlib", "scipy", "PIL"):
            pytest.importorskip(library, reason="the examples need it: extra [test]")
        if str(FOLDER) not in sys.path:
            sys.path.insert(0, str(FOLDER))
        module = importlib.import_module(name)
        made = getattr(module, function)(*(a() if callable(a) else a for a in arguments))
        model = made if of is None else of(made)
        return model if model.optimizer else compiled(model)

    MODELS[name] = build
    EXAMPLES.append(name)


def _first(made):
    return made[0]


def _embedding():
    """Of 20 words. Equal rows would be ties where the largest of all steps is taken, and engines
    share out its slope in several ways."""
    return np.random.default_rng(2).normal(size=(20, 6))


_of_example("addition_seq2seq", "adder", 2, 0.001)
_of_example("babi_memnn", "memory_network", 20, 4, 5, 6, 2, 0.01)
_of_example("babi_rnn", "answerer", 20, 6, 0.01)
_of_example("cifar10_cnn", "network", (12, 12, 3), 4, 16, 0.001)
_of_example("conv_lstm_video", "forecaster", 8, 3, 2, 0.001)
_of_example("image_captioning", "captioner", (10, 10, 3), 20, 5, 6, 0.01)
_of_example("image_ocr", "reader", 16, 5, 3, 6)
_of_example("imdb_bidirectional_lstm", "reader", 6, 8)
_of_example("imdb_cnn", "reader", 8, 6)
_of_example("imdb_cnn_lstm", "reader", 12, 6, 5, 6)
_of_example("imdb_fasttext", "mean_reader", 30, 6)
_of_example("imdb_lstm", "reader", 6)
_of_example("lstm_seq2seq", "translator", 5, 6, 7, 0.01)
_of_example("lstm_text_generation", "next_letter", 7, 5, 6)
_of_example("mnist_acgan", "generator", 8, 6, 4)
_of_example("mnist_cnn", "cnn", (8, 8, 1))
_of_example("mnist_denoising_autoencoder", "autoencoder", (8, 8, 1), 4, (3, 4))
_of_example("mnist_hierarchical_rnn", "reader_of_lines", 5, 6, 4, 0.01)
_of_example("mnist_irnn", "irnn", 6, 5, 0.01, 0.001)
_of_example("mnist_mlp", "mlp", 20, 16)
_of_example("mnist_net2net", "network", (8, 8, 1), 4, 8)
_of_example("mnist_siamese", "siamese", (5, 5), 6)
_of_example("mnist_swwae", "autoencoder", (8, 8, 1), True)
_of_example("pretrained_word_embeddings", "classifier", _embedding, 5, 4)
_of_example("reuters_mlp", "deep", 6, "selu")
_of_example("vae", "autoencoder", 12, 8, 0.001, of=_first)
_of_example("vae_conv", "autoencoder", 8, 3, 2, 0.001, of=_first)


def own_objects():
    """Name -> what the models name that keras has not: for `custom_objects`."""
    own = {"MinimalRNNCell": MinimalRNNCell, "MyLayer": MyLayer, "antirectifier": antirectifier}
    names = {"mnist_siamese": ("distance", "contrastive_loss", "pairs_right"),
             "mnist_swwae": ("is_maximum",), "vae": ("drawn",),
             "vae_conv": ("NormalCode", "nats")}
    for name, found in names.items():
        if name in sys.modules:
            own.update({key: getattr(sys.modules[name], key) for key in found})
    return own


# The layers that tests/layer_cases.py has not, by what is called on series of 5 steps

SERIES = (5, 4)
RECURRENT = {
    "SimpleRNN": lambda: L.SimpleRNN(3, return_sequences=True),
    "GRU": lambda: L.GRU(3),
    "GRU-after": lambda: L.GRU(3, reset_after=True, recurrent_activation="sigmoid"),
    "LSTM": lambda: L.LSTM(3, return_sequences=True, go_backwards=True),
    "LSTM-sigmoid": lambda: L.LSTM(3, recurrent_activation="sigmoid", unroll=True),
    "CuDNNGRU": lambda: L.CuDNNGRU(3, return_sequences=True),
    "CuDNNLSTM": lambda: L.CuDNNLSTM(3),
    "cells": lambda: L.RNN([L.SimpleRNNCell(3), L.GRUCell(2), L.LSTMCell(3)]),
    "Bidirectional": lambda: L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="sum"),
    "TimeDistributed": lambda: L.TimeDistributed(L.Dense(3)),
    "ConvLSTM2D": lambda: L.ConvLSTM2D(2, 3, padding="same", return_sequences=True),
    "masked": lambda: Sequential([L.Masking(input_shape=SERIES), L.GRU(3, return_sequences=True)]),
}


def series_for(name):
    """The shape of a sample for a layer of RECURRENT."""
    return (5, 6, 6, 2) if name == "ConvLSTM2D" else SERIES


# Data


def _embeddings(model):
    for layer in model.layers:
        if isinstance(layer, L.Embedding):
            yield layer
        elif isinstance(layer, Model):
            yield from _embeddings(layer)


def inputs_for(model, samples=SAMPLES, seed=0):
    """Arrays for its inputs; whole numbers where it takes numbers of words."""
    rng = np.random.default_rng(seed)
    below = min([layer.input_dim for layer in _embeddings(model)], default=2)
    words = isinstance(model, Sequential) and isinstance(model.layers[0], L.Embedding)
    found = []
    for x in model.inputs:
        shape = [samples, *(7 if size is None else size for size in K.int_shape(x)[1:])]
        if words or K.dtype(x) == "int32":
            found.append(rng.integers(below, size=shape))
        else:
            found.append(rng.uniform(size=shape).astype(K.floatx()))
    return found


def targets_for(model, samples=SAMPLES, seed=1):
    """Arrays to train it on, or None where its loss takes none."""
    rng = np.random.default_rng(seed)
    losses = model.loss
    if losses is None:
        return None
    if isinstance(losses, dict):
        losses = [losses[name] for name in model.output_names]
    elif not isinstance(losses, list):
        losses = [losses] * len(model.outputs)
    found = []
    for y, loss in zip(model.outputs, losses):
        shape = [samples, *(7 if size is None else size for size in K.int_shape(y)[1:])]
        classes = rng.integers(shape[-1], size=(*shape[:-1], 1))
        if loss == "categorical_crossentropy":
            found.append(np.eye(shape[-1])[classes[..., 0]])
        elif loss == "sparse_categorical_crossentropy":
            found.append(classes)
        elif loss == "binary_crossentropy":
            found.append(rng.integers(2, size=shape))
        else:
            found.append(rng.uniform(size=shape).astype(K.floatx()))
    return found
