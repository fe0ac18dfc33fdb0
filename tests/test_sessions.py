"""Habits of TensorFlow 1 and Keras 1: sessions, fetched updates, old names and import paths."""

import importlib.util
import warnings

import numpy as np
import pytest
from engines import ENGINES, running_on

from keras import backend as K


@pytest.fixture(autouse=True, params=ENGINES)
def engine(request):
    with running_on(request.param):
        yield
    K.clear_session()


def test_run_arranges_its_results_as_the_fetches():
    x, v = K.placeholder((None, 2)), K.variable([1.0, 2.0])
    session = K.get_session()
    assert K.get_session() is session
    feed = {x: np.ones((3, 2))}
    assert session.run(x * v, feed).tolist() == [[1, 2]] * 3
    total, (both, name) = session.run([K.sum(x * v), (v, {"n": K.shape(x)[0]})], feed)
    assert total == 9 and both.tolist() == [1, 2] and name == {"n": 3}
    assert session.run([], feed) == []
    assert session.run((x * v).op, feed) is None
    with session.as_default() as same, session.graph.as_default():
        assert same is session


def test_run_feeds_the_learning_phase():
    x = K.placeholder((2,))
    y = K.in_train_phase(2 * x, x)
    ones = np.ones(2)
    session = K.get_session()
    assert session.run(y, feed_dict={x: ones, K.learning_phase(): 1}).tolist() == [2, 2]
    assert session.run(y, feed_dict={x: ones, K.learning_phase(): 0}).tolist() == [1, 1]
    assert session.run(y, feed_dict={x: ones}).tolist() == [1, 1]


def test_a_fetched_update_runs_and_gives_the_new_value():
    v, w = K.variable(1.0), K.variable(10.0)
    add, other = K.update_add(v, 2.0), K.update(w, v)
    assert K.get_session().run([add, other]) == [3, 1], "the new values, from the old ones"
    assert (K.get_value(v), K.get_value(w)) == (3, 1)
    assert K.function([], [add * 2])([]) == [10], "also where another tensor reads it"
    assert K.get_value(v) == 5
    average = K.moving_average_update(v, 1.0, 0.75)
    assert K.function([], [average], updates=[average])([]) == [4]
    assert K.get_value(v) == 4, "once, though both fetched and listed"


def test_tensors_evaluate_themselves():
    x, v = K.placeholder((None, 2)), K.variable([1.0, 2.0])
    assert K.shape(v).eval(session=K.get_session()).tolist() == [2]
    assert (x * v).eval(feed_dict={x: [[1, 1]]}).tolist() == [[1, 2]]
    assert (x * v).eval({x: [[2, 2]]}, object()).tolist() == [[2, 4]], "a session of TensorFlow"
    assert v.eval().tolist() == [1, 2]
    assert x.get_shape().as_list() == [None, 2] and x.get_shape().ndims == 2
    with pytest.raises(ValueError, match="placeholder.* has to be fed"):
        x.eval()


def test_run_refuses_what_is_no_tensor():
    with pytest.raises(TypeError, match="fetches are tensors.*'init'"):
        K.get_session().run("init")


def test_functions_are_compiled_once_and_few_are_kept():
    session, x = K.get_session(), K.variable(2.0)
    y = K.square(x)
    session.run(y)
    (kept,) = session.functions.values()
    session.run(y)
    assert list(session.functions.values()) == [kept]
    for _ in range(40):
        session.run(x + 1)
    assert len(session.functions) < 40
    session.close()
    assert not session.functions


def test_known_shapes_need_nothing_fed():
    x = K.placeholder((2, 4, 5))
    assert K.get_session().run(K.shape(x)).tolist() == [2, 4, 5]
    assert K.eval(K.shape(K.variable(np.zeros((3, 1))))).tolist() == [3, 1]


def test_set_session_warns_once():
    K.set_session(K.get_session())
    backend = importlib.import_module("keras.backend.tensorflow_backend")
    sessions = importlib.import_module("keras.backend.sessions")
    sessions._Current.warned = False
    with pytest.warns(UserWarning, match="without TensorFlow sessions"):
        backend.set_session(object())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        K.set_session(object())
    assert isinstance(backend._get_available_gpus(), list)
    assert backend.dot is K.dot and backend.clear_session is K.clear_session


def test_names_of_another_library_say_what_to_write():
    if K.backend() == "tensorflow":
        pytest.skip("it is there")
    with pytest.raises(AttributeError, match="no 'tf'.*without TensorFlow.*K.mean"):
        K.tf.reduce_mean  # noqa: B018
    with pytest.raises(ImportError, match="without TensorFlow"):
        exec("from keras.backend.tensorflow_backend import tf")
    with pytest.raises(AttributeError, match="no 'men'"):
        K.men  # noqa: B018
    assert not hasattr(K, "tf")


def test_clear_session_starts_again():
    session = K.get_session()
    K.set_learning_phase(1)
    first = K.get_uid("dense")
    K.clear_session()
    assert K.get_uid("dense") == first
    assert K.is_tensor(K.learning_phase())
    assert K.get_session() is not session


def test_flags_and_scopes_that_do_nothing():
    K.manual_variable_initialization(True)
    v = K.variable([1.0])
    K.manual_variable_initialization(False)
    with pytest.raises(ValueError, match="'yes'"):
        K.manual_variable_initialization("yes")
    with K.control_dependencies([v]):
        assert K.eval(v + 1).tolist() == [2]


def test_names_of_keras_1():
    common = importlib.import_module("keras.backend.common")
    assert K.image_dim_ordering() == common.image_dim_ordering() == "tf"
    try:
        K.set_image_dim_ordering("th")
        assert K.image_data_format() == "channels_first"
        assert K.image_dim_ordering() == "th"
    finally:
        K.set_image_dim_ordering("tf")
    assert K.image_data_format() == common.image_data_format() == "channels_last"
    with pytest.raises(ValueError, match="'tf' or 'th'.*'theano'"):
        K.set_image_dim_ordering("theano")
    assert K.get_variable_shape(K.variable(np.zeros((2, 3)))) == (2, 3)


@pytest.mark.parametrize("name, library", [("tensorflow", "TensorFlow"), ("theano", "Theano")])
def test_a_library_of_old_scripts_that_is_not_there(name, library):
    """The import says what to write; whoever only asks whether it is there hears no."""
    if importlib.util.find_spec(name) is not None:
        pytest.skip(f"{name} is installed here")
    with pytest.raises(ModuleNotFoundError, match=f"runs without {library}: write .*K.mean") as e:
        importlib.import_module(name)
    assert e.value.name == name
