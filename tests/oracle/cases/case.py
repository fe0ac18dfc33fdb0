"""A case: the arguments of one call, drawn from a seed, and what a test must know about them.

Arguments are written as
    (2, 3)              a tensor of that shape, of ordinary numbers
    positive(2, 3)      a tensor of that shape, of the numbers the name says
    np.array(...)       a tensor of these numbers
    [(2, 3), (2, 3)]    a list of tensors
    Body(...)           a function handed to the op, such as the step of an rnn
    None, True, 3, ""   themselves
All floating numbers drawn are multiples of 1/256 below 64: float32 holds them exactly, so that
engine and oracle see the same values, and ties and comparisons come out the same.
"""

import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Values:
    """A tensor to be drawn: `draw(rng, shape)` gives its numbers; `kind` is f, i or b."""

    shape: tuple
    draw: Callable = field(repr=False)
    kind: str = "f"


def grid(x):
    """`x` rounded to multiples of 1/64."""
    return np.round(np.asarray(x) * 64) / 64


def normal(*shape, scale=1.0, away=()):
    """Normal numbers, at least 1/8 from each point of `away` (the kinks of a function)."""

    def draw(rng, shape):
        x = grid(rng.normal(size=shape) * scale)
        for kink in away:
            side = np.where(x >= kink, 0.125, -0.125)
            x = np.where(np.abs(x - kink) < 0.125, kink + side, x)
        return x

    return Values(shape, draw)


def positive(*shape):
    """Numbers from 1/4 to 3."""
    return Values(shape, lambda rng, shape: grid(rng.uniform(0.25, 3, size=shape)))


def unit(*shape):
    """Numbers from 1/16 to 15/16."""
    return Values(shape, lambda rng, shape: grid(rng.uniform(0.0625, 0.9375, size=shape)))


def coarse(*shape):
    """-1, -1/2, 0, 1/2 and 1: many of them equal."""
    return Values(shape, lambda rng, shape: rng.integers(-2, 3, size=shape) / 2.0)


