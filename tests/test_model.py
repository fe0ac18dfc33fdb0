"""Models: Sequential, functional, nested, subclassed; nodes, configs, summaries, freezing."""

import warnings

import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from numpy.testing import assert_allclose, assert_array_equal

import keras
from keras import backend as K
from keras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Input,
    InputLayer,
    Lambda,
    Layer,
    SimpleRNN,
    add,
    concatenate,
)
from keras.layers.node import as_list
from keras.models import Model, Sequential

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4)).astype("float32")
Y = RNG.normal(size=(6, 2)).astype("float32")


def dense(x, layer):
    """What a Dense layer without activation computes, in NumPy."""
    kernel, bias = layer.get_weights()
    return x @ kernel + bias


def names(model):
    return [layer.name for layer in model.layers]


def lines(model, **options):
    found = []
    model.summary(print_fn=found.append, **options)
    return found


# ------------------------------------------------------------------------------ Sequential


def test_a_sequential_is_the_line_of_its_layers():
    model = Sequential([Dense(3, input_shape=(4,)), Activation("tanh")])
    model.add(Dense(2))
    assert names(model) == ["dense_1", "activation_1", "dense_2"]
    assert model.input_shape == (None, 4) and model.output_shape == (None, 2)
    assert model.input_names == ["dense_1_input"] and model.output_names == ["dense_2"]
    assert [w.name for w in model.weights] == [
        "dense_1/kernel:0",
        "dense_1/bias:0",
        "dense_2/kernel:0",
        "dense_2/bias:0",
    ]
    assert model.count_params() == 15 + 8
    want = dense(np.tanh(dense(X, model.layers[0])), model.layers[2])
    assert_allclose(model.predict(X), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "options, shape",
    [
        (dict(input_shape=(4,)), (None, 4)),
        (dict(input_shape=[4]), (None, 4)),
        (dict(input_dim=4), (None, 4)),
        (dict(input_shape=(4,), batch_size=8), (8, 4)),
        (dict(batch_input_shape=(None, 4)), (None, 4)),
        (dict(batch_input_shape=(8, 4)), (8, 4)),
        (dict(input_shape=(None, 4)), (None, None, 4)),
    ],
)
def test_ways_to_tell_the_shape_of_the_input(options, shape):
    assert Sequential([Dense(2, **options)]).input_shape == shape


def test_other_beginnings_of_a_sequential():
    assert Sequential([Embedding(9, 3, input_length=5)]).output_shape == (None, 5, 3)
    assert Sequential([Embedding(9, 3)]).output_shape == (None, None, 3)
    begun = Sequential([InputLayer((4,)), Dense(2)])
    assert names(begun) == ["dense_1"] and begun.output_shape == (None, 2)
    inner = Sequential([Dense(3, input_dim=4)], name="inner")
    outer = Sequential([inner, Dense(2)])
    assert outer.layers[0] is inner and outer.input_shape == (None, 4)
    assert outer.count_params() == 15 + 8
    assert_allclose(outer.predict(X), dense(inner.predict(X), outer.layers[1]), rtol=1e-4)


def test_layers_can_be_taken_off_and_put_on_again():
    model = Sequential([Dense(3, input_dim=4), Dense(5), Dense(2)])
    hidden = dense(X, model.layers[0])
    model.predict(X)
    model.pop()
    assert model.output_shape == (None, 5)
    model.pop()
    assert model.output_shape == (None, 3) and len(model.weights) == 2
    assert_allclose(model.predict(X), hidden, rtol=1e-4, atol=1e-6)
    model.add(Dense(1))
    assert_allclose(model.predict(X), dense(hidden, model.layers[1]), rtol=1e-4, atol=1e-6)
    for _ in range(2):
        model.pop()
    with pytest.raises(TypeError, match="There are no layers in the model"):
        model.pop()
    model.add(Dense(2, input_dim=3))
    assert model.input_shape == (None, 3)


