"""One step of each optimizer, as its paper writes it: composites over one parameter.

p: parameter, g: its gradient, then the optimizer's states; lr is the step size after decay.
Each returns the new p and the new states. `descend` runs such a step over all parameters of a
model, and changes them in place; an engine may bring a fused form of a step.
"""
from ..graph import OPS, Tensor, Tensors, composite, primitive
from .control import choose, update
from .elementwise import abs, maximum, positive_root, square


@composite
def sgd(p: Tensor, g: Tensor, m: Tensor, lr: Tensor, momentum: Tensor, nesterov):
    """v = momentum m - lr g;  p + v, or p + momentum v - lr g with Nesterov's momentum.

    Arguments
        p, g, m: parameter, gradient, velocity.
        lr, momentum: numbers.
        nesterov: bool.
    """
    v = momentum * m - lr * g
    return (p + momentum * v - lr * g if nesterov else p + v), v


@composite
def rmsprop(p: Tensor, g: Tensor, a: Tensor, lr: Tensor, rho: Tensor, epsilon):
    """a = rho a + (1 - rho) g²;  p - lr g / (√a + epsilon).

    Arguments
        p, g, a: parameter, gradient, running mean of the squared gradient.
        lr, rho, epsilon: numbers.

    Source: Hinton, Neural Networks for Machine Learning, lecture 6e.
    """
    a = rho * a + (1 - rho) * square(g)
    return p - lr * g / (positive_root(a) + epsilon), a


@composite
def adagrad(p: Tensor, g: Tensor, a: Tensor, lr: Tensor, epsilon):
    """a = a + g²;  p - lr g / (√a + epsilon).

    Arguments
        p, g, a: parameter, gradient, sum of squared gradients.
        lr, epsilon: numbers.

    Source: Duchi et al. 2011.
    """
    a = a + square(g)
    return p - lr * g / (positive_root(a) + epsilon), a


@composite
def adadelta(p: Tensor, g: Tensor, a: Tensor, d: Tensor, lr: Tensor, rho, epsilon):
    """a = rho a + (1 - rho) g²;  u = g √(d + epsilon) / √(a + epsilon);  p - lr u;
    d = rho d + (1 - rho) u².

    Arguments
        p, g, a, d: parameter, gradient, running means of the squared gradient and step.
        lr, rho, epsilon: numbers.

    Source: Zeiler 2012.
    """
    a = rho * a + (1 - rho) * square(g)
    u = g * positive_root(d + epsilon) / positive_root(a + epsilon)
    return p - lr * u, a, rho * d + (1 - rho) * square(u)


@composite
def adam(p: Tensor, g: Tensor, m: Tensor, v: Tensor, lr: Tensor, t: Tensor, beta_1: Tensor,
         beta_2: Tensor, epsilon):
    """m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g²;
    p - lr √(1 - b2^t) / (1 - b1^t) * m / (√v + epsilon).

    Arguments
        p, g, m, v: parameter, gradient, running means of the gradient and of its square.
        lr, beta_1, beta_2, epsilon: numbers.
        t: the number of this step, from 1.

    Source: Kingma and Ba 2014, the form just before section 2.1: epsilon is added to the
    uncorrected root.
    """
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * square(g)
    lr = lr * positive_root(1 - beta_2 ** t) / (1 - beta_1 ** t)
    return p - lr * m / (positive_root(v) + epsilon), m, v


@composite
def amsgrad(p: Tensor, g: Tensor, m: Tensor, v: Tensor, w: Tensor, lr: Tensor, t: Tensor,
            beta_1: Tensor, beta_2: Tensor, epsilon):
    """As `adam`, but divided by the root of the largest v so far.

    Arguments
        p, g, m, v, w: as for adam; w is the maximum of all v.
        lr, beta_1, beta_2, epsilon: numbers.
        t: the number of this step, from 1.

    Source: Reddi et al. 2018.
    """
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * square(g)
    w = maximum(w, v)
    lr = lr * positive_root(1 - beta_2 ** t) / (1 - beta_1 ** t)
    return p - lr * m / (positive_root(w) + epsilon), m, v, w


