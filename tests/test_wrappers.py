"""keras.wrappers.scikit_learn: the documented API, and what scikit-learn itself does with it."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("sklearn")

from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from keras import backend as K
from keras.callbacks import EarlyStopping
from keras.layers import Dense
from keras.models import Model, Sequential
from keras.wrappers.scikit_learn import BaseWrapper, KerasClassifier, KerasRegressor

LABELS = np.array(["ant", "bee", "cow"])


def classes(units=8, lr_name="adam", loss="categorical_crossentropy"):
    model = Sequential([Dense(units, "tanh", input_dim=2), Dense(3, activation="softmax")])
    model.compile(lr_name, loss, metrics=["accuracy"])
    return model


def two_classes(inputs=2):
    model = Sequential([Dense(1, activation="sigmoid", input_dim=inputs)])
    model.compile("rmsprop", "binary_crossentropy", metrics=["acc"])
    return model


def line(metrics=()):
    model = Sequential([Dense(1, input_dim=2)])
    model.compile("sgd", "mse", metrics=list(metrics))
    return model


class Callable:
    def __call__(self, units=3):
        return classes(units)


class Own(KerasClassifier):
    def __call__(self, units=3):
        return classes(units)


@pytest.fixture(autouse=True)
def seeded():
    K.clear_session()
    np.random.seed(0)


@pytest.fixture
def points():
    """Three clouds in the plane, and the numbers of the clouds."""
    y = np.arange(90) % 3
    centers = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 4.0]])
    return centers[y] + np.random.normal(scale=0.3, size=(90, 2)), y


def quiet(cls, *args, **kwargs):
    return cls(*args, verbose=0, **kwargs)


# ------------------------------------------------------------------------------ parameters


def test_parameters_are_those_of_build_fn_and_of_the_model():
    estimator = KerasClassifier(classes, units=5, epochs=2)
    assert estimator.get_params() == {"build_fn": classes, "units": 5, "epochs": 2}
    assert estimator.set_params(units=6, batch_size=4) is estimator
    assert estimator.get_params(deep=False)["units"] == 6
    assert estimator.filter_sk_params(classes) == {"units": 6}
    assert estimator.filter_sk_params(Sequential.fit, {"epochs": 9}) == {
        "epochs": 9,
        "batch_size": 4,
    }
    assert estimator.set_params(build_fn=Callable()).build_fn(3).layers[0].units == 3


def test_unknown_parameters_are_refused():
    with pytest.raises(ValueError, match="nonsense is not a legal parameter"):
        KerasClassifier(classes, nonsense=1)
    with pytest.raises(ValueError, match="nonsense is not a legal parameter"):
        KerasRegressor(line).set_params(nonsense=1)
    with pytest.raises(ValueError, match="build_fn is a function .*None in a subclass"):
        KerasClassifier()
    with pytest.raises(ValueError, match="given 'classes'"):
        KerasClassifier("classes")


def test_clone_keeps_the_very_parameters():
    stops = [EarlyStopping("loss")]
    estimator = KerasClassifier(classes, units=4, callbacks=stops)
    copy = clone(estimator)
    assert copy.get_params()["units"] == 4 and copy is not estimator
    assert estimator.get_params()["callbacks"] is stops
    assert "units=4" in repr(estimator) and "units" in estimator._repr_html_()


def test_kinds():
    assert is_classifier(quiet(KerasClassifier, classes))
    assert is_regressor(quiet(KerasRegressor, line))
    assert issubclass(KerasClassifier, BaseWrapper)
    for method in ("predict", "predict_proba"):
        with pytest.raises(NotFittedError):
            getattr(quiet(KerasClassifier, classes), method)(np.zeros((1, 2)))


# ------------------------------------------------------------------------------ fit and predict


@pytest.mark.parametrize("build", [classes, Callable(), None])
def test_what_builds_the_model(build, points):
    estimator = quiet(Own if build is None else KerasClassifier, build, units=7, epochs=2)
    history = estimator.fit(*points)
    assert len(history.epoch) == 2
    assert isinstance(estimator.model, Model) and estimator.model.layers[0].units == 7
    assert len(estimator.fit(*points, epochs=3).epoch) == 3


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_labels_of_any_kind(points, loss):
    x, y = points
    estimator = quiet(KerasClassifier, classes, loss=loss, epochs=40, batch_size=10)
    estimator.fit(x, LABELS[y])
    assert_array_equal(estimator.classes_, LABELS)
    assert estimator.n_classes_ == 3
    shares = estimator.predict_proba(x)
    assert_allclose(shares, estimator.model.predict(x))
    predicted = estimator.predict(x)
    assert_array_equal(predicted, LABELS[shares.argmax(1)])
    assert np.mean(predicted == LABELS[y]) > 0.9
    assert estimator.score(x, LABELS[y]) == np.mean(predicted == LABELS[y])
    weights = np.random.random(90)
    weighted = np.average(predicted == LABELS[y], weights=weights)
    assert_allclose(estimator.score(x, LABELS[y], sample_weight=weights), weighted)
    assert estimator.score(x, np.full(90, "dog")) == 0  # a label that fit never saw


def test_one_hot_targets(points):
    x, y = points
    estimator = quiet(KerasClassifier, classes, epochs=2)
    estimator.fit(x, np.eye(3)[y])
    assert_array_equal(estimator.classes_, [0, 1, 2])
    assert_allclose(estimator.score(x, np.eye(3)[y]), np.mean(estimator.predict(x) == y))
    estimator.model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="not configured to compute accuracy"):
        estimator.score(x, np.eye(3)[y])
    with pytest.raises(ValueError, match=r"Invalid shape for y: \(2, 2, 2\)"):
        estimator.fit(x, np.zeros((2, 2, 2)))


def test_one_unit_for_two_classes(points):
    x, y = points
    estimator = quiet(KerasClassifier, two_classes, epochs=2)
    estimator.fit(x, (y > 0)[:, None])
    shares = estimator.predict_proba(x, batch_size=7)
    assert shares.shape == (90, 2)
    assert_allclose(shares.sum(1), 1, rtol=1e-6)
    assert_array_equal(estimator.predict(x), estimator.model.predict_classes(x)[:, 0] == 1)


def test_regressor(points):
    x, _ = points
    estimator = quiet(KerasRegressor, line, metrics=["mae"])
    estimator.fit(x, x.sum(1))
    predicted = estimator.predict(x)
    assert predicted.shape == (90,)
    assert_allclose(estimator.score(x, x.sum(1)), -np.mean((predicted - x.sum(1)) ** 2), rtol=1e-5)
    assert estimator.predict(x[:1]).shape == (1,)


def test_sample_weights_are_trained_on(points):
    x, y = points
    weights = np.random.random(90)
    estimator = quiet(KerasClassifier, classes)
    np.random.seed(1)
    estimator.fit(x, LABELS[y], sample_weight=weights)
    np.random.seed(1)
    model = classes()
    model.fit(x, np.eye(3)[y], sample_weight=weights, verbose=0)
    for got, want in zip(estimator.model.get_weights(), model.get_weights()):
        assert_array_equal(got, want)


def test_nb_epoch_is_understood(points):
    assert len(quiet(KerasClassifier, classes, nb_epoch=2).fit(*points).epoch) == 2


# ------------------------------------------------------------------------------ scikit-learn


def test_grid_search(points):
    grid = {"epochs": [1, 2], "batch_size": [10, 30], "units": [2, 5]}
    search = GridSearchCV(quiet(KerasClassifier, classes), grid, cv=2, error_score="raise")
    search.fit(*points)
    assert len(search.cv_results_["params"]) == 8
    best = search.best_estimator_
    assert best.model.layers[0].units == search.best_params_["units"]
    assert len(best.model.history.epoch) == search.best_params_["epochs"]
    assert search.score(*points) == best.score(*points)


def test_pipeline_and_cross_validation(points):
    x, y = points
    steps = [("scale", StandardScaler()), ("net", quiet(KerasClassifier, classes, epochs=2))]
    pipeline = Pipeline(steps).set_params(net__units=4)
    scores = cross_val_score(pipeline, x, LABELS[y], cv=3, error_score="raise")
    assert scores.shape == (3,) and np.all((scores >= 0) & (scores <= 1))
    pipeline.fit(x, y, net__sample_weight=np.ones(90))
    assert pipeline.named_steps["net"].model.layers[0].units == 4
    scores = cross_val_score(
        quiet(KerasRegressor, line), x, x[:, 0], cv=2, scoring="r2", error_score="raise"
    )
    assert np.all(scores <= 1)


def test_sparse_features():
    texts, y = ["a b", "b c", "c a"] * 4, [0, 1, 0] * 4
    words = CountVectorizer(token_pattern=r"\w")
    pipeline = Pipeline([("words", words), ("net", quiet(KerasClassifier, two_classes, inputs=3))])
    assert pipeline.fit(texts, y).predict(texts).shape == (12,)


def test_ensembles(points):
    x, y = points
    net = quiet(KerasClassifier, classes)
    bagged = BaggingClassifier(net, n_estimators=2).fit(x, LABELS[y])
    assert set(bagged.predict(x)) <= set(LABELS)
    votes = VotingClassifier([("net", net), ("line", LogisticRegression())], voting="soft")
    votes.fit(x, LABELS[y], sample_weight=np.ones(90))
    mean = (votes.estimators_[0].predict_proba(x) + votes.estimators_[1].predict_proba(x)) / 2
    assert_allclose(votes.predict_proba(x), mean)


def test_pickles_with_its_model(points):
    x, y = points
    estimator = quiet(KerasClassifier, classes, epochs=2)
    estimator.fit(x, LABELS[y])
    copy = pickle.loads(pickle.dumps(estimator))
    assert_allclose(copy.predict_proba(x), estimator.predict_proba(x))
    assert copy.score(x, LABELS[y]) == estimator.score(x, LABELS[y])
    copy.fit(x, LABELS[y])


def test_scikit_learn_is_imported_late():
    code = (
        "import keras, sys; assert 'sklearn' not in sys.modules\n"
        "keras.wrappers.scikit_learn.KerasClassifier\n"
        "assert 'sklearn' in sys.modules and not hasattr(keras.wrappers, 'other')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
