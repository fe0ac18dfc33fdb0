"""The jobs of the benchmark, trainings and predictions: sizes, data, first weights.

Only NumPy is needed here, so every contender's process can import it. Data are seeded noise of the
right shape: speed does not depend on what is learned, except that the labels follow from the inputs
so that a falling loss shows that training works. Weights are in Keras' layout and order (kernels
`(window..., in, out)`, LSTM gates i, f, c, o); a program turns them into its own.
"""
from dataclasses import dataclass

import numpy as np

VOCABULARY = 20000
UNITS = 128
TIMESTEPS = 80


@dataclass(frozen=True)
class Workload:
    """Sizes of one job. `steps`: steps of one measured round, a whole number of epochs or a part
    of one. `does`: what a step is: a step of `fit`, one call of predict, or of train_on_batch, on
    `batch_size` rows; building, saving, or loading a model. `rounds`: enough of them."""
    name: str
    rows: int
    batch_size: int
    steps: int
    warmup: int
    does: str = "fit"
    rounds: int = 5

    @property
    def predicts(self):
        return self.does == "predict"

    @property
    def unit(self):
        return "s" if self.does in ("build", "save", "load") else "ms per step"

    @property
    def steps_per_epoch(self):
        return self.rows // self.batch_size


WORKLOADS = {workload.name: workload for workload in (
    Workload("tiny", rows=768, batch_size=32, steps=480, warmup=240),
    Workload("mnist_mlp", rows=12800, batch_size=128, steps=100, warmup=20),
    Workload("mnist_cnn", rows=1280, batch_size=128, steps=10, warmup=3),
    Workload("imdb_lstm", rows=320, batch_size=32, steps=10, warmup=3),
    Workload("imdb_lstm_sigmoid", rows=320, batch_size=32, steps=10, warmup=3),
    Workload("imdb_cnn", rows=320, batch_size=32, steps=10, warmup=3),
    Workload("imdb_fasttext", rows=1280, batch_size=32, steps=40, warmup=10),
    Workload("cifar_vgg", rows=160, batch_size=32, steps=5, warmup=2),
    Workload("text_generation", rows=1280, batch_size=128, steps=10, warmup=3),
    Workload("seq2seq", rows=320, batch_size=64, steps=5, warmup=2),
    Workload("resnet50", rows=16, batch_size=8, steps=2, warmup=1, rounds=3),
    Workload("predict_one", 1, 1, steps=50, warmup=20, does="predict"),
    Workload("tiny_train_on_batch", 32, 32, steps=100, warmup=20, does="train_on_batch"),
    Workload("resnet50_predict", 8, 8, steps=2, warmup=1, does="predict", rounds=3),
    Workload("mobilenet_predict", 8, 8, steps=3, warmup=1, does="predict", rounds=3),
    Workload("resnet50_build", 0, 0, steps=1, warmup=1, does="build", rounds=3),
    Workload("nasnet_large_build", 0, 0, steps=1, warmup=1, does="build", rounds=2),
    Workload("resnet50_save", 0, 0, steps=1, warmup=1, does="save", rounds=3),
    Workload("resnet50_load", 0, 0, steps=1, warmup=1, does="load", rounds=3),
)}
IMAGES = {"mnist_mlp": ((784,), 10), "mnist_cnn": ((28, 28, 1), 10),
          "cifar_vgg": ((32, 32, 3), 10), "resnet50": ((224, 224, 3), 1000),
          "resnet50_predict": ((224, 224, 3), 1000), "mobilenet_predict": ((224, 224, 3), 1000)}
LENGTHS = {"imdb_lstm": TIMESTEPS, "imdb_lstm_sigmoid": TIMESTEPS, "imdb_cnn": 400,
           "imdb_fasttext": 400}
LETTERS, PHRASE = 60, 40  # of text_generation and seq2seq


def arrays(name, seed=0):
    """Inputs and targets of workload `name`: classes as int64 (n,), yes or no as float32 (n, 1),
    one-hot letters as float32."""
    random = np.random.RandomState(seed)
    rows = WORKLOADS[name].rows
    if name in ("tiny", "predict_one", "tiny_train_on_batch"):
        x = random.normal(size=(rows, 8)).astype("float32")
        return x, (x.sum(axis=1, keepdims=True) > 0).astype("float32")
    if name in LENGTHS:
        x = random.randint(1, VOCABULARY, size=(rows, LENGTHS[name]))
        # The first token is high in half of the reviews: enough to learn from.
        return x, (x[:, :1] > VOCABULARY // 2).astype("float32")
    if name in ("text_generation", "seq2seq"):
        letters = random.randint(0, LETTERS, size=(rows, PHRASE))
        x = np.eye(LETTERS, dtype="float32")[letters]
        # What follows is the first letter again; the translation is the phrase read backwards.
        return x, letters[:, 0] if name == "text_generation" else x[:, ::-1].copy()
    shape, classes = IMAGES[name]
    y = random.randint(0, classes, size=rows)
    means = random.uniform(0, 0.5, size=(classes,) + shape[-1:])  # of each channel
    x = means[y].reshape((rows,) + (1,) * (len(shape) - 1) + shape[-1:])
    return (x + random.uniform(0, 0.5, size=(rows,) + shape)).astype("float32"), y


def weights(name, seed=1):
    """First weights of workload `name`: Keras' default initializers, Keras' order and layout."""
    random = np.random.RandomState(seed)

    def glorot(*shape):
        field = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (field * (shape[-2] + shape[-1])))
        return random.uniform(-limit, limit, size=shape).astype("float32")

    def zeros(n):
        return np.zeros(n, "float32")

    if name == "tiny":
        return [glorot(8, 12), zeros(12), glorot(12, 8), zeros(8), glorot(8, 1), zeros(1)]
    if name == "mnist_mlp":
        return [glorot(784, 512), zeros(512), glorot(512, 512), zeros(512),
                glorot(512, 10), zeros(10)]
    if name == "mnist_cnn":
        return [glorot(3, 3, 1, 32), zeros(32), glorot(3, 3, 32, 64), zeros(64),
                glorot(12 * 12 * 64, 128), zeros(128), glorot(128, 10), zeros(10)]
    embedding = random.uniform(-0.05, 0.05, size=(VOCABULARY, UNITS)).astype("float32")
    orthogonal = np.linalg.qr(random.normal(size=(4 * UNITS, UNITS)))[0].T.astype("float32")
    bias = zeros(4 * UNITS)
    bias[UNITS:2 * UNITS] = 1
    return [embedding, glorot(UNITS, 4 * UNITS), np.ascontiguousarray(orthogonal), bias,
            glorot(UNITS, 1), zeros(1)]
