"""What an accelerator relies on, on the CPU: torch's device "meta", which has shapes and no values,
stands in for one. Who reads a value from it, or mixes its arrays with the host's, gets an error."""

from collections import deque
from contextlib import nullcontext
from types import SimpleNamespace

import manual_models
import numpy as np
import pytest

from keras import backend as K
from keras.backend.engines import engine
from keras.layers import Dense
from keras.mixed_precision import set_global_policy
from keras.models import Sequential

torch = pytest.importorskip("torch")
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402 (after the check)
from torch.utils._pytree import tree_leaves  # noqa: E402

X = np.arange(12, dtype="float32").reshape(6, 2)
META = torch.device("meta")
on_torch = pytest.mark.skipif(K.backend() != "torch", reason="it is torch that has such a device")


@pytest.fixture
def data(monkeypatch):
    """The module that moves torch's data, with such a device."""
    from keras.backend.torch import data
    monkeypatch.setattr(data, "default_device", lambda: META)
    return data


def test_a_data_set_moves_to_the_device_once_and_is_cut_there(data):
    x, y = K.placeholder((None, 2)), K.placeholder((None, 1))
    held = [data.hold(X, x), data.hold(X[:, :1].astype("float64"), y)]
    assert [h.device.type for h in held] == ["meta", "meta"]
    cut = list(data.batches(held, [x, y], np.array([5, 3, 1, 0, 2, 4]), 4))
    assert [[(b.device.type, tuple(b.shape)) for b in batch] for batch in cut] == [
        [("meta", (4, 2)), ("meta", (4, 1))], [("meta", (2, 2)), ("meta", (2, 1))]]


def test_a_large_data_set_moves_batch_by_batch(data, monkeypatch):
    monkeypatch.setattr(data, "WHOLE", X.nbytes - 1)
    x = K.placeholder((None, 2))
    held = [data.hold(X, x)]
    assert held[0].device.type == "cpu"
    cut = data.batches(held, [x], np.arange(6), 4)
    assert [(b.device.type, len(b)) for b, in cut] == [("meta", 4), ("meta", 2)]


class Stream:
    """In the place of a stream of CUDA: what it was asked for stands in `log`."""

    def __init__(self, name, log):
        self.name = name
        self.log = log
        self.events = 0

    def record_event(self):
        self.events += 1
        number = self.events
        return SimpleNamespace(synchronize=lambda: self.log.append(f"host waits for {number}"))

    def wait_stream(self, other):
        self.log.append(f"{self.name} waits for {other.name}")


def test_batches_go_by_pinned_memory_on_a_stream_of_their_own(monkeypatch):
    from keras.backend.torch import transfer
    log = []

    class Sent:
        """A tensor of the host; and what became of it."""

        nbytes = transfer.STAGED + 1

        def pin_memory(self):
            log.append("pinned")
            return self

        def to(self, device, non_blocking=False):
            log.append("sent" if non_blocking else "copied")
            return self

        def record_stream(self, stream):
            log.append(f"used by {stream.name}")

    work, lane = Stream("work", log), object.__new__(transfer.Lane)
    lane.device, lane.stream, lane.reached = torch.device("cuda:0"), Stream("lane", log), deque()
    monkeypatch.setattr(transfer, "lane", lambda device: lane)
    monkeypatch.setattr(transfer.torch.cuda, "current_stream", lambda device: work)
    monkeypatch.setattr(transfer.torch.cuda, "stream", nullcontext)
    each = ["pinned", "sent", "work waits for lane", "used by work"]
    for _ in range(transfer.AHEAD):
        transfer.sent(Sent(), lane.device)
    assert log == each * transfer.AHEAD
    log.clear()
    transfer.sent(Sent(), lane.device)  # not ever further ahead
    assert log == ["host waits for 1", *each]
    log.clear()
    Sent.nbytes = transfer.STAGED
    transfer.sent(Sent(), lane.device)
    assert log == ["sent"]


def test_losses_are_read_back_once_an_epoch(monkeypatch):
    read, table = [], engine().table
    monkeypatch.setattr(engine(), "table", lambda rows: read.append(len(rows)) or table(rows))
    model = Sequential([Dense(1, input_dim=2)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], batch_size=1, epochs=3, verbose=0)
    assert len(read) == 3


class Copies(TorchDispatchMode):
    """Counts the calls that take arrays of the host, numbers aside."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.count += any(isinstance(x, torch.Tensor) and x.ndim and x.device.type == "cpu"
                          for x in tree_leaves((args, result)))
        return result


@pytest.fixture
def meta(monkeypatch):
    """All that torch computes is computed on such a device; what is read at the end is zeros."""
    from keras.backend.torch import cells, data, devices, lowering, random, variables
    for module in (data, devices, variables):
        monkeypatch.setattr(module, "default_device", lambda: META)
    monkeypatch.setattr(random, "device_source", lambda stream, device: None)  # it has no generator
    for module in (cells, lowering):  # nor does it take numbers of the host where CUDA does
        monkeypatch.setattr(module, "HALF", lowering.HALF.to(META))

    def zeros(value, x):
        return np.zeros(value.shape)[()]

    def table(rows):
        assert all(value.device == META for row in rows for value in row)
        return np.zeros((len(rows), len(rows[0])))

    monkeypatch.setattr(engine(), "fetch", zeros)
    monkeypatch.setattr(engine(), "table", table)
    yield
    set_global_policy("float32")
    K.clear_session()


def copies_of_a_step(build):
    """How many calls of a training step take arrays of the host."""
    model = build()
    inputs, targets = manual_models.inputs_for(model), manual_models.targets_for(model)

    def fit(steps):
        with Copies() as copies:
            model.fit(*([np.concatenate([x] * steps) for x in arrays]
                        for arrays in (inputs, targets)),
                      batch_size=manual_models.SAMPLES, verbose=0)
        return copies.count

    fit(1)
    return (fit(3) - fit(1)) / 2


@on_torch
@pytest.mark.parametrize("name", ["mlp_of_classes", "like_vgg", "residual", "bidirectional",
                                  "masked_series", "imdb_fasttext", "babi_memnn", "mnist_acgan"])
def test_a_step_reads_nothing_from_the_device_and_sends_nothing(meta, name):
    assert copies_of_a_step(manual_models.MODELS[name]) == 0


@on_torch
@pytest.mark.parametrize("policy, reads", [("mixed_bfloat16", 0), ("mixed_float16", 4)])
def test_mixed_precision_reads_only_whether_gradients_are_finite(meta, policy, reads, monkeypatch):
    # For the step, the count of steps, the scale of the loss and the count of good steps.
    set_global_policy(policy)
    found, item = [], torch.Tensor.item
    monkeypatch.setattr(torch.Tensor, "item",
                        lambda x: found.append(x) or 1 if x.device == META else item(x))
    monkeypatch.setattr(torch.Tensor, "__bool__", lambda x: bool(x.item()))
    model = manual_models.MODELS["residual"]()
    model.fit(manual_models.inputs_for(model), manual_models.targets_for(model), verbose=0)
    assert len(found) == reads
