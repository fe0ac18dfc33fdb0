"""What the manual and its examples use K for, end to end, at sizes of a second."""

import numpy as np
import pytest
from engines import each_engine
from numpy.testing import assert_allclose

from keras import backend as K
from keras.layers import (
    GRU,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    Lambda,
    MaxPooling2D,
    Permute,
    Reshape,
)
from keras.models import Model, Sequential
from keras.optimizers import SGD, Adam

__all__ = ["each_engine"]


def test_outputs_of_a_layer_in_both_phases():
    """Manual 3.3.8: what a layer gives, by a function with and without the learning phase."""
    model = Sequential([Dense(8, activation="relu", input_shape=(4,)), Dropout(0.5), Dense(2)])
    x = np.random.normal(size=(50, 4))
    kernel, bias = model.layers[0].get_weights()
    hidden = np.maximum(x @ kernel + bias, 0)
    (first,) = K.function([model.layers[0].input], [model.layers[0].output])([x])
    assert_allclose(first, hidden, rtol=1e-4, atol=1e-5)
    dropped = K.function([model.input, K.learning_phase()], [model.layers[1].output])
    assert_allclose(dropped([x, 0])[0], hidden, rtol=1e-4, atol=1e-5)
    (training,) = dropped([x, 1])
    kept = training != 0
    assert_allclose(training[kept], 2 * hidden[kept], rtol=1e-4, atol=1e-5)
    assert 0.3 < kept[hidden > 0].mean() < 0.7


def test_gradient_ascent_finds_what_a_filter_sees():
    """The filter is a template; the input that excites it most, at a given length, is it."""
    x = Input((3, 3, 1))
    model = Model(x, Conv2D(2, 3, use_bias=False)(x))
    template = np.random.normal(size=(3, 3, 1))
    model.set_weights([np.stack([template, -template], -1)])
    loss = K.mean(model.layers[1].output[:, :, :, 0])
    (slope,) = K.gradients(loss, x)
    slope /= K.sqrt(K.mean(K.square(slope))) + K.epsilon()
    iterate = K.function([x], [loss, slope])
    picture, losses = np.random.normal(size=(1, 3, 3, 1)) / 10, []
    for _ in range(20):
        value, step = iterate([picture])
        losses.append(value)
        picture += step
    assert (np.diff(losses) > 0).all()
    cosine = (picture * template).sum() / np.linalg.norm(picture) / np.linalg.norm(template)
    assert cosine > 0.999


def test_style_transfer_with_an_optimizer_of_scipy():
    """Content of one picture, Gram matrix of another, by L-BFGS on loss and gradient."""
    optimize = pytest.importorskip("scipy.optimize")
    picture = K.placeholder((1, 8, 8, 3))
    content, style = (K.constant(np.random.normal(size=(1, 8, 8, 3))) for _ in "12")
    features = Conv2D(4, 3, activation="tanh", padding="same")(
        K.concatenate([picture, content, style], 0)
    )

    def gram(x):
        flat = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
        return K.dot(flat, K.transpose(flat)) / 64.0

    loss = K.sum(K.square(features[0] - features[1])) * 0.01
    loss += K.sum(K.square(gram(features[0]) - gram(features[2])))
    loss += 1e-3 * K.sum(K.pow(K.square(picture[:, 1:] - picture[:, :-1]) + 1e-3, 1.25))
    both = K.function([picture], [loss, *K.gradients(loss, picture)])
    calls = 0

    def evaluate(flat):
        nonlocal calls
        calls += 1
        value, slope = both([flat.reshape(1, 8, 8, 3)])
        return float(value), slope.flatten().astype("float64")

    start = np.random.normal(size=8 * 8 * 3)
    _, least, _ = optimize.fmin_l_bfgs_b(evaluate, start, maxiter=40)
    assert least < evaluate(start)[0] / 10
    assert calls > 10


def test_a_gradient_penalty_is_trained_through():
    """WGAN-GP: the norm of the critic's slope is drawn to 1, a loss of second order."""
    critic = Sequential([Dense(16, activation="tanh", input_shape=(2,)), Dense(1)])
    points = K.placeholder((None, 2))
    (slope,) = K.gradients(critic(points), points)
    norm = K.sqrt(K.sum(K.square(slope), axis=1))
    penalty = K.mean(K.square(norm - 1.0))
    updates = Adam(lr=0.01).get_updates(penalty, critic.trainable_weights)
    train = K.function([points], [penalty], updates)
    x = np.random.normal(size=(32, 2))
    first = train([x])[0]
    for _ in range(100):
        last = train([x])[0]
    assert last < first / 20

    parameter = critic.weights[0]
    value = K.get_value(parameter)
    (wanted,) = K.function([points], K.gradients(penalty, parameter))([x])
    f, h = K.function([points], [penalty]), 1e-2
    slopes = np.zeros(2)
    for i in range(2):
        around = []
        for d in (h, -h):
            moved = value.copy()
            moved[i, 3] += d
            K.set_value(parameter, moved)
            around.append(f([x])[0])
        slopes[i] = (around[0] - around[1]) / (2 * h)
    assert_allclose(wanted[:, 3], slopes, rtol=0.05, atol=1e-4)


