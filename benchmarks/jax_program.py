"""What the hand-written jax programs share: optimizers, and the walk over shuffled batches, step by
step as an ordinary user has it (`Plain`), or many steps as one program (`Best`)."""
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from workloads import WORKLOADS, arrays, weights

LR, EPSILON = 0.001, 1e-7

# Optimizers: (new parameter, *new states) of a parameter, its gradient, its states and the number
# of the step.


def adam(p, g, m, v, t):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    root = jnp.sqrt(v / (1 - 0.999 ** t))
    return p - LR * (m / (1 - 0.9 ** t)) / (root + EPSILON), m, v


def rmsprop(p, g, a, t):
    a = 0.9 * a + 0.1 * g * g
    return p - LR * g / (jnp.sqrt(a) + EPSILON), a


def adadelta(p, g, a, d, t):
    a = 0.95 * a + 0.05 * g * g
    u = g * jnp.sqrt(d + EPSILON) / jnp.sqrt(a + EPSILON)
    return p - u, a, 0.95 * d + 0.05 * u * u


STATES = {adam: 2, rmsprop: 1, adadelta: 2}


def cross_entropy(logits, y):
    """The mean over rows of the cross-entropy of integer classes."""
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()


def binary_cross_entropy(logits, y):
    return (jnp.logaddexp(0, logits) - y * logits).mean()


class Training:
    """One training run. `steps(n)` does the next n steps and returns after the last; `losses` holds
    the loss of every step so far.

    Arguments
        name: that of the job.
        optimizer: one of those above.
        mean_loss: function (parameters, key, x, y, dropping) -> the loss.
        dropout: whether it drops out.
        seed: of masks and of the order of the rows.
    """

    def __init__(self, name, optimizer, mean_loss, dropout=True, seed=2):
        self.optimizer = optimizer
        self.mean_loss = mean_loss
        x, y = arrays(name)
        self.x, self.y = (a.astype("int32") if a.dtype == "int64" else a for a in (x, y))
        self.batch_size = WORKLOADS[name].batch_size
        self.dropping = dropout
        parameters = [jnp.asarray(w) for w in weights(name)]
        states = [[jnp.zeros_like(p)] * STATES[optimizer] for p in parameters]
        self.state = jax.tree.map(jnp.copy, (parameters, states))
        self.key = jax.random.key(seed)
        self.random = np.random.RandomState(seed)
        self.start = len(x)
        self.count = 0
        self.losses = []

    def indices(self):
        """The rows of the next batch."""
        if self.start + self.batch_size > len(self.x):
            self.order = self.random.permutation(len(self.x)).astype("int32")
            self.start = 0
        self.start += self.batch_size
        return self.order[self.start - self.batch_size:self.start]

    def stepped(self, state, key, t, x, y):
        """(new state, loss) of step `t`, counted from 1."""
        parameters, states = state
        loss, gradients = jax.value_and_grad(self.mean_loss)(
            parameters, jax.random.fold_in(key, t), x, y, self.dropping)
        t = t.astype("float32")
        moved = [self.optimizer(p, g, *s, t) for p, g, s in zip(parameters, gradients, states)]
        return ([new[0] for new in moved], [list(new[1:]) for new in moved]), loss


class Plain(Training):
    """A jitted step with donated state, the loss read back each step."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.step = jax.jit(self.stepped, donate_argnums=0)

    def steps(self, n):
        for _ in range(n):
            index = self.indices()
            self.count += 1
            self.state, loss = self.step(self.state, self.key, np.int32(self.count),
                                         self.x[index], self.y[index])
            self.losses.append(float(loss))


class Best(Training):
    """All steps of a call as one program, a scan over the numbers of the batches' rows, the data
    being arrays of jax; the losses are read back at the end."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.data = jnp.asarray(self.x), jnp.asarray(self.y)
        self.run = jax.jit(self.scanned, donate_argnums=0)

    def steps(self, n):
        index = np.stack([self.indices() for _ in range(n)])
        numbers = np.arange(self.count + 1, self.count + n + 1, dtype="int32")
        self.count += n
        with jax.enable_x64(True):  # for the bits of `kept`
            self.state, losses = self.run(self.state, self.key, numbers, index, *self.data)
        self.losses.extend(np.asarray(losses).tolist())

    def scanned(self, state, key, numbers, indices, x, y):
        def step(state, now):
            t, index = now
            return self.stepped(state, key, t, x[index], y[index])

        return lax.scan(step, state, (numbers, indices))


def kept(key, shape, rate):
    """A dropout mask for float32, scaled: 16 random bits an element, out of numbers of 64, as
    threefry makes them. For 65,536 elements 86 us, jax.random.bernoulli 250."""
    bits = jax.random.bits(key, (prod(shape) // 4,), "uint64")
    bits = lax.bitcast_convert_type(bits, "uint16").reshape(shape)
    return jnp.where(bits >= round(rate * 65536), jnp.float32(1 / (1 - rate)), 0)
