"""How many threads torch gives to a plan."""

import pytest

from keras import backend as K
from keras.layers import Conv1D, Dense
from keras.models import Sequential

pytestmark = pytest.mark.skipif(K.backend() != "torch", reason="it is torch's threads")


@pytest.mark.parametrize(
    "depth, width, samples, alone",
    [(2, 16, 32, True), (50, 64, 128, True), (2, 64, 2048, False), (2, 512, 128, False)],
)
def test_many_small_ops_run_on_one_thread_and_large_ones_on_all(depth, width, samples, alone):
    from keras.backend.torch import threads

    model = Sequential([Dense(width, input_shape=(width,)) for _ in range(depth)])
    model.compile("sgd", "mse")
    assert threads.alone(model.train_function.plan(True), samples) == alone


def test_sizes_that_are_not_known_are_not_taken_for_small():
    from keras.backend.torch import threads

    model = Sequential([Conv1D(64, 9, input_shape=(None, 64))] + [Conv1D(64, 9)] * 9)
    run = model.predict_function.plan(False)
    assert run.grain == float("inf") and not threads.alone(run, 32)
