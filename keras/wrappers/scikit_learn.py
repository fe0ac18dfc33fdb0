"""Models as estimators of scikit-learn (manual, chapter 19).

An estimator is built anew by each `fit`, from a function and parameters; so scikit-learn can copy
it, search over its parameters and put it in a pipeline.
"""
import numpy as np

from ..models import Sequential
from ..registry import has_arg
from ..utils.np_utils import to_categorical

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.metrics import accuracy_score
    from sklearn.utils.validation import check_is_fitted
except ImportError as error:
    raise ImportError("keras.wrappers.scikit_learn needs scikit-learn: pip install "
                      "scikit-learn.") from error

__all__ = ["BaseWrapper", "KerasClassifier", "KerasRegressor"]


class BaseWrapper(BaseEstimator):
    """What KerasClassifier and KerasRegressor share.

    Arguments
        build_fn: function, or object with `__call__`, that makes a model, compiles and returns it.
            None in a subclass that defines `__call__` to do so.
        sk_params: arguments of build_fn, and of the model's `fit`, `predict` and `evaluate`
            (epochs, batch_size, ...). Those given to `fit`, `predict` or `score` themselves come
            first.

    After fitting: `model`, the Model.
    """

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def _builder(self):
        """The callable that makes the model."""
        builder = self if self.build_fn is None else self.build_fn
        if not callable(builder):
            name = type(self).__name__
            raise ValueError(f"{name}: build_fn is a function or an object with `__call__` that "
                             f"returns a compiled model; given {self.build_fn!r:.60}. It may be "
                             f"None in a subclass of {name} that defines `__call__`.")
        return builder

    # Parameters

    def check_params(self, params):
        """ValueError for a name that is no parameter.

        Arguments
            params: dict, name -> value.
        """
        takers = [self._builder(), Sequential.fit, Sequential.predict, Sequential.evaluate]
        for name in params:
            if name != "nb_epoch" and not any(has_arg(taker, name) for taker in takers):
                raise ValueError(f"{name} is not a legal parameter: neither build_fn nor fit, "
                                 f"predict or evaluate of a model takes it.")

    def get_params(self, deep=True):
        """All parameters.

        Arguments
            deep: has no effect: no parameter is an estimator with parameters of its own.

        Returns
            dict, name -> value; build_fn is one of them.
        """
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params):
        """Change some parameters.

        Arguments
            params: names and values; build_fn may be one of them.

        Returns
            the estimator.
        """
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def filter_sk_params(self, fn, override=None):
        """The parameters that a function takes.

        Arguments
            fn: callable.
            override: dict of arguments that are passed on as they are, before all others.

        Returns
            dict, name -> value.
        """
        taken = {name: value for name, value in self.sk_params.items() if has_arg(fn, name)}
        return {**taken, **(override or {})}

    # Fitting

    def fit(self, x, y, sample_weight=None, **kwargs):
        """Build a model and train it.

        Arguments
            x: array of inputs, samples first.
            y: array of targets.
            sample_weight: array of weights of the samples' losses.
            kwargs: arguments of the model's `fit`.

        Returns
            History.
        """
        builder = self._builder()
        self.model = builder(**self.filter_sk_params(builder))
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        if "nb_epoch" in self.sk_params:  # Keras 1's name
            kwargs.setdefault("epochs", self.sk_params["nb_epoch"])
        return self.model.fit(x, self._targets(y), **self.filter_sk_params(Sequential.fit, kwargs))

    def _targets(self, y):
        """y as the model is trained on it."""
        return y

    def _predicted(self, x, kwargs):
        check_is_fitted(self)
        return self.model.predict(x, **self.filter_sk_params(Sequential.predict, kwargs))

    def _evaluated(self, x, y, sample_weight, kwargs):
        """dict, name of the loss or a metric -> value."""
        check_is_fitted(self)
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        values = self.model.evaluate(x, y, **self.filter_sk_params(Sequential.evaluate, kwargs))
        return dict(zip(self.model.metrics_names, np.atleast_1d(values).tolist()))

    # What scikit-learn asks

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        tags.input_tags.sparse = tags.input_tags.three_d_array = True
        return tags