def test_a_compiled_model_learns_with_the_layers_that_were_added():
    model = Sequential([Dense(2, input_dim=4)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.add(Dense(2))
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    assert all(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True))


def test_shapes_may_come_with_the_data():
    model = Sequential([Dense(3), Dense(2)])
    assert not model.built and model.weights == [] and names(model) == ["dense_1", "dense_2"]
    with pytest.raises(ValueError, match="Build the model first"):
        model.summary()
    with pytest.raises(ValueError, match="give input_shape"):
        model.build()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert model.built and model.input_shape == (None, 4)
    assert model.weights[0].name == "dense_1/kernel:0"
    again = Sequential.from_config(model.get_config())
    assert again.input_shape == (None, 4)
    told = Sequential([Dense(3), Dense(2)])
    told.build((None, 7))
    assert told.count_params() == 24 + 8
    within = Sequential([Sequential([Dense(3)]), Dense(2)])
    assert within.predict(X).shape == (6, 2)


def test_what_does_not_fit_is_not_added():
    model = Sequential()
    with pytest.raises(TypeError, match="must be an instance of class Layer. Found: 3"):
        model.add(3)
    with pytest.raises(ValueError, match="conv2d_1.*expected ndim=4, found ndim=2"):
        model.add(Conv2D(2, 3, input_shape=(4,)))
    assert model.layers == []
    model.add(Dense(3, input_dim=4, name="one"))
    with pytest.raises(ValueError, match='The name "one" is used 2 times'):
        model.add(Dense(3, name="one"))
    two = Input((3,))
    with pytest.raises(TypeError, match="should have a single output tensor"):
        model.add(Model(two, [Dense(1)(two), Dense(2)(two)]))
    assert names(model) == ["one"] and model.predict(X).shape == (6, 3)
    with pytest.raises(ValueError, match="sequential_2 has no layers yet"):
        Sequential().predict(X)


def test_predictions_of_classes():
    many = Sequential([Dense(3, activation="softmax", input_dim=4)])
    one = Sequential([Dense(1, activation="sigmoid", input_dim=4)])
    shares = many.predict(X)
    assert_array_equal(many.predict_proba(X), shares)
    assert_array_equal(many.predict_classes(X), shares.argmax(-1))
    assert_array_equal(one.predict_classes(X), (one.predict(X) > 0.5).astype(int))
    assert one.predict_classes(X).shape == (6, 1)


# ------------------------------------------------------------------------------ functional


def two_by_two():
    """Two inputs, a shared layer, two outputs."""
    a, b = Input((4,), name="a"), Input((3,), name="b")
    shared = Dense(5, name="shared", kernel_regularizer="l2", activity_regularizer="l2")
    x, y = shared(a), shared(Dense(4, name="widened")(b))
    both = concatenate([x, y], name="both")
    return Model([a, b], [Dense(1, name="one")(both), Dense(2, name="two")(both)], name="net")


def test_inputs_and_outputs_in_lists_and_dicts():
    model = two_by_two()
    data = [X, X[:, :3]]
    hidden = np.concatenate(
        [
            dense(X, model.get_layer("shared")),
            dense(dense(X[:, :3], model.get_layer("widened")), model.get_layer("shared")),
        ],
        axis=1,
    )
    want = [dense(hidden, model.get_layer(name)) for name in ("one", "two")]
    for given in (data, tuple(data), {"b": data[1], "a": data[0]}):
        got = model.predict(given)
        assert isinstance(got, list)
        for result, expected in zip(got, want, strict=True):
            assert_allclose(result, expected, rtol=1e-4, atol=1e-5)
    assert model.input_names == ["a", "b"] and model.output_names == ["one", "two"]
    assert model.input_shape == [(None, 4), (None, 3)]
    assert model.output_shape == [(None, 1), (None, 2)]
    # the farthest from the outputs first
    assert names(model) == ["b", "a", "widened", "shared", "both", "one", "two"]


def test_a_shared_layer_counts_once():
    model = two_by_two()
    assert len(model.weights) == 8
    assert model.count_params() == 16 + 25 + 11 + 22
    # a regularizer for the kernel, one for each output of the shared layer
    assert len(model.losses) == 3
    shared = model.get_layer("shared")
    assert len(shared.losses) == 3 and len(shared.get_losses_for(None)) == 1
    assert len(shared.get_losses_for(model.inputs[0])) == 1


def test_models_are_layers():
    inner = two_by_two()
    a, b = Input((4,)), Input((3,))
    outputs = inner([a, b])
    assert isinstance(outputs, list)
    outer = Model([a, b], outputs)
    data = [X, X[:, :3]]
    for got, want in zip(outer.predict(data), inner.predict(data), strict=True):
        assert_allclose(got, want, rtol=1e-5)
    assert outer.weights == inner.weights and outer.count_params() == 74
    assert len(outer.losses) == 3
    assert outer.get_layer("net") is inner


def test_a_model_used_twice_has_losses_and_updates_of_both_uses():
    body = [Dense(2, input_dim=4, activity_regularizer="l2"), BatchNormalization(), Dropout(0.5)]
    inner = Sequential(body, name="inner")
    a, b = Input((4,)), Input((4,))
    twice = Model([a, b], add([inner(a), inner(b)]))
    assert len(inner.losses) == 1 and len(twice.losses) == 2
    assert len(inner.updates) == 2 and len(twice.updates) == 4 and len(twice.weights) == 6
    assert twice.uses_learning_phase
    fresh = Input((4,))
    once = Model(fresh, inner(fresh))
    assert len(once.losses) == 1 and len(once.updates) == 2
    # third level: the losses of what is within a model within a model
    c = Input((4,))
    assert len(Model(c, once(c)).losses) == 1
    for model, data in ((twice, [X, X]), (once, X), (inner, X)):
        model.compile("sgd", "mse")
        before = inner.get_weights()
        model.fit(data, Y, verbose=0)
        assert all(np.any(p != q) for p, q in zip(before, inner.get_weights(), strict=True))


def test_layers_within_a_model_may_be_frozen_before_or_after_it_is_used():
    body = [Dense(2, input_dim=4), BatchNormalization()]
    x = Input((4,))
    for early in (True, False):
        inner = Sequential([type(layer).from_config(layer.get_config()) for layer in body])
        inner.layers[1].trainable = not early
        outer = Model(x, Dense(2)(inner(x)))
        inner.layers[1].trainable = False
        assert outer.updates == [] and len(outer.trainable_weights) == 4
        inner.layers[1].trainable = True
        assert len(outer.updates) == 2 and len(outer.trainable_weights) == 6
        inner.trainable = False
        assert outer.updates == [] and len(outer.trainable_weights) == 2


def test_states_of_layers_within_a_model_are_carried_on():
    inner = Sequential([SimpleRNN(2, stateful=True, batch_input_shape=(6, 1, 4))])
    x = Input(batch_shape=(6, 1, 4))
    outer = Model(x, inner(x))
    assert outer.stateful and len(outer.state_updates) == 1
    data = X[:, None]
    first, second = outer.predict(data, batch_size=6), outer.predict(data, batch_size=6)
    assert np.all(first != second)
    outer.reset_states()
    assert_array_equal(outer.predict(data, batch_size=6), first)


def test_shapes_of_outputs_are_found_without_a_trace():
    model = two_by_two()
    before = [len(layer.losses) for layer in model.layers]
    assert model.compute_output_shape([(7, 4), (7, 3)]) == [(7, 1), (7, 2)]
    inner = Sequential([Conv2D(2, 3, input_shape=(None, None, 1)), BatchNormalization()])
    outer = Sequential([inner, Conv2D(3, 3)])
    assert outer.compute_output_shape((None, 9, 8, 1)) == (None, 5, 4, 3)
    assert [len(layer.losses) for layer in model.layers] == before
    assert len(inner.layers[1].updates) == 4  # of its own graph and of the outer one


def test_moving_averages_of_a_layer_used_twice_move_twice():
    norm = BatchNormalization(momentum=0.9)
    a, b = Input((4,)), Input((4,))
    model = Model([a, b], add([norm(a), norm(b)]))
    model.compile("sgd", "mse")
    model.train_on_batch([X, X + 3], X)
    mean = 0.1 * X.mean(0) + 0.1 * (X + 3).mean(0)
    assert_allclose(norm.get_weights()[2], mean, rtol=1e-4, atol=1e-6)


def test_a_model_may_leave_inputs_unused_and_give_them_back():
    a, b = Input((4,)), Input((4,))
    assert_array_equal(Model(a, a).predict(X), X)
    unused = Model([a, b], Dense(2)(b))
    assert unused.predict([X, X]).shape == (6, 2)
    assert names(unused) == ["input_2", "input_1", "dense_1"]


def test_keras_tensors_are_those_of_layers():
    x = Input((4,))
    assert K.is_keras_tensor(x) and K.is_keras_tensor(Dense(2)(x))
    assert not K.is_keras_tensor(x + 1) and not K.is_keras_tensor(K.variable(1.0))
    with pytest.raises(ValueError, match="a symbolic tensor expected"):
        K.is_keras_tensor(X)


def test_layers_that_hand_their_input_on():
    x = Input((4,))
    y = Lambda(lambda t: t)(x)
    assert y is not x
    assert_array_equal(Model(x, y).predict(X), X)


def test_masks_pass_through_models():
    tokens = Input((5,), dtype="int32")
    embedded = Embedding(9, 3, mask_zero=True)(tokens)
    inner = Model(tokens, embedded)
    outside = Input((5,), dtype="int32")
    y = inner(outside)
    mask = K.function([outside], [y._keras_mask])([[[1, 2, 0, 3, 0]]])[0]
    assert_array_equal(mask, [[True, True, False, True, False]])


WRONG = {
    r'Graph disconnected: cannot obtain value for tensor .*b:0.* at layer "b".*\[\'a\'': (
        ValueError,
        lambda a, b: Model(a, add([a, b])),
    ),
    'The name "q" is used 2 times in the model. All layer names should be unique': (
        ValueError,
        lambda a, b: Model(a, Dense(3, name="q")(Dense(4, name="q")(a))),
    ),
    "The list of inputs passed to the model is redundant": (
        ValueError,
        lambda a, b: Model([a, a], Dense(2)(a)),
    ),
    "The outputs of a Model must be the output of a Keras layer.*Lambda": (
        ValueError,
        lambda a, b: Model(a, a + 1),
    ),
    "The inputs of a Model must be the output of a Keras layer": (
        ValueError,
        lambda a, b: Model(X, a),
    ),
    "'dense_1' was called on .*add_1:0.*Lambda layer": (
        ValueError,
        lambda a, b: Model(a, Dense(2)(a + 1)),
    ),
    "Model inputs must come from `keras.layers.Input`": (
        TypeError,
        lambda a, b: (lambda h: Model(h, Dense(2)(h)))(Dense(3)(a)),
    ),
    "needs both inputs and outputs; given only inputs": (TypeError, lambda a, b: Model(a)),
    "unknown keyword argument 'nam'.*Did you mean 'name'": (
        TypeError,
        lambda a, b: Model(a, Dense(2)(a), nam="x"),
    ),
    "Layer dense_1 was called with an input that is not a symbolic tensor: ndarray": (
        ValueError,
        lambda a, b: Dense(2)([X, a]),
    ),
    "dense_1 expects 1 inputs, but it received 2 input tensors": (
        ValueError,
        lambda a, b: Dense(2)([a, b]),
    ),
    "lambda_1.*one tensor expected; given a list of 1": (
        TypeError,
        lambda a, b: Lambda(K.exp)([a]),
    ),
    "model_1 has 2 inputs; it was called on 1": (
        ValueError,
        lambda a, b: Model([a, b], add([a, b]))(a),
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_graphs_that_are_none(message):
    kind, attempt = WRONG[message]
    with pytest.raises(kind, match=message):
        attempt(Input((4,), name="a"), Input((4,), name="b"))


# ------------------------------------------------------------------------------ nodes


def test_one_node_has_an_input_and_an_output():
    x = Input((4,))
    layer = Dense(3)
    y = layer(x)
    assert layer.input == x and layer.output == y
    assert layer.input_shape == (None, 4) and layer.output_shape == (None, 3)
    assert layer.input_mask is None and layer.output_mask is None
    assert y._keras_history[0] is layer and y._keras_shape == (None, 3)


def test_several_nodes_are_asked_for_by_number():
    a, b = Input((8, 8, 3)), Input((9, 9, 3))
    conv = Conv2D(2, 3, padding="same", name="conv")
    at_a = conv(a)
    assert conv.input_shape == (None, 8, 8, 3)
    same = conv(Input((8, 8, 3)))
    assert conv.output_shape == (None, 8, 8, 2)  # equal in all nodes
    at_b = conv(b)
    assert [conv.get_output_at(i) for i in range(3)] == [at_a, same, at_b]
    assert conv.get_input_at(2) == b and conv.get_output_at(-1) == at_b
    assert conv.get_input_shape_at(0) == (None, 8, 8, 3)
    assert conv.get_output_shape_at(2) == (None, 9, 9, 2)
    refused = {
        "input": 'Layer conv has multiple inbound nodes, hence the notion of "layer input" is '
        "ill-defined. Use `get_input_at(node_index)` instead.",
        "output": 'Layer conv has multiple inbound nodes, hence the notion of "layer output" is '
        "ill-defined. Use `get_output_at(node_index)` instead.",
        "output_mask": 'Layer conv has multiple inbound nodes, hence the notion of "layer output '
        'mask" is ill-defined. Use `get_output_mask_at(node_index)` instead.',
        "input_shape": 'The layer "conv" has multiple inbound nodes with different input shapes. '
        'Hence the notion of "input shape" is ill-defined for the layer. '
        "Use `get_input_shape_at(node_index)` instead.",
        "output_shape": 'The layer "conv" has multiple inbound nodes with different output shapes. '
        'Hence the notion of "output shape" is ill-defined for the layer. '
        "Use `get_output_shape_at(node_index)` instead.",
    }
    for what, message in refused.items():
        with pytest.raises(AttributeError) as caught:
            getattr(conv, what)
        assert str(caught.value) == message
    with pytest.raises(ValueError, match="Asked to get output at node 3, but .* only 3 inbound"):
        conv.get_output_at(3)


def test_no_node_no_output():
    layer = Dense(3, name="lonely")
    for what in ("input", "output", "input_shape", "output_shape"):
        with pytest.raises(AttributeError, match="never been called.*lonely"):
            getattr(layer, what)
    with pytest.raises(RuntimeError, match="never been called and thus has no defined output"):
        layer.get_output_at(0)


# ------------------------------------------------------------------------------ layers of users


class SimpleMLP(keras.Model):
    """The subclass of the manual (000), with a layer more."""

    def __init__(self, use_bn=False, use_dp=False, num_classes=10):
        super().__init__(name="mlp")
        self.use_bn = use_bn
        self.use_dp = use_dp
        self.dense1 = Dense(32, activation="relu")
        self.dense2 = Dense(num_classes, activation="softmax")
        if self.use_dp:
            self.dp = Dropout(0.5)
        if self.use_bn:
            self.bn = BatchNormalization(axis=-1)

    def call(self, inputs):
        x = self.dense1(inputs)
        if self.use_dp:
            x = self.dp(x)
        if self.use_bn:
            x = self.bn(x)
        return self.dense2(x)


def test_a_subclassed_model():
    model = SimpleMLP(True, True, num_classes=2)
    assert names(model) == ["dense_1", "dense_2", "dropout_1", "batch_normalization_1"]
    with pytest.raises(ValueError, match="Build the model first"):
        model.summary()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    targets = np.eye(2)[[0, 1, 1, 0, 1, 0]]
    history = model.fit(X, targets, epochs=2, verbose=0, validation_data=(X, targets)).history
    assert sorted(history) == ["acc", "loss", "val_acc", "val_loss"]
    assert model.predict(X).shape == (6, 2)
    assert_allclose(model.predict(X).sum(-1), np.ones(6), rtol=1e-5)
    assert len(model.evaluate(X, targets, verbose=0)) == 2
    assert model.count_params() == 160 + 66 + 128 and len(model.updates) == 2
    assert len(names(model)) == 4
    assert lines(model)[3].startswith("dense_1 (Dense) ")
    with pytest.raises(NotImplementedError, match="SimpleMLP is a subclass of Model"):
        model.get_config()
    x = Input((4,))
    assert_allclose(Model(x, model(x)).predict(X), model.predict(X), rtol=1e-5)


def test_a_subclassed_model_is_a_layer_and_trains_by_itself():
    class Normed(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = Dense(2, activity_regularizer="l2", kernel_regularizer="l2")
            self.norm = BatchNormalization()

        def call(self, inputs):
            y = self.norm(self.inner(inputs))
            self.add_loss(K.sum(K.square(y)), inputs)
            return y

    model = Normed()
    x = Input((4,))
    outer = Model(x, model(x))
    assert len(outer.losses) == 3 and len(outer.updates) == 2
    for trained in (outer, model, outer):
        trained.compile("sgd", "mse")
        before = model.get_weights()
        trained.fit(X, Y, verbose=0)
        assert all(np.any(p != q) for p, q in zip(before, model.get_weights(), strict=True))
    assert len(model.losses) == 3 and len(model.updates) == 2


def test_a_subclassed_model_of_several_inputs_and_outputs():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.heads = [Dense(3), Dense(1)]

        def call(self, inputs):
            a, b = inputs
            return [self.heads[0](a), self.heads[1](concatenate([a, b]))]

    model = Two()
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit([X, Y], [X[:, :3], Y[:, :1]], verbose=0)
    assert model.metrics_names == [
        "loss",
        "output_1_loss",
        "output_2_loss",
        "output_1_mean_absolute_error",
        "output_2_mean_absolute_error",
    ]
    assert [y.shape for y in model.predict([X, Y])] == [(6, 3), (6, 1)]
    assert len(model.weights) == 4


def test_what_a_subclass_must_do():
    class Early(keras.Model):
        def __init__(self):
            self.inner = Dense(2)

    class Silent(keras.Model):
        pass

    class Numeric(keras.Model):
        def call(self, inputs):
            return np.ones(3)

    with pytest.raises(RuntimeError, match=r"Early.__init__ .* super\(\).__init__\(\)"):
        Early()
    with pytest.raises(NotImplementedError, match="a subclass of Model defines `call`"):
        Silent().predict(X)
    with pytest.raises(TypeError, match="call returns symbolic tensors; it returned array"):
        Numeric().predict(X)


class MyLayer(Layer):
    """The layer of the manual, 5.13."""

    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[1], self.output_dim),
            initializer="uniform",
            trainable=True,
        )
        super().build(input_shape)

    def call(self, x):
        return K.dot(x, self.kernel)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.output_dim)

    def get_config(self):
        return {**super().get_config(), "output_dim": self.output_dim}


def test_a_users_layer():
    model = Sequential([MyLayer(3, input_shape=(4,)), MyLayer(2, name="mine")])
    assert names(model) == ["my_layer_1", "mine"] and model.output_shape == (None, 2)
    kernels = model.get_weights()
    assert_allclose(model.predict(X), X @ kernels[0] @ kernels[1], rtol=1e-4, atol=1e-6)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert all(np.any(a != b) for a, b in zip(kernels, model.get_weights(), strict=True))
    with pytest.raises(ValueError, match="Unknown layer: 'MyLayer'.*custom_objects"):
        Sequential.from_config(model.get_config())
    again = Sequential.from_config(model.get_config(), custom_objects={"MyLayer": MyLayer})
    again.set_weights(model.get_weights())
    assert_array_equal(again.predict(X), model.predict(X))


def test_a_users_layer_of_several_inputs():
    class Pair(Layer):
        def build(self, input_shape):
            assert isinstance(input_shape, list)
            self.kernel = self.add_weight("kernel", (input_shape[0][1], 2))
            super().build(input_shape)

        def call(self, x):
            assert isinstance(x, list)
            return [K.dot(x[0], self.kernel) + x[1], K.mean(x[1], axis=-1)]

        def compute_output_shape(self, shapes):
            return [(shapes[0][0], 2), shapes[1][:-1]]

    a, b = Input((4,)), Input((2,))
    outputs = Pair()([a, b])
    assert [K.int_shape(y) for y in outputs] == [(None, 2), (None,)]
    got = Model([a, b], outputs).predict([X, Y])
    assert_allclose(got[1], Y.mean(-1), rtol=1e-5)


def test_a_shape_that_is_told_fills_and_must_not_contradict():
    class Told(Layer):
        def __init__(self, told, **kwargs):
            super().__init__(**kwargs)
            self.told = told

        def call(self, x):
            return K.reshape(x, (-1, K.shape(x)[1]))

        def compute_output_shape(self, input_shape):
            return self.told

    x = Input((None,))
    assert K.int_shape(Told((None, 4))(x)) == (None, 4)
    with pytest.raises(ValueError, match=r"told_2 \(Told\): compute_output_shape says \(None, 4,"):
        Told((None, 4, 1))(x)


def test_a_users_subclass_of_a_layer():
    class MyDense(Dense):
        def call(self, inputs):
            return 2 * super().call(inputs)

    class Scaled(Dense):
        def __init__(self, units, factor=3, **kwargs):
            super().__init__(units, **kwargs)
            self.factor = factor

        def call(self, inputs):
            return self.factor * super().call(inputs)

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    custom = {"MyDense": MyDense, "Scaled": Scaled}
    model = Sequential([MyDense(3, input_dim=4), Scaled(2, factor=5)])
    assert isinstance(model.layers[0], Dense) and names(model) == ["my_dense_1", "scaled_1"]
    first, second = model.layers
    assert_allclose(model.predict(X), 5 * dense(2 * dense(X, first), second), rtol=1e-4, atol=1e-5)
    again = Sequential.from_config(model.get_config(), custom)
    assert again.layers[1].factor == 5
    again.set_weights(model.get_weights())
    assert_array_equal(again.predict(X), model.predict(X))


# ------------------------------------------------------------------------------ configs


def nested():
    inner = two_by_two()
    a, b = Input((4,), name="p"), Input((3,), name="q")
    one, two = inner([a, b])
    again = inner([Dense(4, name="mixed")(two), b])
    return Model([a, b], [Add(name="sum")([one, again[0]]), again[1]], name="outer")


def with_sequential():
    inner = Sequential([Dense(3, input_dim=4), Dropout(0.3), Dense(4)], name="inner")
    x = Input((4,), name="p")
    return Model(x, inner(inner(x)), name="outer")


MODELS = {
    "two_by_two": two_by_two,
    "nested": nested,
    "with_sequential": with_sequential,
    "sequential": lambda: Sequential([Dense(3, input_dim=4), Activation("relu"), Dense(2)]),
}


@pytest.mark.parametrize("name", MODELS)
def test_configs_make_the_same_model(name):
    model = MODELS[name]()
    config = model.get_config()
    again = type(model).from_config(config)
    assert again.get_config() == config
    assert again.name == model.name and names(again) == names(model)
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]
    again.set_weights(model.get_weights())
    data = [X, X[:, :3]] if len(model.inputs) == 2 else X
    for got, want in zip(as_list(again.predict(data)), as_list(model.predict(data)), strict=True):
        assert_array_equal(got, want)


