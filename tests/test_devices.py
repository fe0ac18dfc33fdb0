"""What an accelerator relies on, on the CPU: torch's device "meta", which has shapes and no values,
stands in for one."""

import numpy as np
import pytest

from keras import backend as K
from keras.backend.engines import engine
from keras.layers import Dense
from keras.models import Sequential

X = np.arange(12, dtype="float32").reshape(6, 2)


@pytest.fixture
def data(monkeypatch):
    """The module that moves torch's data, with such a device."""
    torch = pytest.importorskip("torch")
    from keras.backend.torch import data
    monkeypatch.setattr(data, "default_device", lambda: torch.device("meta"))
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


def test_losses_are_read_back_once_an_epoch(monkeypatch):
    read, table = [], engine().table
    monkeypatch.setattr(engine(), "table", lambda rows: read.append(len(rows)) or table(rows))
    model = Sequential([Dense(1, input_dim=2)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], batch_size=1, epochs=3, verbose=0)
    assert len(read) == 3
