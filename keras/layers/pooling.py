"""Pooling: the largest or the mean element under a window, or of all (manual 5.4)."""
from .. import backend as K
from .base import InputSpec, Layer
from .fields import DataFormat, one_of, optional, sizes

Padding = one_of("valid", "same")
POOL = {1: K.pool1d, 2: K.pool2d, 3: K.pool3d}


class _Pooling(Layer):
    """What layers with a window share. A subclass has the fields of `MaxPooling2D`, a `rank` and
    a `mode`."""

    rank = None  # the number of spatial axes
    mode = None

    def configured(self):
        if self.strides is None:
            self.strides = self.pool_size
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        return POOL[self.rank](inputs, self.pool_size, self.strides, self.padding,
                               self.data_format, self.mode)


class MaxPooling1D(_Pooling):
    """The largest element under a window along time.

    Arguments
        pool_size: int, the window.
        strides: int, its step; None for pool_size.
        padding: 'valid' or 'same'; padded cells never count.
        data_format: 'channels_last' or 'channels_first'; None for K.image_data_format().

    Shapes    (samples, steps, features) -> (samples, fewer steps, features)
    Source: Keras 2.1.6 manual, 5.4.1; `data_format` from 2.2.
    """
    pool_size: sizes(1) = 2
    strides: optional(sizes(1)) = None
    padding: Padding = "valid"
    data_format: DataFormat = "channels_last"

    rank = 1
    mode = "max"


class MaxPooling2D(_Pooling):
    """The largest element under a window over pictures.

    Arguments
        pool_size: int or pair (rows, columns), the window.
        strides: int or pair, its steps; None for pool_size.
        padding: 'valid' or 'same'; padded cells never count.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, rows, columns, channels), or channels second -> the same, smaller
    Source: Keras 2.1.6 manual, 5.4.2.
    """
    pool_size: sizes(2) = (2, 2)
    strides: optional(sizes(2)) = None
    padding: Padding = "valid"
    data_format: DataFormat = None

    rank = 2
    mode = "max"


class MaxPooling3D(_Pooling):
    """The largest element under a window over volumes.

    Arguments
        pool_size: int or three, the window.
        strides: int or three, its steps; None for pool_size.
        padding: 'valid' or 'same'; padded cells never count.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, a, b, c, channels), or channels second -> the same, smaller
    Source: Keras 2.1.6 manual, 5.4.3.
    """
    pool_size: sizes(3) = (2, 2, 2)
    strides: optional(sizes(3)) = None
    padding: Padding = "valid"
    data_format: DataFormat = None

    rank = 3
    mode = "max"


class AveragePooling1D(_Pooling):
    """The mean element under a window along time. Arguments as for `MaxPooling1D`.

    Shapes    (samples, steps, features) -> (samples, fewer steps, features)
    """
    pool_size: sizes(1) = 2
    strides: optional(sizes(1)) = None
    padding: Padding = "valid"
    data_format: DataFormat = "channels_last"

    rank = 1
    mode = "avg"


class AveragePooling2D(_Pooling):
    """The mean element under a window over pictures. Arguments as for `MaxPooling2D`.

    Shapes    (samples, rows, columns, channels), or channels second -> the same, smaller
    """
    pool_size: sizes(2) = (2, 2)
    strides: optional(sizes(2)) = None
    padding: Padding = "valid"
    data_format: DataFormat = None

    rank = 2
    mode = "avg"


class AveragePooling3D(_Pooling):
    """The mean element under a window over volumes. Arguments as for `MaxPooling3D`.

    Shapes    (samples, a, b, c, channels), or channels second -> the same, smaller
    """
    pool_size: sizes(3) = (2, 2, 2)
    strides: optional(sizes(3)) = None
    padding: Padding = "valid"
    data_format: DataFormat = None

    rank = 3
    mode = "avg"


# Over all cells


class _GlobalPooling(Layer):
    """What layers share that reduce each channel to one number; a subclass has a `rank`."""

    rank = None

    def configured(self):
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def spatial_axes(self):
        first = 2 if self.data_format == "channels_first" else 1
        return list(range(first, first + self.rank))


class GlobalMaxPooling1D(_GlobalPooling):
    """The largest element along time.

    Arguments
        data_format: 'channels_last' or 'channels_first'; None for K.image_data_format().

    Shapes    (samples, steps, features) -> (samples, features)
    """
    data_format: DataFormat = "channels_last"

    rank = 1

    def call(self, inputs):
        return K.max(inputs, self.spatial_axes)


class GlobalAveragePooling1D(_GlobalPooling):
    """The mean along time; masked steps do not count.

    Arguments
        data_format: 'channels_last' or 'channels_first'; None for K.image_data_format().

    Shapes    (samples, steps, features) -> (samples, features)
    Source: Keras 2.1.6 manual, 5.4.8; the mask is 2.2's. Where every step is masked: 0/0.
    """
    data_format: DataFormat = "channels_last"

    rank = 1
    supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return K.mean(inputs, self.spatial_axes)
        steps, = self.spatial_axes
        mask = K.expand_dims(K.cast(mask, K.dtype(inputs)), 3 - steps)
        return K.sum(inputs * mask, steps) / K.sum(mask, steps)

    def compute_mask(self, inputs, mask=None):
        return None


class GlobalMaxPooling2D(_GlobalPooling):
    """The largest element of each channel of pictures.

    Arguments
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, rows, columns, channels), or channels second -> (samples, channels)
    """
    data_format: DataFormat = None

    rank = 2

    def call(self, inputs):
        return K.max(inputs, self.spatial_axes)


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean element of each channel of pictures.

    Arguments
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, rows, columns, channels), or channels second -> (samples, channels)
    """
    data_format: DataFormat = None

    rank = 2

    def call(self, inputs):
        return K.mean(inputs, self.spatial_axes)


class GlobalMaxPooling3D(_GlobalPooling):
    """The largest element of each channel of volumes.

    Arguments
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, a, b, c, channels), or channels second -> (samples, channels)
    """
    data_format: DataFormat = None

    rank = 3

    def call(self, inputs):
        return K.max(inputs, self.spatial_axes)


class GlobalAveragePooling3D(_GlobalPooling):
    """The mean element of each channel of volumes.

    Arguments
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().

    Shapes    (samples, a, b, c, channels), or channels second -> (samples, channels)
    """
    data_format: DataFormat = None

    rank = 3

    def call(self, inputs):
        return K.mean(inputs, self.spatial_axes)


# Short names

AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
