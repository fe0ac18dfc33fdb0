"""CUDA graphs, with what stands in for CUDA: the stand-in notes the calls of a capture below
autograd, and a replay makes them again and writes what they give where it lay."""
import gc
import weakref
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from keras import backend as K
from keras.backend import runtime
from keras.layers import (
    LSTM,
    AlphaDropout,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    MaxPooling2D,
    Reshape,
)
from keras.models import Sequential

torch = pytest.importorskip("torch")
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402 (after the check)

pytestmark = pytest.mark.skipif(K.backend() != "torch", reason="it is torch that has CUDA graphs")

X = np.random.default_rng(0).normal(size=(20, 6, 6, 1)).astype("float32")
Y = X.reshape(20, -1)[:, :1]
BATCH = 4


class Recording(TorchDispatchMode):
    """The calls of a capture."""

    def __init__(self, calls):
        super().__init__()
        self.calls = calls

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.calls.append((function, args, kwargs or {}, result))
        return result


class Graph:
    """In the place of torch.cuda.CUDAGraph."""

    def __init__(self, log):
        self.log = log
        self.calls = []

    def replay(self):
        self.log.append("replay")
        for function, args, kwargs, result in self.calls:
            again = function(*args, **kwargs)
            for old, new in zip(*(x if isinstance(x, (tuple, list)) else [x]
                                  for x in (result, again))):
                if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


class Cuda:
    """In the place of torch.cuda: `log` is what was asked of it, `now` the current stream."""

    def __init__(self):
        self.log = []
        self.now = self.Stream("work")
        self.graphs = weakref.WeakSet()
        self.ends = lambda: None  # what happens at the end of a capture

    def Stream(self, name):
        return SimpleNamespace(name=name, wait_stream=lambda other: self.log.append(
            f"{name} waits for {other.name}"))

    def current_stream(self, device):
        return self.now

    def graph_pool_handle(self):
        return "pool"

    def CUDAGraph(self):
        graph = Graph(self.log)
        self.graphs.add(graph)
        return graph

    @contextmanager
    def stream(self, stream):
        before, self.now = self.now, stream
        try:
            yield
        finally:
            self.now = before

    @contextmanager
    def graph(self, graph, pool, stream, mode):
        assert (pool, mode) == ("pool", "thread_local") and stream is self.now
        self.log.append("capture")
        with Recording(graph.calls):
            yield
        self.ends()


@pytest.fixture
def cuda(monkeypatch):
    from keras.backend.torch import graphs
    cuda = Cuda()
    once_more = graphs.Graphed.once_more
    monkeypatch.setattr(graphs, "torch", SimpleNamespace(
        cuda=cuda, _foreach_copy_=torch._foreach_copy_, equal=torch.equal, finfo=torch.finfo,
        allclose=torch.allclose))
    monkeypatch.setattr(graphs, "wanted", lambda: True)
    monkeypatch.setattr(graphs.Graphed, "once_more",
                        lambda self: cuda.log.append("pass") or once_more(self))
    yield cuda
    runtime.forget_plans()


def convolutional():
    return [Conv2D(4, 3, activation="relu", input_shape=(6, 6, 1)), BatchNormalization(),
            MaxPooling2D(), Flatten(), Dropout(0.5), Dense(1)]


def recurrent():
    return [Reshape((6, 6), input_shape=(6, 6, 1)), LSTM(3, dropout=0.3, recurrent_dropout=0.3),
            Dense(1)]


def perceptron():
    return [Flatten(input_shape=(6, 6, 1)), Dense(3, activation="relu"), Dense(1)]


def noisy():
    return [Flatten(input_shape=(6, 6, 1)), Dense(8), GaussianNoise(1.0), AlphaDropout(0.2),
            Dense(1)]


def trained(layers):
    """The losses of some steps, the weights and predictions after them, and the model."""
    runtime.forget_plans()
    np.random.seed(3)
    model = Sequential(layers())
    model.compile("adam", "mse")
    losses = [float(model.train_on_batch(X[i:i + BATCH], Y[i:i + BATCH]))
              for i in range(0, len(X), BATCH)]
    return losses, model.get_weights(), model.predict(X, batch_size=BATCH), model


