"""What each op is in TensorFlow: arrays and canonical parameters in, an array out.

Who calls these casts a result to the declared dtype where TensorFlow has another one. Sizes that
are known only in the run are tensors there.
"""
import sys

import numpy as np
import tensorflow as tf

from ...ops import ctc

lower = {}
unsupported = {}  # name of a primitive -> why TensorFlow cannot have it


def lowers(function):
    """Makes `function` the lowering of the op of its name."""
    lower[function.__name__] = function
    return function


def sizes(shape):
    """The sizes in `shape`, ints and scalars of any integer dtype, as TensorFlow takes them."""
    return tf.stack([tf.cast(size, "int32") for size in shape]) if any(
        map(tf.is_tensor, shape)) else np.array(shape, "int32")


def axes(axis):
    """A tuple of axes; an empty one is no reason to reduce them all."""
    return np.array(axis, "int32")


# Elementwise

lower.update({name: getattr(tf, name) for name in (
    "add subtract multiply divide pow maximum minimum equal not_equal greater greater_equal less "
    "less_equal logical_and logical_or logical_not negative abs sign round square exp sin cos "
    "tanh sigmoid identity cast").split()})
lower["floor_divide"] = tf.math.floordiv
lower["remainder"] = tf.math.floormod
lower["positive_root"] = tf.sqrt
lower["log"] = tf.math.log
lower["log1p"] = tf.math.log1p
lower["rectify"] = tf.nn.relu
lower["softplus"] = tf.nn.softplus
lower["detached"] = tf.stop_gradient
lower["elu"] = lambda x, alpha: tf.nn.elu(x) if alpha == 1 else tf.where(
    x > 0, x, alpha * tf.math.expm1(tf.minimum(x, 0)))


@lowers
def bounded(x, low, high):
    if low is None or high is None:
        return tf.minimum(x, high) if low is None else tf.maximum(x, low)
    return tf.clip_by_value(x, low, high)


# Reductions

@lowers
def sum(x, axis, keepdims):
    return tf.reduce_sum(tf.cast(x, "int32") if x.dtype == "bool" else x, axes(axis), keepdims)


lower["prod"] = lambda x, axis, keepdims: tf.reduce_prod(x, axes(axis), keepdims)
lower["max"] = lambda x, axis, keepdims: tf.reduce_max(x, axes(axis), keepdims)
lower["min"] = lambda x, axis, keepdims: tf.reduce_min(x, axes(axis), keepdims)
lower["average"] = lambda x, axis, keepdims: tf.reduce_mean(x, axes(axis), keepdims)
lower["any"] = lambda x, axis, keepdims: tf.reduce_any(tf.cast(x, "bool"), axes(axis), keepdims)
lower["all"] = lambda x, axis, keepdims: tf.reduce_all(tf.cast(x, "bool"), axes(axis), keepdims)
lower["argmax"] = tf.argmax
lower["argmin"] = tf.argmin
lower["cumsum"] = tf.cumsum


@lowers
def cumprod(x, axis):
    # The derivative of tf.math.cumprod divides by x. Here each element is multiplied by the one
    # before it, then by the one two before it, then four ...
    order = [axis, *[i for i in range(len(x.shape)) if i != axis]]

    def doubled(d, y):
        return 2 * d, y * tf.concat([tf.ones_like(y[:d]), y[:-d]], 0)

    x = tf.transpose(x, order)
    start = tf.constant(1), x
    _, y = tf.while_loop(lambda d, y: d < tf.shape(y)[0], doubled, start,
                         (tf.TensorShape([]), tf.TensorShape([None, *x.shape[1:]])))
    return tf.transpose(y, np.argsort(order))

# Shaping

lower.update({name: getattr(tf, name) for name in (
    "expand_dims squeeze shape zeros_like ones_like").split()})
lower["gather"] = lambda x, indices: tf.gather(x, tf.cast(indices, "int32"))
lower["permute_dimensions"] = tf.transpose
lower["join"] = tf.concat
lower["pile"] = tf.stack
lower["repeat_elements"] = tf.repeat
lower["zero_pad"] = tf.pad
lower["reverse"] = lambda x, axes: tf.reverse(x, np.array(axes, "int32"))
lower["reshape"] = lambda x, shape: tf.reshape(x, sizes(shape))
lower["tile"] = lambda x, n: tf.tile(x, sizes(n))
lower["full"] = lambda shape, value, dtype: tf.fill(sizes(shape), tf.constant(value, dtype))
lower["count"] = lambda start, stop, step, dtype: tf.cast(tf.range(start, stop, step), dtype)


