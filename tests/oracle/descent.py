"""One step of each optimizer, over lists of arrays (facts/defaults.md, section 1).

Each function is named as Keras' class and returns (parameters, state). The state is a dict of
lists, beside `iterations`, the number of finished steps; None is the state before the first.
`clip` takes clipnorm and clipvalue.
"""

import numpy as np

from .arrays import EPSILON, array


def begun(state, params, *slots):
    """A copy of `state`; at the first step, zeros of the parameters' shapes in each slot."""
    if state is not None:
        return {name: list(v) if isinstance(v, list) else v for name, v in state.items()}
    fresh = {slot: [np.zeros_like(array(p)) for p in params] for slot in slots}
    return {"iterations": 0, **fresh}


def clipped(grads, clipnorm=None, clipvalue=None):
    """All gradients scaled to a common norm of at most clipnorm, then cut at +-clipvalue."""
    grads = [array(g) for g in grads]
    if clipnorm is not None and clipnorm > 0:
        norm = np.sqrt(sum(np.sum(g * g) for g in grads))
        if norm >= clipnorm:
            grads = [g * clipnorm / norm for g in grads]
    if clipvalue is not None and clipvalue > 0:
        grads = [np.clip(g, -clipvalue, clipvalue) for g in grads]
    return grads


def damped(lr, decay, state):
    """The learning rate after the finished steps."""
    return lr / (1 + decay * state["iterations"])


def SGD(params, grads, state=None, lr=0.01, momentum=0.0, decay=0.0, nesterov=False, **clip):
    """v = momentum * v - lr * g; p + v, or with nesterov p + momentum * v - lr * g."""
    state = begun(state, params, "moments")
    lr = damped(lr, decay, state)
    stepped = []
    for i, (p, g) in enumerate(zip(params, clipped(grads, **clip), strict=True)):
        v = momentum * state["moments"][i] - lr * g
        state["moments"][i] = v
        stepped.append(array(p) + (momentum * v - lr * g if nesterov else v))
    state["iterations"] += 1
    return stepped, state


def RMSprop(params, grads, state=None, lr=0.001, rho=0.9, epsilon=EPSILON, decay=0.0, **clip):
    """a = rho * a + (1 - rho) * g ** 2; p - lr * g / (sqrt(a) + epsilon)"""
    state = begun(state, params, "accumulators")
    lr = damped(lr, decay, state)
    stepped = []
    for i, (p, g) in enumerate(zip(params, clipped(grads, **clip), strict=True)):
        a = rho * state["accumulators"][i] + (1 - rho) * g**2
        state["accumulators"][i] = a
        stepped.append(array(p) - lr * g / (np.sqrt(a) + epsilon))
    state["iterations"] += 1
    return stepped, state


def Adagrad(params, grads, state=None, lr=0.01, epsilon=EPSILON, decay=0.0, **clip):
    """a = a + g ** 2; p - lr * g / (sqrt(a) + epsilon)"""
    state = begun(state, params, "accumulators")
    lr = damped(lr, decay, state)
    stepped = []
    for i, (p, g) in enumerate(zip(params, clipped(grads, **clip), strict=True)):
        a = state["accumulators"][i] + g**2
        state["accumulators"][i] = a
        stepped.append(array(p) - lr * g / (np.sqrt(a) + epsilon))
    state["iterations"] += 1
    return stepped, state


def Adadelta(params, grads, state=None, lr=1.0, rho=0.95, epsilon=EPSILON, decay=0.0, **clip):
    """u = g * sqrt(d + epsilon) / sqrt(a + epsilon), with means a of g ** 2 and d of u ** 2."""
    state = begun(state, params, "accumulators", "deltas")
    lr = damped(lr, decay, state)
    stepped = []
    for i, (p, g) in enumerate(zip(params, clipped(grads, **clip), strict=True)):
        a = rho * state["accumulators"][i] + (1 - rho) * g**2
        d = state["deltas"][i]
        u = g * np.sqrt(d + epsilon) / np.sqrt(a + epsilon)
        state["accumulators"][i], state["deltas"][i] = a, rho * d + (1 - rho) * u**2
        stepped.append(array(p) - lr * u)
    state["iterations"] += 1
    return stepped, state


def Adam(
    params,
    grads,
    state=None,
    lr=0.001,
    beta_1=0.9,
    beta_2=0.999,
    epsilon=EPSILON,
    decay=0.0,
    amsgrad=False,
    **clip,
):
    """p - lr_t * m / (sqrt(v) + epsilon), lr_t = lr * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t).

    The form just before section 2.1 of the paper: epsilon beside the uncorrected root. amsgrad:
    the largest v so far in place of v, uncorrected too.
    """
    state = begun(state, params, "ms", "vs", "vhats")
    t = state["iterations"] + 1
    lr_t = damped(lr, decay, state) * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    stepped = []
    for i, (p, g) in enumerate(zip(params, clipped(grads, **clip), strict=True)):
        m = beta_1 * state["ms"][i] + (1 - beta_1) * g
        v = beta_2 * state["vs"][i] + (1 - beta_2) * g**2
        state["ms"][i], state["vs"][i] = m, v
        if amsgrad:
            v = state["vhats"][i] = np.maximum(state["vhats"][i], v)
        stepped.append(array(p) - lr_t * m / (np.sqrt(v) + epsilon))
    state["iterations"] = t
    return stepped, state


def Adamax(
    params,
    grads,
    state=None,
    lr=0.002,
    beta_1=0.9,
    beta_2=0.999,
    epsilon=EPSILON,
    decay=0.0,
    **clip,
):
    """u = max(beta_2 * u, |g|); p - lr / (1 - beta_1 ** t) * m / (u + epsilon)"""
    state = begun(state, params, "ms", "us")
    t = state["iterations"] + 1
    lr_t = damped(lr, decay, state) / (1 - beta_1**t)
    stepped = []
    for i, (p, g) in enumerate(zip(params, clipped(grads, **clip), strict=True)):
        m = beta_1 * state["ms"][i] + (1 - beta_1) * g
        u = np.maximum(beta_2 * state["us"][i], np.abs(g))
        state["ms"][i], state["us"][i] = m, u
        stepped.append(array(p) - lr_t * m / (u + epsilon))
    state["iterations"] = t
    return stepped, state


def Nadam(
    params,
    grads,
    state=None,
    lr=0.002,
    beta_1=0.9,
    beta_2=0.999,
    epsilon=EPSILON,
    schedule_decay=0.004,
    **clip,
):
    """Adam with Nesterov momentum: p - lr * mbar / (sqrt(v') + epsilon); mu is the momentum."""
    state = begun(state, params, "ms", "vs")
    t = state["iterations"] + 1
    mu_t = beta_1 * (1 - 0.5 * 0.96 ** (t * schedule_decay))
    mu_t1 = beta_1 * (1 - 0.5 * 0.96 ** ((t + 1) * schedule_decay))
    schedule = state.get("schedule", 1.0) * mu_t
    stepped = []
    for i, (p, g) in enumerate(zip(params, clipped(grads, **clip), strict=True)):
        m = beta_1 * state["ms"][i] + (1 - beta_1) * g
        v = beta_2 * state["vs"][i] + (1 - beta_2) * g**2
        state["ms"][i], state["vs"][i] = m, v
        g_corrected, m_corrected = g / (1 - schedule), m / (1 - schedule * mu_t1)
        mbar = (1 - mu_t) * g_corrected + mu_t1 * m_corrected
        stepped.append(array(p) - lr * mbar / (np.sqrt(v / (1 - beta_2**t)) + epsilon))
    state["schedule"], state["iterations"] = schedule, t
    return stepped, state
