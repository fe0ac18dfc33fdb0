"""Model: a network that can be compiled, fitted and evaluated (manual, chapter 4)."""
import warnings
from contextlib import nullcontext

import numpy as np

from .. import backend as K
from .. import callbacks as cbks
from .. import mixed_precision, optimizers
from ..layers.fields import whole
from ..layers.input_layer import Input
from ..layers.node import as_list, unpacked
from ..network import Network
from . import feeding, objective
from .arguments import pair_or_triple, refuse_unknown, sizes
from .enqueuers import is_source
from .findings import Findings
from .generators import Generators, refuse_arrays
from .internals import Internals
from .loop import Data, Fitting, Validation, evaluated, predicted, whole_steps
from .resume import keeper_among


class Model(Generators, Internals, Network):
    """A network with a loss.

    Arguments
        inputs: tensor made by `Input`, or a list of them.
        outputs: tensor, or a list of them.
        name: string.
    """

    optimizer = None
    stop_training = False

    # compile

    def compile(self, optimizer, loss=None, metrics=None, loss_weights=None,
                sample_weight_mode=None, weighted_metrics=None, target_tensors=None, **kwargs):
        """Choose how the model learns. Weights, updates and losses are taken as they are now;
        after a change of `trainable`, compile again.

        Arguments
            optimizer: name or Optimizer.
            loss: name or function; a list or dict of them for several outputs.
            metrics: list of names or functions, measured but not trained on; 'accuracy'
                suits itself to the output. A dict gives a list by output.
            loss_weights: list or dict of numbers, the weight of each output's loss.
            sample_weight_mode: 'temporal' for weights by step; a list or dict for several
                outputs.
            weighted_metrics: list of metrics that sample weights apply to.
            target_tensors: tensors to train on in place of arrays fed as y.
            kwargs: options of the engine; none is known to this one.

        Raises
            ValueError: for unknown losses, metrics, outputs, or options.
        """
        refuse_unknown(self.compile, kwargs, ValueError)
        before = dict(vars(self))
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss
        self.metrics = metrics or []
        self.loss_weights = loss_weights
        self.sample_weight_mode = sample_weight_mode
        self.weighted_metrics = weighted_metrics
        self._target_tensors = target_tensors
        self._half = mixed_precision.half()
        if self._half == "float16" and self.optimizer.loss_scale is None:
            self.optimizer.loss_scale = "dynamic"
        self._functions = {}
        self._outputs = None
        if self.outputs is not None:
            try:
                self._complete_compile()
            except Exception:
                vars(self).clear()
                vars(self).update(before)  # half compiled is not compiled
                raise

    def _complete_compile(self):
        """The part of compile that needs the outputs."""
        names = self.output_names
        losses = objective.losses_per_output(self.loss, names)
        weights = objective.per_output(self.loss_weights, names, "`loss_weights`", 1.0)
        modes = objective.per_output(self.sample_weight_mode, names, "`sample_weight_mode`")
        targets = objective.targets_per_output(self._target_tensors, names)
        self._outputs = [
            objective.Output(name, x, loss, weight, mode, target)
            for name, x, loss, weight, mode, target in zip(
                names, self.outputs, losses, weights, modes, targets) if loss is not None]
        self.loss_functions = losses
        self.targets = [output.target for output in self._outputs]
        self.sample_weights = [output.weights for output in self._outputs]
        self._collected_trainable_weights = self.trainable_weights
        self._collected_updates = self.updates
        self._state_updates = self.state_updates
        self._steps = None  # the optimizer's updates, made when training begins
        self._make_total_loss()
        self._make_metrics()

    def _make_total_loss(self):
        self.metrics_names = ["loss"]
        self.metrics_tensors = []
        total = None
        for output in self._outputs:
            with K.name_scope(f"{output.name}_loss"):
                loss = output.loss_tensor()
            if len(self.outputs) > 1:
                self.metrics_names.append(f"{output.name}_loss")
                self.metrics_tensors.append(loss)
            if output.loss_weight != 1:
                loss = output.loss_weight * loss
            total = loss if total is None else total + loss
        for extra in self.losses:
            extra = K.sum(extra) if K.ndim(extra) else extra
            total = extra if total is None else total + extra
        if total is None:
            raise ValueError("The model cannot be compiled because it has no loss to optimize. "
                             "Name one, e.g. loss='mse', or add one with add_loss.")
        self.total_loss = total

    def _make_metrics(self):
        names = [output.name for output in self._outputs]
        plain = objective.metrics_per_output(self.metrics, self.output_names)
        weighted = objective.metrics_per_output(self.weighted_metrics, self.output_names,
                                                "`weighted_metrics`")
        self.stateful_metrics, self.stateful_places = [], []
        self._metric_updates = []
        for i, name in enumerate(self.output_names):
            if name not in names:
                continue
            output = self._outputs[names.index(name)]
            for given, prefix in ((plain[i], ""), (weighted[i], "weighted_")):
                for metric in given:
                    self._add_metric(metric, prefix, output)

    def _add_metric(self, metric, prefix, output):
        function, name = objective.resolved_metric(metric, output)
        name = prefix + name
        if len(self.outputs) > 1:
            name = f"{output.name}_{name}"
        self.metrics_names.append(objective.distinct(name, self.metrics_names))
        value = objective.metric_tensor(function, output, bool(prefix))
        self.metrics_tensors.append(value)
        if objective.is_stateful(function):
            self.stateful_metrics.append(function)
            self.stateful_places.append(len(self.metrics_names) - 1)
            self._metric_updates.extend(function.updates)

    # Functions

    def _require_compiled(self):
        if self.optimizer is None:
            raise RuntimeError("You must compile your model before using it: "
                               "model.compile(optimizer='adam', loss='mse'), for example.")
        if self._outputs is None and self.outputs is not None:
            self._complete_compile()  # layers were added since

    @property
    def _fed_inputs(self):
        return [x for x, layer in zip(self.inputs, self.input_layers) if layer.is_placeholder]

    @property
    def _fed_outputs(self):
        return [output for output in self._outputs if output.given_target is None]

    def _function(self, kind, weighted=()):
        """The train, test or predict function; `weighted`: which outputs have weights fed."""
        key = (kind, tuple(weighted))
        known = vars(self).setdefault("_functions", {})  # prediction needs no compile
        if key not in known:
            known[key] = getattr(self, f"_{kind}_function")(weighted)
        return known[key]

    def _training_inputs(self, weighted):
        return [*self._fed_inputs, *(output.target for output in self._fed_outputs),
                *(output.weights for output, on in zip(self._outputs, weighted) if on)]

    def _watched_train_function(self, weighted):
        """The train function, which fetches what TerminateOnNaN looks at, too."""
        function = self._train_function(weighted)
        findings = Findings(self.total_loss, self._steps)
        watched = K.function(function.inputs, [*function.outputs, findings.sums], function.updates,
                             name=function.name, half=self._half)
        return watched, findings

    def _fitting_function(self, weighted, callbacks):
        """The train function for a call of fit; and Findings if TerminateOnNaN is there."""
        watching = [c for c in callbacks if isinstance(c, cbks.TerminateOnNaN)]
        if not watching:
            return self._function("train", weighted), None
        function, findings = self._function("watched_train", weighted)
        for callback in watching:
            callback.findings = findings
        return function, findings

    def _train_function(self, weighted):
        if self._steps is None:
            with K.name_scope("training"):
                self._steps = self.optimizer.get_updates(
                    params=self._collected_trainable_weights, loss=self.total_loss)
        updates = [*self._collected_updates, *self._steps, *self._metric_updates]
        return K.function(self._training_inputs(weighted),
                          [self.total_loss, *self.metrics_tensors], updates,
                          name="train_function", half=self._half)

    def _check_trainable(self):
        if self._collected_trainable_weights != self.trainable_weights:
            warnings.warn("Discrepancy between trainable weights and collected trainable weights: "
                          "`trainable` was changed after compile; compile again for it to take "
                          "effect.", stacklevel=3)

    def _test_function(self, weighted):
        return K.function(self._training_inputs(weighted),
                          [self.total_loss, *self.metrics_tensors],
                          [*self._state_updates, *self._metric_updates], name="test_function",
                          half=self._half)

    def _predict_function(self, weighted):
        half = mixed_precision.half() if self.optimizer is None else self._half
        return K.function(self._fed_inputs, self.outputs, self.state_updates,
                          name="predict_function", half=half)

    # Feeding

    def _inputs_from(self, x):
        """The input arrays in order; a model that has no graph yet is built on them."""
        if self.inputs is None:
            self._build_on(x)
        if not self._fed_inputs and x is None:
            return []
        return feeding.standardized(x, self._feed_input_names, self._feed_input_shapes, "input")

    def _build_on(self, x):
        """Give a subclassed model its inputs and outputs, after the shapes of the data."""
        arrays = [feeding.as_array(a, "the first input") for a in as_list(x)]
        if isinstance(x, dict):
            raise ValueError(f"{self.name} is built on its first data: pass arrays, not a dict.")
        self._build_for_shapes([(None, *a.shape[1:]) for a in arrays])

    def _build_for_shapes(self, shapes):
        self._set_graph([Input(batch_shape=shape, name=f"input_{i + 1}")
                         for i, shape in enumerate(shapes)])

    def _array_function(self, shapes, several, kwargs):
        if self.inputs is None:
            self._build_for_shapes(shapes)
        return super()._array_function(shapes, several, kwargs)

    def _set_graph(self, inputs):
        outputs = as_list(self(unpacked(inputs)))
        self.inputs, self.outputs = inputs, outputs
        self.input_layers = [x.keras_history[0] for x in inputs]
        self.input_names = [layer.name for layer in self.input_layers]
        self.output_names = [f"output_{i + 1}" for i in range(len(outputs))]
        self.built = True
        if self.optimizer is not None:
            self._complete_compile()

    def _training_arrays(self, x, y, sample_weight=None, class_weight=None,
                         nan_is_watched=False):
        """Arrays for inputs, targets and weights; and which outputs have weights."""
        self._require_compiled()
        inputs = self._inputs_from(x)
        fed = self._fed_outputs
        if y is None and fed:
            raise ValueError(f"y is missing: the model needs targets for "
                             f"{[output.name for output in fed]}.")
        names = [output.name for output in fed]
        targets = feeding.standardized(y, names, [o.target_shape for o in fed], "target") \
            if fed or y is not None else []
        feeding.check_lengths(inputs, targets)
        feeding.check_targets(targets, fed, nan_is_watched)
        by_output = dict(zip(fed, targets))
        weights = feeding.sample_weights(sample_weight, class_weight, self._outputs,
                                         [by_output.get(output) for output in self._outputs])
        arrays = [*inputs, *targets, *(w for w in weights if w is not None)]
        return arrays, tuple([w is not None for w in weights])

    def _data(self, arrays, function, batch_size, steps=None):
        if not arrays and steps is None:
            raise ValueError("Without arrays, on symbolic tensors, say how many steps to make: "
                             "steps_per_epoch in fit, steps in evaluate and predict.")
        data = Data(arrays, function.fed, batch_size, steps)
        if self.stateful and steps is None and data.samples > batch_size and (
                data.samples % batch_size):
            raise ValueError(f"In a stateful network, you should only pass inputs with a number "
                             f"of samples that can be divided by the batch size. Found: "
                             f"{data.samples} samples, batch size {batch_size}.")
        return data

    # fit, evaluate, predict

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose=1, callbacks=None,
            validation_split=0.0, validation_data=None, shuffle=True, class_weight=None,
            sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None,
            **kwargs):
        """Train for a number of epochs.

        Arguments
            x: array of inputs, samples first; a list or a dict by name for several. Or a generator
                or a Sequence of batches, as for `fit_generator`, which has y and the weights in it.
            y: array of targets; likewise.
            batch_size: samples per step; None for 32.
            epochs: number of the last epoch; training runs from `initial_epoch` to it.
            verbose: 0 silent, 1 a progress bar, 2 a line per epoch.
            callbacks: list of Callback.
            validation_split: fraction of the samples, taken from the end before shuffling, that
                is not trained on but evaluated after each epoch.
            validation_data: (x, y) or (x, y, weights) to evaluate after each epoch; or a generator
                or a Sequence of them.
            shuffle: whether to shuffle the samples before each epoch; 'batch' shuffles whole
                batches, for HDF5.
            class_weight: dict from class to the weight of its samples' losses.
            sample_weight: array of weights of the samples' losses.
            initial_epoch: number of the first epoch, for training that goes on.
            steps_per_epoch, validation_steps: numbers of steps where the data are symbolic
                tensors or generators, not arrays.
            kwargs: with a generator the `max_queue_size`, `workers` and `use_multiprocessing` of
                `fit_generator`; `nb_epoch` is Keras 1's name of `epochs`.

        Returns
            History: its `history` is a dict from names to a list of values, one an epoch.
        """
        if "nb_epoch" in kwargs:
            warnings.warn("The `nb_epoch` argument in `fit` has been renamed `epochs`.",
                          stacklevel=2)
            epochs = kwargs.pop("nb_epoch")
        if is_source(x):
            refuse_arrays(y=y, batch_size=batch_size, validation_split=validation_split,
                          sample_weight=sample_weight)
            return self.fit_generator(x, steps_per_epoch, epochs, verbose, callbacks,
                                      validation_data, validation_steps, class_weight,
                                      shuffle=shuffle, initial_epoch=initial_epoch, **kwargs)
        refuse_unknown(self.fit, kwargs)
        callbacks = cbks.checked(callbacks)
        epochs, initial_epoch = (whole(epochs, "fit: epochs"),
                                 whole(initial_epoch, "fit: initial_epoch"))
        size, steps = sizes(batch_size, steps_per_epoch, "steps_per_epoch")
        watched = any(isinstance(c, cbks.TerminateOnNaN) for c in callbacks)
        arrays, weighted = self._training_arrays(x, y, sample_weight, class_weight, watched)
        self._check_trainable()
        validation = None
        if validation_data is not None:
            validation = None if is_source(validation_data) else self._training_arrays(
                *pair_or_triple(validation_data))
        elif validation_split:
            arrays, held_out = feeding.split(arrays, validation_split)
            validation = held_out, weighted
        elif validation_steps is not None:
            if steps is None:
                raise ValueError("Can only use `validation_steps` when doing step-wise training, "
                                 "i.e. `steps_per_epoch` must be set.")
            validation = [], (False,) * len(weighted)
        function, findings = self._fitting_function(weighted, callbacks)
        data = self._data(arrays, function, size, steps)
        held_out = validation and self._validation(*validation, batch_size, validation_steps)
        keeper = keeper_among(callbacks, initial_epoch)
        with self._held_out(validation_data, validation_steps, epochs - initial_epoch, keeper) \
                if is_source(validation_data) else nullcontext(held_out) as held_out:
            callbacks, progress = self._prepared(callbacks, verbose, epochs, data, held_out, keeper)
            Fitting(self, function, data, callbacks, progress, held_out, keeper, findings).run(
                initial_epoch, epochs, shuffle)
        return self.history

    def _validation(self, arrays, weighted, batch_size, steps):
        """What fit evaluates after each epoch."""
        if arrays and steps is None:
            batch_size, _ = sizes(batch_size, None, "")
        function = self._function("test", weighted)
        data = self._data(arrays, function, batch_size, steps)
        given = iter(arrays[len(arrays) - sum(weighted):])
        seen = [*arrays[:len(arrays) - sum(weighted)],
                *(next(given) if on else np.ones(data.samples or 1) for on in weighted)]
        if self.uses_learning_phase:
            seen.append(0.0)
        return Validation(self, function, data, seen)

    def _prepared(self, callbacks, verbose, epochs, data, validation, keeper):
        """The list of callbacks, and the progress bar among them."""
        history = self.history = cbks.History()
        counts_steps = data.steps is not None
        progress = cbks.ProgbarLogger("steps" if counts_steps else "samples") if verbose else None
        own = [c for c in callbacks if not isinstance(c, cbks.BaseLogger)]
        called = cbks.CallbackList([*([progress] if progress else []), *own, history])
        called.set_model(self)
        names = self.metrics_names
        called.set_params({
            "batch_size": data.batch_size, "epochs": epochs, "steps": data.steps,
            "samples": data.samples, "verbose": verbose, "do_validation": bool(validation),
            "metrics": names + ["val_" + name for name in names] * bool(validation),
            **({"resumed": True} if keeper and keeper.resumes else {})})
        if validation is not None:
            for callback in called:
                callback.validation_data = validation.seen
            if verbose and data.samples and validation.data.samples:
                print(f"Train on {data.samples} samples, validate on {validation.data.samples} "
                      f"samples")
        return called, progress

    def evaluate(self, x=None, y=None, batch_size=None, verbose=1, sample_weight=None,
                 steps=None, **kwargs):
        """The loss and the metrics on some data, in test phase.

        Arguments
            x, y, sample_weight: as for `fit`.
            batch_size: samples per step; None for 32.
            verbose: 0 silent, 1 a progress bar.
            steps: number of steps where the data are symbolic tensors.

        Returns
            float, or a list of them in the order of `metrics_names`.
        """
        if is_source(x):
            refuse_arrays(y=y, batch_size=batch_size, sample_weight=sample_weight)
            return self.evaluate_generator(x, steps, verbose=verbose, **kwargs)
        refuse_unknown(self.evaluate, kwargs)
        batch_size, steps = sizes(batch_size, steps, "steps")
        arrays, weighted = self._training_arrays(x, y, sample_weight)
        function = self._function("test", weighted)
        data = self._data(arrays, function, batch_size, steps)
        return unpacked(evaluated(self, function, data, verbose))

    def predict(self, x=None, batch_size=None, verbose=0, steps=None, **kwargs):
        """The outputs for some inputs, in test phase.

        Arguments
            x: as for `fit`.
            batch_size: samples per step; None for 32.
            verbose: 0 silent, 1 a progress bar.
            steps: number of steps where the data are symbolic tensors.

        Returns
            array, or a list of them.
        """
        if is_source(x):
            refuse_arrays(batch_size=batch_size)
            return self.predict_generator(x, steps, verbose=verbose, **kwargs)
        if kwargs:
            refuse_unknown(self.predict, kwargs)
        batch_size, steps = sizes(batch_size, steps, "steps")
        arrays = self._inputs_from(x)
        feeding.check_lengths(arrays)
        function = self._function("predict")
        data = self._data(arrays, function, batch_size, steps)
        return unpacked(predicted(function, data, verbose))

    # One batch

    def train_on_batch(self, x, y, sample_weight=None, class_weight=None):
        """One step of training on one batch.

        Arguments
            x, y, sample_weight, class_weight: as for `fit`.

        Returns
            the loss before the step, or a list with the metrics, as of `metrics_names`.
        """
        arrays, weighted = self._training_arrays(x, y, sample_weight, class_weight)
        if ("train", weighted) not in self._functions:
            self._check_trainable()
        function = self._function("train", weighted)
        with whole_steps():
            return self._on_batch(function, arrays, True)

    def test_on_batch(self, x, y, sample_weight=None):
        """The loss and the metrics on one batch, in test phase.

        Arguments
            x, y, sample_weight: as for `fit`.

        Returns
            float, or a list of them as of `metrics_names`.
        """
        arrays, weighted = self._training_arrays(x, y, sample_weight)
        return self._on_batch(self._function("test", weighted), arrays, False)

    def predict_on_batch(self, x):
        """The outputs for one batch, in test phase.

        Arguments
            x: as for `predict`.

        Returns
            array, or a list of them.
        """
        return self._on_batch(self._function("predict"), self._inputs_from(x), False)

    @staticmethod
    def _on_batch(function, arrays, phase):
        return unpacked(function.values(arrays, phase))
