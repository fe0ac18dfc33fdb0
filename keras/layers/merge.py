"""Several tensors into one: Add, Concatenate, Dot and their kin (manual 5.8)."""
from .. import backend as K
from ..graph import ShapeError
from .base import Layer
from .fields import Kind, whole


class _Merge(Layer):
    """Tensors merged element by element. A subclass defines `_merge_function(inputs)`.

    Inputs of fewer axes get axes of size 1 behind that of samples; sizes of 1 are stretched. The
    mask of the output is where all masks hold.
    """

    supports_masking = True

    def _merge_function(self, inputs):
        raise NotImplementedError(f"{type(self).__name__} needs a method "
                                  f"_merge_function(self, inputs).")

    def build(self, input_shape):
        self.checked(input_shape)
        common = ()
        for shape in input_shape:
            common = _stretched(common, shape[1:])
        self.built = True

    def checked(self, shapes, least=2):
        """ValueError if `shapes` are not those of at least two inputs with equally many samples.
        """
        if not isinstance(shapes, list):
            raise ValueError("A merge layer should be called on a list of inputs.")
        if len(shapes) < least:
            raise ValueError(f"A merge layer should be called on a list of at least {least} "
                             f"inputs. Got {len(shapes)} inputs.")
        if len({shape[0] for shape in shapes} - {None}) > 1:
            raise ValueError(f"Can not merge tensors with different batch sizes. Got tensors with "
                             f"shapes: {shapes}")

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            raise ValueError("A merge layer should be called on a list of inputs.")
        rank = max(x.ndim for x in inputs)
        return self._merge_function([_with_rank(x, rank) for x in inputs])

    def compute_mask(self, inputs, mask=None):
        return _both(mask)


def _stretched(shape, other):
    """The shape to which two shapes of samples are stretched; their last axes meet."""
    if len(shape) < len(other):
        shape, other = other, shape
    lead = len(shape) - len(other)
    sizes = list(shape[:lead])
    for a, b in zip(shape[lead:], other):
        if None not in (a, b) and a != b and 1 not in (a, b):
            raise ShapeError(f"Operands could not be broadcast together with shapes {shape} "
                             f"{other}")
        sizes.append(None if None in (a, b) else max(a, b) if a and b else 0)
    return tuple(sizes)


def _with_rank(x, rank):
    while x.ndim < rank:
        x = K.expand_dims(x, 1)
    return x


def _both(masks):
    """The mask that holds where all `masks` do; None if there is none among them."""
    result = None
    for mask in masks or ():
        if mask is not None:
            result = mask if result is None else result & mask
    return result


class Add(_Merge):
    """The sum of the inputs.

    Shapes    a list of tensors of one shape -> that shape
    """

    def _merge_function(self, inputs):
        output = inputs[0]
        for x in inputs[1:]:
            output = output + x
        return output


class Subtract(_Merge):
    """The first of two inputs minus the second.

    Shapes    two tensors of one shape -> that shape
    """

    def checked(self, shapes, least=2):
        super().checked(shapes, least)
        if len(shapes) != 2:
            raise ValueError(f"A `Subtract` layer should be called on exactly 2 inputs; given "
                             f"{len(shapes)}.")

    def _merge_function(self, inputs):
        x, y = inputs
        return x - y


class Multiply(_Merge):
    """The product of the inputs, element by element.

    Shapes    a list of tensors of one shape -> that shape
    """

    def _merge_function(self, inputs):
        output = inputs[0]
        for x in inputs[1:]:
            output = output * x
        return output


class Average(_Merge):
    """The mean of the inputs, element by element.

    Shapes    a list of tensors of one shape -> that shape
    """

    def _merge_function(self, inputs):
        output = inputs[0]
        for x in inputs[1:]:
            output = output + x
        return output / len(inputs)


class Maximum(_Merge):
    """The largest of the inputs, element by element.

    Shapes    a list of tensors of one shape -> that shape
    """

    def _merge_function(self, inputs):
        output = inputs[0]
        for x in inputs[1:]:
            output = K.maximum(output, x)
        return output


class Minimum(_Merge):
    """The smallest of the inputs, element by element.

    Shapes    a list of tensors of one shape -> that shape
    """

    def _merge_function(self, inputs):
        output = inputs[0]
        for x in inputs[1:]:
            output = K.minimum(output, x)
        return output


