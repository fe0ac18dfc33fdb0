"""Optimizers: 20 steps of each against NumPy float64, and what surrounds the step.

The model is a linear one whose gradients are written out here, so that only the oracle's and the
engine's arithmetic meet.
"""

import numpy as np
import pytest
from engines import ENGINES, running_on
from oracle import descent as oracle

from keras import backend as K
from keras import constraints, optimizers
from keras.backend import engines, runtime

STEPS = 20
NAMES = ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam"]
DECAYING = [name for name in NAMES if name != "Nadam"]


@pytest.fixture(autouse=True, params=ENGINES)
def engine(request):
    with running_on(request.param):
        yield request.param


@pytest.fixture(params=["float32", "float64"])
def floatx(request):
    K.set_floatx(request.param)
    yield request.param
    K.set_floatx("float32")


class Problem:
    """Least squares with l1 and l2 penalties: x w + b is to be y."""

    def __init__(self, seed=0, scale=1.0):
        rng = np.random.RandomState(seed)
        self.first = [rng.normal(size=(4, 3)), rng.normal(size=3)]
        self.batches = [
            (rng.normal(size=(8, 4)), scale * rng.normal(size=(8, 3))) for _ in range(STEPS)
        ]

    def gradients(self, params, x, y, l1, l2):
        w, b = params
        error = 2 * (x @ w + b - y) / y.size
        return [x.T @ error + l1 * np.sign(w) + 2 * l2 * w, error.sum(0)]

    def graph(self, limits=(None, None), l1=0.0, l2=0.0):
        """(x, y, loss, [w, b]); `limits`: the constraints of w and b."""
        x, y = K.placeholder((None, 4)), K.placeholder((None, 3))
        params = [K.variable(v, constraint=c) for v, c in zip(self.first, limits)]
        error = K.dot(x, params[0]) + params[1] - y
        penalty = l1 * K.sum(K.abs(params[0])) + l2 * K.sum(K.square(params[0]))
        return x, y, K.mean(K.square(error)) + penalty, params

    def trained(self, optimizer, limits=(None, None), l1=0.0, l2=0.0):
        """The parameters after all steps, and the function that makes one."""
        x, y, loss, params = self.graph(limits, l1, l2)
        step = K.function([x, y], [loss], optimizer.get_updates(loss, params))
        for batch in self.batches:
            step(list(batch))
        return [K.get_value(p) for p in params], step

    def expected(self, name, limits=(None, None), l1=0.0, l2=0.0, **arguments):
        """The same by the oracle; `limits` are NumPy functions."""
        params, state = self.first, None
        for x, y in self.batches:
            grads = self.gradients(params, x, y, l1, l2)
            params, state = getattr(oracle, name)(params, grads, state, **arguments)
            params = [c(p) if c else p for c, p in zip(limits, params)]
        return params, state


def assert_same(found, wanted, floatx):
    rtol, atol = (1e-10, 1e-12) if floatx == "float64" else (1e-5, 1e-6)
    for a, b in zip(found, wanted, strict=True):
        assert a.dtype == floatx
        np.testing.assert_allclose(a, b, rtol, atol)


def cases():
    yield from ((name, {}) for name in NAMES)
    yield from ((name, {"decay": 0.1}) for name in DECAYING)
    yield from ((name, {"clipnorm": 0.3}) for name in NAMES)
    yield from ((name, {"clipvalue": 0.05}) for name in NAMES)
    yield from ((name, {"clipnorm": 0.3, "clipvalue": 0.05}) for name in ("SGD", "Adam"))
    yield "SGD", {"clipnorm": 1000.0}
    yield "SGD", {"momentum": 0.9}
    yield "SGD", {"momentum": 0.9, "nesterov": True}
    yield "SGD", {"momentum": 0.9, "nesterov": True, "decay": 0.05, "lr": 0.1}
    yield "RMSprop", {"rho": 0.5, "lr": 0.05, "epsilon": 1e-3}
    yield "Adagrad", {"epsilon": 0.1, "lr": 0.3}
    yield "Adadelta", {"rho": 0.7, "lr": 0.5, "epsilon": 1e-3}
    yield "Adam", {"amsgrad": True, "lr": 0.05}
    yield "Adam", {"beta_1": 0.5, "beta_2": 0.7, "lr": 0.1, "epsilon": 1e-2}
    yield "Adam", {"amsgrad": True, "beta_2": 0.5, "decay": 0.01, "clipnorm": 0.5}
    yield "Adamax", {"beta_1": 0.5, "beta_2": 0.7, "lr": 0.1, "epsilon": 1e-2}
    yield "Nadam", {"beta_1": 0.5, "beta_2": 0.7, "lr": 0.1, "schedule_decay": 0.1}


