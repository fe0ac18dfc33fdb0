"""Batches of images from files: a folder for each class, or files that a table lists (manual,
6.3)."""
import os
import warnings

import numpy as np

from .. import backend as K
from ..config import normalize_data_format
from .image_files import ENDINGS, ImageError, load_img, with_channels
from .image_iterators import Iterator, draws

CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}


def _checked_choice(value, choices, what):
    if value not in choices:
        names = ", ".join(map(repr, choices))
        raise ValueError(f"Invalid {what}: {value!r}; expected one of {names}.")
    return value


class FileIterator(Iterator):
    """Batches of images from the files `filepaths`. A subclass has `_targets(batch, rows)` and
    calls `_start` when it knows its files.

    Arguments
        image_data_generator: ImageDataGenerator that transforms the images.
        target_size: (height, width) to which images are resized.
        color_mode: 'rgb', 'rgba' or 'grayscale'.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        save_to_dir, save_prefix, save_format, dtype: as of `NumpyArrayIterator`.
        interpolation: as of `load_img`.
        skip_broken: whether the next image stands in for one that cannot be read, with a warning;
            else it is an error.
    """

    def __init__(self, image_data_generator, target_size, color_mode, data_format, save_to_dir,
                 save_prefix, save_format, interpolation, dtype, skip_broken):
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        self.color_mode = _checked_choice(color_mode, CHANNELS, "color mode")
        self.data_format = normalize_data_format(data_format)
        channels = CHANNELS[color_mode]
        self.image_shape = (*self.target_size, channels) if self.data_format == "channels_last" \
            else (channels, *self.target_size)
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.interpolation = interpolation
        self.dtype = dtype or K.floatx()
        self.skip_broken = skip_broken
        self.broken = set()

    def _start(self, directory, filenames, batch_size, shuffle, seed):
        self.directory, self.filenames = directory, filenames
        self.samples = len(filenames)
        super().__init__(self.samples, batch_size, shuffle, seed)

    @property
    def filepaths(self):
        """The paths of the images."""
        return [os.path.join(self.directory or "", name) for name in self.filenames]

    def _get_batches_of_transformed_samples(self, index_array):
        random = draws(index_array)
        batch = np.empty((len(index_array), *self.image_shape), self.dtype)
        rows = np.array(index_array)
        for row, place in enumerate(batch):
            rows[row], place[...] = self._readable(int(index_array[row]))
            self.image_data_generator.transform_into(place, place, random)
        self._save(batch, index_array)
        return self._with_targets(batch, rows)

    def _with_targets(self, batch, rows):
        return batch if self.class_mode is None else (batch, self._targets(batch, rows))

    def _targets(self, batch, rows):
        raise NotImplementedError

    def _readable(self, i):
        """(i, image number i as an array); for a broken one, if these are skipped, the next that
        is not."""
        for j in (*range(i, self.n), *range(i)) if self.skip_broken else (i,):
            if j in self.broken:
                continue
            try:
                path = os.path.join(self.directory or "", self.filenames[j])
                image = load_img(path, color_mode=self.color_mode, target_size=self.target_size,
                                 interpolation=self.interpolation)
                return j, with_channels(np.asarray(image), self.data_format)
            except ImageError as error:
                if not self.skip_broken:
                    raise
                self.broken.add(j)
                warnings.warn(f"{path} is skipped, the next image stands in for it: {error}",
                              stacklevel=2)
        raise ImageError(f"not one of the {self.n} images can be read.")