def as_written(layers, monkeypatch):
    """What `trained` gives where autograd makes each pass."""
    from keras.backend.torch import graphs, replay
    monkeypatch.setattr(graphs, "wanted", lambda: False)
    monkeypatch.setattr(replay, "WORK", 0)
    return trained(layers)


def assert_same(one, other):
    """Two results of `trained`, but for the models."""
    for x, y in zip([*one[:1], *one[1], one[2]], [*other[:1], *other[1], other[2]], strict=True):
        assert_array_equal(x, y)


CAPTURE = ["graph waits for work", "pass", "pass", "pass", "capture", "pass",
           "work waits for graph"]


@pytest.mark.parametrize("layers", [perceptron, convolutional, recurrent, noisy])
def test_a_captured_pass_gives_what_the_pass_gives(layers, cuda, monkeypatch):
    monkeypatch.setattr(cuda, "Stream", lambda device: Cuda.Stream(cuda, "graph"))
    captured = trained(layers)
    # The first of 5 batches is run as written, at the second the capture is tried out.
    assert cuda.log == 2 * [*CAPTURE, *(4 * ["replay"])]
    assert_same(captured, as_written(layers, monkeypatch))


def test_masks_are_drawn_anew_for_each_replay(cuda):
    model = Sequential([Dropout(0.5, input_shape=(30,)), Dense(1, use_bias=False)])
    model.compile("sgd", "mse")
    model.optimizer.lr = 0.0
    x = np.ones((2, 30), "float32")
    assert len({float(model.train_on_batch(x, x[:, :1])) for _ in range(8)}) == 8
    assert "replay" in cuda.log


def fails():
    raise RuntimeError("operation not permitted when stream is capturing")


def test_a_capture_that_fails_leaves_the_pass_and_the_stream(cuda, monkeypatch):
    cuda.ends, stream = fails, cuda.now
    eager = trained(convolutional)
    assert cuda.now is stream and cuda.log.count("capture") == 2  # training, prediction: once each
    assert "replay" not in cuda.log and not cuda.graphs
    assert_same(eager, as_written(convolutional, monkeypatch))


def test_a_graph_that_gives_something_else_is_not_used(cuda):
    from keras.backend.torch.graphs import Graphed, Pool
    calls = []

    def eager(x):
        calls.append(x)
        return (x + len(calls),)

    run = Graphed(eager, [False], Pool())
    found = [run(torch.zeros(2))[0].tolist() for _ in range(4)]
    assert "replay" in cuda.log and not cuda.graphs
    # 3 passes before the capture, and that itself, lie between the second call and the third.
    assert found == [[1, 1], [2, 2], [7, 7], [8, 8]]


def test_sizes_that_leave_the_pass_keep_it_from_capture(cuda):
    x = K.placeholder((None, 4))
    f = K.function([x], [K.tanh(x), K.shape(x)[0]])
    for size in (2, 2, 2, 3):
        values, rows = f([np.zeros((size, 4))])
        assert rows == len(values) == size
    assert "capture" not in cuda.log


def test_many_shapes_are_not_all_captured(cuda):
    from keras.backend.torch.graphs import MOST
    model = Sequential(perceptron())
    for size in range(1, MOST + 4):
        for _ in range(2):
            model.predict_on_batch(X[:size])
    assert len(cuda.graphs) == MOST


def test_graphs_go_with_their_model(cuda):
    model = trained(perceptron)[3]
    assert len(cuda.graphs) == 2
    del model
    K.clear_session()
    gc.collect()
    assert not cuda.graphs


def test_only_a_gpu_and_the_variable_turn_them_on(monkeypatch):
    from keras.backend.torch import graphs
    asked = []
    for device in ("cpu", "cuda"):
        monkeypatch.setattr(graphs, "default_device", lambda device=device: torch.device(device))
        for value in ("", "0", "1"):
            monkeypatch.setenv("KERAS_CUDA_GRAPHS", value)
            asked.append(graphs.wanted())
    assert asked == [False] * 5 + [True]
