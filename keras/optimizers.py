"""Optimizers: how weights follow their gradients (manual, chapter 9).

One names its hyperparameters, the states that it keeps for each parameter, and the step that
holds its formula: `keras/ops/descent.py` writes those as the papers do.
"""
import inspect
from numbers import Number

import numpy as np

from . import backend as K
from .gathering import Gathering, check_gathering
from .graph import Tensor, Variable
from .registry import Registry, nearest, serialize_keras_object

registry = Registry("optimizer", any_case=True)
COMMON = ("clipnorm", "clipvalue", "gradient_accumulation_steps", "loss_scale")


def clip_norm(g, c, n):
    """g, or g c / n if n >= c.

    Arguments
        g: tensor, a gradient.
        c: number, the largest norm; 0 for any.
        n: scalar tensor, the norm of all gradients together.
    """
    return g * (c / K.maximum(n, c)) if c > 0 else g


def in_order(loss, params, constraints):
    """(loss, params) however they were given: Keras 1 called get_updates(params, constraints,
    loss), Keras 2.0 (params, loss)."""
    if isinstance(loss, (list, tuple)):
        loss, params, constraints = ((params, loss, None) if constraints is None
                                     else (constraints, loss, params))
    for p, constraint in (constraints or {}).items():
        p.constraint = constraint
    return loss, list(params)