class DirectoryIterator(FileIterator):
    """Batches from a folder with a folder for each class.

    Arguments
        directory: path.
        image_data_generator, target_size, color_mode, data_format, interpolation, skip_broken: as
            of `FileIterator`.
        classes: list of folders' names, or None for all in the order of the alphabet.
        class_mode: 'categorical' (one-hot), 'binary', 'sparse', 'input' (the images), or None.
        batch_size, shuffle, seed: as of `Iterator`.
        save_to_dir, save_prefix, save_format, subset, dtype: as of `NumpyArrayIterator`.
        follow_links: whether links to folders are followed.
    """

    def __init__(self, directory, image_data_generator, target_size=(256, 256), color_mode="rgb",
                 classes=None, class_mode="categorical", batch_size=32, shuffle=True, seed=None,
                 data_format=None, save_to_dir=None, save_prefix="", save_format="png",
                 follow_links=False, subset=None, interpolation="nearest", dtype=None,
                 skip_broken=False):
        super().__init__(image_data_generator, target_size, color_mode, data_format, save_to_dir,
                         save_prefix, save_format, interpolation, dtype, skip_broken)
        self.class_mode = _checked_choice(
            class_mode, ("categorical", "binary", "sparse", "input", None), "class_mode")
        if not classes:
            classes = sorted(name for name in os.listdir(directory)
                             if os.path.isdir(os.path.join(directory, name)))
        self.num_classes = len(classes)
        self.class_indices = {name: i for i, name in enumerate(classes)}
        filenames, labels = [], []
        for name, i in self.class_indices.items():
            found = _images_below(directory, name, follow_links)
            found = found[image_data_generator.part(subset, len(found))]
            filenames += found
            labels += [i] * len(found)
        self.classes = np.array(labels, "int32")
        print(f"Found {len(filenames)} images belonging to {self.num_classes} classes.")
        self._start(directory, filenames, batch_size, shuffle, seed)

    @property
    def labels(self):
        """The numbers of the images' classes, as `classes`."""
        return self.classes

    def _targets(self, batch, rows):
        if self.class_mode == "input":
            return batch.copy()
        return _coded(self.class_mode, self.classes[rows], self.num_classes, self.dtype)


def _coded(mode, classes, count, dtype):
    """Class numbers as a class mode wants them."""
    if mode == "categorical":
        return np.eye(count, dtype=dtype)[classes]
    return classes.astype(dtype) if mode == "binary" else classes


def _images_below(directory, name, follow_links):
    """The images of a class, as paths below `directory`, sorted."""
    found, entered = [], set()
    for root, folders, files in os.walk(os.path.join(directory, name), followlinks=follow_links):
        place = os.path.realpath(root)
        if place in entered:  # links in a circle
            folders.clear()
            continue
        entered.add(place)
        found += [(root, file) for file in files if file.lower().endswith(ENDINGS)]
    return [os.path.relpath(os.path.join(*pair), directory) for pair in sorted(found)]


