"""Batches of images, from arrays and from folders (manual, 6.3). They are Sequences: any number
of workers may ask for them, and each image's transform depends on the seed, the epoch and the
image alone."""
import os
import threading

import numpy as np

from .. import backend as K
from ..training.sequence import Sequence
from .image_files import ENDINGS, array_to_img, checked_format, img_to_array, load_img


class Iterator(Sequence):
    """Batches without end.

    Arguments
        n: int, number of samples.
        batch_size: int; the last batch of an epoch may be smaller.
        shuffle: whether each epoch has its own order.
        seed: int, or None to draw one from np.random.
    """

    def __init__(self, n, batch_size, shuffle, seed):
        self.n = n
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = int(np.random.randint(2 ** 31 - 1)) if seed is None else seed
        self.batch_index = 0
        self.epoch = 0
        self.lock = threading.Lock()

    def __getstate__(self):
        return {key: value for key, value in self.__dict__.items() if key != "lock"}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.lock = threading.Lock()

    @property
    def index_array(self):
        """The samples' numbers, in the order of this epoch."""
        if not self.shuffle:
            return np.arange(self.n)
        return np.random.RandomState([self.seed % 2 ** 32, self.epoch]).permutation(self.n)

    def __len__(self):
        return -(-self.n // self.batch_size)

    def __getitem__(self, idx):
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length "
                             f"{len(self)}")
        start = idx * self.batch_size
        return self._get_batches_of_transformed_samples(
            self.index_array[start:start + self.batch_size])

    def on_epoch_end(self):
        """A new epoch, with a new order."""
        self.epoch += 1

    def reset(self):
        """Begin this epoch again."""
        self.batch_index = 0

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            index, self.batch_index = self.batch_index, self.batch_index + 1
            batch = self.index_array[index * self.batch_size:(index + 1) * self.batch_size]
            epoch = self.epoch
            if self.batch_index >= len(self):
                self.batch_index = 0
                self.epoch += 1
        return self._get_batches_of_transformed_samples(batch, epoch)

    def next(self):
        """The next batch."""
        return next(self)

    def random(self, index, epoch=None):
        """The random numbers of one sample in one epoch.

        Arguments
            index: int, its number.
            epoch: int; None for this one.
        """
        epoch = self.epoch if epoch is None else epoch
        return np.random.RandomState([self.seed % 2 ** 32, epoch, int(index), 1])

    def _get_batches_of_transformed_samples(self, index_array, epoch=None):
        raise NotImplementedError

    def _save(self, batch, index_array):
        """Write the images of a batch to `save_to_dir`, if there is one."""
        if not self.save_to_dir:
            return
        for i, x in zip(index_array, batch):
            name = f"{self.save_prefix}_{i}_{np.random.randint(10 ** 7)}.{self.save_format}"
            array_to_img(x, self.data_format).save(os.path.join(self.save_to_dir, name))


class NumpyArrayIterator(Iterator):
    """Batches from arrays.

    Arguments
        x: array of rank 4, or (array, list of other inputs).
        y: array of labels, or None.
        image_data_generator: ImageDataGenerator that transforms the images.
        batch_size, shuffle, seed: as of `Iterator`.
        sample_weight: array, or None.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        save_to_dir: folder for the transformed images, or None.
        save_prefix: string that their names begin with.
        save_format: 'png' or 'jpeg'.
        subset: 'training', 'validation' or None.
        dtype: of the images; None for floatx.
    """

    def __init__(self, x, y, image_data_generator, batch_size=32, shuffle=False,
                 sample_weight=None, seed=None, data_format=None, save_to_dir=None,
                 save_prefix="", save_format="png", subset=None, dtype=None):
        x, others = x if isinstance(x, tuple) else (x, [])
        x = np.asarray(x)
        others = [np.asarray(other) for other in (others if isinstance(others, list)
                                                  else [others])]
        y = None if y is None else np.asarray(y)
        sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        for what, array in [("`y` (labels)", y), ("`sample_weight`", sample_weight),
                            *(("the other inputs", other) for other in others)]:
            if array is not None and len(array) != len(x):
                raise ValueError(f"`x` (images tensor) and {what} should have the same length. "
                                 f"Found: x.shape = {x.shape}, {array.shape}")
        if x.ndim != 4:
            raise ValueError(f"Input data in `NumpyArrayIterator` should have rank 4. You passed "
                             f"an array with shape {x.shape}")
        part = image_data_generator.part(subset, len(x))
        self.x, self.x_misc = x[part], [other[part] for other in others]
        self.y = None if y is None else y[part]
        self.sample_weight = None if sample_weight is None else sample_weight[part]
        self.image_data_generator = image_data_generator
        self.data_format = checked_format(data_format)
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.dtype = dtype or K.floatx()
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array, epoch=None):
        batch = np.stack([
            self.image_data_generator.transformed(self.x[i].astype(self.dtype),
                                                  self.random(i, epoch)) for i in index_array])
        self._save(batch, index_array)
        x = [batch, *(other[index_array] for other in self.x_misc)] if self.x_misc else batch
        if self.y is None:
            return x
        if self.sample_weight is None:
            return x, self.y[index_array]
        return x, self.y[index_array], self.sample_weight[index_array]


