"""Sequence: data that come batch by batch, by number."""


class Sequence:
    """The base of data sets that hand out whole batches by number (manual, 20.3).

    A subclass has `__getitem__`, which returns a batch, and `__len__`, the number of batches; it
    may have `on_epoch_end`, which changes the data between epochs. As workers ask for items by
    number, each sample is used once an epoch, however many workers there are.
    """

    use_sequence_api = True

    def __getitem__(self, index):
        """Batch number `index`: (inputs, targets) or (inputs, targets, sample weights).

        Arguments
            index: int, 0 <= index < len(self).
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method __getitem__(self, index) "
                                  f"that returns a batch.")

    def __len__(self):
        """The number of batches."""
        raise NotImplementedError(f"{type(self).__name__} needs a method __len__(self) that "
                                  f"returns the number of its batches.")

    def on_epoch_end(self):
        """Called after each epoch."""

    def __iter__(self):
        """The batches in their order, once."""
        return (self[i] for i in range(len(self)))
