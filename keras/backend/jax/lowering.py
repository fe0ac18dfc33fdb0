"""What each op is in jax: arrays and canonical parameters in, an array out.

Who calls these casts a result to the declared dtype where jax has another one. Sizes of arrays
are known while a program is traced, so an entry of a shape can always be made an int.
"""
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn

from ...ops import ctc
from .ctc import alignments

lower = {}
unsupported = {}  # name of a primitive -> why jax cannot have it


def lowers(function):
    """Makes `function` the lowering of the op of its name."""
    lower[function.__name__] = function
    return function


# Elementwise

lower.update({name: getattr(jnp, name) for name in (
    "add subtract multiply divide floor_divide remainder pow maximum minimum equal not_equal "
    "greater greater_equal less less_equal logical_and logical_or logical_not negative abs sign "
    "round square exp log log1p sin cos tanh").split()})
lower["positive_root"] = jnp.sqrt
lower["sigmoid"] = nn.sigmoid
lower["rectify"] = nn.relu
lower["softplus"] = nn.softplus
lower["identity"] = lambda x: x
lower["cast"] = lambda x, dtype: jnp.asarray(x).astype(dtype)
lower["detached"] = lax.stop_gradient


@lowers
def bounded(x, low, high):
    if not jnp.issubdtype(x.dtype, jnp.floating):
        return jnp.clip(x, low, high)
    return lax.clamp(_like(x, -np.inf if low is None else low), x,
                     _like(x, np.inf if high is None else high))


def _like(x, number):
    return jnp.asarray(number, x.dtype)


# Reductions

lower.update({name: getattr(jnp, name) for name in (
    "sum prod max min any all cumsum cumprod argmax argmin").split()})
lower["average"] = jnp.mean
for _name in ("sum", "prod", "max", "min", "any", "all", "average"):
    lower[_name] = lambda x, axis, keepdims, reduce=lower[_name]: reduce(
        x, axis, keepdims=keepdims)

# Shaping

lower.update({name: getattr(jnp, name) for name in (
    "expand_dims squeeze tile zeros_like ones_like").split()})
lower["permute_dimensions"] = jnp.transpose
lower["join"] = jnp.concatenate
lower["pile"] = jnp.stack
lower["repeat_elements"] = jnp.repeat
lower["reverse"] = jnp.flip
lower["zero_pad"] = jnp.pad
lower["reshape"] = lambda x, shape: jnp.reshape(x, ints(shape))
lower["full"] = lambda shape, value, dtype: jnp.full(ints(shape), value, dtype)
lower["count"] = lambda start, stop, step, dtype: jnp.arange(
    int(start), int(stop), int(step), dtype)
lower["shape"] = lambda x: np.array(x.shape, "int32")
# Numbers outside the rows give NaN, where jax's default would quietly take the last row.
lower["gather"] = lambda x, indices: jnp.take(x, indices.astype("int32"), 0, mode="fill")


def ints(sizes):
    """The sizes in `shape` as plain ints, which a program needs when it is traced."""
    return tuple([int(size) for size in sizes])


@lowers
def select(x, key):
    parts, axis = [], 0
    for part in key:
        if isinstance(part, tuple):
            part = slice(*(v if v is None else int(v) for v in part))
        elif isinstance(part, (int, np.integer, np.ndarray)):
            part = range(x.shape[axis])[int(part)]  # IndexError; jax would take the last element
        axis += part is not None
        parts.append(part)
    return x[tuple(parts)]


# Matrices


@lowers
def dot(x, y):
    if y.ndim <= 2:
        return jnp.matmul(x, y)
    return jnp.tensordot(x, y, ([x.ndim - 1], [y.ndim - 2]))



# Networks

lower["softmax"] = nn.softmax
lower["log_softmax"] = nn.log_softmax
lower["moments"] = lambda x, axes: (jnp.mean(x, axes), jnp.var(x, axes))


@lowers
def pick(x, indices):
    return jnp.take_along_axis(x, indices[..., None], -1)[..., 0]


@lowers
def in_top_k(predictions, targets, k):
    inside = (targets >= 0) & (targets < predictions.shape[1])
    own = pick(predictions, jnp.where(inside, targets, 0))[:, None]
    return ((predictions > own).sum(1) < k) & inside & jnp.isfinite(own[:, 0])


lower["ctc_loss"] = alignments


# These run in NumPy, after the compiled part of a plan.
lower["ctc_best_path"] = lambda logits, lengths: ctc.best_path(
    np.asarray(logits), np.asarray(lengths))
lower["ctc_beams"] = lambda log_probabilities, lengths, width, paths: ctc.beam_search(
    np.asarray(log_probabilities), np.asarray(lengths), width, paths)

# Control

lower["where"] = jnp.where


@lowers
def choose(condition, then, otherwise):
    """`then` and `otherwise`: functions without arguments; only one of them runs."""
    return lax.cond(jnp.reshape(condition != 0, ()), then, otherwise)


@lowers
def print_tensor(x, message):
    jax.debug.callback(lambda value: print(message, value, file=sys.stderr), x)
    return x


@lowers
def opaque(function, xs, results):
    return [jnp.asarray(y) for y in function(*map(jnp.asarray, xs))]


@lowers
def loop(body, outputs, sequences, states, backwards):
    """The results of `ops.loops.loop`.

    Arguments
        body: function of (number of the turn, steps, states) that gives (outputs, new states).
        outputs: for each output whether it is wanted from all turns and whether from the last.
    """
    turns = sequences[0].shape[0]
    steps = [jax.ShapeDtypeStruct(x.shape[1:], x.dtype) for x in sequences]
    shapes = jax.eval_shape(body, 0, steps, states)[0]

    def turn(before, given):
        number, states, _ = before
        results, new = body(number, given, states)
        new = [n.astype(s.dtype) for n, s in zip(new, states)]
        last = [y for y, (_, wanted) in zip(results, outputs) if wanted]
        return (number + 1, new, last), [y for y, (wanted, _) in zip(results, outputs) if wanted]

    zeros = [jnp.zeros(y.shape, y.dtype) for y, (_, wanted) in zip(shapes, outputs) if wanted]
    start = jnp.zeros((), "uint32"), list(states), zeros
    (_, states, last), every = lax.scan(turn, start, list(sequences), turns, backwards)
    every, last = iter(every), iter(last)
    every = [next(every) if wanted else None for wanted, _ in outputs]
    if backwards:  # the first turn's come first
        every = [y if y is None else jnp.flip(y, 0) for y in every]
    return (*every, *(next(last) if wanted else None for _, wanted in outputs), *states)
