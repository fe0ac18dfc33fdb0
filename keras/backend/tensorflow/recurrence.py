"""Recurrent layers as a loop with the gates side by side, (samples, gates * units): one product
with the state a step, in two thirds of the time that one for each gate takes."""
import tensorflow as tf

from .lowering import loop, lower, lowers


def beside(x):
    """(gates, ..., units) -> (..., gates * units)"""
    return tf.concat(tf.unstack(x), -1)


def product(kernel):
    """A function of x that gives x @ kernel. On the way back it takes a kernel that is turned once,
    before a loop; TensorFlow's own turns it at each step."""
    turned = tf.transpose(kernel)

    @tf.custom_gradient
    def of(x, kernel):
        def back(slope):
            return tf.matmul(slope, turned), tf.matmul(x, slope, transpose_a=True)
        return tf.matmul(x, kernel), back

    def result(x):
        if len(x.shape) == 2:
            return of(x, kernel)
        y = of(tf.reshape(x, (-1, kernel.shape[0])), kernel)
        return tf.reshape(y, tf.concat([tf.shape(x)[:-1], kernel.shape[1:]], 0))

    return result


class Product:
    """What an array (..., samples, n) adds to some gates, (..., samples, gates * units).

    Arguments
        kernels: (gates, n, units).
        mask: what the array is multiplied with before, (1 or gates, samples, n), or a single
            number; None for nothing.
    """

    def __init__(self, kernels, mask):
        if mask is not None and mask.shape.num_elements() == 1:
            kernels, mask = kernels * mask, None
        self.masks = None if mask is None else tf.unstack(mask)
        each = mask is not None and len(self.masks) > 1
        self.products = list(map(product, tf.unstack(kernels) if each else [beside(kernels)]))

    def __call__(self, x):
        masked = [x] if self.masks is None else [x * mask for mask in self.masks]
        found = [product(x) for product, x in zip(self.products, masked)]
        return tf.concat(found, -1) if len(found) > 1 else found[0]


# Of each cell the gates that are summed up together, and what makes its step of (activation, gate,
# products with the state, bias of the state): a function of (what the inputs add to each group of
# gates, states) that gives the new states.


def _simple(act, gate, products, bias):
    return lambda x, states: [act(x[0] + products[0](states[0]))]


def _lstm(act, gate, products, bias):
    def step(x, states):
        h, c = states
        i, f, made, o = tf.split(x[0] + products[0](h), 4, -1)
        c = gate(f) * c + gate(i) * act(made)
        return [gate(o) * act(c), c]

    return step


def _gru(act, gate, products, bias):
    def step(x, states):
        h, = states
        z, r = tf.split(gate(x[0] + products[0](h)), 2, -1)
        return [z * h + (1 - z) * act(x[1] + products[1](r * h))]

    return step


def _gru_reset_after(act, gate, products, bias):
    def step(x, states):
        h, = states
        sums = products[0](h) if bias is None else products[0](h) + bias
        z, r, u = tf.split(sums, 3, -1)
        x_z, x_r, made = tf.split(x[0], 3, -1)
        z, r = gate(x_z + z), gate(x_r + r)
        return [z * h + (1 - z) * act(made + r * u)]

    return step


CELLS = {"simple": ([1], _simple), "lstm": ([4], _lstm), "gru": ([2, 1], _gru),
         "gru_reset_after": ([3], _gru_reset_after)}
ACTIVATIONS = {"linear": lambda x: x, "relu": lower["rectify"], "tanh": lower["tanh"],
               "sigmoid": lower["sigmoid"],
               "hard_sigmoid": lambda x: tf.nn.relu6(1.2 * x + 3) / 6}  # half the time of a clip


@lowers
def recurrence(kind, x, states, kernels, recurrent_kernels, bias, state_bias, activations,
               backwards, body, input_mask, state_masks, mask, every):
    """`every`: whether anybody reads the outputs of all steps."""
    groups, cell = CELLS[kind]
    act, gate = (ACTIVATIONS[name] for name in activations)
    products = list(map(Product, tf.split(recurrent_kernels, groups),
                        state_masks or [None] * len(groups)))
    step = cell(act, gate, products, None if state_bias is None else beside(state_bias))
    sums = Product(kernels, input_mask)(tf.transpose(x, (1, 0, 2)))
    if bias is not None:
        sums += beside(bias)
    along = tf.split(sums, [n * kernels.shape[-1] for n in groups], -1)
    if mask is not None:
        steps = tf.transpose(tf.cast(tf.reshape(mask, tf.shape(mask)[:2]), x.dtype))
        along.append(tf.not_equal(steps, 0)[:, :, None])

    def turn(number, now, before):
        new = step(now, before)
        if mask is not None:
            new = [tf.where(now[-1], a, b) for a, b in zip(new, before)]
        return new[:1], new

    outputs, last, *states = loop(turn, [x.dtype.name if every else 0],
                                  [state.shape for state in states], along, states, backwards)
    return last, tf.transpose(outputs, (1, 0, 2)) if every else None, *states
