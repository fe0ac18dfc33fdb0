"""Embedding: integers to vectors (manual 5.7)."""
from .. import backend as K
from ..graph import ShapeError
from .base import InputSpec, Layer
from .fields import Constraint, Count, Initializer, Kind, Regularizer, optional, whole

INTEGERS = ("int32", "int64", "uint8", "int8", "int16", "bool")


def _lengths(value, where):
    if isinstance(value, (tuple, list)):
        return tuple(None if size is None else whole(size, where) for size in value)
    return whole(value, where)


class Embedding(Layer):
    """Rows of a matrix by their numbers; a first layer for words and other categories.

    Arguments
        input_dim: int >= 1, the size of the vocabulary: the largest number + 1.
        output_dim: int >= 0, the length of a vector.
        embeddings_initializer: first values of the matrix.
        embeddings_regularizer: penalty on it.
        activity_regularizer: penalty on the output.
        embeddings_constraint: what the matrix is held to after each step.
        mask_zero: whether the number 0 is padding, which layers behind skip.
        input_length: int, the number of steps where it is fixed (a Flatten behind needs it), or
            a tuple where the input has more axes.

    Shapes    (samples, steps), whole numbers -> (samples, steps, output_dim);
              embeddings (input_dim, output_dim); mask (samples, steps)
    Source: Keras 2.1.6 manual, 5.7.1.
    """
    input_dim: Count
    output_dim: int
    embeddings_initializer: Initializer = "uniform"
    embeddings_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    embeddings_constraint: Constraint = None
    mask_zero: bool = False
    input_length: optional(Kind(_lengths)) = None

    def configured(self):
        self.supports_masking = self.mask_zero
        lengths = self.input_length
        lengths = lengths if isinstance(lengths, tuple) else (lengths,)
        if not hasattr(self, "batch_input_shape"):
            self.batch_input_shape = (None, *lengths)
            self._saves_dtype = True
        if self.input_length is not None:
            self.input_spec = InputSpec(shape=(None, *lengths))
        if self.dtype in INTEGERS:  # files of Keras 2.0 name the dtype of the input
            self.dtype = K.floatx()

    def build(self, input_shape):
        self.embeddings = self.add_weight("embeddings", (self.input_dim, self.output_dim))
        self.built = True

    def assert_input_compatibility(self, inputs):
        try:
            super().assert_input_compatibility(inputs)
        except ShapeError as error:
            raise ShapeError(f'"input_length" is {self.input_length}. {error}') from None

    def compute_mask(self, inputs, mask=None):
        return K.not_equal(inputs, 0) if self.mask_zero else None

    def call(self, inputs):
        if K.dtype(inputs) not in INTEGERS:
            inputs = K.cast(inputs, "int32")
        output = K.gather(self.embeddings, inputs)
        if self.input_spec is not None:
            output.set_shape((None, *self.input_spec.shape[1:], None))
        return output
