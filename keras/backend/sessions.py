"""Habits of TensorFlow 1 and Keras 1 that need neither: sessions, flags, old names."""
import warnings
from collections import OrderedDict
from contextlib import contextmanager

from .. import config
from ..graph import names
from ..graph.nested import leaves, mapped
from ..graph.tensor import OPS, Node, Tensor
from . import phase
from .engines import engine
from .runtime import forget_plans, function

REMEMBERED = 16  # functions that a session keeps compiled


class Session:
    """What `K.get_session()` returns: it runs parts of the graph, as TensorFlow 1's sessions did.

    Variables belong to the graph, not to a session: there is nothing to initialise or to close.
    """

    def __init__(self):
        self.functions = OrderedDict()

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """The values of some tensors.

        Arguments
            fetches: tensor, or a list, tuple or dict of them; an update is run and gives the
                new value.
            feed_dict: dict of placeholders and the arrays to feed for them.
            options: ignored.
            run_metadata: ignored.

        Returns
            NumPy arrays, arranged as `fetches`.
        """
        feed_dict = feed_dict or {}
        wanted = list(dict.fromkeys(map(_tensor, leaves(fetches))))
        run = self.function(tuple(feed_dict), tuple(wanted))
        values = dict(zip(wanted, run(list(feed_dict.values()))))
        return mapped(values.get, fetches)  # an op gives None

    def function(self, inputs, outputs):
        """The function of `inputs` and `outputs`, compiled once."""
        key = (inputs, outputs)
        if key not in self.functions:
            self.functions[key] = function(list(inputs), list(outputs))
            if len(self.functions) > REMEMBERED:
                self.functions.popitem(last=False)
        self.functions.move_to_end(key)
        return self.functions[key]

    def close(self):
        """Forget the functions that were compiled."""
        self.functions.clear()

    def as_default(self):
        """The session itself, for a `with` statement."""
        return self

    @property
    def graph(self):
        """The session itself: `with session.graph.as_default():` in threads of servers finds what
        it needs, for all threads have one graph."""
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


def _tensor(fetch):
    """The tensor behind something that is to be fetched."""
    if isinstance(fetch, Node):
        return fetch.outputs[0]
    if not isinstance(fetch, Tensor):
        raise TypeError(f"session.run: fetches are tensors of keras.backend, in lists, tuples or "
                        f"dicts; given {fetch!r:.200}. Variables need no initializer to be run.")
    return fetch


def _run_by_tensor(x, feed_dict=None, session=None):
    """`x.eval(feed_dict, session)`."""
    own = isinstance(session, Session)  # one of TensorFlow knows nothing of our tensors
    return (session if own else get_session()).run(x, feed_dict)


OPS["session_run"] = _run_by_tensor


class _Current:
    """The session in use, and whether the user was told that another one is of no use here."""

    session = None
    warned = False


def get_session():
    """The session in use: `run(fetches, feed_dict)` computes tensors.

    Returns
        Session.
    """
    if _Current.session is None:
        _Current.session = Session()
    return _Current.session


def set_session(session):
    """Take the session that `get_session` is to return.

    Arguments
        session: a Session; one of TensorFlow is accepted, with a warning, and left aside.
    """
    if isinstance(session, Session):
        _Current.session = session
    elif not _Current.warned:
        _Current.warned = True
        warnings.warn("set_session: Keras runs without TensorFlow sessions here; this one is not "
                      "used. A GPU is used when there is one; K.device chooses another, "
                      "CUDA_VISIBLE_DEVICES hides some.", stacklevel=2)


def clear_session():
    """Forget automatic names, the learning phase and all that was compiled. Models that are still
    in use keep working: they compile anew. The memory of others goes with them (`del model`)."""
    phase.forget()
    forget_plans()
    names.reset_uids()
    _Current.session = None


def manual_variable_initialization(value):
    """Accepted for scripts of TensorFlow 1: a variable gets its first value when it is first
    used or set, so there is nothing to initialise by hand.

    Arguments
        value: bool.
    """
    if value not in (True, False):
        raise ValueError(f"manual_variable_initialization: value is a bool; given {value!r}.")


@contextmanager
def control_dependencies(control_inputs):
    """Does nothing: what a function returns and updates is all that it computes.

    Arguments
        control_inputs: list of tensors; to have updates run, list them among the updates of
            K.function.
    """
    yield


def _get_available_gpus():
    """The names of the GPUs that the engine can use, as TensorFlow 1 wrote them."""
    return [f"/device:GPU:{i}" for i in range(engine().gpus())]


INSTEAD = ("write the functions of keras.backend in its place (K.mean for tf.reduce_mean, K.dot "
           "for tf.matmul, K.device for tf.device; docs/debugging.md has a table), or "
           "K.native(function, x) for one of the engine in use")
LIBRARIES = {"tf": "TensorFlow", "th": "Theano", "T": "Theano", "C": "CNTK"}


def absent(name):
    """The message for a name that `K` does not have; that of a library says what to write."""
    text = f"keras.backend has no {name!r}."
    if name in LIBRARIES:
        text += f" It runs without {LIBRARIES[name]}: {INSTEAD}."
    return text


# Keras 1

ORDERINGS = {"tf": "channels_last", "th": "channels_first"}


def image_dim_ordering():
    """Keras 1's name of `image_data_format()`.

    Returns
        'tf' for channels_last, 'th' for channels_first.
    """
    return "th" if config.image_data_format() == "channels_first" else "tf"


def set_image_dim_ordering(dim_ordering):
    """Keras 1's name of `set_image_data_format`.

    Arguments
        dim_ordering: 'tf' for channels_last, 'th' for channels_first.
    """
    if dim_ordering not in ORDERINGS:
        raise ValueError(f"set_image_dim_ordering: dim_ordering is 'tf' or 'th'; "
                         f"given {dim_ordering!r}.")
    config.set_image_data_format(ORDERINGS[dim_ordering])