class Optimizer:
    """The base of optimizers.

    A class of your own may say what its `step` is, as those below do, or override `get_updates`
    altogether and return a list of updates.

    Arguments
        clipnorm: number; gradients are scaled down together until their common norm,
            √(sum of all g²), is at most this.
        clipvalue: number; each element of a gradient is then kept between ±this.
        gradient_accumulation_steps: int; a step is made after so many batches, with the mean of
            their gradients, as if they had been one.
        loss_scale: number that the loss is multiplied with and the gradients are divided by, so
            that those of float16 do not vanish; 'dynamic' finds it, and makes no step where a
            gradient overflows. None for 1, or 'dynamic' under the policy 'mixed_float16'.

    Errors    TypeError for any other keyword.
    """

    hyperparameters = ()  # arguments that live in variables and may change at any time
    options = ()  # arguments that are fixed
    step = None  # the name of a step in keras/ops/descent.py
    states = ()  # the kinds of state, each of a parameter's shape and zero at first
    saves_iterations = True  # whether the count of steps is among the weights
    gradient_accumulation_steps = loss_scale = None
    due = None  # whether this run makes a step, a symbolic scalar; None for always

    def __init__(self, **kwargs):
        if "lr" in kwargs and "learning_rate" in kwargs:
            kwargs["lr"] = kwargs.pop("learning_rate")
        numbers = {name: kwargs.pop(name) for name in self.hyperparameters if name in kwargs}
        for name in kwargs.keys() - set(COMMON):
            self._refuse(name)
        check_gathering(kwargs)
        vars(self).update(kwargs)
        self.updates = []
        self.weights = []
        self.initial_decay = numbers.get("decay", 0.0)
        if numbers:
            self._add_numbers(iterations=0, **numbers)

    def _refuse(self, name):
        known = [*inspect.signature(type(self)).parameters, "learning_rate", *COMMON]
        known.remove("kwargs") if "kwargs" in known else None
        close = nearest(name, known, 1)
        raise TypeError(
            f"Unexpected keyword argument passed to optimizer: {type(self).__name__} has no "
            f"{name!r}.{f' Did you mean {close[0]!r}?' if close else ''} It takes "
            f"{', '.join(known)}.")

    def _add_numbers(self, **numbers):
        """Keep numbers as variables on the host, where they cost a step nothing."""
        with K.name_scope(type(self).__name__):
            for name, value in numbers.items():
                if not isinstance(value, (Number, Tensor, np.ndarray)) or np.shape(value):
                    raise TypeError(f"{type(self).__name__}: {name} is a number; "
                                    f"given {value!r:.100}.")
                # float16 could hold neither a small decay nor 1 - beta_2.
                dtype = "int64" if name == "iterations" else (
                    "float32" if K.floatx() == "float16" else K.floatx())
                setattr(self, name, Variable(value, dtype, name, host=True))

    def __setattr__(self, name, value):
        """`optimizer.lr = 0.01` sets the variable, so it counts also after compile."""
        if name == "learning_rate" and not hasattr(type(self), "lr"):
            name = "lr"
        held = vars(self).get(name)
        if isinstance(held, Tensor) and isinstance(value, (Number, np.ndarray)):
            K.set_value(held, value)
        else:
            super().__setattr__(name, value)

    def __getattr__(self, name):
        """`learning_rate` is the variable `lr`, as later versions of Keras call it."""
        if name == "learning_rate" and "lr" in vars(self):
            return self.lr
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")

    # The step

    def damped_lr(self):
        """lr / (1 + decay iterations), a symbolic scalar."""
        count = K.cast(self.iterations, K.dtype(self.decay))
        return self.lr * (1.0 / (1.0 + self.decay * count))

    def t(self):
        """The number of this step, from 1, a symbolic scalar."""
        return K.cast(self.iterations, K.dtype(self.lr)) + 1.0

    def numbers(self):
        """What the step takes after its states: symbolic scalars and plain values."""
        raise NotImplementedError(f"{type(self).__name__} overrides neither `get_updates` nor "
                                  f"`step` and `numbers`.")

    def get_gradients(self, loss, params):
        """The gradients of a loss, clipped.

        Arguments
            loss: scalar tensor.
            params: list of variables.

        Returns
            list of tensors.

        Raises
            ValueError: where the loss does not depend on a parameter by differentiable ops.
        """
        return self.clipped(self.plain_gradients(loss, params))

    def plain_gradients(self, loss, params):
        """As `get_gradients`, but not clipped."""
        grads = K.gradients(loss, params)
        cut_off = [p.name for p, g in zip(params, grads) if g is None]
        if cut_off:
            raise ValueError(
                f"An operation has `None` for gradient: the loss does not depend on "
                f"{', '.join(cut_off)}, or only through operations without a gradient (K.argmax, "
                f"K.round, comparisons, casts to integers). Take those out of the loss, or set "
                f"`trainable = False` on the layer that owns the weight.")
        return grads

    def clipped(self, grads):
        """Gradients, cut down as `clipnorm` and `clipvalue` say.

        Arguments
            grads: list of tensors.
        """
        c = vars(self).get("clipnorm")
        if c is not None and c > 0:
            norm = K.sqrt(sum(K.sum(K.square(g)) for g in grads))
            grads = [clip_norm(g, c, norm) for g in grads]
        c = vars(self).get("clipvalue")
        if c is not None and c > 0:
            grads = [K.clip(g, -c, c) for g in grads]
        return grads

    def get_updates(self, loss, params, constraints=None):
        """The updates that make one step; states are made anew.

        Arguments
            loss: scalar tensor.
            params: list of variables; one's `constraint` is applied to its new value.
            constraints: dict of Keras 1, variable -> constraint.

        Returns
            list of updates for `K.function`.
        """
        loss, params = in_order(loss, params, constraints)
        with K.name_scope(type(self).__name__):
            kinds = [[K.zeros(K.int_shape(p), K.dtype(p), f"{kind}_{i}")
                      for i, p in enumerate(params)] for kind in self.states]
            self.weights = self.listed(kinds)
            if self.gradient_accumulation_steps or self.loss_scale:
                gathering = Gathering(self, loss, params)
                grads, self.due = gathering.grads, gathering.due
                self.weights = self.weights + gathering.variables
                self.updates = gathering.updates
            else:
                grads, self.due, self.updates = self.get_gradients(loss, params), None, []
        count = 1 if self.due is None else K.cast(self.due, "int64")
        self.updates += [K.update_add(self.iterations, count)]
        self.updates += K.descent(self.step, params, grads, kinds, self.numbers(), self.due)
        return self.updates

    def listed(self, kinds):
        """The weights in Keras 2's order, which is that of its files."""
        states = [state for kind in kinds for state in kind]
        return [self.iterations, *states] if self.saves_iterations else states

    # Weights and config

    def get_weights(self):
        """The values of the states.

        Returns
            list of arrays; empty before the first training function is made.
        """
        return K.batch_get_value(self.weights)

    def set_weights(self, weights):
        """Set the states.

        Arguments
            weights: list of arrays, as `get_weights` returns it.

        Raises
            ValueError: for another number of arrays, or other shapes.
        """
        given = [np.shape(value) for value in weights]
        wanted = [K.int_shape(w) for w in self.weights]
        if len(given) != len(wanted):
            raise ValueError(
                f"{type(self).__name__}: {len(wanted)} arrays expected, {len(given)} given. It "
                f"has its weights once get_updates was called, as the first training step does.")
        for shape, other in zip(wanted, given):
            if shape != other:
                raise ValueError(f"Optimizer weight shape {shape} not compatible with provided "
                                 f"weight shape {other}: the weights belong to another model.")
        K.batch_set_value(list(zip(self.weights, weights)))

    def get_config(self):
        """The arguments, as data.

        Returns
            dict; numbers are as precise as their variables, so 0.001 reads 0.0010000000474974513.
        """
        config = {name: float(K.get_value(getattr(self, name))) for name in self.hyperparameters}
        config.update({name: getattr(self, name) for name in self.options})
        config.update({name: vars(self)[name] for name in COMMON if name in vars(self)})
        return config

    @classmethod
    def from_config(cls, config):
        """An optimizer from what `get_config` returned."""
        return cls(**config)