def test_a_variational_autoencoder():
    """Latent sampled in a Lambda, KL term in a loss that closes over the layers."""
    x = Input((8,))
    hidden = Dense(16, activation="relu")(x)
    mean, log_variance = Dense(2)(hidden), Dense(2)(hidden)

    def sample(arguments):
        mean, log_variance = arguments
        noise = K.random_normal((K.shape(mean)[0], 2))
        return mean + K.exp(log_variance / 2) * noise

    z = Lambda(sample, output_shape=(2,))([mean, log_variance])
    decoder = Sequential([Dense(16, activation="relu", input_shape=(2,)), Dense(8)])
    model = Model(x, decoder(z))

    def loss(y_true, y_pred):
        divergence = -0.5 * K.sum(1 + log_variance - K.square(mean) - K.exp(log_variance), -1)
        return K.sum(K.square(y_true - y_pred), -1) + 0.05 * divergence

    model.compile(Adam(lr=0.02), loss)
    data = np.random.normal(size=(128, 2)) @ np.random.normal(size=(2, 8))  # on a plane
    losses = model.fit(data, data, epochs=25, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 3
    one, other = (model.predict(data[:5]) for _ in "12")
    assert np.abs(one - other).max() > 1e-3, "each call samples anew"
    assert Model(x, mean).predict(data[:5]).shape == (5, 2)


def lines(count, glyphs, columns=12, most=4):
    """Pictures of lines of text, (count, rows, columns, 1), and their texts, padded with 0."""
    pictures = np.random.normal(size=(count, glyphs.shape[1], columns * 2, 1)) * 0.1
    texts = np.zeros((count, most), "int32")
    lengths = np.random.randint(1, most + 1, (count, 1))
    for picture, text, (length,) in zip(pictures, texts, lengths, strict=True):
        text[:length] = np.random.randint(len(glyphs), size=length)
        starts = np.sort(np.random.choice(columns // 3, length, replace=False)) * 6
        for start, letter in zip(starts, text, strict=False):
            picture[:, start : start + 4, 0] += glyphs[letter]
    return pictures, texts, lengths


def test_a_ctc_recogniser_learns_to_read():
    """Manual's image_ocr: convolution, recurrent layer, CTC as a Lambda, greedy and beam search."""
    alphabet, columns, most = 3, 12, 4
    glyphs = np.random.choice([-1.0, 1.0], (alphabet, 4, 4))
    picture = Input((4, 2 * columns, 1))
    y = Conv2D(8, 3, padding="same", activation="relu")(picture)
    y = MaxPooling2D((1, 2))(y)
    y = Reshape((columns, 32))(Permute((2, 1, 3))(y))
    y = GRU(16, return_sequences=True)(y)
    letters = Dense(alphabet + 1, activation="softmax")(y)
    text, length, steps = Input((most,)), Input((1,)), Input((1,))
    cost = Lambda(lambda given: K.ctc_batch_cost(*given), output_shape=(1,), name="ctc")(
        [text, letters, steps, length]
    )
    model = Model([picture, text, steps, length], cost)
    model.compile(Adam(lr=0.02), {"ctc": lambda y_true, y_pred: y_pred})
    pictures, texts, lengths = lines(192, glyphs, columns, most)
    full = np.full_like(lengths, columns)
    losses = model.fit(
        [pictures, texts, full, lengths], np.zeros(192), batch_size=16, epochs=12, verbose=0
    ).history["loss"]
    assert losses[-1] < losses[0] / 10

    pictures, texts, lengths = lines(20, glyphs, columns, most)
    found = Model(picture, letters).predict(pictures)
    for options in ({"greedy": True}, {"greedy": False, "beam_width": 10}):
        (read,), _ = K.ctc_decode(K.constant(found), K.constant(full[:20, 0]), **options)
        right = [
            [k for k in row if k >= 0] == list(want[:n])
            for row, want, (n,) in zip(K.eval(read), texts, lengths, strict=True)
        ]
        assert np.mean(right) >= 0.8


def test_a_function_may_begin_in_the_middle_of_a_model():
    """What a layer would have computed is fed in its place."""
    model = Sequential([Flatten(input_shape=(2, 2)), Dense(3, activation="tanh"), Dense(1)])
    model.compile(SGD(), "mse")
    model.fit(np.ones((4, 2, 2)), np.ones(4), verbose=0)
    tail = K.function([model.layers[1].output], [model.output])
    middle = np.random.normal(size=(5, 3))
    kernel, bias = model.layers[2].get_weights()
    assert_allclose(tail([middle])[0], middle @ kernel + bias, rtol=1e-4, atol=1e-5)