@composite
def adamax(p: Tensor, g: Tensor, m: Tensor, u: Tensor, lr: Tensor, t: Tensor, beta_1: Tensor,
           beta_2: Tensor, epsilon):
    """m = b1 m + (1 - b1) g;  u = max(b2 u, |g|);  p - lr / (1 - b1^t) * m / (u + epsilon).

    Arguments
        p, g, m, u: parameter, gradient, running mean, running infinity norm.
        lr, beta_1, beta_2, epsilon: numbers.
        t: the number of this step, from 1.

    Source: Kingma and Ba 2014, section 7.
    """
    m = beta_1 * m + (1 - beta_1) * g
    u = maximum(beta_2 * u, abs(g))
    return p - lr / (1 - beta_1 ** t) * m / (u + epsilon), m, u


@composite
def nadam(p: Tensor, g: Tensor, m: Tensor, v: Tensor, lr: Tensor, t: Tensor, mu: Tensor,
          mu_next: Tensor, schedule: Tensor, beta_1: Tensor, beta_2: Tensor, epsilon):
    """Adam with Nesterov's momentum.

    Arguments
        p, g, m, v: parameter, gradient, running means of the gradient and of its square.
        lr, beta_1, beta_2, epsilon: numbers.
        t: the number of this step, from 1.
        mu, mu_next: the momentum of this step and of the next.
        schedule: the product of all momenta up to this step.

    Source: Dozat 2015.
    """
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * square(g)
    ahead = (1 - mu) * g / (1 - schedule) + mu_next * m / (1 - schedule * mu_next)
    return p - lr * ahead / (positive_root(v / (1 - beta_2 ** t)) + epsilon), m, v


@primitive(pure=False, differentiable=False)
def descend(step, params: Tensors, grads: Tensors, states: Tensors, numbers, when=None):
    """Run an optimizer's step over all its parameters, in place. The result is a marker that
    counts as an update.

    Arguments
        step: the name of a step of this file.
        params: variables.
        grads: their gradients.
        states: variables: those of the first kind for every parameter, then the second kind.
        numbers: what the step takes after its states: symbolic scalars and plain values.
        when: scalar of bool, whether the step is made in this run; None for always.
    """
    return (), "bool"


def expanded(node):
    """What a `descend` node does, as pairs (variable, new value) made by its composite."""
    step, params, grads, states, numbers, when = node.args
    n = len(params)
    pairs = []
    for i, (p, g) in enumerate(zip(params, grads)):
        own = states[i::n]
        pairs.extend(zip((p, *own), OPS[step](p, g, *own, *numbers)))
    return [(x, new_if(when, new, x)) for x, new in pairs]


def new_if(when, new, old):
    """`new` where a step is made, else `old`; `when`: as for `descend`."""
    return new if when is None else choose(when, new, old)


def descent(step, params, grads, kinds, numbers, when=None):
    """The updates that make an optimizer's step: one for all parameters without a constraint
    that are of one dtype on one device; for each other parameter one, by its constraint.

    Arguments
        step: the name of a step of this file.
        params: list of variables.
        grads: list of their gradients.
        kinds: for each kind of state a list of variables, one per parameter.
        numbers: what the step takes after its states: symbolic scalars and plain values.
        when: scalar of bool, whether the step is made in this run; None for always.

    Returns
        list of updates.
    """
    groups, updates = {}, []
    for i, p in enumerate(params):
        if p.constraint is None:
            groups.setdefault((p.dtype, p.device), []).append(i)
            continue
        own = [states[i] for states in kinds]
        new_p, *new = OPS[step](p, grads[i], *own, *numbers)
        updates.append(update(p, new_if(when, p.constraint(new_p), p)))
        updates.extend(update(state, new_if(when, value, state)) for state, value in zip(own, new))
    for group in groups.values():
        states = [states[i] for states in kinds for i in group]
        updates.append(descend(step, [params[i] for i in group], [grads[i] for i in group],
                               states, tuple(numbers), when))
    return updates