def _fuzz(epsilon):
    return K.epsilon() if epsilon is None else epsilon


@registry.add()
class SGD(Optimizer):
    """Stochastic gradient descent: v = momentum v - lr g; p + v, or with Nesterov's momentum
    p + momentum v - lr g.

    Arguments
        lr: number >= 0, the learning rate (also `learning_rate=`).
        momentum: 0..1, how much of the last step the next one keeps.
        decay: number >= 0; after n steps the rate is lr / (1 + decay n).
        nesterov: bool.
        kwargs: clipnorm, clipvalue and what else `Optimizer` takes.

    Source: Keras 2.1.6 manual, 9.2.1; Sutskever et al. 2013.
    """

    hyperparameters = ("lr", "momentum", "decay")
    options = ("nesterov",)
    step = "sgd"
    states = ("moments",)

    def __init__(self, lr=0.01, momentum=0.0, decay=0.0, nesterov=False, **kwargs):
        super().__init__(lr=lr, momentum=momentum, decay=decay, **kwargs)
        self.nesterov = nesterov

    def numbers(self):
        return self.damped_lr(), self.momentum, self.nesterov


@registry.add()
class RMSprop(Optimizer):
    """a = rho a + (1 - rho) g²;  p - lr g / (√a + epsilon). Good for recurrent networks.

    Arguments
        lr: number >= 0, the learning rate (also `learning_rate=`).
        rho: 0..1, how much of its past the mean of g² keeps.
        epsilon: number > 0; None for K.epsilon().
        decay: number >= 0; after n steps the rate is lr / (1 + decay n).
        kwargs: clipnorm, clipvalue and what else `Optimizer` takes.

    Source: Keras 2.1.6 manual, 9.2.2; Hinton, lecture 6e.
    """

    hyperparameters = ("lr", "rho", "decay")
    options = ("epsilon",)
    step = "rmsprop"
    states = ("accumulators",)
    saves_iterations = False

    def __init__(self, lr=0.001, rho=0.9, epsilon=None, decay=0.0, **kwargs):
        super().__init__(lr=lr, rho=rho, decay=decay, **kwargs)
        self.epsilon = _fuzz(epsilon)

    def numbers(self):
        return self.damped_lr(), self.rho, self.epsilon


@registry.add()
class Adagrad(Optimizer):
    """a = a + g², from 0;  p - lr g / (√a + epsilon).

    Arguments
        lr: number >= 0, the learning rate (also `learning_rate=`).
        epsilon: number > 0; None for K.epsilon().
        decay: number >= 0; after n steps the rate is lr / (1 + decay n).
        kwargs: clipnorm, clipvalue and what else `Optimizer` takes.

    Source: Keras 2.1.6 manual, 9.2.3; Duchi et al. 2011.
    """

    hyperparameters = ("lr", "decay")
    options = ("epsilon",)
    step = "adagrad"
    states = ("accumulators",)
    saves_iterations = False

    def __init__(self, lr=0.01, epsilon=None, decay=0.0, **kwargs):
        super().__init__(lr=lr, decay=decay, **kwargs)
        self.epsilon = _fuzz(epsilon)

    def numbers(self):
        return self.damped_lr(), self.epsilon


