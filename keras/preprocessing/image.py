"""Images: reading them, and making more of them (manual, 6.3)."""
import warnings

import numpy as np

from .. import backend as K
from ..config import normalize_data_format
from .image_files import (
    array_to_img,
    img_to_array,
    list_pictures,
    load_img,
    save_img,
)
from .image_iterators import Iterator, NumpyArrayIterator
from .image_sets import DataFrameIterator, DirectoryIterator
from .image_transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    apply_transform,
    flip_axis,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
    transform_matrix_offset_center,
)

__all__ = ["DataFrameIterator", "DirectoryIterator", "ImageDataGenerator", "Iterator",
           "NumpyArrayIterator",
           "apply_affine_transform", "apply_brightness_shift", "apply_channel_shift",
           "apply_transform", "array_to_img", "flip_axis", "img_to_array", "list_pictures",
           "load_img", "random_brightness", "random_channel_shift", "random_rotation",
           "random_shear", "random_shift", "random_zoom", "save_img",
           "transform_matrix_offset_center"]


class ImageDataGenerator:
    """Batches of images that are transformed anew each time.

    Arguments
        featurewise_center: whether the mean over the data is subtracted; needs `fit`.
        samplewise_center: whether each image's own mean is subtracted.
        featurewise_std_normalization: whether values are divided by the data's standard
            deviation; needs `fit`.
        samplewise_std_normalization: whether they are divided by each image's own.
        zca_whitening: whether ZCA whitening is applied, which takes the place of
            featurewise_std_normalization; needs `fit`.
        zca_epsilon: float, added to the variances in whitening.
        rotation_range: degrees either way.
        width_shift_range: float: fraction of the width if below 1, else pixels; an int w: a whole
            number of pixels between -w and w, both excluded; or a list to choose from.
        height_shift_range: as width_shift_range, of the height.
        brightness_range: (lower, upper) of the factor of brightness, or None.
        shear_range: degrees, counter-clockwise.
        zoom_range: float z for [1 - z, 1 + z], or (lower, upper).
        channel_shift_range: float, by which all values are shifted either way.
        fill_mode: what is beyond the border: 'nearest', 'constant', 'reflect' or 'wrap'.
        cval: float, with 'constant'.
        horizontal_flip: whether half of the images are flipped left to right.
        vertical_flip: whether half of them are flipped top to bottom.
        rescale: factor of all values, after preprocessing_function; None or 0 for none.
        preprocessing_function: function of one image, or None.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        validation_split: fraction of the samples, the first, that subset='validation' has.
        dtype: of the batches; None for floatx.
        interpolation_order: of the interpolation in geometric transforms.

    Source: Keras 2.1.6 manual, 6.3.1; the last three and brightness_range from 2.2.
    """

    def __init__(self, featurewise_center=False, samplewise_center=False,
                 featurewise_std_normalization=False, samplewise_std_normalization=False,
                 zca_whitening=False, zca_epsilon=1e-6, rotation_range=0., width_shift_range=0.,
                 height_shift_range=0., brightness_range=None, shear_range=0., zoom_range=0.,
                 channel_shift_range=0., fill_mode="nearest", cval=0., horizontal_flip=False,
                 vertical_flip=False, rescale=None, preprocessing_function=None,
                 data_format=None, validation_split=0.0, dtype=None, interpolation_order=1):
        given = {key: value for key, value in locals().items() if key != "self"}
        self.__dict__.update(given)
        self.data_format = normalize_data_format(data_format)
        self.dtype = dtype or K.floatx()
        last = self.data_format == "channels_last"
        self.channel_axis, self.row_axis, self.col_axis = (3, 1, 2) if last else (1, 2, 3)
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(f"`validation_split` must be strictly between 0 and 1. Received arg: "
                             f"{validation_split}")
        self.zoom_range = [1 - zoom_range, 1 + zoom_range] if np.isscalar(zoom_range) \
            else list(zoom_range)
        if len(self.zoom_range) != 2:
            raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. "
                             f"Received arg: {zoom_range}")
        if brightness_range is not None and np.shape(brightness_range) != (2,):
            raise ValueError(f"`brightness_range` should be a tuple or list of two floats. "
                             f"Received: {brightness_range!r}")
        if zca_whitening:
            self._override("zca_whitening", "featurewise_center", True)
            self._override("zca_whitening", "featurewise_std_normalization", False)
        if self.featurewise_std_normalization:
            self._override("featurewise_std_normalization", "featurewise_center", True)
        if samplewise_std_normalization:
            self._override("samplewise_std_normalization", "samplewise_center", True)
        self.mean = self.std = self.principal_components = None

    def _override(self, what, other, value):
        """Set the argument `other` as the argument `what` needs it."""
        if bool(getattr(self, other)) is not value:
            setattr(self, other, value)
            warnings.warn(f"This ImageDataGenerator specifies `{what}`, which overrides setting of "
                          f"`{other}`.", stacklevel=3)

    def part(self, subset, count):
        """Which of `count` samples a subset has, as a slice.

        Arguments
            subset: 'training', 'validation', or None for all.
            count: int.
        """
        if subset not in (None, "training", "validation"):
            raise ValueError(f"Invalid subset name: {subset!r}; expected 'training' or "
                             f"'validation'.")
        cut = int(count * self.validation_split)
        return {None: slice(None), "training": slice(cut, None),
                "validation": slice(0, cut)}[subset]

    def flow(self, x, y=None, batch_size=32, shuffle=True, sample_weight=None, seed=None,
             save_to_dir=None, save_prefix="", save_format="png", subset=None):
        """Batches from arrays, without end.

        Arguments
            x, y, batch_size, shuffle, sample_weight, seed, save_to_dir, save_prefix, save_format,
                subset: as of `NumpyArrayIterator`.
        """
        return NumpyArrayIterator(
            x, y, self, batch_size=batch_size, shuffle=shuffle, sample_weight=sample_weight,
            seed=seed, data_format=self.data_format, save_to_dir=save_to_dir,
            save_prefix=save_prefix, save_format=save_format, subset=subset, dtype=self.dtype)

    def flow_from_directory(self, directory, target_size=(256, 256), color_mode="rgb",
                            classes=None, class_mode="categorical", batch_size=32, shuffle=True,
                            seed=None, save_to_dir=None, save_prefix="", save_format="png",
                            follow_links=False, subset=None, interpolation="nearest",
                            skip_broken=False):
        """Batches from a folder with a folder for each class, without end.

        Arguments
            directory, target_size, color_mode, classes, class_mode, batch_size, shuffle, seed,
                save_to_dir, save_prefix, save_format, follow_links, subset, interpolation,
                skip_broken: as of `DirectoryIterator`.
        """
        return DirectoryIterator(
            directory, self, target_size=target_size, color_mode=color_mode, classes=classes,
            class_mode=class_mode, batch_size=batch_size, shuffle=shuffle, seed=seed,
            data_format=self.data_format, save_to_dir=save_to_dir, save_prefix=save_prefix,
            save_format=save_format, follow_links=follow_links, subset=subset,
            interpolation=interpolation, dtype=self.dtype, skip_broken=skip_broken)

    def flow_from_dataframe(self, dataframe, directory=None, x_col="filename", y_col="class",
                            weight_col=None, target_size=(256, 256), color_mode="rgb",
                            classes=None, class_mode="categorical", batch_size=32, shuffle=True,
                            seed=None, save_to_dir=None, save_prefix="", save_format="png",
                            subset=None, interpolation="nearest", validate_filenames=True,
                            skip_broken=False, has_ext=True):
        """Batches of the images that a table lists, without end.

        Arguments
            dataframe, directory, x_col, y_col, weight_col, target_size, color_mode, classes,
                class_mode, batch_size, shuffle, seed, save_to_dir, save_prefix, save_format,
                subset, interpolation, validate_filenames, skip_broken, has_ext: as of
                `DataFrameIterator`; class_mode 'other' is an older name of 'raw'.
        """
        return DataFrameIterator(
            dataframe, directory, self, x_col=x_col, y_col=y_col, weight_col=weight_col,
            target_size=target_size, color_mode=color_mode, classes=classes,
            class_mode="raw" if class_mode == "other" else class_mode, batch_size=batch_size,
            shuffle=shuffle, seed=seed, data_format=self.data_format, save_to_dir=save_to_dir,
            save_prefix=save_prefix, save_format=save_format, subset=subset,
            interpolation=interpolation, dtype=self.dtype, validate_filenames=validate_filenames,
            skip_broken=skip_broken, has_ext=has_ext)

    # One image

    def transform_into(self, place, x, random):
        """Transform and standardize an image.

        Arguments
            place: array of the image's shape, which is written over.
            x: array with three axes, of floats; it may be `place`.
            random: np.random, or a Generator.
        """
        made = self.apply_transform(x, self._drawn(x.shape, random))
        if self.channel_axis == 3 and not made.flags.c_contiguous:
            for i in range(made.shape[2]):  # a third of the time of all at once, if it is flipped
                place[..., i] = made[..., i]
        elif made is not place:
            place[...] = made
        made = self._standardized(place)
        if made is not place:
            place[...] = made

    def standardize(self, x):
        """An image with its values normalized as the arguments say.

        Arguments
            x: array with three axes, or a batch of them.
        """
        return self._standardized(self._float_copy(x))

    def _float_copy(self, x):
        x = np.array(x)
        return x if x.dtype.kind == "f" else x.astype(self.dtype)

    def _standardized(self, x):
        """As `standardize`, of an array of floats that may be written over."""
        if self.preprocessing_function:
            x = self._float_copy(self.preprocessing_function(x))
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self.featurewise_center and self._fitted(self.mean, "featurewise_center"):
            x -= self.mean
        if self.featurewise_std_normalization and self._fitted(
                self.std, "featurewise_std_normalization"):
            x /= self.std + 1e-6
        if self.zca_whitening and self._fitted(self.principal_components, "zca_whitening"):
            flat = x.reshape(-1, len(self.principal_components))
            x = (flat @ self.principal_components).reshape(x.shape)
        return x

    def _fitted(self, value, what):
        if value is None:
            warnings.warn(f"This ImageDataGenerator specifies `{what}`, but it hasn't been fit on "
                          f"any training data. Fit it first by calling `.fit(numpy_data)`.",
                          stacklevel=4)
        return value is not None

    def get_random_transform(self, img_shape, seed=None):
        """The parameters of a transform, drawn from np.random.

        Arguments
            img_shape: tuple of three sizes.
            seed: int, to which np.random is set before, or None.

        Returns
            dict for `apply_transform`.
        """
        if seed is not None:
            np.random.seed(seed)
        return self._drawn(img_shape, np.random)

    def _drawn(self, img_shape, random):
        """As `get_random_transform`, drawn in Keras 2's order from `random`."""
        def between(low, high):
            return low + (high - low) * random.random()

        def shift(span, size):
            if isinstance(span, (int, float)) and not span:
                return 0
            if isinstance(span, float):
                step = between(-span, span)
            else:  # an int, or a list
                step = random.choice(span) * random.choice([-1, 1])
            return step * size if np.max(span) < 1 else step

        turn, slant, colour = self.rotation_range, self.shear_range, self.channel_shift_range
        zoom, bright = self.zoom_range, self.brightness_range
        unzoomed = zoom[0] == zoom[1] == 1
        return {
            "theta": between(-turn, turn) if turn else 0,
            "tx": shift(self.height_shift_range, img_shape[self.row_axis - 1]),
            "ty": shift(self.width_shift_range, img_shape[self.col_axis - 1]),
            "shear": between(-slant, slant) if slant else 0,
            "zx": 1 if unzoomed else between(*zoom),
            "zy": 1 if unzoomed else between(*zoom),
            "flip_horizontal": random.random() < 0.5 and self.horizontal_flip,
            "flip_vertical": random.random() < 0.5 and self.vertical_flip,
            "channel_shift_intensity": between(-colour, colour) if colour else None,
            "brightness": between(*bright) if bright is not None else None,
        }

    def apply_transform(self, x, transform_parameters):
        """An image under a transform.

        Arguments
            x: array with three axes.
            transform_parameters: dict with any of theta, tx, ty, shear, zx, zy, flip_horizontal,
                flip_vertical, channel_shift_intensity, brightness.
        """
        get = transform_parameters.get
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = apply_affine_transform(
            x, get("theta", 0), get("tx", 0), get("ty", 0), get("shear", 0), get("zx", 1),
            get("zy", 1), row, column, channel, self.fill_mode, self.cval,
            self.interpolation_order)
        if get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, get("channel_shift_intensity"), channel)
        if get("flip_horizontal"):
            x = flip_axis(x, column)
        if get("flip_vertical"):
            x = flip_axis(x, row)
        if get("brightness") is not None:
            last = np.moveaxis(x, channel, -1)
            x = np.moveaxis(apply_brightness_shift(last, get("brightness")), -1, channel)
        return x

    def random_transform(self, x, seed=None):
        """An image under a transform drawn from np.random.

        Arguments
            x: array with three axes.
            seed: as of `get_random_transform`.
        """
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    # All images

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Compute mean, standard deviation and principal components of sample data.

        Arguments
            x: array of rank 4.
            augment: whether of transformed images.
            rounds: int, how often each is transformed.
            seed: int, or None.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: "
                             f"{x.shape}")
        if seed is not None:
            np.random.seed(seed)
        if augment:
            x = np.stack([self.random_transform(image) for _ in range(rounds) for image in x])
        if self.featurewise_center:
            self.mean = self._mean(x)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.sqrt(self._mean(np.square(x)))  # x is centered
            x /= self.std + 1e-6
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            u, s, _ = np.linalg.svd(flat.T @ flat / len(flat))
            self.principal_components = (u / np.sqrt(s + self.zca_epsilon)) @ u.T

    def _mean(self, x):
        """The mean of each channel of a batch; float32 would lose digits over many images."""
        axes = (0, self.row_axis, self.col_axis)
        return np.mean(x, axis=axes, dtype="float64", keepdims=True)[0].astype(x.dtype)