@lowers
def select(x, key):
    def part(v):
        return tf.cast(v, "int32") if tf.is_tensor(v) else v

    parts = tuple([slice(*map(part, v)) if isinstance(v, tuple) else part(v) for v in key])
    return x[parts] if parts else tf.identity(x)


# Matrices


@lowers
def dot(x, y):
    if len(x.shape) == len(y.shape) == 2:
        return tf.matmul(x, y)
    return tf.tensordot(x, y, [[len(x.shape) - 1], [max(len(y.shape) - 2, 0)]])


lower["matrices"] = tf.matmul

# Networks

lower["softmax"] = tf.nn.softmax
lower["log_softmax"] = tf.nn.log_softmax
lower["moments"] = tf.nn.moments
lower["pick"] = lambda x, indices: tf.gather(x, indices, batch_dims=len(indices.shape))


@lowers
def in_top_k(predictions, targets, k):
    count = tf.shape(predictions, targets.dtype)[1]
    inside = (targets >= 0) & (targets < count)
    own = tf.gather(predictions, tf.where(inside, targets, 0), batch_dims=1)
    above = tf.cast(predictions > own[:, None], "int32")
    return (tf.reduce_sum(above, 1) < k) & inside & tf.math.is_finite(own)


@lowers
def ctc_best_path(logits, lengths):
    return tf.numpy_function(ctc.best_path, [logits, lengths], ["int64", logits.dtype])


@lowers
def ctc_beams(log_probabilities, lengths, width, paths):
    return tf.numpy_function(lambda *given: ctc.beam_search(*given, width, paths),
                             [log_probabilities, lengths],
                             ["int64"] * paths + [log_probabilities.dtype])


# Control

lower["where"] = tf.where


@lowers
def choose(condition, then, otherwise):
    """`then` and `otherwise`: functions without arguments; only one of them runs."""
    return tf.cond(tf.cast(tf.reshape(condition, []), "bool"), then, otherwise)


@lowers
def print_tensor(x, message):
    shown = tf.numpy_function(lambda value: print(message, value, file=sys.stderr), [x], [])
    with tf.control_dependencies([shown] if shown is not None else []):
        return tf.identity(x)


@lowers
def opaque(function, xs, results):
    return [tf.convert_to_tensor(y) for y in function(*xs)]


@lowers
def loop(body, outputs, shapes, sequences, states, backwards):
    """The results of `ops.loops.loop`.

    Arguments
        body: function of (number of the turn, steps, states) that gives (outputs, new states).
        outputs: for each output its dtype if its values of all turns are to be kept, else the
            place of the state that it equals; None for one that nobody reads.
        shapes: those of the states, as far as they are known.
    """
    known = sequences[0].shape[0]
    turns = known or tf.maximum(tf.shape(sequences[0])[0], 1)
    some = known or tf.shape(sequences[0])[0] > 0
    if not known:  # without a turn one on zeros is made, and its results are left out
        sequences = [tf.cond(some, lambda x=x: x, lambda x=x: tf.zeros(
            tf.concat([[1], tf.shape(x)[1:]], 0), x.dtype)) for x in sequences]
    steps = [tf.TensorArray(x.dtype, turns).unstack(x) for x in sequences]
    kept = [tf.TensorArray(dtype, turns) for dtype in outputs if isinstance(dtype, str)]

    def turn(number, states, kept):
        at = turns - 1 - number if backwards else number
        results, new = body(number, [x.read(at) for x in steps], states)
        results = [y for y, dtype in zip(results, outputs) if isinstance(dtype, str)]
        return number + 1, new, [y.write(number, value) for y, value in zip(kept, results)]

    start = tf.constant(0), list(states), kept
    invariants = (tf.TensorShape([]), [tf.TensorShape(shape) for shape in shapes],
                  [tf.TensorShape(None)] * len(kept))
    _, last, kept = tf.while_loop(lambda number, *_: number < turns, turn, start, invariants,
                                  maximum_iterations=turns)
    stacked = iter([y.stack() for y in kept])
    every = [next(stacked) if isinstance(dtype, str) else None for dtype in outputs]
    final = [y[-1] if y is not None else None if place is None else tf.identity(last[place])
             for y, place in zip(every, outputs)]
    if not known:
        last = [tf.where(some, new, old) for new, old in zip(last, states)]
        final = [y if y is None else tf.where(some, y, tf.zeros_like(y)) for y in final]
        every = [y if y is None else tf.cond(some, lambda y=y: y, lambda y=y: y[:0])
                 for y in every]
    return (*every, *final, *last)