@registry.add()
class Adadelta(Optimizer):
    """Steps as large as the last ones were: a = rho a + (1 - rho) g²;
    u = g √(d + epsilon) / √(a + epsilon);  p - lr u;  d = rho d + (1 - rho) u².

    Arguments
        lr: number >= 0, the learning rate (also `learning_rate=`); best left at 1.
        rho: 0..1, how much of their past the means keep.
        epsilon: number > 0; None for K.epsilon().
        decay: number >= 0; after n steps the rate is lr / (1 + decay n).
        kwargs: clipnorm, clipvalue and what else `Optimizer` takes.

    Source: Keras 2.1.6 manual, 9.2.4; Zeiler 2012.
    """

    hyperparameters = ("lr", "decay")
    options = ("rho", "epsilon")
    step = "adadelta"
    states = ("accumulators", "delta_accumulators")
    saves_iterations = False

    def __init__(self, lr=1.0, rho=0.95, epsilon=None, decay=0.0, **kwargs):
        super().__init__(lr=lr, decay=decay, **kwargs)
        self.rho = rho
        self.epsilon = _fuzz(epsilon)

    def numbers(self):
        return self.damped_lr(), self.rho, self.epsilon


@registry.add()
class Adam(Optimizer):
    """m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g²;
    p - lr √(1 - b2^t) / (1 - b1^t) m / (√v + epsilon).

    Arguments
        lr: number >= 0, the learning rate (also `learning_rate=`).
        beta_1, beta_2: 0..1, how much of their past the means of g and of g² keep.
        epsilon: number > 0, added to the uncorrected root; None for K.epsilon().
        decay: number >= 0; after n steps the rate is lr / (1 + decay n).
        amsgrad: bool, divide by the root of the largest v so far.
        kwargs: clipnorm, clipvalue and what else `Optimizer` takes.

    Source: Keras 2.1.6 manual, 9.2.5; Kingma and Ba 2014, the form just before section 2.1;
    Reddi et al. 2018.
    """

    hyperparameters = ("lr", "beta_1", "beta_2", "decay")
    options = ("epsilon", "amsgrad")

    def __init__(self, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0,
                 amsgrad=False, **kwargs):
        super().__init__(lr=lr, beta_1=beta_1, beta_2=beta_2, decay=decay, **kwargs)
        self.epsilon = _fuzz(epsilon)
        self.amsgrad = amsgrad

    @property
    def step(self):
        return "amsgrad" if self.amsgrad else "adam"

    @property
    def states(self):
        return ("ms", "vs", "vhats") if self.amsgrad else ("ms", "vs")

    def listed(self, kinds):
        """As the base; Keras 2's files hold a place for each vhat even without amsgrad."""
        weights = super().listed(kinds)
        if not self.amsgrad:
            weights += [K.zeros((1,), name=f"vhats_{i}") for i in range(len(kinds[0]))]
        return weights

    def numbers(self):
        return self.damped_lr(), self.t(), self.beta_1, self.beta_2, self.epsilon


@registry.add()
class Adamax(Optimizer):
    """Adam with the largest gradient in place of the mean square: u = max(b2 u, |g|);
    p - lr / (1 - b1^t) m / (u + epsilon).

    Arguments
        lr: number >= 0, the learning rate (also `learning_rate=`).
        beta_1, beta_2: 0..1, how much of their past m and u keep.
        epsilon: number > 0; None for K.epsilon().
        decay: number >= 0; after n steps the rate is lr / (1 + decay n).
        kwargs: clipnorm, clipvalue and what else `Optimizer` takes.

    Source: Keras 2.1.6 manual, 9.2.6; Kingma and Ba 2014, section 7.
    """

    hyperparameters = ("lr", "beta_1", "beta_2", "decay")
    options = ("epsilon",)
    step = "adamax"
    states = ("ms", "us")

    def __init__(self, lr=0.002, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0, **kwargs):
        super().__init__(lr=lr, beta_1=beta_1, beta_2=beta_2, decay=decay, **kwargs)
        self.epsilon = _fuzz(epsilon)

    def numbers(self):
        return self.damped_lr(), self.t(), self.beta_1, self.beta_2, self.epsilon


