"""mnist_mlp in jax, plainly: one jitted step with donated state, a loop over slices of shuffled
indices, the loss read back each step; as a jax user writes it. Frozen: it is a bar."""
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from workloads import WORKLOADS, arrays, weights

RATE = 0.2
LR, RHO, EPSILON = 0.001, 0.9, 1e-7


def dropout(key, x, rate):
    if not rate:
        return x
    kept = jax.random.bernoulli(key, 1 - rate, x.shape)
    return jnp.where(kept, x / (1 - rate), 0)


def mean_loss(parameters, key, x, y, rate):
    w1, b1, w2, b2, w3, b3 = parameters
    first, second = jax.random.split(key)
    h = dropout(first, jax.nn.relu(x @ w1 + b1), rate)
    h = dropout(second, jax.nn.relu(h @ w2 + b2), rate)
    logits = jax.nn.log_softmax(h @ w3 + b3)
    return -jnp.take_along_axis(logits, y[:, None], 1).mean()


@partial(jax.jit, donate_argnums=(0, 1), static_argnums=6)
def step(parameters, squares, key, count, x, y, rate):
    """RMSprop: (parameters, running means of squared gradients, loss) after step `count`."""
    key = jax.random.fold_in(key, count)
    loss, gradients = jax.value_and_grad(mean_loss)(parameters, key, x, y, rate)
    squares = [RHO * a + (1 - RHO) * g * g for a, g in zip(squares, gradients)]
    parameters = [p - LR * g / (jnp.sqrt(a) + EPSILON)
                  for p, g, a in zip(parameters, gradients, squares)]
    return parameters, squares, loss


class MnistMlp:

    def __init__(self, dropout=True, seed=2):
        x, y = arrays("mnist_mlp")
        self.x, self.y = x, y.astype("int32")
        self.batch_size = WORKLOADS["mnist_mlp"].batch_size
        self.rate = RATE if dropout else 0.0
        self.parameters = [jnp.asarray(w) for w in weights("mnist_mlp")]
        self.squares = [jnp.zeros_like(p) for p in self.parameters]
        self.key = jax.random.key(seed)
        self.random = np.random.RandomState(seed)
        self.start = len(x)
        self.count = 0
        self.losses = []

    def steps(self, n):
        for _ in range(n):
            if self.start + self.batch_size > len(self.x):
                self.order = self.random.permutation(len(self.x))
                self.start = 0
            index = self.order[self.start:self.start + self.batch_size]
            self.start += self.batch_size
            self.count += 1
            self.parameters, self.squares, loss = step(
                self.parameters, self.squares, self.key, self.count, self.x[index],
                self.y[index], self.rate)
            self.losses.append(float(loss))


setup = MnistMlp
