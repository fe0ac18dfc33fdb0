"""Cells taken away, put around, or repeated: cropping, zero padding, upsampling (manual 5.3.6 to
5.3.14). Arguments follow the order of the spatial axes."""
from .. import backend as K
from ..graph import ShapeError
from .base import InputSpec, Layer
from .fields import DataFormat, Kind, margins, one_of, sizes

# Cropping


def _cropped(inputs, cropping, data_format):
    """Each spatial axis without the cells (before, after) that `cropping` names for it."""
    first = 2 if data_format == "channels_first" else 1
    key = [slice(None)] * inputs.ndim
    for axis, (before, after) in enumerate(cropping, first):
        size = inputs.shape[axis]
        if size is not None and before + after >= size:
            raise ShapeError(f"cropping {(before, after)} leaves nothing of axis {axis} of "
                             f"{inputs.shape}. Crop less, or give larger inputs.")
        key[axis] = slice(before, -after or None)
    return inputs[tuple(key)]


class Cropping1D(Layer):
    """Steps cut off at the beginning and the end of sequences.

    Arguments
        cropping: int, or pair (at the beginning, at the end).

    Shapes    (samples, steps, features) -> (samples, fewer steps, features)
    """
    cropping: margins(1) = (1, 1)

    def configured(self):
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs):
        return _cropped(inputs, (self.cropping,), "channels_last")


class Cropping2D(Layer):
    """Rows and columns cut off pictures.

    Arguments
        cropping: int, pair (rows, columns) on both sides, or ((top, bottom), (left, right)).
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, rows, columns, channels), or channels second -> the same, smaller
    """
    cropping: margins(2) = ((0, 0), (0, 0))
    data_format: DataFormat = None

    def configured(self):
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs):
        return _cropped(inputs, self.cropping, self.data_format)


class Cropping3D(Layer):
    """Cells cut off volumes.

    Arguments
        cropping: int, three ints (on both sides of each axis), or three pairs (before, after).
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, a, b, c, channels), or channels second -> the same, smaller
    """
    cropping: margins(3) = ((1, 1), (1, 1), (1, 1))
    data_format: DataFormat = None

    def configured(self):
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs):
        return _cropped(inputs, self.cropping, self.data_format)


# Zero padding


class ZeroPadding1D(Layer):
    """Zeros before and after sequences.

    Arguments
        padding: int, pair (at the beginning, at the end), or {'left_pad': .., 'right_pad': ..}.

    Shapes    (samples, steps, features) -> (samples, more steps, features)
    """
    padding: margins(1) = 1

    def configured(self):
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs):
        return K.temporal_padding(inputs, self.padding)


class ZeroPadding2D(Layer):
    """Zeros around pictures.

    Arguments
        padding: int, pair (rows, columns) on both sides, or ((top, bottom), (left, right)).
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, rows, columns, channels), or channels second -> the same, larger
    """
    padding: margins(2) = (1, 1)
    data_format: DataFormat = None

    def configured(self):
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs):
        return K.spatial_2d_padding(inputs, self.padding, self.data_format)


class ZeroPadding3D(Layer):
    """Zeros around volumes.

    Arguments
        padding: int, three ints (on both sides of each axis), or three pairs (before, after).
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, a, b, c, channels), or channels second -> the same, larger
    """
    padding: margins(3) = (1, 1, 1)
    data_format: DataFormat = None

    def configured(self):
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs):
        return K.spatial_3d_padding(inputs, self.padding, self.data_format)


# Upsampling

# Files of Keras 2.1 and 2.2 have [2] where the argument is 2.
_Length = Kind(lambda value, where: sizes(1).take(value, where)[0])


class UpSampling1D(Layer):
    """Each step of a sequence, several times.

    Arguments
        size: int, how often.

    Shapes    (samples, steps, features) -> (samples, steps * size, features)
    """
    size: _Length = 2

    def configured(self):
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs):
        return K.repeat_elements(inputs, self.size, axis=1)


class UpSampling2D(Layer):
    """Pictures enlarged by whole factors.

    Arguments
        size: int, or pair of factors (rows, columns).
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        interpolation: 'nearest' repeats cells, 'bilinear' puts new ones on straight lines.

    Shapes    (samples, rows, columns, channels), or channels second -> the same, larger
    Source: Keras 2.1.6 manual, 5.3.10; `interpolation` from 2.2.
    """
    size: sizes(2) = (2, 2)
    data_format: DataFormat = None
    interpolation: one_of("nearest", "bilinear") = "nearest"

    def configured(self):
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs):
        return K.resize_images(inputs, *self.size, self.data_format, self.interpolation)


class UpSampling3D(Layer):
    """Volumes enlarged by whole factors; cells are repeated.

    Arguments
        size: int, or three factors.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, a, b, c, channels), or channels second -> the same, larger
    """
    size: sizes(3) = (2, 2, 2)
    data_format: DataFormat = None

    def configured(self):
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs):
        return K.resize_volumes(inputs, *self.size, self.data_format)