@pytest.mark.parametrize("name, arguments", list(cases()), ids=str)
def test_twenty_steps(name, arguments, floatx):
    problem = Problem(scale=3.0)
    found, _ = problem.trained(getattr(optimizers, name)(**arguments))
    assert_same(found, problem.expected(name, **arguments)[0], floatx)


@pytest.mark.parametrize("name", NAMES)
def test_twenty_steps_with_penalties(name, floatx):
    problem = Problem(1)
    found, _ = problem.trained(getattr(optimizers, name)(), l1=0.01, l2=0.02)
    assert_same(found, problem.expected(name, l1=0.01, l2=0.02)[0], floatx)


def short_columns(w):
    norm = np.sqrt((w**2).sum(0, keepdims=True))
    return w * (np.clip(norm, 0, 0.5) / (1e-7 + norm))


@pytest.mark.parametrize("name", [*NAMES, "amsgrad"])
@pytest.mark.parametrize("limited", ["w", "b", "both"])
def test_twenty_steps_with_constraints(name, limited, floatx):
    arguments = {"lr": 0.05}
    if name == "amsgrad":
        name, arguments = "Adam", {"amsgrad": True, "lr": 0.05, "decay": 0.1}
    kept = [limited != "b", limited != "w"]
    ours = [constraints.MaxNorm(0.5), constraints.NonNeg()]
    theirs = [short_columns, lambda b: b * (b >= 0)]
    problem = Problem(2)
    found, _ = problem.trained(
        getattr(optimizers, name)(**arguments), [c if k else None for c, k in zip(ours, kept)]
    )
    wanted, _ = problem.expected(
        name, [c if k else None for c, k in zip(theirs, kept)], **arguments
    )
    assert_same(found, wanted, floatx)


@pytest.mark.parametrize("name, arguments", [*((n, {}) for n in NAMES), ("Adam", {"amsgrad": 1})])
def test_steps_without_a_fused_form(name, arguments, floatx, monkeypatch):
    monkeypatch.setattr(engines.engine(), "steps", {})  # an engine that has only the formulas
    problem = Problem(3)
    found, _ = problem.trained(getattr(optimizers, name)(lr=0.05, **arguments))
    assert_same(found, problem.expected(name, lr=0.05, **arguments)[0], floatx)


# What is kept, and the ways to call

SLOTS = {
    "SGD": ["moments"],
    "RMSprop": ["accumulators"],
    "Adagrad": ["accumulators"],
    "Adadelta": ["accumulators", "deltas"],
    "Adam": ["ms", "vs"],
    "Adamax": ["ms", "us"],
    "Nadam": ["ms", "vs"],
}
COUNTED = ["SGD", "Adam", "Adamax", "Nadam"]


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_those_of_the_files(name):
    problem = Problem()
    optimizer = getattr(optimizers, name)()
    assert optimizer.get_weights() == []
    problem.trained(optimizer)
    state = problem.expected(name)[1]
    wanted = [np.array(STEPS)] if name in COUNTED else []
    wanted += [value for slot in SLOTS[name] for value in state[slot]]
    if name == "Adam":  # Keras 2 stores places for the vhats that it does not use
        wanted += [np.zeros(1), np.zeros(1)]
    found = optimizer.get_weights()
    assert [np.shape(v) for v in found] == [np.shape(v) for v in wanted]
    for a, b in zip(found, wanted):
        np.testing.assert_allclose(a, b, 1e-5, 1e-6)
    assert K.get_value(optimizer.iterations) == STEPS


def test_amsgrad_keeps_vhats():
    optimizer = optimizers.Adam(amsgrad=True)
    problem = Problem()
    problem.trained(optimizer)
    state = problem.expected("Adam", amsgrad=True)[1]
    for a, b in zip(optimizer.get_weights()[5:], state["vhats"], strict=True):
        np.testing.assert_allclose(a, b, 2e-5)  # 1 - beta_2 in float32 is 1.3e-5 off


@pytest.mark.parametrize("name", NAMES)
def test_weights_set_in_another_optimizer_go_on_alike(name):
    problem = Problem()
    first = getattr(optimizers, name)(lr=0.05)
    found, step = problem.trained(first)
    x, y, loss, params = problem.graph()
    second = type(first).from_config(first.get_config())
    again = K.function([x, y], [loss], second.get_updates(loss, params))
    K.batch_set_value(list(zip(params, found)))
    second.set_weights(first.get_weights())
    if name not in COUNTED:
        K.set_value(second.iterations, STEPS)
    if name == "Nadam":  # Keras 2 keeps the product of the momenta in no file
        second.m_schedule = K.get_value(first.m_schedule)
    for batch in problem.batches:
        assert step(list(batch)) == again(list(batch))


