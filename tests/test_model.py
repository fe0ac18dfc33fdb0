"""Models: Sequential, functional, nested; nodes."""


import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from model_parts import X, Y, dense, names, two_by_two
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Input,
    InputLayer,
    Lambda,
    SimpleRNN,
    add,
)
from keras.models import Model, Sequential

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
    "lambda_1.*one tensor expected; given a list of 2 that do not make one": (
        TypeError,
        lambda a, b: Lambda(K.exp)([a, Dense(3)(b)]),
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
