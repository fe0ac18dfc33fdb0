"""Running programs: what becomes of PyTensor's errors."""
from contextlib import contextmanager

from ..told import no_memory, sized
from . import modes


@contextmanager
def running(run, samples):
    """Around runs of the program `run` on `samples` samples each: an error says what the user can
    do about it, not how PyTensor is set."""
    try:
        yield
    except Exception as error:
        error.__notes__ = [text for text in getattr(error, "__notes__", ())
                           if "exception_verbosity" not in text]
        fed = [sized(x.shape, samples) for x in run.plan.inputs]
        if isinstance(error, MemoryError):
            raise no_memory("the program", run.plan.order, fed) from error
        if isinstance(error, (AssertionError, IndexError, ValueError)) and of_library(error):
            raise ValueError(f"this graph cannot compute with arrays of shapes {fed}: "
                             f"{str(error).strip().splitlines()[0]}") from error
        raise


def of_library(error):
    """Whether an error arose in PyTensor or NumPy, not in what they called of ours."""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    place = last.tb_frame.f_globals.get("__name__", "")
    return place.split(".")[0] in ("pytensor", "numpy", "scipy") or place == modes.__name__
