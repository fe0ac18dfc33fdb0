"""Recurrent layers in plain NumPy, one step after the other, from the formulas of the papers."""

import numpy as np


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def split(weights, gates):
    """(kernels, recurrent kernels, biases), a list of each with one for each gate."""
    kernel, recurrent, *bias = weights
    units = recurrent.shape[0]
    bias = bias[0] if bias else np.zeros(gates * units)
    return [np.split(array, gates, axis=-1) for array in (kernel, recurrent, bias)]


def simple_rnn(weights):
    """The step of SimpleRNN: (x, states) -> (output, states)."""
    (w,), (u,), (b,) = split(weights, 1)

    def step(x, states):
        h = np.tanh(x @ w + states[0] @ u + b)
        return h, [h]

    return step


def gru(weights, gate=hard_sigmoid):
    """The step of GRU; the reset gate acts on the state."""
    (w_z, w_r, w_h), (u_z, u_r, u_h), (b_z, b_r, b_h) = split(weights, 3)

    def step(x, states):
        h = states[0]
        z = gate(x @ w_z + h @ u_z + b_z)
        r = gate(x @ w_r + h @ u_r + b_r)
        candidate = np.tanh(x @ w_h + (r * h) @ u_h + b_h)
        h = z * h + (1 - z) * candidate
        return h, [h]

    return step


def gru_reset_after(weights, gate=hard_sigmoid):
    """The step of GRU; the reset gate acts on the state's product."""
    (w_z, w_r, w_h), (u_z, u_r, u_h), biases = split(weights, 3)
    pairs = [b if b.ndim == 2 else np.stack([b, b]) for b in biases]
    (b_z, c_z), (b_r, c_r), (b_h, c_h) = pairs

    def step(x, states):
        h = states[0]
        z = gate(x @ w_z + b_z + h @ u_z + c_z)
        r = gate(x @ w_r + b_r + h @ u_r + c_r)
        candidate = np.tanh(x @ w_h + b_h + r * (h @ u_h + c_h))
        h = z * h + (1 - z) * candidate
        return h, [h]

    return step


def lstm(weights, gate=hard_sigmoid):
    """The step of LSTM."""
    (w_i, w_f, w_c, w_o), (u_i, u_f, u_c, u_o), (b_i, b_f, b_c, b_o) = split(weights, 4)

    def step(x, states):
        h, c = states
        i = gate(x @ w_i + h @ u_i + b_i)
        f = gate(x @ w_f + h @ u_f + b_f)
        o = gate(x @ w_o + h @ u_o + b_o)
        c = f * c + i * np.tanh(x @ w_c + h @ u_c + b_c)
        h = o * np.tanh(c)
        return h, [h, c]

    return step


def conv_lstm(weights, padding="valid", gate=hard_sigmoid):
    """The step of ConvLSTM2D with strides of 1, channels last."""
    kernels, recurrent, biases = split(weights, 4)

    def step(x, states):
        h, c = states
        i, f, g, o = (convolved(x, k, padding) + b + convolved(h, u, "same")
                      for k, u, b in zip(kernels, recurrent, biases, strict=True))
        c = gate(f) * c + gate(i) * np.tanh(g)
        h = gate(o) * np.tanh(c)
        return h, [h, c]

    return step


def convolved(x, kernel, padding):
    """The convolution of pictures, a window at a time."""
    rows, columns = kernel.shape[:2]
    if padding == "same":
        x = np.pad(x, [(0, 0), ((rows - 1) // 2, rows // 2), ((columns - 1) // 2, columns // 2),
                       (0, 0)])
    height, width = x.shape[1] - rows + 1, x.shape[2] - columns + 1
    y = np.zeros((len(x), height, width, kernel.shape[3]))
    for i in range(height):
        for j in range(width):
            y[:, i, j] = np.einsum("nrcx,rcxy->ny", x[:, i:i + rows, j:j + columns], kernel)
    return y


def along(step, x, states, mask=None, backwards=False, unroll=False):
    """(last output, outputs of all steps in the order of processing, last states).

    Where the mask (samples, steps) is False the states stay and the output is the first state
    before the step; with `unroll` the output before, zeros at the first step.
    """
    outputs = []
    times = range(x.shape[1])
    for t in reversed(times) if backwards else times:
        output, new = step(x[:, t], states)
        if mask is not None:
            keep = mask[:, t].reshape((-1,) + (1,) * (output.ndim - 1))
            before = states[0]
            if unroll:
                before = outputs[-1] if outputs else np.zeros(output.shape)
            output = np.where(keep, output, before)
            new = [np.where(keep, n, s) for n, s in zip(new, states, strict=True)]
        outputs.append(output)
        states = new
    return outputs[-1], np.stack(outputs, 1), states