def test_set_weights_refuses_what_does_not_fit():
    optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match="SGD: 0 arrays expected, 1 given. It has its weights"):
        optimizer.set_weights([np.zeros(3)])
    Problem().trained(optimizer)
    with pytest.raises(ValueError, match=r"shape \(4, 3\) not compatible .* shape \(3, 4\)"):
        optimizer.set_weights([np.array(0), np.zeros((3, 4)), np.zeros(3)])


def test_the_orders_of_older_keras_are_understood():
    problem = Problem()
    wanted, _ = problem.trained(optimizers.SGD(lr=0.05))
    limits = {}
    calls = [
        lambda o, loss, params: o.get_updates(loss=loss, params=params),
        lambda o, loss, params: o.get_updates(params, loss),
        lambda o, loss, params: o.get_updates(params, limits, loss),
        lambda o, loss, params: o.get_updates(params=params, constraints=limits, loss=loss),
    ]
    for call in calls:
        x, y, loss, params = problem.graph()
        step = K.function([x, y], [], call(optimizers.SGD(lr=0.05), loss, params))
        for batch in problem.batches:
            step(list(batch))
        np.testing.assert_array_equal(K.get_value(params[0]), wanted[0])
    x, y, loss, params = problem.graph()
    optimizers.SGD().get_updates(params, {params[1]: constraints.NonNeg()}, loss)
    assert isinstance(params[1].constraint, constraints.NonNeg)


def test_numbers_may_change_between_steps():
    problem = Problem()
    x, y, loss, params = problem.graph()
    optimizer = optimizers.SGD(lr=0.1)
    step = K.function([x, y], [], optimizer.get_updates(loss, params))

    def moved():
        before = K.get_value(params[0])
        step(list(problem.batches[0]))
        return np.abs(K.get_value(params[0]) - before).max()

    assert moved() > 0
    K.set_value(optimizer.lr, 0.0)
    assert moved() == 0
    optimizer.lr = 0.1
    assert moved() > 0
    optimizer.learning_rate = 0.0
    assert moved() == 0 and optimizer.learning_rate is optimizer.lr
    optimizer.lr, optimizer.decay = 0.1, 1e30
    assert moved() < 1e-20
    assert optimizer.get_config()["lr"] == np.float32(0.1)


def test_two_optimizers_in_one_function():
    problem = Problem()
    x, y, loss, (w, b) = problem.graph()
    wanted, _ = problem.trained(optimizers.SGD(lr=0.1))
    updates = optimizers.SGD(lr=0.1).get_updates(loss, [w])
    updates += optimizers.SGD(lr=0.1).get_updates(loss, [b])
    step = K.function([x, y], [], updates)
    for batch in problem.batches:
        step(list(batch))
    np.testing.assert_allclose(K.get_value(w), wanted[0], 1e-6)
    np.testing.assert_allclose(K.get_value(b), wanted[1], 1e-6)


def test_parameters_of_two_dtypes():
    w, v = K.variable(np.ones(3)), K.variable(np.ones(3), dtype="float64")
    loss = K.sum(K.square(w)) + K.cast(K.sum(K.square(v)), "float32")
    step = K.function([], [loss], optimizers.Adam(lr=0.1).get_updates(loss, [w, v]))
    assert step([]) > step([])
    np.testing.assert_allclose(K.get_value(w), K.get_value(v), 1e-6)
    assert K.get_value(v).dtype == "float64"


def test_float16_parameters_move():
    K.set_floatx("float16")
    try:
        w = K.variable(np.ones(3))
        loss = K.sum(K.square(w))
        for name in NAMES:
            optimizer = getattr(optimizers, name)(lr=0.01)
            K.function([], [], optimizer.get_updates(loss, [w]))([])
            assert np.isfinite(K.get_value(w)).all()
        assert (K.get_value(w) < 1).all()
    finally:
        K.set_floatx("float32")


def test_no_parameters():
    x = K.placeholder((None, 1))
    optimizer = optimizers.Adam(clipnorm=1.0)
    step = K.function([x], [], optimizer.get_updates(K.mean(x), []))
    step([np.ones((2, 1))])
    assert K.get_value(optimizer.iterations) == 1


# A user's optimizer, in the way of Keras 2