def test_sequential_configs_of_older_versions_are_lists():
    model = Sequential([Dense(3, input_dim=4), Dense(2)])
    again = Sequential.from_config(model.get_config()["layers"])
    assert names(again) == names(model) and again.output_shape == (None, 2)


def test_configs_that_lie():
    config = two_by_two().get_config()
    config["output_layers"][0][0] = "missing"
    with pytest.raises(ValueError, match="refers to a layer 'missing' that it does not define"):
        Model.from_config(config)


def test_layers_by_name_and_index():
    model = two_by_two()
    assert model.get_layer("both") is model.get_layer(index=4)
    assert model.get_layer("both", 0).name == "both"
    for message, options in {
        "No such layer: bth. The model has b, a, widened": dict(name="bth"),
        "retrieve layer at index 9 but model only has 7": dict(index=9),
        "give the name or the index": dict(),
    }.items():
        with pytest.raises(ValueError, match=message):
            model.get_layer(**options)


def test_weights_are_checked_when_they_are_set():
    model = Sequential([Dense(3, input_dim=4, name="d")])
    before = model.get_weights()
    with pytest.raises(ValueError, match="has 2 weights, 1 arrays were given"):
        model.set_weights(before[:1])
    with pytest.raises(ValueError, match=r"d/kernel:0 has shape \(4, 3\); .* \(3, 4\)"):
        model.set_weights([before[0].T, before[1]])
    with pytest.raises(RuntimeError, match="free.* has no weights yet"):
        Dense(3, name="free").count_params()
    for array, kept in zip(model.get_weights(), before, strict=True):
        assert_array_equal(array, kept)


