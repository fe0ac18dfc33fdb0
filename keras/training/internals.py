"""What Keras 2 kept for itself, under names that scripts of its years use all the same: the
functions of a compiled model, and what they are fed with, in their order."""
import numpy as np

from .. import backend as K
from ..graph.tensor import Tensor


def _made(kind):
    """The attribute `{kind}_function`, made when first read; None makes it anew."""
    held = f"_{kind}_function_for_all"

    def read(self):
        if held not in vars(self):
            setattr(self, held, self._function_for_all(kind))
        return vars(self)[held]

    def forget(self, value):
        if value is not None:
            raise AttributeError(f"{kind}_function can be set to None, to have it made anew; "
                                 f"K.function makes functions of your own.")
        vars(self).pop(held, None)

    return property(read, forget)


class Internals:
    """Part of Model. The functions take lists of arrays: inputs, then (but for predicting) targets
    and sample weights of all outputs, then the learning phase if the model uses it."""

    train_function = _made("train")
    test_function = _made("test")
    predict_function = _made("predict")

    def _make_train_function(self):
        """Make `train_function` now; likewise the next two."""
        return self.train_function

    def _make_test_function(self):
        return self.test_function

    def _make_predict_function(self):
        return self.predict_function

    def _function_for_all(self, kind):
        if kind != "predict":
            self._require_compiled()
        made = self._function(kind, () if kind == "predict" else [True] * len(self._outputs))
        phase = K.learning_phase()
        inputs = [*made.inputs, phase] if self.uses_learning_phase and isinstance(phase, Tensor) \
            else made.inputs
        return K.function(inputs, made.outputs, made.updates, name=made.name, half=made.half)

    def _standardize_user_data(self, x, y=None, sample_weight=None, class_weight=None,
                               check_array_lengths=True, batch_size=None):
        """Three lists of arrays, for inputs, targets and sample weights, as the functions take
        them. Lengths are always checked; `batch_size` has no effect."""
        if y is None:
            return self._inputs_from(x), [], []
        arrays, weighted = self._training_arrays(x, y, sample_weight, class_weight)
        arrays = iter(arrays)
        inputs = [next(arrays) for _ in self._fed_inputs]
        targets = {output: next(arrays) for output in self._fed_outputs}
        weights = [next(arrays) if on else np.ones(
            targets.get(output, inputs[0]).shape[:output.weights.ndim], K.floatx())
            for output, on in zip(self._outputs, weighted)]
        return inputs, list(targets.values()), weights

    @property
    def _is_compiled(self):
        return self.optimizer is not None

    @property
    def _feed_inputs(self):
        return self._fed_inputs

    @property
    def _feed_input_names(self):
        return [layer.name for layer in self.input_layers if layer.is_placeholder]

    @property
    def _feed_input_shapes(self):
        return [K.int_shape(x) for x in self._fed_inputs]

    @property
    def _feed_targets(self):
        return [output.target for output in self._fed_outputs]

    @property
    def _feed_outputs(self):
        return [output.tensor for output in self._fed_outputs]

    @property
    def _feed_output_names(self):
        return [output.name for output in self._fed_outputs]

    @property
    def _feed_output_shapes(self):
        return [output.target_shape for output in self._fed_outputs]

    @property
    def _feed_loss_fns(self):
        return [output.loss for output in self._fed_outputs]

    @property
    def _feed_sample_weights(self):
        return [output.weights for output in self._outputs]
