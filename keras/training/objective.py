"""From what `compile` is given to the graph of losses and metrics.

The reduction is that of Keras 2: per-sample losses are masked, weighted, and divided by the
share of samples whose weight is not zero (not by the sum of weights).
"""
import warnings

import numpy as np

from .. import backend as K
from .. import losses as loss_functions
from .. import metrics as metric_functions
from ..graph import DtypeError, NotAValueError, ShapeError
from ..graph.tensor import Placeholder
from ..layers.base import Layer
from ..layers.fields import nearest
from ..layers.node import as_list


class Output:
    """One output of a model in training: its loss, target, weights and metrics.

    `target` and `weights` are placeholders; weights that are not fed count as ones.
    """

    def __init__(self, name, tensor, loss, loss_weight, mode, target=None):
        self.name = name
        self.tensor = tensor
        self.loss = loss
        self.loss_weight = loss_weight
        self.mode = mode  # None: a weight per sample; 'temporal': one per step
        if mode not in (None, "temporal"):
            raise ValueError(f"sample_weight_mode is None, for a weight per sample, or 'temporal', "
                             f"for one per step; given {mode!r} for output {name!r}.")
        self.sparse = loss is loss_functions.sparse_categorical_crossentropy
        self.given_target = target
        if target is None:
            target = K.placeholder(ndim=len(self.target_shape), dtype=tensor.dtype,
                                   name=f"{name}_target")
        else:
            self.check_target(target)
        self.target = target
        n = 2 if mode == "temporal" else 1
        self.weights = Placeholder((None,) * n, tensor.dtype, f"{name}_sample_weights",
                                   default=np.ones((1,) * n))
        if mode == "temporal" and tensor.ndim < 3:
            raise ValueError(f"sample_weight_mode='temporal' for output {name!r}: it wants an "
                             f"output of 3 axes or more (samples, steps, ...); its shape is "
                             f"{tensor.shape}.")

    @property
    def target_shape(self):
        """The shape that targets must have; a loss of the user's may want any sizes."""
        if not self.tensor.ndim:  # a model that computes its loss itself, and is told zeros
            return (None, 1)
        if self.sparse:
            return (*self.tensor.shape[:-1], 1)
        return self.tensor.shape if self.loss_is_ours else (None,) * self.tensor.ndim

    @property
    def loss_is_ours(self):
        return getattr(loss_functions, getattr(self.loss, "__name__", ""), None) is self.loss

    def check_target(self, target):
        """Raise an error for a target tensor that cannot be one of this output."""
        if not K.is_tensor(target):
            raise TypeError(f"target_tensors: a symbolic tensor (K.variable, K.constant, ...) "
                            f"expected for output {self.name!r}; given "
                            f"{type(target).__name__}. Arrays go to fit.")
        wanted = self.target_shape
        if self.loss_is_ours and (target.ndim != len(wanted) or any(
                None not in pair and len(set(pair)) > 1 for pair in zip(target.shape, wanted))):
            raise ValueError(f"target_tensors: a tensor of shape {wanted} expected for output "
                             f"{self.name!r}; given {target.shape}.")

    def loss_tensor(self):
        """The scalar loss of this output."""
        return reduced_loss(scores(self.loss, self), self.weights, self.tensor.keras_mask)


def scores(function, output):
    """What a loss or metric computes for an output; its errors tell on what."""
    name = getattr(function, "__name__", type(function).__name__)
    where = (f"{name}, given targets of shape {output.target.shape} and predictions of shape "
             f"{output.tensor.shape} of the output {output.name!r}")
    try:
        score = K.called(function, output.target, output.tensor)
    except (ShapeError, DtypeError, NotAValueError) as error:
        raise type(error)(f"{where}: {error}") from error
    if not K.is_tensor(score):
        raise TypeError(f"{where}, returned {score!r:.100}; a loss or metric returns a tensor: a "
                        f"number for each sample, or one for all.")
    return score


def reduced_loss(score, weights=None, mask=None):
    """The mean of per-sample scores under weights and a mask.

    Arguments
        score: tensor (samples, ...).
        weights: tensor (samples,) or (samples, steps), or None.
        mask: tensor (samples, steps) or None.
    """
    if mask is not None:
        mask = K.cast(mask, K.floatx())
        score = score * mask / K.mean(mask)
    if weights is not None:
        if score.ndim > weights.ndim:
            score = K.mean(score, axis=list(range(weights.ndim, score.ndim)))
        share = K.mean(K.cast(K.not_equal(weights, 0), K.floatx()))
        score = score * weights / share
    return K.mean(score)


