"""Batches of images (manual, 6.3). They are Sequences: any number of workers may ask for them, for
what is random in a batch depends on the seed, the epoch and the number of the batch alone."""
import os
import threading

import numpy as np

from .. import backend as K
from ..config import normalize_data_format
from ..training.sequence import Sequence
from .image_files import array_to_img


class Samples(np.ndarray):
    """The numbers of the samples of a batch, with `random`, a Generator for this batch."""


class Iterator(Sequence):
    """Batches without end. A subclass has `_get_batches_of_transformed_samples(index_array)`.

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
        self._order = -1, None

    def __getstate__(self):
        return {key: value for key, value in self.__dict__.items() if key != "lock"}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.lock = threading.Lock()

    def _random(self, *place):
        return np.random.default_rng([self.seed % 2 ** 32, *place])

    def _samples_of(self, epoch):
        """The numbers of all samples, in the order of an epoch."""
        known, order = self._order
        if known != epoch:
            order = self._random(epoch).permutation(self.n) if self.shuffle \
                else np.arange(self.n)
            self._order = epoch, order
        return order

    def _batch(self, index, epoch):
        """The Samples of batch number `index` of an epoch."""
        start = index * self.batch_size
        samples = self._samples_of(epoch)[start:start + self.batch_size].view(Samples)
        samples.random = self._random(epoch, index)
        return samples

    @property
    def index_array(self):
        """The samples' numbers, in the order of this epoch."""
        return self._samples_of(self.epoch)

    def __len__(self):
        return -(-self.n // self.batch_size)

    def __getitem__(self, idx):
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length "
                             f"{len(self)}")
        return self._get_batches_of_transformed_samples(self._batch(idx, self.epoch))

    def on_epoch_end(self):
        """A new epoch, with a new order."""
        self.epoch += 1

    def reset(self):
        """Begin this epoch again."""
        self.batch_index = 0

    def __iter__(self):
        return self

    def __next__(self):
        return self.next()

    def next(self):
        """The next batch."""
        with self.lock:
            samples = next(self.index_generator)
        return self._get_batches_of_transformed_samples(samples)

    @property
    def index_generator(self):
        """The numbers of the samples of the next batch, of the one after it, and so on; to be
        asked while `lock` is held."""
        while True:
            if not self.n:
                raise ValueError(f"{type(self).__name__} has no samples to make batches of.")
            index, epoch = self.batch_index, self.epoch
            self.batch_index += 1
            if self.batch_index >= len(self):
                self.batch_index = 0
                self.epoch += 1
            yield self._batch(index, epoch)

    def _get_batches_of_transformed_samples(self, index_array):
        raise NotImplementedError

    def _save(self, batch, index_array):
        """Write the images of a batch to `save_to_dir`, if there is one."""
        if not self.save_to_dir:
            return
        for i, x in zip(index_array, batch):
            name = f"{self.save_prefix}_{i}_{int(draws(index_array).uniform(0, 10 ** 7))}"
            path = os.path.join(self.save_to_dir, f"{name}.{self.save_format}")
            array_to_img(x, self.data_format).save(path)


def draws(index_array):
    """What draws for a batch: np.random where the numbers of its samples do not come from an
    Iterator."""
    return getattr(index_array, "random", np.random)


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
        self.data_format = normalize_data_format(data_format)
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.dtype = dtype or K.floatx()
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array):
        random = draws(index_array)
        batch = np.empty((len(index_array), *self.x.shape[1:]), self.dtype)
        for place, i in zip(batch, index_array.tolist()):
            x = self.x[i].astype(self.dtype, copy=False)
            self.image_data_generator.transform_into(place, x, random)
        self._save(batch, index_array)
        x = [batch, *(other[index_array] for other in self.x_misc)] if self.x_misc else batch
        if self.y is None:
            return x
        if self.sample_weight is None:
            return x, self.y[index_array]
        return x, self.y[index_array], self.sample_weight[index_array]