# ------------------------------------------------------------------------------ summary


def test_summary_of_a_sequential():
    model = Sequential([Dense(3, input_dim=4), BatchNormalization(name="normalized_and_long")])
    assert lines(model) == [
        "_________________________________________________________________",
        "Layer (type)                 Output Shape              Param #   ",
        "=================================================================",
        "dense_1 (Dense)              (None, 3)                 15        ",
        "_________________________________________________________________",
        "normalized_and_long (BatchNo (None, 3)                 12        ",
        "=================================================================",
        "Total params: 27",
        "Trainable params: 21",
        "Non-trainable params: 6",
        "_________________________________________________________________",
    ]


def test_summary_of_a_line_of_layers_has_no_connections():
    x = Input((4,))
    assert lines(Model(x, Dense(3)(Dense(2)(x))))[1:4] == [
        "Layer (type)                 Output Shape              Param #   ",
        "=================================================================",
        "input_1 (InputLayer)         (None, 4)                 0         ",
    ]


def test_summary_of_a_graph():
    rows = lines(two_by_two())
    assert rows[1:] == [
        "Layer (type)                    Output Shape         Param #     "
        "Connected to                     ",
        "=" * 98,
        "b (InputLayer)                  (None, 3)            0           "
        "                                 ",
        "_" * 98,
        "a (InputLayer)                  (None, 4)            0           "
        "                                 ",
        "_" * 98,
        "widened (Dense)                 (None, 4)            16          "
        "b[0][0]                          ",
        "_" * 98,
        "shared (Dense)                  (None, 5)            25          "
        "a[0][0]                          ",
        "                                                                 "
        "widened[0][0]                    ",
        "_" * 98,
        "both (Concatenate)              (None, 10)           0           "
        "shared[0][0]                     ",
        "                                                                 "
        "shared[1][0]                     ",
        "_" * 98,
        "one (Dense)                     (None, 1)            11          "
        "both[0][0]                       ",
        "_" * 98,
        "two (Dense)                     (None, 2)            22          "
        "both[0][0]                       ",
        "=" * 98,
        "Total params: 74",
        "Trainable params: 74",
        "Non-trainable params: 0",
        "_" * 98,
    ]