class Concatenate(_Merge):
    """The inputs one after the other.

    Arguments
        axis: int, the axis along which they stand; that of samples counts as 0.

    Shapes    (n, 3), (n, 5) -> (n, 8)
    """
    axis: int = -1

    def build(self, input_shape):
        self.checked(input_shape)
        first = input_shape[0]
        axis = self.axis % len(first) if -len(first) <= self.axis < len(first) else None
        for shape in input_shape:
            fits = axis is not None and len(shape) == len(first) and all(
                i == axis or None in (a, b) or a == b
                for i, (a, b) in enumerate(zip(shape, first)))
            if not fits:
                raise ShapeError(f"A `Concatenate` layer requires inputs with matching shapes "
                                 f"except for the concat axis ({self.axis}). Got inputs shapes: "
                                 f"{', '.join(map(str, input_shape))}")
        self.built = True

    def checked(self, shapes, least=2):
        if isinstance(shapes, list) and self.axis == 0:
            shapes = [(None, *shape[1:]) for shape in shapes]
        super().checked(shapes, least)

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            raise ValueError("A `Concatenate` layer should be called on a list of inputs.")
        return K.concatenate(inputs, axis=self.axis)

    def compute_mask(self, inputs, mask=None):
        ranks = {m.ndim for m in mask or () if m is not None}
        axis = self.axis % inputs[0].ndim
        if not ranks or axis >= max(ranks):
            return _both(mask)
        rank = max(ranks)  # the masks stand along the axis, one after the other
        masks = []
        for x, m in zip(inputs, mask):
            if m is None:
                m = K.ones_like(x[(slice(None),) * rank + (0,) * (x.ndim - rank)], dtype="bool")
            masks.append(m)
        return K.concatenate(masks, axis=axis)


def _two_axes(value, where):
    parts = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    parts = tuple(whole(axis, where) for axis in parts)
    if len(parts) > 2 or isinstance(value, (tuple, list)) and len(parts) != 2:
        raise ValueError(f"{where} is an int or two of them; given {value!r}.")
    return parts[0] if len(parts) == 1 else parts


class Dot(_Merge):
    """Products of the samples of two tensors, summed over one axis of each.

    Arguments
        axes: int, or two of them: the axis of each input that is summed over.
        normalize: whether both are divided by their length along it first: the result is then
            the cosine of their angle.

    Shapes    (n, 4), (n, 4), axes=1 -> (n, 1);  (n, 3, 4), (n, 5, 4), axes=2 -> (n, 3, 5)
    Source: Keras 2.1.6 manual, 5.8.7. The output has no mask.
    """
    axes: Kind(_two_axes)
    normalize: bool = False

    def build(self, input_shape):
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        x, y = input_shape
        a, b = self.counted(len(x), len(y))
        if None not in (x[a], y[b]) and x[a] != y[b]:
            raise ShapeError(f"Dimension incompatibility {x[a]} != {y[b]}. Layer shapes: {x}, {y}")
        self.built = True

    def counted(self, *ranks):
        """The two axes counted from the front, for inputs of these ranks."""
        axes = self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)
        if any(not -rank <= axis < rank or axis % rank == 0 for axis, rank in zip(axes, ranks)):
            raise ShapeError(f"axes {self.axes} must exist in inputs of {ranks} axes and cannot "
                             f"be that of samples.")
        return tuple(axis % rank for axis, rank in zip(axes, ranks))

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        x, y = inputs
        a, b = self.counted(x.ndim, y.ndim)
        if self.normalize:
            x, y = K.l2_normalize(x, axis=a), K.l2_normalize(y, axis=b)
        return K.batch_dot(x, y, (a, b))

    def compute_mask(self, inputs, mask=None):
        return None


# The layers as functions


def add(inputs, **kwargs):
    """The sum of tensors, by an `Add` layer.

    Arguments
        inputs: list of at least two tensors.
        kwargs: options of the layer: `name` and so on.
    """
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """The first of two tensors minus the second, by a `Subtract` layer.

    Arguments
        inputs: list of two tensors.
        kwargs: options of the layer.
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """The product of tensors, by a `Multiply` layer.

    Arguments
        inputs: list of at least two tensors.
        kwargs: options of the layer.
    """
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """The mean of tensors, by an `Average` layer.

    Arguments
        inputs: list of at least two tensors.
        kwargs: options of the layer.
    """
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """The largest of tensors, by a `Maximum` layer.

    Arguments
        inputs: list of at least two tensors.
        kwargs: options of the layer.
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """The smallest of tensors, by a `Minimum` layer.

    Arguments
        inputs: list of at least two tensors.
        kwargs: options of the layer.
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """Tensors one after the other, by a `Concatenate` layer.

    Arguments
        inputs: list of at least two tensors.
        axis: int, the axis along which they stand.
        kwargs: options of the layer.
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs, axes, normalize=False, **kwargs):
    """The products of the samples of two tensors, by a `Dot` layer.

    Arguments
        inputs: list of two tensors.
        axes: int or two of them, the axes that are summed over.
        normalize: whether both are divided by their length along it first.
        kwargs: options of the layer.
    """
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
