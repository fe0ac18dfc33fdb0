"""The core layers: Dense, Dropout, and those that move elements about (manual 5.2)."""
import math

from .. import backend as K
from .. import regularizers
from ..graph import ShapeError
from .base import InputSpec, Layer, known
from .fields import Activation as ActivationFunction
from .fields import Constraint, Count, DataFormat, Fraction, Initializer, Kind, Regularizer, whole
from .lambdas import Lambda  # noqa: F401 (Keras 2 has it here)


class Dense(Layer):
    """Fully connected layer: `activation(dot(x, kernel) + bias)`.

    Arguments
        units: int >= 1, the number of outputs.
        activation: name or function, applied to the output; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: what the weights are held to after each step.

    Shapes    (samples, ..., n) -> (samples, ..., units); kernel (n, units), bias (units,)
    Source: Keras 2.1.6 manual, 5.2.1.
    """
    units: Count
    activation: ActivationFunction = None
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None

    supports_masking = True

    def configured(self):
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape):
        n = known(input_shape[-1], "the input's last axis", given=input_shape)
        self.kernel = self.add_weight("kernel", (n, self.units))
        self.bias = self.add_weight("bias", (self.units,)) if self.use_bias else None
        self.input_spec = InputSpec(min_ndim=2, axes={-1: n})
        self.built = True

    def call(self, inputs):
        output = K.dot(inputs, self.kernel)
        if self.use_bias:
            output = K.bias_add(output, self.bias, "channels_last")
        return self.activation(output)


class Activation(Layer):
    """An activation function, applied to each element or row.

    Arguments
        activation: name, or function of a tensor.

    Shapes    unchanged
    """
    activation: ActivationFunction

    supports_masking = True

    def call(self, inputs):
        return self.activation(inputs)


# Dropout


class Dropout(Layer):
    """In training, a random share of the elements set to 0 and the others divided by 1 - rate.

    Arguments
        rate: fraction dropped, 0 <= rate < 1; 0 and 1 switch the layer off.
        noise_shape: shape of the mask, which broadcasts against the inputs: where it has a 1,
            all elements along that axis are dropped together. None sizes are those of the
            inputs; None for one decision per element.
        seed: int, or None to draw one from np.random at each call of the layer.

    Shapes    unchanged
    Source: Keras 2.1.6 manual, 5.2.3; Srivastava et al. 2014.
    """
    rate: Fraction
    noise_shape: tuple = None
    seed: int | None = None

    supports_masking = True

    def mask_shape(self, inputs):
        """The shape of the mask for some inputs; None for theirs."""
        if self.noise_shape is None:
            return None
        if len(self.noise_shape) != inputs.ndim:
            raise ShapeError(f"noise_shape {tuple(self.noise_shape)} has {len(self.noise_shape)} "
                             f"axes, the input of shape {inputs.shape} has {inputs.ndim}. Give a "
                             f"size or None for each, samples included.")
        return tuple(K.shape(inputs)[i] if size is None else size
                     for i, size in enumerate(self.noise_shape))

    def call(self, inputs, training=None):
        if not 0 < self.rate < 1:
            return inputs
        return K.in_train_phase(
            lambda: K.dropout(inputs, self.rate, self.mask_shape(inputs), self.seed),
            inputs, training)


class SpatialDropout1D(Dropout):
    """Dropout of whole channels of sequences.

    Arguments
        rate: fraction dropped, 0 <= rate < 1.
        noise_shape, seed: as for `Dropout`; noise_shape is not used.

    Shapes    (samples, steps, channels), unchanged
    Source: Tompson et al. 2015.
    """

    def configured(self):
        self.input_spec = InputSpec(ndim=3)

    def mask_shape(self, inputs):
        return (K.shape(inputs)[0], 1, K.shape(inputs)[2])


class SpatialDropout2D(Dropout):
    """Dropout of whole channels of pictures.

    Arguments
        rate: fraction dropped, 0 <= rate < 1.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        noise_shape, seed: as for `Dropout`; noise_shape is not used.

    Shapes    (samples, rows, columns, channels), or channels second; unchanged
    Source: Tompson et al. 2015.
    """
    rate: Fraction
    data_format: DataFormat = None
    noise_shape: tuple = None
    seed: int | None = None

    ndim = 4

    def configured(self):
        self.input_spec = InputSpec(ndim=self.ndim)

    def mask_shape(self, inputs):
        sizes = [1] * self.ndim
        for axis in (0, 1 if self.data_format == "channels_first" else self.ndim - 1):
            sizes[axis] = K.shape(inputs)[axis]
        return tuple(sizes)