def test_summary_takes_widths(capsys):
    model = Sequential([Dense(3000, input_dim=4000, name="d")])
    model.summary(line_length=40, positions=[0.3, 0.6, 1.0])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "_" * 40
    assert printed[3] == "d (Dense)   (None, 3000 12003000        "
    assert printed[5] == "Total params: 12,003,000"
    model.summary(40, [10, 20, 30])
    assert capsys.readouterr().out.splitlines()[1] == "Layer (ty Output Sh Param #   "


# ------------------------------------------------------------------------------ freezing


def test_the_switch_moves_weights_between_the_lists():
    layer = BatchNormalization()
    layer(Input((3,)))
    assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [2, 2]
    assert len(layer.updates) == 2
    layer.trainable = False
    assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [0, 4]
    assert layer.updates == []
    model = Sequential([Dense(3, input_dim=4), Dense(2, trainable=False)])
    assert len(model.trainable_weights) == 2 and len(model.non_trainable_weights) == 2
    model.trainable = False
    assert len(model.trainable_weights) == 0 and len(model.weights) == 4


def test_two_models_of_one_layer_frozen_and_not():
    """The manual, 3.3.14."""
    x = Input(shape=(4,))
    layer = Dense(2)
    layer.trainable = False
    y = layer(x)
    frozen_model = Model(x, y)
    frozen_model.compile(optimizer="rmsprop", loss="mse")
    layer.trainable = True
    trainable_model = Model(x, y)
    trainable_model.compile(optimizer="rmsprop", loss="mse")
    kernel = layer.get_weights()[0]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        frozen_model.fit(X, Y, verbose=0)
    assert [w.category for w in told] == [UserWarning]
    assert told[0].filename == __file__
    assert "compile again for it to take effect" in str(told[0].message)
    assert_array_equal(layer.get_weights()[0], kernel)
    trainable_model.fit(X, Y, verbose=0)
    assert np.all(layer.get_weights()[0] != kernel)


