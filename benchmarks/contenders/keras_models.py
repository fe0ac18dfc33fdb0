"""The compiled models of the jobs, in the Keras that `keras` is: ours, Keras 3 or tf_keras.

They have the sizes of what people trained with Keras 2 in 2015-2019; `tiny` is the first network
of many a tutorial.
"""
from workloads import LENGTHS, LETTERS, PHRASE, UNITS, VOCABULARY

import keras
from keras import applications
from keras.layers import (
    LSTM,
    BatchNormalization,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    Input,
    MaxPooling2D,
)
from keras.models import Model
from keras.optimizers import Adadelta

# hard_sigmoid gates are Keras 2's default; since then it is sigmoid. (Keras 3's has another
# slope, which makes no difference to the speed.)
OURS = keras.__version__.startswith("2.2.")
HARD_GATES = {} if OURS else {"recurrent_activation": "hard_sigmoid"}
SMOOTH_GATES = {"recurrent_activation": "sigmoid"}


def tiny():
    return trained("binary_crossentropy", "adam", [
        Input(shape=(8,)), Dense(12, activation="relu"), Dense(8, activation="relu"),
        Dense(1, activation="sigmoid")])


predict_one = tiny_train_on_batch = tiny


def mnist_mlp():
    return trained("categorical_crossentropy", "rmsprop", [
        Input(shape=(784,)), Dense(512, activation="relu"), Dropout(0.2),
        Dense(512, activation="relu"), Dropout(0.2), Dense(10, activation="softmax")])


def mnist_cnn():
    return trained("categorical_crossentropy", Adadelta(1.0, rho=0.95, epsilon=1e-7), [
        Input(shape=(28, 28, 1)),
        Conv2D(32, kernel_size=(3, 3), activation="relu"), Conv2D(64, (3, 3), activation="relu"),
        MaxPooling2D(pool_size=(2, 2)), Dropout(0.25), Flatten(),
        Dense(128, activation="relu"), Dropout(0.5), Dense(10, activation="softmax")])


def cifar_vgg():
    """Blocks of two convolutions with batch normalization, then pooling."""
    layers = [Input(shape=(32, 32, 3))]
    for filters in (32, 64, 128):
        for _ in range(2):
            layers += [Conv2D(filters, (3, 3), padding="same", activation="relu"),
                       BatchNormalization()]
        layers += [MaxPooling2D(pool_size=(2, 2)), Dropout(0.3)]
    layers += [Flatten(), Dense(128, activation="relu"), Dense(10, activation="softmax")]
    return trained("categorical_crossentropy", "rmsprop", layers)


def imdb_lstm():
    return yes_or_no("imdb_lstm", [
        Embedding(VOCABULARY, UNITS),
        LSTM(UNITS, dropout=0.2, recurrent_dropout=0.2, **HARD_GATES)])


def imdb_lstm_sigmoid():
    return yes_or_no("imdb_lstm_sigmoid", [
        Embedding(VOCABULARY, UNITS), LSTM(UNITS, **SMOOTH_GATES)])


def imdb_cnn():
    return yes_or_no("imdb_cnn", [
        Embedding(VOCABULARY, 50), Dropout(0.2), Conv1D(250, 3, activation="relu"),
        GlobalMaxPooling1D(), Dense(250, activation="relu"), Dropout(0.2)])


def imdb_fasttext():
    return yes_or_no("imdb_fasttext", [Embedding(VOCABULARY, 50), GlobalAveragePooling1D()])


def yes_or_no(name, layers):
    return trained("binary_crossentropy", "adam", [
        Input(shape=(LENGTHS[name],)), *layers, Dense(1, activation="sigmoid")])


def text_generation():
    return trained("categorical_crossentropy", "rmsprop", [
        Input(shape=(PHRASE, LETTERS)), LSTM(UNITS, **HARD_GATES),
        Dense(LETTERS, activation="softmax")])


def seq2seq():
    """An encoder whose last states start the decoder, which is fed the right answers."""
    source, target = Input(shape=(PHRASE, LETTERS)), Input(shape=(PHRASE, LETTERS))
    _, *states = LSTM(256, return_state=True, **HARD_GATES)(source)
    decoded = LSTM(256, return_sequences=True, **HARD_GATES)(target, initial_state=states)
    model = Model([source, target], Dense(LETTERS, activation="softmax")(decoded))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop")
    return model


def resnet50():
    model = applications.ResNet50(weights=None)
    model.compile(loss="categorical_crossentropy", optimizer="sgd")
    return model


def resnet50_predict():
    return applications.ResNet50(weights=None)


resnet50_build = resnet50_save = resnet50_load = resnet50_predict


def nasnet_large_build():
    return applications.NASNetLarge(weights=None)


def mobilenet_predict():
    return applications.MobileNet(weights=None)


def trained(loss, optimizer, layers):
    """A compiled model of one layer after the other; `layers` begins with the input."""
    first, *others = layers
    x = first
    for layer in others:
        x = layer(x)
    model = Model(first, x)
    model.compile(loss=loss, optimizer=optimizer)
    return model
