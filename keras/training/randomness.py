"""The global generators of random numbers: NumPy's, Python's, and that of the engine's library."""
import random

import numpy as np

from ..backend.engines import engine


def set_random_seed(seed):
    """Seed all that is random: NumPy, which seeds Keras' own layers and initializers, Python, and
    the library of the engine.

    Arguments
        seed: int, 0 <= seed < 2**32.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(f"set_random_seed: an int, 0 <= seed < 2**32; given {seed!r}.")
    random.seed(int(seed))
    np.random.seed(seed)
    engine().set_random_seed(int(seed))


def random_states():
    """Where the global generators of NumPy, Python and the engine are, as plain data."""
    _, keys, *rest = np.random.get_state()
    version, own, gauss = random.getstate()
    return {"numpy": [keys, *rest], "python": [version, np.array(own, "uint32"), gauss],
            "engine": engine().random_state()}


def set_random_states(saved):
    """Set the global generators to what `random_states` returned."""
    np.random.set_state(("MT19937", *saved["numpy"]))
    version, own, gauss = saved["python"]
    random.setstate((version, tuple(own.tolist()), gauss))
    if saved["engine"] is not None:
        engine().set_random_state(saved["engine"])