def test_compile_takes_a_snapshot():
    model = Sequential([Dense(3, input_dim=4), BatchNormalization(), Dense(2)])
    model.compile("sgd", "mse")
    model.layers[0].trainable = model.layers[1].trainable = False
    before = model.get_weights()
    with pytest.warns(UserWarning, match="Discrepancy between trainable weights"):
        model.fit(X, Y, verbose=0)
    assert all(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True))
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    changed = [np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True)]
    # kernel, bias; gamma, beta, mean, variance; kernel, bias
    assert changed == [False] * 6 + [True] * 2


def test_a_frozen_critic_judges_and_learns():
    """The two models of a generative adversarial network share a critic."""
    critic = Sequential([Dense(1, activation="sigmoid", input_dim=4)], name="critic")
    critic.compile("sgd", "binary_crossentropy")
    generator = Sequential([Dense(4, input_dim=2)], name="generator")
    critic.trainable = False
    seed = Input((2,))
    both = Model(seed, critic(generator(seed)))
    both.compile("sgd", "binary_crossentropy")
    fixed = critic.get_weights()
    moving = generator.get_weights()
    both.train_on_batch(Y, np.ones(6))
    assert_array_equal(critic.get_weights()[0], fixed[0])
    assert np.any(generator.get_weights()[0] != moving[0])
    with pytest.warns(UserWarning, match="Discrepancy"):
        critic.train_on_batch(X, np.ones(6))
    assert np.any(critic.get_weights()[0] != fixed[0])
