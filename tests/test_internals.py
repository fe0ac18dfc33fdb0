"""Names that Keras 2 kept for itself and that recipes of its years use: the functions of a compiled
model, what they are fed, the nodes of layers."""
import numpy as np
import pytest
from engines import each_engine  # noqa: F401

import keras
from keras import backend as K
from keras.layers import Dense, Dropout, Input, Lambda, concatenate
from keras.models import Model, Sequential

x = np.random.RandomState(0).normal(size=(6, 3)).astype("float32")
y = np.random.RandomState(1).normal(size=(6, 1)).astype("float32")


def one_unit(**options):
    model = Sequential([Dense(1, input_dim=3, **options)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def test_gradients_by_the_well_known_recipe():
    """d mse / d kernel = 2 x' (x w + b - y) / n, with weights of samples in the mean."""
    model = one_unit()
    weights = np.arange(1.0, 7.0)
    gradients = model.optimizer.get_gradients(model.total_loss, model.trainable_weights)
    fed = model._feed_inputs + model._feed_targets + model._feed_sample_weights
    inputs, targets, samples = model._standardize_user_data(x, y, sample_weight=weights)
    found = K.function(fed, gradients)(inputs + targets + samples)
    w, b = (a.astype("float64") for a in model.get_weights())
    wrong = 2 * (x @ w + b - y) * weights[:, None] / 6
    np.testing.assert_allclose(found[0], x.T @ wrong, rtol=1e-5)
    np.testing.assert_allclose(found[1], wrong.sum(axis=0), rtol=1e-5)


def test_the_functions_do_what_the_methods_do():
    model, other = one_unit(), one_unit()
    other.set_weights(model.get_weights())
    model._make_train_function()
    model._make_test_function()
    model._make_predict_function()
    inputs, targets, weights = model._standardize_user_data(x, y)
    assert [a.shape for a in (*inputs, *targets, *weights)] == [(6, 3), (6, 1), (6,)]
    np.testing.assert_allclose(model.predict_function(inputs)[0], other.predict(x), rtol=1e-5)
    np.testing.assert_allclose(model.test_function(inputs + targets + weights),
                               other.test_on_batch(x, y), rtol=1e-5)
    np.testing.assert_allclose(model.train_function(inputs + targets + weights),
                               other.train_on_batch(x, y), rtol=1e-5)
    for mine, its in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_allclose(mine, its, rtol=1e-5)


def test_a_model_that_uses_the_learning_phase_is_told_it():
    model = Sequential([Dropout(0.5, input_shape=(3,))])
    assert model.uses_learning_phase
    (still,) = model.predict_function([x, 0.0])
    (dropped,) = model.predict_function([x, 1.0])
    np.testing.assert_array_equal(still, x)
    assert (dropped == 0).any()


def test_functions_are_made_anew_on_request():
    model = one_unit()
    first = model.train_function
    assert model.train_function is first
    model.train_function = None
    assert model.train_function is not first
    with pytest.raises(AttributeError, match="can be set to None"):
        model.train_function = first
    model.compile("sgd", "mae")
    inputs, targets, weights = model._standardize_user_data(x, y)
    expected = np.abs(model.predict(x) - y).mean()
    np.testing.assert_allclose(model.test_function(inputs + targets + weights)[0], expected,
                               rtol=1e-5)


def test_what_is_fed_by_name_and_shape():
    a, b = Input((3,), name="a"), Input((2,), name="b")
    model = Model([a, b], [Dense(4, name="p")(concatenate([a, b])), Dense(1, name="q")(a)])
    model.compile("sgd", {"p": "categorical_crossentropy", "q": "mse"})
    assert model._feed_input_names == ["a", "b"]
    assert model._feed_input_shapes == [(None, 3), (None, 2)]
    assert model._feed_output_names == ["p", "q"]
    assert model._feed_output_shapes == [(None, 4), (None, 1)]
    assert model._feed_outputs == model.outputs
    assert model._feed_loss_fns == [keras.losses.categorical_crossentropy, keras.losses.mse]


@pytest.mark.parametrize("targets", [y, y[:, 0]], ids=["column", "flat"])
def test_an_output_of_samples_alone_takes_either_form_of_targets(targets):
    """A number a sample, from a Lambda that sums: targets of shape (n,) or (n, 1)."""
    tensor = Input((3,))
    with pytest.warns(UserWarning, match="compute_output_shape says"):
        model = Model(tensor, Lambda(lambda z: K.sum(z, axis=-1), output_shape=(1,))(tensor))
    for loss in ("mse", lambda y_true, y_pred: K.square(y_true - y_pred)):
        model.compile("sgd", loss)
        np.testing.assert_allclose(model.evaluate(x, targets, verbose=0),
                                   np.square(x.sum(axis=-1) - y[:, 0]).mean(), rtol=1e-5)


def test_layers_cut_off_by_hand():
    """`model.layers.pop()` and what recipes of transfer learning write after it."""
    model = Sequential([Dense(5, input_dim=3), Dense(4), Dense(2)])
    model.layers.pop()
    model.outputs = [model.layers[-1].output]
    model.layers[-1].outbound_nodes = []
    model.add(Dense(7))
    assert model.predict(x).shape == (6, 7)
    assert len(model.layers) == 3


def test_a_model_in_another_model_keeps_its_own_input_and_output():
    inner = Sequential([Dense(4, input_dim=3), Dense(2)])
    own = inner.input, inner.output
    Sequential([inner, Dense(1)])
    assert (inner.input, inner.output) == own
    assert inner.output_shape == (None, 2)
    cut = Model(inner.input, inner.layers[0].get_output_at(0))
    assert cut.predict(x).shape == (6, 4)


def test_calls_by_their_distance_from_the_outputs():
    a, b = Input((3,)), Input((3,))
    shared, top = Dense(2), Dense(1)
    model = Model([a, b], top(concatenate([shared(a), Dense(2)(shared(b))])))
    nodes = model._nodes_by_depth
    assert {depth: len(nodes[depth]) for depth in nodes} == {0: 1, 1: 1, 2: 1, 3: 2, 4: 2}
    assert [node.outbound_layer for node in nodes[0]] == [top]
    assert model.layers_by_depth[0] == [top]
    assert model._layers_by_depth[3] == [shared] and model._layers_by_depth[4] == model.input_layers
    assert model._is_compiled is False
