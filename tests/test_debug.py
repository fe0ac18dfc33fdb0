"""KERAS_DEBUG: printed graphs, plain runs, the first NaN, inferred against actual shapes."""

import numpy as np
import pytest
from engines import each_engine
from numpy.testing import assert_allclose

from keras import backend as K
from keras.backend import engines
from keras.layers import Dense, Dropout, SimpleRNN
from keras.models import Sequential

__all__ = ["each_engine"]
ONES = np.ones((4, 3), "float32")


@pytest.fixture
def switched(monkeypatch):
    return lambda value: monkeypatch.setenv("KERAS_DEBUG", value)


def trained():
    """Losses and predictions of a model that has loops, random numbers and updates."""
    K.clear_session()
    np.random.seed(3)
    model = Sequential([SimpleRNN(2, input_shape=(3, 2)), Dropout(0.5), Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.random.random((4, 3, 2)), np.random.random((4, 1))
    history = model.fit(x, y, batch_size=2, verbose=0, shuffle=False).history["loss"]
    return history, model.predict(x)


def test_unknown_switches_are_refused(switched):
    switched("graph,speed")
    with pytest.raises(ValueError, match="KERAS_DEBUG=speed: it takes graph, eager, nan, check"):
        K.eval(K.constant(1.0) + 1)


def test_graph_prints_each_plan(switched, capfd):
    switched("graph")
    x, w = K.placeholder((None, 3), name="x"), K.variable(np.ones((3, 2)), name="w")
    with K.name_scope("head"):
        y = K.dot(x, w) * 2.0
    K.function([x], [y], [K.update_add(w, K.ones_like(w))])([ONES])
    text = capfd.readouterr().err
    for line in (
        "learning phase 0:",
        "x:0  fed  (None, 3) float32",
        "w:0  variable  (3, 2)",
        "v2 = dot(x:0, w:0)  (None, 2) float32  in head",
        "multiply(v2, 2.0)",
        "update assign(w:0, v",
        "return v",
    ):
        assert line in text
    names = K.get_uid("head/dot")
    assert names == 1, "printing numbers nothing"


@pytest.mark.parametrize("switch", ["eager", "nan,check"])
def test_the_same_numbers_come_out(switched, switch):
    losses, predictions = trained()
    switched(switch)
    again, same = trained()
    assert_allclose(again, losses, rtol=1e-4)
    assert_allclose(same, predictions, rtol=1e-4, atol=1e-6)


def test_nan_names_the_layer_and_the_op_where_it_arose(switched):
    switched("nan")
    x = K.placeholder((None, 3), name="x")
    with K.name_scope("head"):
        y = K.log(x - 2.0)
    f = K.function([x], [K.sum(K.square(y) + 1.0)])
    assert f([ONES * 3]) == [12]
    with pytest.raises(
        FloatingPointError,
        match=r"log in head: the first NaN of this run; 12 of 12 values of shape "
        r"\(4, 3\).*given \(4, 3\) from -1 to -1",
    ):
        f([ONES])
    assert f([ONES * 3]) == [12], "the next run is a new one"


def test_nan_names_what_was_fed_a_variable_and_a_gradient(switched):
    switched("nan")
    x, v = K.placeholder((2,), name="x"), K.variable([np.nan, 1.0], name="v")
    with pytest.raises(FloatingPointError, match="x:0: the first NaN.*1 of 2"):
        K.function([x], [x + 1])([[np.nan, 1.0]])
    with pytest.raises(FloatingPointError, match="v:0: the first NaN"):
        K.function([x], [x + v])([[1.0, 1.0]])
    (slope,) = K.gradients(K.sum(K.pow(K.abs(x), 0.5) * 0.0), x)
    with pytest.raises(FloatingPointError, match="gradients_of in .*: the first NaN"):
        K.function([x], [slope])([[0.0, 1.0]])


def test_nan_is_found_in_the_body_of_a_loop(switched):
    switched("nan")
    x = K.placeholder((None, 3))
    f = K.function([x], [K.map_fn(lambda row: K.log(row), x)])
    with pytest.raises(FloatingPointError, match="log in .*first NaN of this run; 3 of 3 values"):
        f([-ONES])


def test_nan_stops_training(switched):
    switched("nan")
    model = Sequential([Dense(2, input_shape=(3,), name="first"), Dense(1, name="second")])
    model.compile("sgd", lambda y, p: K.log(p - p - 1))
    with pytest.raises(FloatingPointError, match="log in .*first NaN"):
        model.fit(ONES, np.ones((4, 1)), verbose=0)


def test_check_finds_a_wrong_inference(switched, monkeypatch):
    engine = engines.engine()
    switched("check")
    x = K.placeholder((None, 3), name="x")
    y = K.tanh(x)
    good = engine.lower["tanh"]
    monkeypatch.setitem(engine.lower, "tanh", lambda x: good(x)[:, :2])
    with pytest.raises(
        ValueError,
        match=r"tanh in the graph: \(None, 3\) float32 was inferred, "
        r"the array is \(4, 2\) float32",
    ):
        K.function([x], [y * 2.0])([ONES])