@registry.add()
class Nadam(Optimizer):
    """Adam with Nesterov's momentum, which grows as mu = b1 (1 - 0.96^(t schedule_decay) / 2).

    Arguments
        lr: number >= 0, the learning rate (also `learning_rate=`).
        beta_1, beta_2: 0..1, how much of their past the means of g and of g² keep.
        epsilon: number > 0; None for K.epsilon().
        schedule_decay: number >= 0, how fast the momentum grows.
        kwargs: clipnorm, clipvalue and what else `Optimizer` takes.

    Source: Keras 2.1.6 manual, 9.2.7; Dozat 2015.
    """

    hyperparameters = ("lr", "beta_1", "beta_2")
    options = ("epsilon", "schedule_decay")
    step = "nadam"
    states = ("ms", "vs")

    def __init__(self, lr=0.002, beta_1=0.9, beta_2=0.999, epsilon=None, schedule_decay=0.004,
                 **kwargs):
        super().__init__(lr=lr, beta_1=beta_1, beta_2=beta_2, **kwargs)
        self._add_numbers(m_schedule=1.0)
        self.epsilon = _fuzz(epsilon)
        self.schedule_decay = schedule_decay

    def momentum(self, t):
        """The momentum of step t."""
        return self.beta_1 * (1.0 - 0.5 * K.pow(0.96, t * self.schedule_decay))

    def schedule(self):
        """The product of all momenta up to this step."""
        return self.m_schedule * self.momentum(self.t())

    def numbers(self):
        t = self.t()
        return (self.lr, t, self.momentum(t), self.momentum(t + 1.0), self.schedule(),
                self.beta_1, self.beta_2, self.epsilon)

    def get_updates(self, loss, params, constraints=None):
        updates = super().get_updates(loss, params, constraints)
        schedule = self.schedule()
        if self.due is not None:
            schedule = K.switch(self.due, schedule, self.m_schedule)
        updates.append(K.update(self.m_schedule, schedule))
        return updates


class TFOptimizer(Optimizer):
    """A wrapper around an optimizer of the engine's own library, TensorFlow's.

    Arguments
        optimizer: object of `tf.compat.v1.train.Optimizer`; its method `apply_gradients` is used.

    Errors    NotImplementedError on the other engines.
    """

    def __init__(self, optimizer):
        if not (K.is_native(optimizer) and hasattr(optimizer, "apply_gradients")):
            raise NotImplementedError(
                f"TFOptimizer wraps an optimizer of TensorFlow, which the engine {K.backend()!r} "
                f"cannot run; given {optimizer!r:.100}. Take the one of keras.optimizers with the "
                f"same formula, for example Adam(lr=0.001).")
        super().__init__()
        self.optimizer = optimizer
        self._add_numbers(iterations=0)

    def get_updates(self, loss, params):
        """The updates of a step.

        Arguments
            loss: tensor.
            params: list of variables.
        """
        count = len(params)

        def applied(iterations, *values):
            arrays = [p.value for p in params]
            self.optimizer.apply_gradients(list(zip(values[:count], arrays)))
            return iterations + 1

        xs = [self.iterations, *self.get_gradients(loss, params), *params]
        step = K.native_effect(applied, xs, self.iterations)
        self.updates = [K.update(self.iterations, step)]
        return self.updates

    def get_config(self):
        raise NotImplementedError("An optimizer of another library has no config of ours.")


sgd = SGD
rmsprop = RMSprop
adagrad = Adagrad
adadelta = Adadelta
adam = Adam
adamax = Adamax
nadam = Nadam


def serialize(optimizer):
    """An optimizer as data: its arguments, not its weights.

    Arguments
        optimizer: Optimizer.
    """
    return serialize_keras_object(optimizer)


def deserialize(config, custom_objects=None):
    """An optimizer from data.

    Arguments
        config: name in any case, or {'class_name': ..., 'config': {...}}.
        custom_objects: dict, name -> class.

    Raises
        ValueError: for an unknown name.
    """
    return registry.deserialize(config, custom_objects)


def get(identifier):
    """The optimizer that an argument names.

    Arguments
        identifier: name in any case, config, Optimizer, or what `TFOptimizer` wraps.

    Raises
        ValueError: for an unknown name, or anything else.
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if K.is_native(identifier) and hasattr(identifier, "apply_gradients"):
        return TFOptimizer(identifier)
    is_class = inspect.isclass(identifier) and issubclass(identifier, Optimizer)
    if is_class or isinstance(identifier, (str, dict)):
        return registry.get(identifier)
    raise ValueError(f"Could not interpret optimizer identifier: {identifier!r:.200}. It is a "
                     f"name ({', '.join(registry.entries)}), a config, or an Optimizer of "
                     f"keras.optimizers.")