class KerasClassifier(ClassifierMixin, BaseWrapper):
    """A classifier of scikit-learn, made of a model.

    Arguments
        build_fn, sk_params: as of `BaseWrapper`. The model has one input and one output, with a
            unit for each class, or, for two classes, with one unit.

    After fitting: `model`; `classes_`, the labels in order; `n_classes_`, their number.
    Source: Keras 2.1.6 manual, chapter 19.
    """

    def fit(self, x, y, sample_weight=None, **kwargs):
        """Build a model and train it.

        Arguments
            x: array of inputs, samples first.
            y: labels of any kind, (samples,) or (samples, 1); or an array (samples, classes),
                one-hot, whose labels are the numbers of its columns.
            sample_weight: array of weights of the samples' losses.
            kwargs: arguments of the model's `fit`.

        Returns
            History.

        Raises
            ValueError: for y of another shape.
        """
        y = np.asarray(y)
        if _in_columns(y):
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or y.ndim == 2:
            self.classes_, y = np.unique(y.ravel(), return_inverse=True)
        else:
            raise ValueError(f"Invalid shape for y: {y.shape}; (samples,), (samples, 1) or "
                             f"(samples, classes) is expected.")
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, sample_weight, **kwargs)

    def _targets(self, y):
        loss = getattr(self.model.loss, "__name__", self.model.loss)
        one_hot = loss == "categorical_crossentropy" and not _in_columns(y)
        return to_categorical(y, self.n_classes_) if one_hot else y

    def predict_proba(self, x, **kwargs):
        """The probabilities of the classes.

        Arguments
            x: array of inputs, samples first.
            kwargs: arguments of the model's `predict`.

        Returns
            array (samples, classes), in the order of `classes_`; also of a model with one unit.
        """
        shares = self._predicted(x, kwargs)
        return np.hstack([1 - shares, shares]) if shares.shape[1] == 1 else shares

    def predict(self, x, **kwargs):
        """The most probable labels.

        Arguments
            x: array of inputs, samples first.
            kwargs: arguments of the model's `predict`.

        Returns
            array (samples,) of labels as they were given to `fit`; units beyond them never win.
        """
        shares = self.predict_proba(x, **kwargs)
        return self.classes_[shares[:, :self.n_classes_].argmax(axis=-1)]

    def score(self, x, y, sample_weight=None, **kwargs):
        """The accuracy: the fraction of samples whose label is predicted.

        Arguments
            x: array of inputs, samples first.
            y: as for `fit`.
            sample_weight: array of weights of the samples.
            kwargs: arguments of the model's `predict`; of `evaluate` for y in columns.

        Returns
            float. For y in columns it is what the model measures.

        Raises
            ValueError: if y has columns and the model was compiled without the metric 'accuracy'.
        """
        y = np.asarray(y)
        if not _in_columns(y):
            return accuracy_score(y, self.predict(x, **kwargs), sample_weight=sample_weight)
        measured = self._evaluated(x, y, sample_weight, kwargs)
        found = [measured[name] for name in ("acc", "accuracy") if name in measured]
        if not found:
            raise ValueError("The model is not configured to compute accuracy. You should pass "
                             "`metrics=[\"accuracy\"]` to the `model.compile()` method.")
        return found[0]


def _in_columns(y):
    """Whether y has a column for each class."""
    return y.ndim == 2 and y.shape[1] > 1


class KerasRegressor(RegressorMixin, BaseWrapper):
    """A regressor of scikit-learn, made of a model.

    Arguments
        build_fn, sk_params: as of `BaseWrapper`.

    Source: Keras 2.1.6 manual, chapter 19.
    """

    def predict(self, x, **kwargs):
        """The predicted values.

        Arguments
            x: array of inputs, samples first.
            kwargs: arguments of the model's `predict`.

        Returns
            array (samples,), or (samples, units) of a model with several output units.
        """
        values = self._predicted(x, kwargs)
        return values.squeeze(axis=-1) if values.shape[-1] == 1 else values

    def score(self, x, y, sample_weight=None, **kwargs):
        """The negative loss: more is better.

        Arguments
            x: array of inputs, samples first.
            y: array of targets.
            sample_weight: array of weights of the samples' losses.
            kwargs: arguments of the model's `evaluate`.

        Returns
            float.
        """
        return -self._evaluated(x, y, sample_weight, kwargs)["loss"]