class Lion(optimizers.Optimizer):
    """All by itself: variables, gradients, updates, constraints."""

    def __init__(self, lr=0.01, beta=0.9, **kwargs):
        super().__init__(**kwargs)
        with K.name_scope(self.__class__.__name__):
            self.iterations = K.variable(0, dtype="int64", name="iterations")
            self.lr = K.variable(lr, name="lr")
            self.decay = K.variable(0.5, name="decay")
        self.beta = beta

    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.updates = [K.update_add(self.iterations, 1)]
        lr = self.lr
        lr *= 1.0 / (1.0 + self.decay * K.cast(self.iterations, K.dtype(self.decay)))
        moments = [K.zeros(K.int_shape(p), dtype=K.dtype(p)) for p in params]
        self.weights = [self.iterations] + moments
        for p, g, m in zip(params, grads, moments):
            self.updates.append(K.update(m, self.beta * m + (1.0 - self.beta) * g))
            new_p = p - lr * K.sign(m + g)
            if getattr(p, "constraint", None) is not None:
                new_p = p.constraint(new_p)
            self.updates.append(K.update(p, new_p))
        return self.updates

    def get_config(self):
        config = {"lr": float(K.get_value(self.lr)), "beta": self.beta}
        return {**super().get_config(), **config}


def test_a_users_optimizer():
    problem = Problem()
    optimizer = Lion(lr=0.05, clipvalue=10.0)
    found, _ = problem.trained(optimizer, (None, constraints.NonNeg()))
    (w, b), moments = problem.first, [np.zeros((4, 3)), np.zeros(3)]
    for i, (x, y) in enumerate(problem.batches):
        grads = problem.gradients([w, b], x, y, 0, 0)
        lr = 0.05 / (1 + 0.5 * i)
        w = w - lr * np.sign(moments[0] + grads[0])
        b = b - lr * np.sign(moments[1] + grads[1])
        b = b * (b >= 0)
        moments = [0.9 * m + 0.1 * g for m, g in zip(moments, grads)]
    assert_same(found, [w, b], "float32")
    assert len(optimizer.get_weights()) == 3 and optimizer.get_weights()[0] == STEPS
    assert optimizer.get_config() == {"clipvalue": 10.0, "lr": np.float32(0.05), "beta": 0.9}
    assert type(optimizers.get(optimizer)) is Lion
    config = optimizers.serialize(optimizer)
    assert optimizers.deserialize(config, {"Lion": Lion}).beta == 0.9


class Decoupled(optimizers.Adam):
    """On top of a built-in one: its variables and updates are there to use."""

    def __init__(self, shrink=0.1, **kwargs):
        super().__init__(**kwargs)
        self.shrink = shrink

    def get_updates(self, loss, params):
        updates = super().get_updates(loss, params)
        updates += [K.update_sub(p, self.lr * self.shrink * p) for p in params]
        return updates


def test_a_users_optimizer_on_top_of_adam():
    problem = Problem()
    found, _ = problem.trained(Decoupled(lr=0.05))
    params, state = problem.first, None
    for x, y in problem.batches:
        grads = problem.gradients(params, x, y, 0, 0)
        stepped, state = oracle.Adam(params, grads, state, lr=0.05)
        params = [s - 0.05 * 0.1 * p for s, p in zip(stepped, params)]
    assert_same(found, params, "float32")


# Arguments, names, errors


@pytest.mark.parametrize("name", NAMES)
def test_config_round_trip(name):
    optimizer = getattr(optimizers, name)(lr=0.3, clipnorm=2.0)
    config = optimizer.get_config()
    assert config["lr"] == np.float32(0.3) and config["clipnorm"] == 2.0
    data = optimizers.serialize(optimizer)
    assert data == {"class_name": name, "config": config}
    again = optimizers.deserialize(data)
    assert type(again) is type(optimizer) and again.get_config() == config


def test_configs_are_keras_2s():
    assert optimizers.Adam().get_config() == {
        "lr": 0.0010000000474974513,
        "beta_1": 0.8999999761581421,
        "beta_2": 0.9990000128746033,
        "decay": 0.0,
        "epsilon": 1e-07,
        "amsgrad": False,
    }
    assert optimizers.SGD(nesterov=True).get_config() == {
        "lr": 0.009999999776482582,
        "momentum": 0.0,
        "decay": 0.0,
        "nesterov": True,
    }
    keys = {name: set(getattr(optimizers, name)().get_config()) for name in NAMES}
    assert keys["RMSprop"] == {"lr", "rho", "decay", "epsilon"}
    assert keys["Adadelta"] == {"lr", "rho", "decay", "epsilon"}
    assert keys["Adagrad"] == {"lr", "decay", "epsilon"}
    assert keys["Adamax"] == {"lr", "beta_1", "beta_2", "decay", "epsilon"}
    assert keys["Nadam"] == {"lr", "beta_1", "beta_2", "epsilon", "schedule_decay"}