class SpatialDropout3D(SpatialDropout2D):
    """Dropout of whole channels of volumes. Its arguments are those of `SpatialDropout2D`.

    Shapes    (samples, depth, rows, columns, channels), or channels second; unchanged
    """

    ndim = 5


# Shapes


class Flatten(Layer):
    """All elements of a sample in one row.

    Arguments
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
            Where channels are first they are moved last before, so that the weights behind
            this layer serve both formats.

    Shapes    (samples, ...) -> (samples, product of the other sizes)
    Source: Keras 2.1.6 manual, 5.2.4; `data_format` from 2.2.4.
    """
    data_format: DataFormat = None

    def configured(self):
        self.input_spec = InputSpec(min_ndim=3)

    def call(self, inputs):
        if None in inputs.shape[1:]:
            raise ShapeError(f'The shape of the input to "Flatten" is not fully defined (got '
                             f'{inputs.shape[1:]}). Make sure to pass a complete "input_shape" or '
                             f'"batch_input_shape" argument to the first layer in your model.')
        if self.data_format == "channels_first":
            inputs = K.permute_dimensions(inputs, (0, *range(2, inputs.ndim), 1))
        return K.batch_flatten(inputs)


def _resolved(target, sizes):
    """`target` with its -1 computed from the `sizes` of a sample, all known."""
    total = math.prod(sizes)
    rest = math.prod(size for size in target if size != -1)
    if target.count(-1) == 1 and rest and total % rest == 0:
        return tuple(total // rest if size == -1 else size for size in target)
    if -1 in target or rest != total:
        raise ShapeError(f"total size of new array must be unchanged: a sample of shape {sizes} "
                         f"has {total} elements, target_shape is {target}.")
    return target


class Reshape(Layer):
    """The elements of a sample, row by row, in another shape.

    Arguments
        target_shape: tuple of ints without the axis of samples; one -1 is computed from the
            others.

    Shapes    (samples, ...) -> (samples, *target_shape)
    Source: Keras 2.1.6 manual, 5.2.6.
    """
    target_shape: Kind(lambda value, where: tuple(
        whole(size, where) for size in (value if isinstance(value, (tuple, list)) else (value,))))

    def configured(self):
        if self.target_shape.count(-1) > 1 or any(size < -1 for size in self.target_shape):
            raise ValueError(f"{self.name}: target_shape is a tuple of sizes with at most one -1; "
                             f"given {self.target_shape}.")

    def call(self, inputs):
        samples, *sizes = inputs.shape
        target = self.target_shape
        if None not in sizes:
            target = _resolved(target, tuple(sizes))
            if samples is None and math.prod(target):
                return K.reshape(inputs, (-1, *target))
        return K.reshape(inputs, (K.shape(inputs)[0] if samples is None else samples, *target))


class Permute(Layer):
    """The axes of a sample in another order.

    Arguments
        dims: tuple of ints, the old axes in their new order, counted from 1: (2, 1) swaps the
            first two.

    Shapes    (samples, 10, 64), dims=(2, 1) -> (samples, 64, 10)
    Source: Keras 2.1.6 manual, 5.2.7.
    """
    dims: Kind(lambda value, where: tuple(whole(axis, where) for axis in value))

    def configured(self):
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"{self.name}: dims names each axis of a sample once, counted from 1; "
                             f"given {self.dims}.")
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs):
        return K.permute_dimensions(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """The input, n times along a new axis of steps.

    Arguments
        n: int >= 1.

    Shapes    (samples, features) -> (samples, n, features)
    """
    n: Count

    def configured(self):
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs):
        return K.repeat(inputs, self.n)


# Penalties and masks


class ActivityRegularization(Layer):
    """The input itself; training adds l1 sum(|x|) + l2 sum(x²) of it to the loss.

    Arguments
        l1: number >= 0.
        l2: number >= 0.

    Shapes    unchanged
    """
    l1: float = 0.0
    l2: float = 0.0

    supports_masking = True

    def configured(self):
        self.activity_regularizer = regularizers.L1L2(self.l1, self.l2)


class Masking(Layer):
    """Masks the steps whose features all equal a value: layers behind skip them.

    Arguments
        mask_value: number.

    Shapes    (samples, steps, features), unchanged; mask (samples, steps)
    Returns   the input with zeros in masked steps.  Source: Keras 2.1.6 manual, 5.2.11.
    """
    mask_value: float = 0.0

    supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return K.any(K.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs):
        kept = K.any(K.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return inputs * K.cast(kept, K.dtype(inputs))


def __getattr__(name):
    """Layers that Keras 1 had here."""
    if name in ("Merge", "MaxoutDense", "Highway"):
        from ..legacy import layers

        return getattr(layers, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
