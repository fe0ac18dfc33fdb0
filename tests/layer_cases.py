"""What each layer must compute: CASES[class name] holds its cases.

A case is a call of the constructor, the shapes of the inputs (samples included), and `want`, a
function of the input arrays and the weights that computes the output with the NumPy oracle.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import oracle
import pytest


@dataclass(frozen=True)
class LayerCase:
    """See `case`."""

    args: tuple
    options: dict
    shapes: list
    want: Callable = field(repr=False)
    below: int | None
    open_axes: tuple
    positive: tuple
    away: float | None

    def arrays(self, dtype="float32"):
        """The inputs: multiples of 1/64, or whole numbers below `below`."""
        rng = np.random.default_rng(zlib.crc32(repr(self.shapes).encode()))
        found = []
        for shape in self.shapes:
            if self.below is not None:
                found.append(rng.integers(self.below, size=shape).astype(dtype))
                continue
            x = np.round(rng.normal(size=shape) * 64) / 64
            if self.away is not None:  # keep off the kink of a function
                x = np.where(np.abs(x - self.away) < 0.125, self.away + 0.25, x)
            found.append(x.astype(dtype))
        return found

    def weights(self, shapes, dtype="float32"):
        """Values for weights of these shapes; those numbered in `positive` are above 1/4."""
        rng = np.random.default_rng(7)
        values = [np.round(rng.normal(size=shape) * 64) / 64 for shape in shapes]
        for number in self.positive:
            values[number] = np.abs(values[number]) + 0.25
        return [value.astype(dtype) for value in values]

    def expected(self, dtype="float32", weights=()):
        """What must come out, in float64."""
        double = [x.astype("float64") for x in self.arrays(dtype)]
        return self.want(*double, *(w.astype("float64") for w in weights))

    @property
    def text(self):
        """The options, to tell cases apart."""
        args = [getattr(x, "__name__", str(x)) for x in self.args]
        parts = [*args, *(f"{k}={v}" for k, v in self.options.items())]
        return ",".join(parts).replace(" ", "")[:60]


def case(*args, shape=None, want, below=None, open_axes=(0,), positive=(), away=None, **options):
    """A case.

    args, options: those of the constructor.
    shape: of the input, samples included; a list of shapes for several inputs.
    want: function of the input arrays, then the weights.
    below: the inputs are whole numbers, 0 <= i < below.
    open_axes: axes that may be of unknown size.
    positive: numbers of the weights that must be positive.
    away: a point that the inputs keep away from.
    """
    shapes = shape if isinstance(shape, list) else [shape]
    return LayerCase(args, options, shapes, want, below, open_axes, positive, away)


def same(x):
    return x


def dense(activation=same):
    return lambda x, w, b=0.0: activation(np.dot(x, w) + b)


def with_bias(convolve, data_format="channels_last"):
    """The convolution with its kernels, then the bias if there is one more weight."""

    def want(x, *weights, kernels=1):
        y = convolve(x, *weights[:kernels])
        return oracle.bias_add(y, weights[kernels], data_format) if len(weights) > kernels else y

    return want


def conv(rank, data_format="channels_last", **options):
    function = getattr(oracle, f"conv{rank}d")
    return with_bias(lambda x, k: function(x, k, data_format=data_format, **options), data_format)


def transposed(rank, output_shape, data_format="channels_last", **options):
    function = getattr(oracle, f"conv{rank}d_transpose")
    return with_bias(
        lambda x, k: function(x, k, output_shape, data_format=data_format, **options), data_format
    )


def separable(rank, data_format="channels_last", **options):
    function = getattr(oracle, f"separable_conv{rank}d")

    def want(x, depthwise, pointwise, bias):
        y = function(x, depthwise, pointwise, data_format=data_format, **options)
        return oracle.bias_add(y, bias, data_format)

    return want


def pool(rank, size, strides, mode, padding="valid", data_format="channels_last"):
    """Pooling by windows; along one axis as pictures of one column."""
    if rank > 1:
        function = getattr(oracle, f"pool{rank}d")
        return lambda x: function(x, size, strides, padding, data_format, mode)

    def along_time(x):
        x = x[..., None] if data_format == "channels_first" else x[:, :, None]
        y = oracle.pool2d(x, (size, 1), (strides, 1), padding, data_format, mode)
        return y.squeeze(3 if data_format == "channels_first" else 2)

    return along_time


def cropped(*pairs, first=1):
    def want(x):
        key = [slice(None)] * x.ndim
        for axis, (a, b) in enumerate(pairs, first):
            key[axis] = slice(a, x.shape[axis] - b)
        return x[tuple(key)]

    return want


def batch_normalized(axis=-1, epsilon=1e-3, scale=True, center=True):
    def want(x, *weights):
        weights = list(weights)
        gamma = weights.pop(0) if scale else None
        beta = weights.pop(0) if center else None
        return oracle.batch_normalization(x, *weights, beta, gamma, axis, epsilon)

    return want


def prelu(x, alpha):
    return np.where(x >= 0, x, alpha * x)


def local_1d(x, kernel, bias):
    return oracle.local_conv1d(x, kernel, (3,), (2,)) + bias


CASES = {
    "Dense": [
        case(4, shape=(3, 5), want=dense()),
        case(4, activation="relu", shape=(3, 5), want=dense(oracle.relu), away=0.0),
        case(4, activation="softmax", use_bias=False, shape=(3, 5), want=dense(oracle.softmax)),
        case(2, shape=(2, 3, 4, 5), want=dense(), open_axes=(0, 1, 2)),
        case(1, shape=(3, 1), want=dense()),
        case(4, "tanh", shape=(0, 5), want=dense(np.tanh)),
    ],
    "Activation": [
        case("tanh", shape=(3, 5), want=np.tanh, open_axes=(0, 1)),
        case("softmax", shape=(2, 3, 4), want=oracle.softmax),
    ],
    "Dropout": [
        case(0.5, shape=(3, 5), want=same, open_axes=(0, 1)),
        case(0.5, noise_shape=(None, 1, 4), seed=3, shape=(2, 3, 4), want=same),
        case(0.0, shape=(3, 5), want=same),
    ],
    "SpatialDropout1D": [case(0.5, shape=(2, 3, 4), want=same, open_axes=(0, 1))],
    "SpatialDropout2D": [
        case(0.5, shape=(2, 3, 4, 5), want=same),
        case(0.5, "channels_first", shape=(2, 3, 4, 5), want=same),
    ],
    "SpatialDropout3D": [case(0.5, shape=(2, 3, 4, 5, 2), want=same)],
    "Flatten": [
        case(shape=(2, 3, 4), want=oracle.batch_flatten),
        case("channels_first", shape=(2, 3, 4, 5),
             want=lambda x: oracle.batch_flatten(np.moveaxis(x, 1, -1))),
        case(shape=(0, 3, 4), want=lambda x: np.zeros((0, 12))),
    ],
    "Reshape": [
        case((3, 4), shape=(2, 12), want=lambda x: x.reshape(2, 3, 4)),
        case((-1, 2, 2), shape=(2, 6, 2), want=lambda x: x.reshape(2, 3, 2, 2)),
        case([4], shape=(2, 2, 2), want=lambda x: x.reshape(2, 4)),
        case((-1, 3), shape=(2, 4, 6), want=lambda x: x.reshape(2, 8, 3), open_axes=(0, 1)),
        case((3, 4), shape=(0, 12), want=lambda x: np.zeros((0, 3, 4))),
    ],
    "Permute": [
        case((2, 1), shape=(2, 3, 4), want=lambda x: x.transpose(0, 2, 1), open_axes=(0, 1, 2)),
        case((3, 1, 2), shape=(2, 3, 4, 5), want=lambda x: x.transpose(0, 3, 1, 2)),
    ],
    "RepeatVector": [case(3, shape=(2, 4), want=lambda x: oracle.repeat(x, 3))],
    "Lambda": [
        case(lambda x: x**2, shape=(2, 3), want=np.square, open_axes=(0, 1)),
    ],
    "ActivityRegularization": [case(0.1, 0.2, shape=(2, 3), want=same, open_axes=(0, 1))],
    "Masking": [
        case(2.0, below=3, shape=(4, 6, 2),
             want=lambda x: x * np.any(x != 2, -1, keepdims=True), open_axes=(0, 1)),
    ],
    "Conv1D": [
        case(4, 3, shape=(2, 7, 3), want=conv(1), open_axes=(0, 1)),
        case(4, 3, strides=2, padding="same", activation="relu", shape=(2, 8, 3),
             want=lambda *a: oracle.relu(conv(1, strides=2, padding="same")(*a))),
        case(2, 2, padding="causal", dilation_rate=2, use_bias=False, shape=(2, 6, 3),
             want=conv(1, padding="causal", dilation_rate=2), open_axes=(0, 1)),
        case(2, [3], data_format="channels_first", shape=(2, 3, 7),
             want=conv(1, "channels_first")),
    ],
    "Conv2D": [
        case(4, 3, shape=(2, 6, 5, 3), want=conv(2), open_axes=(0, 1, 2)),
        case(4, (3, 2), strides=(2, 1), padding="same", shape=(2, 6, 5, 3),
             want=conv(2, strides=(2, 1), padding="same"), open_axes=(0, 1, 2)),
        case(2, 3, dilation_rate=2, use_bias=False, shape=(1, 7, 8, 2),
             want=conv(2, dilation_rate=(2, 2))),
        case(2, 3, data_format="channels_first", shape=(2, 3, 6, 5),
             want=conv(2, "channels_first"), open_axes=(0, 2, 3)),
        case(2, 1, shape=(1, 1, 1, 1), want=conv(2)),
    ],
    "Conv3D": [
        case(2, 2, shape=(1, 4, 5, 3, 2), want=conv(3)),
        case(2, (1, 2, 3), padding="same", strides=(1, 2, 1), shape=(1, 3, 4, 5, 2),
             want=conv(3, padding="same", strides=(1, 2, 1)), open_axes=(0, 1, 2, 3)),
        case(2, 2, data_format="channels_first", shape=(1, 2, 4, 5, 3),
             want=conv(3, "channels_first")),
    ],
    "Conv2DTranspose": [
        case(3, 3, shape=(2, 4, 5, 2), want=transposed(2, (2, 6, 7, 3)), open_axes=(0, 1, 2)),
        case(3, 3, strides=2, padding="same", shape=(2, 4, 5, 2),
             want=transposed(2, (2, 8, 10, 3), strides=(2, 2), padding="same"),
             open_axes=(0, 1, 2)),
        case(3, 3, strides=2, padding="same", output_padding=0, shape=(2, 4, 5, 2),
             want=transposed(2, (2, 7, 9, 3), strides=(2, 2), padding="same")),
        case(3, (2, 3), strides=(3, 2), output_padding=(1, 1), use_bias=False,
             shape=(1, 3, 2, 2), want=transposed(2, (1, 9, 6, 3), strides=(3, 2))),
        case(3, 3, strides=2, data_format="channels_first", shape=(1, 2, 4, 5),
             want=transposed(2, (1, 3, 9, 11), "channels_first", strides=(2, 2))),
        case(3, 2, dilation_rate=2, shape=(1, 4, 5, 2), want=with_bias(
            lambda x, k: oracle.conv2d_transpose(x, spread(k), (1, 6, 7, 3)))),
    ],
    "Conv3DTranspose": [
        case(2, 2, strides=2, shape=(1, 2, 3, 2, 3),
             want=transposed(3, (1, 4, 6, 4, 2), strides=(2, 2, 2))),
        case(2, (1, 3, 3), padding="same", output_padding=0, data_format="channels_first",
             strides=(1, 1, 2), shape=(1, 3, 2, 3, 2),
             want=transposed(3, (1, 2, 2, 3, 3), "channels_first", strides=(1, 1, 2),
                             padding="same")),
    ],
    "SeparableConv1D": [
        case(4, 3, depth_multiplier=2, shape=(2, 7, 3), want=separable(1), open_axes=(0, 1)),
        case(4, 3, padding="causal", shape=(2, 5, 3), want=lambda x, *w: separable(1)(
            np.pad(x, ((0, 0), (2, 0), (0, 0))), *w)),
        case(4, 3, padding="same", strides=2, shape=(2, 7, 3),
             want=separable(1, padding="same", strides=2)),
    ],
    "SeparableConv2D": [
        case(4, 3, depth_multiplier=2, shape=(2, 5, 6, 3), want=separable(2),
             open_axes=(0, 1, 2)),
        case(4, (3, 2), strides=2, padding="same", shape=(2, 5, 6, 3),
             want=separable(2, strides=(2, 2), padding="same")),
        case(4, 3, dilation_rate=2, data_format="channels_first", shape=(1, 2, 6, 7),
             want=separable(2, "channels_first", dilation_rate=(2, 2))),
    ],
    "DepthwiseConv2D": [
        case(3, depth_multiplier=2, shape=(2, 5, 6, 3), want=with_bias(oracle.depthwise_conv2d),
             open_axes=(0, 1, 2)),
        case((2, 3), strides=2, padding="same", use_bias=False, shape=(2, 5, 6, 3),
             want=lambda x, k: oracle.depthwise_conv2d(x, k, (2, 2), "same")),
        case(3, data_format="channels_first", shape=(1, 2, 5, 6),
             want=with_bias(lambda x, k: oracle.depthwise_conv2d(
                 x, k, data_format="channels_first"), "channels_first")),
    ],
    "Cropping1D": [
        case(shape=(2, 5, 3), want=cropped((1, 1)), open_axes=(0, 1)),
        case((0, 2), shape=(2, 5, 3), want=cropped((0, 2))),
        case(2, shape=(2, 5, 3), want=cropped((2, 2))),
    ],
    "Cropping2D": [
        case(shape=(2, 5, 6, 3), want=same, open_axes=(0, 1, 2)),
        case((1, 2), shape=(2, 5, 6, 3), want=cropped((1, 1), (2, 2))),
        case(((1, 0), (2, 3)), "channels_first", shape=(2, 3, 5, 6),
             want=cropped((1, 0), (2, 3), first=2), open_axes=(0, 2, 3)),
    ],
    "Cropping3D": [
        case(shape=(1, 3, 4, 5, 2), want=cropped((1, 1), (1, 1), (1, 1))),
        case(((0, 1), (1, 0), (2, 2)), "channels_first", shape=(1, 2, 3, 4, 5),
             want=cropped((0, 1), (1, 0), (2, 2), first=2)),
    ],
    "ZeroPadding1D": [
        case(shape=(2, 3, 4), want=oracle.temporal_padding, open_axes=(0, 1)),
        case({"left_pad": 2}, shape=(2, 3, 4), want=lambda x: oracle.temporal_padding(x, (2, 0))),
    ],
    "ZeroPadding2D": [
        case(shape=(2, 3, 4, 2), want=oracle.spatial_2d_padding, open_axes=(0, 1, 2)),
        case(((1, 0), (0, 2)), "channels_first", shape=(2, 3, 4, 5),
             want=lambda x: oracle.spatial_2d_padding(x, ((1, 0), (0, 2)), "channels_first")),
    ],
    "ZeroPadding3D": [
        case((1, 0, 2), shape=(1, 2, 3, 4, 2),
             want=lambda x: oracle.spatial_3d_padding(x, ((1, 1), (0, 0), (2, 2)))),
        case(shape=(1, 2, 3, 4, 2), want=oracle.spatial_3d_padding),
    ],
    "UpSampling1D": [
        case(3, shape=(2, 4, 3), want=lambda x: x.repeat(3, 1), open_axes=(0, 1)),
        case([2], shape=(2, 4, 3), want=lambda x: x.repeat(2, 1)),
    ],
    "UpSampling2D": [
        case((2, 3), shape=(2, 3, 4, 2), want=lambda x: x.repeat(2, 1).repeat(3, 2),
             open_axes=(0, 1, 2)),
        case(2, "channels_first", shape=(2, 3, 4, 5), want=lambda x: x.repeat(2, 2).repeat(2, 3)),
        case(interpolation="bilinear", shape=(2, 3, 4, 2), want=lambda x: oracle.resize_images(
            x, 2, 2, "channels_last", "bilinear")),
    ],
    "UpSampling3D": [
        case((1, 2, 3), shape=(1, 2, 3, 2, 2), want=lambda x: x.repeat(2, 2).repeat(3, 3)),
        case(data_format="channels_first", shape=(1, 2, 3, 2, 2),
             want=lambda x: x.repeat(2, 2).repeat(2, 3).repeat(2, 4)),
    ],
    "MaxPooling1D": [
        case(shape=(2, 7, 3), want=pool(1, 2, 2, "max"), open_axes=(0, 1)),
        case(3, 2, "same", shape=(2, 7, 3), want=pool(1, 3, 2, "max", "same")),
        case(2, data_format="channels_first", shape=(2, 3, 7),
             want=pool(1, 2, 2, "max", data_format="channels_first")),
    ],
    "AveragePooling1D": [
        case(shape=(2, 7, 3), want=pool(1, 2, 2, "avg"), open_axes=(0, 1)),
        case(3, 2, "same", shape=(2, 7, 3), want=pool(1, 3, 2, "avg", "same")),
    ],
    "MaxPooling2D": [
        case(shape=(2, 5, 6, 3), want=pool(2, (2, 2), (2, 2), "max"), open_axes=(0, 1, 2)),
        case(3, (1, 2), "same", shape=(2, 5, 6, 3), want=pool(2, (3, 3), (1, 2), "max", "same")),
        case(data_format="channels_first", shape=(2, 3, 5, 6),
             want=pool(2, (2, 2), (2, 2), "max", "valid", "channels_first")),
    ],
    "AveragePooling2D": [
        case(shape=(2, 5, 6, 3), want=pool(2, (2, 2), (2, 2), "avg"), open_axes=(0, 1, 2)),
        case((3, 2), 2, "same", shape=(2, 5, 6, 3), want=pool(2, (3, 2), (2, 2), "avg", "same")),
    ],
    "MaxPooling3D": [
        case(shape=(1, 4, 5, 4, 2), want=pool(3, (2, 2, 2), (2, 2, 2), "max")),
        case(2, 1, "same", "channels_first", shape=(1, 2, 3, 4, 3),
             want=pool(3, (2, 2, 2), (1, 1, 1), "max", "same", "channels_first")),
    ],
    "AveragePooling3D": [
        case(shape=(1, 4, 5, 4, 2), want=pool(3, (2, 2, 2), (2, 2, 2), "avg")),
        case(3, 2, "same", shape=(1, 4, 5, 4, 2), want=pool(3, (3, 3, 3), (2, 2, 2), "avg",
                                                           "same")),
    ],
    "GlobalMaxPooling1D": [
        case(shape=(2, 5, 3), want=lambda x: x.max(1), open_axes=(0, 1)),
        case("channels_first", shape=(2, 3, 5), want=lambda x: x.max(2)),
    ],
    "GlobalAveragePooling1D": [
        case(shape=(2, 5, 3), want=lambda x: x.mean(1), open_axes=(0, 1)),
        case("channels_first", shape=(2, 3, 5), want=lambda x: x.mean(2)),
    ],
    "GlobalMaxPooling2D": [
        case(shape=(2, 3, 4, 5), want=lambda x: x.max((1, 2)), open_axes=(0, 1, 2)),
        case("channels_first", shape=(2, 3, 4, 5), want=lambda x: x.max((2, 3))),
    ],
    "GlobalAveragePooling2D": [
        case(shape=(2, 3, 4, 5), want=lambda x: x.mean((1, 2)), open_axes=(0, 1, 2)),
        case("channels_first", shape=(2, 3, 4, 5), want=lambda x: x.mean((2, 3))),
    ],
    "GlobalMaxPooling3D": [case(shape=(2, 3, 4, 2, 3), want=lambda x: x.max((1, 2, 3)))],
    "GlobalAveragePooling3D": [
        case("channels_first", shape=(2, 3, 4, 2, 3), want=lambda x: x.mean((2, 3, 4))),
    ],
    "LocallyConnected1D": [
        case(4, 3, strides=2, shape=(2, 8, 3), want=local_1d),
        case(4, 3, strides=2, data_format="channels_first", shape=(2, 3, 8),
             want=lambda x, k, b: np.moveaxis(local_1d(np.moveaxis(x, 1, 2), k, b), 1, 2)),
    ],
    "LocallyConnected2D": [
        case(4, (2, 3), shape=(2, 4, 5, 3),
             want=lambda x, k, b: oracle.local_conv2d(x, k, (2, 3), (1, 1), (3, 3)) + b),
        case(2, 2, strides=2, use_bias=False, activation="relu", shape=(1, 4, 5, 3),
             want=lambda x, k: oracle.relu(oracle.local_conv2d(x, k, (2, 2), (2, 2), (2, 2)))),
        case(2, 2, data_format="channels_first", use_bias=False, shape=(2, 3, 4, 5),
             want=lambda x, k: oracle.local_conv2d(x, k, (2, 2), (1, 1), (3, 4),
                                                   "channels_first")),
    ],
    "Embedding": [
        case(7, 3, below=7, shape=(2, 5), want=lambda i, e: e[i.astype(int)], open_axes=(0, 1)),
        case(7, 3, input_length=5, below=7, shape=(2, 5), want=lambda i, e: e[i.astype(int)]),
        case(7, 3, mask_zero=True, below=7, shape=(2, 3, 4), want=lambda i, e: e[i.astype(int)]),
    ],
    "Add": [
        case(shape=[(2, 3), (2, 3), (2, 3)], want=lambda x, y, z: x + y + z, open_axes=(0, 1)),
        case(shape=[(2, 3, 4), (2, 4)], want=lambda x, y: x + y[:, None]),
        case(shape=[(2, 3, 4), (2, 1, 4)], want=lambda x, y: x + y),
    ],
    "Subtract": [case(shape=[(2, 3), (2, 3)], want=lambda x, y: x - y)],
    "Multiply": [case(shape=[(2, 3), (2, 3), (2, 3)], want=lambda x, y, z: x * y * z)],
    "Average": [case(shape=[(2, 3), (2, 3), (2, 3)], want=lambda x, y, z: (x + y + z) / 3)],
    "Maximum": [case(shape=[(2, 3), (2, 3)], want=np.maximum)],
    "Minimum": [case(shape=[(2, 3), (2, 3)], want=np.minimum)],
    "Concatenate": [
        case(shape=[(2, 3), (2, 5)], want=lambda x, y: np.concatenate([x, y], -1)),
        case(1, shape=[(2, 3, 4), (2, 5, 4)], want=lambda x, y: np.concatenate([x, y], 1),
             open_axes=(0, 1, 2)),
    ],
    "Dot": [
        case(1, shape=[(2, 4), (2, 4)], want=lambda x, y: (x * y).sum(1, keepdims=True)),
        case(-1, shape=[(2, 3, 4), (2, 5, 4)], want=lambda x, y: np.einsum("nac,nbc->nab", x, y),
             open_axes=(0, 1)),
        case((2, 1), normalize=True, shape=[(2, 3, 4), (2, 4, 5)],
             want=lambda x, y: np.einsum("nac,ncb->nab", oracle.l2_normalize(x, 2),
                                         oracle.l2_normalize(y, 1))),
    ],
    "LeakyReLU": [
        case(shape=(3, 4), want=lambda x: np.where(x >= 0, x, 0.3 * x), open_axes=(0, 1), away=0.0),
        case(0.1, shape=(3, 4), want=lambda x: np.where(x >= 0, x, 0.1 * x), away=0.0),
    ],
    "PReLU": [
        case(shape=(2, 3, 4), want=prelu, away=0.0),
        case(shared_axes=[1, 2], shape=(2, 3, 4, 5), want=prelu, open_axes=(0, 1, 2), away=0.0),
    ],
    "ELU": [
        case(shape=(3, 4), want=oracle.elu, open_axes=(0, 1)),
        case(0.5, shape=(3, 4), want=lambda x: oracle.elu(x, 0.5)),
    ],
    "ThresholdedReLU": [
        case(shape=(3, 4), want=lambda x: np.where(x > 1, x, 0), open_axes=(0, 1), away=1.0),
        case(0.5, shape=(3, 4), want=lambda x: np.where(x > 0.5, x, 0), away=0.5),
    ],
    "Softmax": [
        case(shape=(3, 4), want=oracle.softmax, open_axes=(0, 1)),
        case(1, shape=(3, 4, 2), want=lambda x: oracle.softmax(x, 1)),
    ],
    "ReLU": [
        case(shape=(3, 4), want=oracle.relu, open_axes=(0, 1), away=0.0),
        case(1.0, 0.1, 0.5, shape=(3, 4), want=lambda x: oracle.relu(x, 0.1, 1.0, 0.5), away=0.5),
    ],
    "BatchNormalization": [
        case(shape=(3, 4), want=batch_normalized(), positive=(3,)),
        case(shape=(2, 3, 4, 5), want=batch_normalized(), positive=(3,), open_axes=(0, 1, 2)),
        case(axis=1, epsilon=0.1, shape=(2, 3, 4, 5), want=batch_normalized(1, 0.1),
             positive=(3,), open_axes=(0, 2, 3)),
        case(scale=False, shape=(3, 4), want=batch_normalized(scale=False), positive=(2,)),
        case(center=False, scale=False, shape=(3, 4), positive=(1,),
             want=batch_normalized(scale=False, center=False)),
    ],
    "GaussianNoise": [case(0.5, shape=(3, 4), want=same, open_axes=(0, 1))],
    "GaussianDropout": [case(0.5, shape=(3, 4), want=same, open_axes=(0, 1))],
    "AlphaDropout": [
        case(0.5, shape=(3, 4), want=same, open_axes=(0, 1)),
        case(0.5, noise_shape=(None, 1), seed=1, shape=(3, 4), want=same),
    ],
}


def spread(kernel):
    """A kernel (3 cells from 2) with gaps, as dilation 2 makes it."""
    gaps = np.zeros((3, 3, *kernel.shape[2:]))
    gaps[::2, ::2] = kernel
    return gaps


def rows():
    """The table as parameters (class name, case) of a test."""
    return [
        pytest.param(name, entry, id=f"{name}-{number}-{entry.text}")
        for name, entries in CASES.items()
        for number, entry in enumerate(entries)
    ]