def distinct(*shape, offset=0.0):
    """Numbers 1/8 apart, no two alike; an offset of 1/16 keeps two tensors apart as well."""

    def draw(rng, shape):
        count = int(np.prod(shape))
        return (rng.permutation(count) - count // 2).reshape(shape) / 8.0 + offset

    return Values(shape, draw)


def probabilities(*shape):
    """Numbers of at least 1/32, of sum 1 along the last axis (at most 16 of them)."""

    def draw(rng, shape):
        classes = shape[-1]
        rest = 256 - 8 * classes
        return (8 + rng.multinomial(rest, [1 / classes] * classes, size=shape[:-1])) / 256.0

    return Values(shape, draw)


def one_of(*shape):
    """Rows with a single 1."""
    return Values(
        shape, lambda rng, shape: np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    )


def integers(*shape, low=0, high):
    """Whole numbers, low <= i < high."""
    return Values(shape, lambda rng, shape: rng.integers(low, high, size=shape), "i")


def booleans(*shape):
    """True or False."""
    return Values(shape, lambda rng, shape: rng.integers(0, 2, size=shape) > 0, "b")


class Body:
    """A function handed to an op, written for any K: `Body(lambda K: lambda x: K.tanh(x))`.

    Called as it is, it computes with the oracle; `on(K)` is the function for another K.
    """

    def __init__(self, make):
        self.on = make

    def __call__(self, *arguments):
        return self.on(sys.modules[__package__.rpartition(".")[0]])(*arguments)


def specified(argument):
    """`argument` with shapes and arrays turned into Values."""
    if isinstance(argument, tuple):
        return normal(*argument)
    if isinstance(argument, list):
        return [specified(each) for each in argument]
    if isinstance(argument, np.ndarray):
        return Values(argument.shape, lambda rng, shape: argument, argument.dtype.kind)
    return argument


def mapped(function, argument):
    """`argument` with `function` applied to each of its Values or arrays, lists kept."""
    if isinstance(argument, list):
        return [mapped(function, each) for each in argument]
    return function(argument) if isinstance(argument, (Values, np.ndarray)) else argument


def leaves(nested):
    """The arrays (or tensors) of nested lists and tuples, in one list; of None, nothing."""
    if isinstance(nested, (list, tuple)):
        return [leaf for each in nested for leaf in leaves(each)]
    return [] if nested is None else [nested]


def floating(argument):
    """Whether `argument` is a tensor, or a list of tensors, of floating numbers."""
    tensors = [each for each in leaves(argument) if isinstance(each, Values)]
    return bool(tensors) and all(each.kind == "f" for each in tensors)


@dataclass(frozen=True)
class Case:
    """One call of an op.

    arguments: the positional ones, tensors as Values.    params: those given by keyword.
    grad: positions of the arguments by which the result is differentiated.
    known: positions of tensors whose sizes stay known when those of the others are hidden.
    rtol, atol: how far a float32 result may be off; `note` gives the reason if they are wide.
    """

    arguments: tuple
    params: dict
    grad: tuple
    known: tuple = ()
    rtol: float = 1e-5
    atol: float = 1e-6
    seed: int = 0
    note: str = ""

    def arrays(self, dtype):
        """The positional arguments: floating tensors as arrays of `dtype`, integers int32."""
        rng = np.random.default_rng([self.seed, zlib.crc32(str(self).encode())])
        kinds = {"f": dtype, "i": "int32", "b": "bool"}

        def drawn(values):
            return np.asarray(values.draw(rng, values.shape), kinds[values.kind])

        return [mapped(drawn, argument) for argument in self.arguments]

    def __str__(self):
        return spelled(self.arguments, self.params)


def written(argument):
    """`argument` in the name of a test."""
    if isinstance(argument, list):
        return "[" + ",".join(map(written, argument)) + "]"
    if isinstance(argument, Body):
        return "body"
    return str(argument.shape if isinstance(argument, Values) else argument)


def case(*arguments, grad=True, known=(), rtol=1e-5, atol=1e-6, seed=0, note="", **params):
    """A Case. grad: True for all floating arguments, False for none, or their positions.

    known: True for all arguments, or their positions.
    """
    arguments = tuple(map(specified, arguments))
    positions = tuple(range(len(arguments)))
    if grad is True:
        grad = tuple(i for i in positions if floating(arguments[i]))
    known = positions if known is True else tuple(known)
    return Case(arguments, params, tuple(grad or ()), known, rtol, atol, seed, note)


def flat(*arguments, **params):
    """A Case of an op that has no derivative, or of a point that has none."""
    return case(*arguments, grad=False, **params)


def both_formats(make, *shape, **params):
    """`make` for (n, space..., c) channels_last, and for (n, c, space...) channels_first."""
    n, *space, c = shape
    return [
        make((n, *space, c), data_format="channels_last", **params),
        make((n, c, *space), data_format="channels_first", **params),
    ]


def spelled(arguments, params):
    """A call in the name of a test."""
    shown = [written(argument) for argument in arguments]
    shown += [f"{name}={written(value)}" for name, value in params.items()]
    return ",".join(shown).replace(" ", "")


class Refusal(NamedTuple):
    """A call that must be refused when it is declared, from the static shapes alone.

    Tensors are Values, whose shape may hold None; `message` is a pattern for re.search.
    """

    arguments: list
    params: dict
    error: str
    message: str

    def __str__(self):
        return spelled(self.arguments, self.params)


def pattern(value):
    """A pattern that finds `value` as an error shows it."""
    if isinstance(value, str):
        return f"(?:{value})"
    if isinstance(value, int):
        return rf"(?<![\w.-]){value}(?!\w|\.\w)"
    return re.escape(str(value))


def refused(*arguments, given=(), error="ValueError", **params):
    """A Refusal whose message shows each of `given`: strings are patterns, tuples shapes."""
    message = "(?s)" + "".join(f"(?=.*{pattern(value)})" for value in given)
    return Refusal(list(map(specified, arguments)), params, error, message)
