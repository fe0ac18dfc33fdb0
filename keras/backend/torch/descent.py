"""Optimizer steps of `ops.descent` over all parameters at once, in place.

Each takes the lists (params, states), once, and gives a function of the list of gradients and the
step's numbers; see `ops.descent` for the formulas and for what the letters mean.
"""
import torch

steps = {}


def step(function):
    """Makes `function` the fused form of the step of its name."""
    steps[function.__name__] = function
    return function


def _kinds(states, n):
    """The states, by kind: a list per letter of the step."""
    return [states[i:i + n] for i in range(0, len(states), n)]


@step
def sgd(params, states):
    def run(grads, lr, momentum, nesterov):
        if not momentum:
            torch._foreach_add_(params, grads, alpha=-lr)
            torch._foreach_zero_(states)
            torch._foreach_sub_(states, grads, alpha=lr)
            return
        torch._foreach_mul_(states, momentum)
        torch._foreach_add_(states, grads, alpha=-lr)
        if nesterov:
            torch._foreach_add_(params, states, alpha=momentum)
            torch._foreach_add_(params, grads, alpha=-lr)
        else:
            torch._foreach_add_(params, states)
    return run


@step
def rmsprop(params, states):
    # Adam without momentum (m is the gradient itself) and past its corrections is RMSprop.
    adam = _fused_adam(params, None, states)

    def run(grads, lr, rho, epsilon):
        adam(grads, lr, 1e9, 0.0, rho, epsilon)
    return run


@step
def adagrad(params, states):
    def run(grads, lr, epsilon):
        torch._foreach_addcmul_(states, grads, grads, 1.0)
        roots = torch._foreach_sqrt(states)
        torch._foreach_add_(roots, epsilon)
        torch._foreach_addcdiv_(params, grads, roots, -lr)
    return run


@step
def adadelta(params, states):
    a, d = _kinds(states, len(params))

    def run(grads, lr, rho, epsilon):
        torch._foreach_mul_(a, rho)
        torch._foreach_addcmul_(a, grads, grads, 1 - rho)
        roots = torch._foreach_add(a, epsilon)
        torch._foreach_sqrt_(roots)
        u = torch._foreach_add(d, epsilon)
        torch._foreach_sqrt_(u)
        torch._foreach_div_(u, roots)
        torch._foreach_mul_(u, grads)
        torch._foreach_add_(params, u, alpha=-lr)
        torch._foreach_mul_(d, rho)
        torch._foreach_addcmul_(d, u, u, 1 - rho)
    return run


@step
def adam(params, states):
    return _fused_adam(params, *_kinds(states, len(params)))


@step
def amsgrad(params, states):
    return _fused_adam(params, *_kinds(states, len(params)))


def _fused_adam(params, m, v, w=()):
    """Adam's step; m: None for the gradients themselves; w: the greatest v so far, of AMSGrad."""
    w = list(w)
    count = torch.zeros((), device=params[0].device)
    counts = [count] * len(params)

    def run(grads, lr, t, beta_1, beta_2, epsilon):
        # torch adds its epsilon to the corrected root, the paper's first form to the bare one.
        epsilon = epsilon / (1 - beta_2 ** t) ** 0.5
        count.fill_(t)
        torch._fused_adam_(params, grads, m or grads, v, w, counts, lr=lr, beta1=beta_1,
                           beta2=beta_2, weight_decay=0.0, eps=epsilon, amsgrad=bool(w),
                           maximize=False)
    return run


@step
def adamax(params, states):
    m, u = _kinds(states, len(params))

    def run(grads, lr, t, beta_1, beta_2, epsilon):
        torch._foreach_lerp_(m, grads, 1 - beta_1)
        torch._foreach_mul_(u, beta_2)
        torch._foreach_maximum_(u, torch._foreach_abs(grads))
        torch._foreach_addcdiv_(params, m, torch._foreach_add(u, epsilon), -lr / (1 - beta_1 ** t))
    return run


@step
def nadam(params, states):
    m, v = _kinds(states, len(params))

    def run(grads, lr, t, mu, mu_next, schedule, beta_1, beta_2, epsilon):
        torch._foreach_lerp_(m, grads, 1 - beta_1)
        torch._foreach_mul_(v, beta_2)
        torch._foreach_addcmul_(v, grads, grads, 1 - beta_2)
        roots = torch._foreach_div(v, 1 - beta_2 ** t)
        torch._foreach_sqrt_(roots)
        torch._foreach_add_(roots, epsilon)
        torch._foreach_addcdiv_(params, grads, roots, -lr * (1 - mu) / (1 - schedule))
        torch._foreach_addcdiv_(params, m, roots, -lr * mu_next / (1 - schedule * mu_next))
    return run
