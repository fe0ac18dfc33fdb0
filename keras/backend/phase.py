"""The learning phase: training or predicting, and what depends on it."""
from ..graph.tensor import Placeholder
from ..ops.control import switch


class _Phase:
    """The learning phase of the session: a placeholder until `set_learning_phase` fixes it."""

    tensor = None
    fixed = None


def learning_phase():
    """Whether the model trains (1) or predicts (0): a tensor that is fed when a function runs,
    and 0 where it is not; or the number given to `set_learning_phase`.

    Returns
        scalar tensor, or int.  Source: Keras 2.1.6 manual, Backend.
    """
    if _Phase.fixed is not None:
        return _Phase.fixed
    if _Phase.tensor is None:
        _Phase.tensor = Placeholder((), "bool", "keras_learning_phase", default=False, static=True)
    return _Phase.tensor


def set_learning_phase(value):
    """Fix the learning phase of what is built from now on.

    Arguments
        value: 0 (test) or 1 (train); ValueError for anything else.
    """
    if value not in (0, 1):
        raise ValueError(f"set_learning_phase: value is 0 or 1; given {value!r}.")
    _Phase.fixed = int(value)


def forget():
    """Start again with a learning phase that is fed."""
    _Phase.tensor = _Phase.fixed = None


def _by_phase(training, first, second):
    """`first` in training, else `second`; each is a tensor or a function that returns one."""
    if training is None:
        training = learning_phase()
    if training is True or training is False or isinstance(training, int):
        chosen = first if training else second
        return chosen() if callable(chosen) else chosen
    return switch(training, first, second)


def in_train_phase(x, alt, training=None):
    """x in training, alt otherwise. Only the one that is needed ever runs.

    Arguments
        x: tensor, or a function without arguments that returns one.
        alt: likewise.
        training: tensor or int that decides; None for the learning phase.

    Source: Keras 2.1.6 manual, Backend.
    """
    return _by_phase(training, x, alt)


def in_test_phase(x, alt, training=None):
    """x when not in training, alt otherwise.

    Arguments
        x: tensor, or a function without arguments that returns one.
        alt: likewise.
        training: tensor or int that decides; None for the learning phase.
    """
    return _by_phase(training, alt, x)
