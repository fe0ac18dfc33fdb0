"""What loading a file must leave as it was."""
from contextlib import contextmanager

import numpy as np


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
