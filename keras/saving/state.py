"""What loading a file must leave as it was."""
from contextlib import contextmanager

import numpy as np

from ..ops.random import Stream, random_nodes, seed_of


@contextmanager
def same_random_state(after_success=False):
    """NumPy's global stream is afterwards where it was, if loading fails; also if it succeeds
    where every weight comes from the file."""
    before = np.random.get_state()
    try:
        yield
    except BaseException:
        np.random.set_state(before)
        raise
    if after_success:
        np.random.set_state(before)


# The random streams of a model: Keras 2 has no place for them, so they are an attribute of ours.

STREAMS = "keras_classic_streams"
LARGEST = 1 << 62


def streams(model):
    """[[seed, number of draws], ...] of a model's random nodes."""
    return [[seed_of(node), 0] if node.stream is None else [node.stream.seed, node.stream.draws]
            for node in random_nodes(model.outputs)]


def set_streams(model, found):
    """Let the random nodes of a model, not run yet, go on where `streams` says; nothing happens
    where that does not fit."""
    nodes = random_nodes(model.outputs)
    fits = isinstance(found, list) and len(found) == len(nodes) and all(
        isinstance(one, list) and len(one) == 2 and all(
            type(n) is int and 0 <= n < LARGEST for n in one) for one in found)
    for node, (seed, draws) in zip(nodes, found) if fits else ():
        node.stream = Stream(seed)
        node.stream.draws = draws