class DataFrameIterator(FileIterator):
    """Batches of images that are listed in a table.

    Arguments
        dataframe: pandas DataFrame, or anything that gives columns by name.
        directory: path that the files' names begin at; None if they are paths themselves.
        image_data_generator, target_size, color_mode, data_format, interpolation, skip_broken: as
            of `FileIterator`.
        x_col: name of the column with the files' names.
        y_col: name of the column with the targets, or a list of them.
        weight_col: name of the column with the samples' weights, or None.
        classes: list of labels; rows with others are left out. None for all that are found, in
            order.
        class_mode: 'categorical' (one-hot; a row may have a list of labels), 'binary', 'sparse',
            'raw' (the values of y_col), 'multi_output' (a list of arrays, one a column), 'input'
            (the images), or None.
        batch_size, shuffle, seed: as of `Iterator`.
        save_to_dir, save_prefix, save_format, subset, dtype: as of `NumpyArrayIterator`.
        validate_filenames: whether rows whose file is not there, or no image by its ending, are
            left out, with a warning.
        has_ext: False where the names lack the endings of the files in `directory`.
    """

    def __init__(self, dataframe, directory=None, image_data_generator=None, x_col="filename",
                 y_col="class", weight_col=None, target_size=(256, 256), color_mode="rgb",
                 classes=None, class_mode="categorical", batch_size=32, shuffle=True, seed=None,
                 data_format=None, save_to_dir=None, save_prefix="", save_format="png",
                 subset=None, interpolation="nearest", dtype=None, validate_filenames=True,
                 skip_broken=False, has_ext=True):
        super().__init__(image_data_generator, target_size, color_mode, data_format, save_to_dir,
                         save_prefix, save_format, interpolation, dtype, skip_broken)
        self.class_mode = _checked_choice(
            class_mode, ("categorical", "binary", "sparse", "raw", "multi_output", "input", None),
            "class_mode")
        filenames = _column(dataframe, x_col).astype(str)
        if not has_ext:
            by_stem = {os.path.splitext(name)[0]: name for name in sorted(os.listdir(directory))}
            filenames = np.array([by_stem.get(name, name) for name in filenames])
        columns = [_column(dataframe, name) for name in _listed(y_col)] \
            if class_mode not in ("input", None) else []
        weights = None if weight_col is None else _column(dataframe, weight_col)
        kept = np.arange(len(filenames))
        if validate_filenames:
            kept = _with_files(filenames, directory, x_col)
        if class_mode in ("categorical", "binary", "sparse"):
            kept = self._label(columns[0], kept, classes)
        kept = kept[image_data_generator.part(subset, len(kept))]
        self._choose(kept, columns, weights)
        self._start(directory, filenames[kept].tolist(), batch_size, shuffle, seed)
        belonging = f" belonging to {len(self.class_indices)} classes" if self.class_indices else ""
        print(f"Found {self.samples} validated image filenames{belonging}.")

    class_indices = None

    def _label(self, labels, kept, classes):
        """Number the labels; the rows of `kept` that have a label which counts."""
        rows = [_listed(label) for label in labels.tolist()]
        known = sorted({label for i in kept for label in rows[i]}) if classes is None else classes
        if self.class_mode == "binary" and len(known) != 2:
            raise ValueError(f"class_mode 'binary' takes two classes; there are {len(known)}: "
                             f"{known!r:.100}. Take 'categorical' or 'sparse'.")
        if self.class_mode != "categorical" and any(len(row) != 1 for row in rows):
            raise ValueError(f"class_mode {self.class_mode!r} takes one label a row; lists of "
                             f"labels are for 'categorical'.")
        self.class_indices = {label: i for i, label in enumerate(known)}
        self._rows = [[self.class_indices[label] for label in row if label in self.class_indices]
                      for row in rows]
        return np.array([i for i in kept if self._rows[i]], int)

    def _choose(self, kept, columns, weights):
        """Take the targets and weights of the rows `kept`."""
        self.sample_weight = None if weights is None else weights[kept].astype(self.dtype)
        if self.class_indices is None:
            self._columns = [column[kept] for column in columns]
        elif self.class_mode == "categorical":
            self.classes = [self._rows[i] for i in kept]
            if all(len(row) == 1 for row in self.classes):
                self.classes = [row[0] for row in self.classes]
        else:
            self.classes = np.array([self._rows[i][0] for i in kept], "int32")

    @property
    def labels(self):
        """The targets of all images: numbers of classes, or the values of y_col."""
        if self.class_indices is not None:
            return self.classes
        return np.stack(self._columns, -1) if len(self._columns) > 1 else self._columns[0]

    def _with_targets(self, batch, rows):
        found = super()._with_targets(batch, rows)
        if self.sample_weight is None or self.class_mode is None:
            return found
        return (*found, self.sample_weight[rows])

    def _targets(self, batch, rows):
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode == "multi_output":
            return [column[rows] for column in self._columns]
        if self.class_mode == "raw":
            return self.labels[rows]
        if self.class_mode != "categorical":
            return _coded(self.class_mode, self.classes[rows], len(self.class_indices), self.dtype)
        targets = np.zeros((len(rows), len(self.class_indices)), self.dtype)
        for target, i in zip(targets, rows):
            target[self.classes[i]] = 1
        return targets


def _listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _column(dataframe, name):
    """A column of a table as an array."""
    try:
        values = dataframe[name]
    except KeyError:
        raise ValueError(f"the dataframe has no column {name!r}; it has "
                         f"{list(dataframe)!r:.200}. Say with x_col, y_col and weight_col which to "
                         f"take.") from None
    if isinstance(values, list) and any(isinstance(value, (list, tuple)) for value in values):
        column = np.empty(len(values), object)
        column[:] = values
        return column
    return np.asarray(values)


def _with_files(filenames, directory, x_col):
    """The numbers of the rows whose file is there and has an image's ending."""
    good = [name.lower().endswith(ENDINGS) and os.path.isfile(os.path.join(directory or "", name))
            for name in filenames]
    if not all(good):
        warnings.warn(f"Found {len(good) - sum(good)} invalid image filename(s) in "
                      f"x_col={x_col!r}, the first of them {str(filenames[good.index(False)])!r}. "
                      f"These filename(s) will be ignored.", stacklevel=4)
    return np.flatnonzero(good)