@pytest.mark.parametrize("name", NAMES)
def test_names_and_the_later_spelling_of_lr(name):
    cls = getattr(optimizers, name)
    assert getattr(optimizers, name.lower()) is cls
    for spelling in (name, name.lower(), name.upper(), cls):
        assert type(optimizers.get(spelling)) is cls
    assert cls(learning_rate=0.25).get_config() == cls(lr=0.25).get_config()
    assert cls(learning_rate=0.25).get_config()["lr"] == 0.25


def test_making_one_needs_no_engine(monkeypatch):
    monkeypatch.setattr(runtime, "engine", lambda: pytest.fail("the engine was loaded"))
    optimizers.Nadam(lr=0.1, clipnorm=1.0)


def test_misspelt_arguments():
    with pytest.raises(TypeError) as error:
        optimizers.SGD(momentun=0.9)
    assert str(error.value) == (
        "Unexpected keyword argument passed to optimizer: SGD has no 'momentun'. Did you mean "
        "'momentum'? It takes lr, momentum, decay, nesterov, learning_rate, clipnorm, clipvalue, "
        "gradient_accumulation_steps, loss_scale."
    )
    with pytest.raises(TypeError, match="Nadam has no 'decay'"):
        optimizers.Nadam(decay=0.1)
    with pytest.raises(TypeError, match="Optimizer has no 'lr'"):
        optimizers.Optimizer(lr=0.1)


def test_numbers_are_numbers():
    for wrong in (None, "0.1", [0.1], np.ones(1), lambda: 0.1):
        with pytest.raises(TypeError, match="SGD: lr is a number; given "):
            optimizers.SGD(lr=wrong)
    for right in (1, 0.5, np.float32(0.5), np.array(0.5), K.constant(0.5), K.variable(0.5)):
        assert optimizers.SGD(lr=right).get_config()["lr"] in (0.5, 1)


def test_unknown_optimizers():
    with pytest.raises(ValueError, match="Unknown optimizer: 'adm'. Nearest known: adam, "):
        optimizers.get("adm")
    for wrong in (None, 3, object, np.sin, lambda: None):
        with pytest.raises(ValueError, match="Could not interpret optimizer identifier: .*nadam"):
            optimizers.get(wrong)
    with pytest.raises(NotImplementedError, match="TFOptimizer wraps an optimizer of TensorFlow"):
        optimizers.TFOptimizer(object())


def test_a_loss_without_a_way_to_a_parameter():
    problem = Problem()
    x, y, loss, params = problem.graph()
    lost = K.variable(np.zeros(2), name="lost")
    with pytest.raises(ValueError) as error:
        optimizers.SGD().get_updates(loss, [*params, lost])
    assert str(error.value) == (
        "An operation has `None` for gradient: the loss does not depend on lost:0, or only "
        "through operations without a gradient (K.argmax, K.round, comparisons, casts to "
        "integers). Take those out of the loss, or set `trainable = False` on the layer that "
        "owns the weight."
    )
    with pytest.raises(ValueError, match="`None` for gradient"):
        optimizers.Adam().get_gradients(K.mean(K.round(params[0])), params[:1])


def test_an_optimizer_without_a_step():
    with pytest.raises(NotImplementedError, match="overrides neither `get_updates` nor `step`"):
        optimizers.Optimizer().numbers()


def test_clip_norm():
    g, n = K.constant([3.0, 4.0]), K.constant(5.0)
    np.testing.assert_allclose(K.eval(optimizers.clip_norm(g, 1.0, n)), [0.6, 0.8], 1e-6)
    np.testing.assert_array_equal(K.eval(optimizers.clip_norm(g, 7.0, n)), [3.0, 4.0])
    assert optimizers.clip_norm(g, 0, n) is g


def test_a_subclass_may_call_the_learning_rate_otherwise():
    """keras-bert's AdamWarmup: `lr` is a property that reads `learning_rate`."""
    class Renamed(optimizers.Optimizer):
        def __init__(self, rate, **kwargs):
            super().__init__(**kwargs)
            self.learning_rate = K.variable(rate)

        @property
        def lr(self):
            return self.learning_rate

        @lr.setter
        def lr(self, value):
            self.learning_rate = value

    one = Renamed(0.5)
    one.lr = 0.25
    assert K.get_value(one.lr) == K.get_value(one.learning_rate) == 0.25
    with pytest.raises(AttributeError, match="Renamed has no attribute 'rate'"):
        one.rate  # noqa: B018
