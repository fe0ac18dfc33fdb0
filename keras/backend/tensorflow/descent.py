"""Optimizer steps of `ops.descent` by kernels of TensorFlow: one pass over a parameter, its
gradient and its states, where the formula takes up to twelve.

Each takes the handles of the parameter's variable and of its states', the gradient, and the step's
numbers; see `ops.descent` for the formulas and for what the letters mean.
"""
import tensorflow as tf
from tensorflow import raw_ops

steps = {}


def step(function):
    """Makes `function` the form of the step of its name."""
    steps[function.__name__] = function
    return function


@step
def sgd(p, g, m, lr, momentum, nesterov):
    raw_ops.ResourceApplyKerasMomentum(var=p, accum=m, grad=g, lr=lr, momentum=momentum,
                                       use_nesterov=nesterov)


@step
def adagrad(p, g, a, lr, epsilon):
    raw_ops.ResourceApplyAdagradV2(var=p, accum=a, grad=g, lr=lr, epsilon=epsilon)


@step
def adadelta(p, g, a, d, lr, rho, epsilon):
    raw_ops.ResourceApplyAdadelta(var=p, accum=a, accum_update=d, grad=g, lr=lr, rho=rho,
                                  epsilon=epsilon)


@step
def adam(p, g, m, v, lr, t, beta_1, beta_2, epsilon):
    raw_ops.ResourceApplyAdam(
        var=p, m=m, v=v, grad=g, lr=lr, beta1=beta_1, beta2=beta_2, epsilon=epsilon,
        beta1_power=beta_1 ** t, beta2_power=beta_2 ** t)


@step
def amsgrad(p, g, m, v, w, lr, t, beta_1, beta_2, epsilon):
    raw_ops.ResourceApplyAdamWithAmsgrad(
        var=p, m=m, v=v, vhat=w, grad=g, lr=lr, beta1=beta_1, beta2=beta_2, epsilon=epsilon,
        beta1_power=beta_1 ** t, beta2_power=beta_2 ** t)


@step
def adamax(p, g, m, u, lr, t, beta_1, beta_2, epsilon):
    raw_ops.ResourceApplyAdaMax(
        var=p, m=m, v=u, grad=g, lr=lr, beta1=beta_1, beta2=beta_2, epsilon=epsilon,
        beta1_power=beta_1 ** t)


class Descent:
    """A node of `descend`: a step over all its parameters, in place.

    Attributes
        read: what has to be computed before any variable changes.

    Arguments
        node: Node.
        run: Evaluation with the values of what it reads.
    """

    def __init__(self, node, run):
        step, self.params, grads, self.states, numbers, when = node.args
        self.step = steps[step]
        self.grads, self.numbers, self.when = map(run.argument, (grads, numbers, when))
        self.read = [x for x in (*self.grads, *self.numbers, self.when) if tf.is_tensor(x)]

    def __call__(self):
        if self.when is None:
            self.made()
        else:
            tf.cond(tf.cast(tf.reshape(self.when, []), "bool"), self.made, lambda: None)

    def made(self):
        for i, (p, g) in enumerate(zip(self.params, self.grads)):
            own = [x.value.handle for x in self.states[i::len(self.params)]]
            numbers = [fitting(x, p.dtype) for x in self.numbers]
            self.step(p.value.handle, tf.cast(g, p.dtype), *own, *numbers)


def fitting(number, dtype):
    """A number of a step in the dtype of its parameter."""
    if isinstance(number, bool):
        return number
    return tf.cast(number, dtype) if tf.is_tensor(number) else tf.constant(number, dtype)