def per_output(given, names, what, default=None):
    """An argument of compile as one value per output.

    Arguments
        given: None, one value for all outputs, a list by position, or a dict by name.
        names: names of the outputs.
        what: name of the argument, for errors.
    """
    if given is None:
        return [default] * len(names)
    if isinstance(given, dict):
        for name in given:
            if name not in names:
                raise ValueError(f"Unknown entry in {what} dictionary: {name!r}. Only expected "
                                 f"the following keys: {names}.{nearest(str(name), names)}")
        return [given.get(name, default) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ValueError(f"When passing a list as {what}, it should have one entry per model "
                             f"output. The model has {len(names)} outputs, but you passed "
                             f"{what}={given}")
        return list(given)
    return [given] * len(names)


def targets_per_output(given, names):
    """The tensors that the outputs are trained on; None for one whose targets are fed."""
    one = K.is_tensor(given) or K.is_native(given)
    targets = per_output([given] if one else given, names, "`target_tensors`")
    return [K.identity(y) if K.is_native(y) else y for y in targets]


def losses_per_output(loss, names):
    """The loss functions of the outputs; None for one that has none."""
    if isinstance(loss, dict):
        for name in names:
            if name not in loss:
                warnings.warn(f'Output "{name}" missing from loss dictionary: no data will be '
                              f'expected for it. Write {name!r}: None to say that you mean it.',
                              stacklevel=4)
    return [None if one is None else loss_functions.get(one)
            for one in per_output(loss, names, "`loss`")]


def metrics_per_output(metrics, names, what="`metrics`"):
    """A list of metrics for each output; a plain list counts for each."""
    if metrics is None:
        return [[] for _ in names]
    if isinstance(metrics, dict):
        return [as_list(m) for m in per_output(metrics, names, what, default=[])]
    if not isinstance(metrics, (list, tuple)):
        raise TypeError(f"compile: {what} is a list or a dict of lists; given {metrics!r}. "
                        f"Write [{metrics!r}].")
    nested = metrics and all(isinstance(m, (list, tuple)) for m in metrics)
    if nested:
        return [list(m) for m in per_output(metrics, names, what)]
    return [list(metrics) for _ in names]


SHORT = ("accuracy", "acc", "crossentropy", "ce")  # metrics that suit themselves to the output


def resolved_metric(metric, output):
    """The function and the name behind a metric's name; 'accuracy' depends on the output."""
    if metric in SHORT:
        short = "acc" if metric in ("accuracy", "acc") else "ce"
        long = "accuracy" if short == "acc" else "crossentropy"
        if output.tensor.shape[-1] == 1 or output.loss is loss_functions.binary_crossentropy:
            kind = "binary"
        elif output.sparse:
            kind = "sparse_categorical"
        else:
            kind = "categorical"
        return getattr(metric_functions, f"{kind}_{long}"), short
    try:
        function = metric_functions.get(metric)
    except ValueError as error:
        hint = nearest(str(metric), SHORT)
        if not hint:
            raise
        raise ValueError(f"{error}{hint}") from None
    if isinstance(function, Layer):
        return function, function.name
    return function, getattr(function, "__name__", type(function).__name__)


def metric_tensor(function, output, weighted):
    """The scalar value of a metric on a batch.

    A stateful metric is a Layer with `stateful = True` and a `__call__(y_true, y_pred)` of its
    own: it returns its value over all batches so far, which neither mask nor weights change, and
    adds updates that carry its state on; `reset_states` starts it anew.
    """
    if is_stateful(function):
        return K.mean(scores(function, output))
    return reduced_loss(scores(function, output),
                        output.weights if weighted else None, output.tensor.keras_mask)


def is_stateful(function):
    """Whether a metric keeps a state over the batches of an epoch."""
    return isinstance(function, Layer) and function.stateful


def distinct(name, names):
    """`name`, with `_1`, `_2`... if it is taken."""
    if name not in names:
        return name
    n = 1
    while f"{name}_{n}" in names:
        n += 1
    return f"{name}_{n}"