class DirectoryIterator(Iterator):
    """Batches from a folder with a folder for each class.

    Arguments
        directory: path.
        image_data_generator: ImageDataGenerator that transforms the images.
        target_size: (height, width) to which images are resized.
        color_mode: 'rgb', 'rgba' or 'grayscale'.
        classes: list of folders' names, or None for all in the order of the alphabet.
        class_mode: 'categorical' (one-hot), 'binary', 'sparse', 'input' (the images), or None.
        batch_size, shuffle, seed: as of `Iterator`.
        data_format, save_to_dir, save_prefix, save_format, subset, dtype: as of
            `NumpyArrayIterator`.
        follow_links: whether links to folders are followed.
        interpolation: as of `load_img`.
    """

    def __init__(self, directory, image_data_generator, target_size=(256, 256), color_mode="rgb",
                 classes=None, class_mode="categorical", batch_size=32, shuffle=True, seed=None,
                 data_format=None, save_to_dir=None, save_prefix="", save_format="png",
                 follow_links=False, subset=None, interpolation="nearest", dtype=None):
        if color_mode not in ("rgb", "rgba", "grayscale"):
            raise ValueError(f"Invalid color mode: {color_mode!r}; expected 'rgb', 'rgba', or "
                             f"'grayscale'.")
        if class_mode not in ("categorical", "binary", "sparse", "input", None):
            raise ValueError(f"Invalid class_mode: {class_mode!r}; expected one of 'categorical', "
                             f"'binary', 'sparse', 'input', or None.")
        self.directory = directory
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        self.color_mode, self.class_mode = color_mode, class_mode
        self.data_format = checked_format(data_format)
        channels = {"rgb": 3, "rgba": 4, "grayscale": 1}[color_mode]
        self.image_shape = (*self.target_size, channels) if self.data_format == "channels_last" \
            else (channels, *self.target_size)
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.interpolation = interpolation
        self.dtype = dtype or K.floatx()
        if not classes:
            classes = sorted(name for name in os.listdir(directory)
                             if os.path.isdir(os.path.join(directory, name)))
        self.num_classes = len(classes)
        self.class_indices = {name: i for i, name in enumerate(classes)}
        self.filenames, labels = [], []
        for name, i in self.class_indices.items():
            found = self._files(name, follow_links)
            found = found[image_data_generator.part(subset, len(found))]
            self.filenames += found
            labels += [i] * len(found)
        self.classes = np.array(labels, "int32")
        self.samples = len(self.filenames)
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _files(self, name, follow_links):
        """The images of a class, as paths below `directory`, sorted."""
        top = os.path.join(self.directory, name)
        return [os.path.relpath(os.path.join(root, file), self.directory)
                for root, _, files in sorted(os.walk(top, followlinks=follow_links))
                for file in sorted(files) if file.lower().endswith(ENDINGS)]

    def _get_batches_of_transformed_samples(self, index_array, epoch=None):
        batch = np.zeros((len(index_array), *self.image_shape), self.dtype)
        for row, i in enumerate(index_array):
            path = os.path.join(self.directory, self.filenames[i])
            image = load_img(path, color_mode=self.color_mode, target_size=self.target_size,
                             interpolation=self.interpolation)
            x = img_to_array(image, self.data_format, self.dtype)
            batch[row] = self.image_data_generator.transformed(x, self.random(i, epoch))
        self._save(batch, index_array)
        if self.class_mode is None:
            return batch
        return batch, self._labels(batch, self.classes[index_array])

    def _labels(self, batch, classes):
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode == "categorical":
            return np.eye(self.num_classes, dtype=self.dtype)[classes]
        return classes.astype(self.dtype) if self.class_mode == "binary" else classes
