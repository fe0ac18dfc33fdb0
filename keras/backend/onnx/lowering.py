"""What each op is in ONNX: `g`, the graph that is written, Values and canonical parameters in, a
Value out.

Values have their channels last; ONNX's convolutions and pooling want them second.
"""
import numpy as np

from ...graph.shapes import same_padding
from ...graph.tensor import Constant
from .graph import Value, info

lower = {}
unsupported = {
    "opaque": "it is a function of the engine's own library, which ONNX cannot read; write it with "
              "the functions of keras.backend",
    "clipped_normal": "ONNX draws from whole normal distributions only",
    "ctc_best_path": "ONNX has no decoder of connectionist temporal classification",
    "ctc_beams": "ONNX has no decoder of connectionist temporal classification",
}
FIRST, LAST = np.iinfo("int64").min, np.iinfo("int64").max  # before and behind all elements


def lowers(function):
    """Makes `function` the lowering of the op of its name."""
    lower[function.__name__] = function
    return function


# Elementwise

SMALL = ("bool", "uint8", "int8", "uint16", "int16")  # few runtimes compute with these


def numeric(kind):
    """The lowering to a node for numbers of any kind."""
    def lowering(g, *xs):
        xs = [g.cast(x, "int64") if x.dtype in SMALL else x for x in xs]
        return g.emit(kind, xs, {})
    return lowering


def floating(kind):
    """The lowering to a node that takes fractions alone."""
    return lambda g, *xs: g.emit(kind, [g.floats(x) for x in xs], {})


def logical(kind):
    """The lowering to a node that takes bools alone."""
    return lambda g, *xs: g.emit(kind, [g.cast(x, "bool") for x in xs], {})


lower.update({name: numeric(kind) for name, kind in {
    "add": "Add", "subtract": "Sub", "multiply": "Mul", "pow": "Pow", "negative": "Neg",
    "abs": "Abs", "sign": "Sign", "maximum": "Max", "minimum": "Min", "rectify": "Relu",
    "equal": "Equal", "greater": "Greater", "greater_equal": "GreaterOrEqual", "less": "Less",
    "less_equal": "LessOrEqual"}.items()})
lower.update({name: floating(kind) for name, kind in {
    "divide": "Div", "positive_root": "Sqrt", "exp": "Exp", "log": "Log", "sin": "Sin",
    "cos": "Cos", "tanh": "Tanh", "sigmoid": "Sigmoid", "softplus": "Softplus"}.items()})
lower.update({name: logical(kind) for name, kind in {
    "logical_and": "And", "logical_or": "Or", "logical_not": "Not"}.items()})
lower["not_equal"] = lambda g, x, y: g.Not(lower["equal"](g, x, y))
lower["square"] = lambda g, x: lower["multiply"](g, x, x)
lower["round"] = lambda g, x: g.Round(x) if "float" in x.dtype else x
lower["cast"] = lambda g, x, dtype: g.cast(x, dtype)
lower["identity"] = lower["detached"] = lambda g, x: x
lower["print_tensor"] = lambda g, x, message: x


@lowers
def bounded(g, x, low, high):
    x = x if low is None else g.Max(x, x.number(low))
    return x if high is None or high == np.inf else g.Min(x, x.number(high))


@lowers
def log1p(g, x):
    x = g.floats(x)
    above = g.Add(x, x.number(1))  # rounded; the quotient takes the error back (W. Kahan)
    share = g.Div(g.Mul(x, g.Log(above)), g.Sub(above, x.number(1)))
    return g.Where(g.Equal(above, x.number(1)), x, share)


@lowers
def remainder(g, x, y):
    if "float" not in x.dtype:
        return g.Mod(x, y)
    rest = g.Mod(x, y, fmod=1)  # has the sign of x
    other = g.Less(g.Mul(g.Sign(rest), g.Sign(y)), x.number(0))
    return g.Where(other, g.Add(rest, y), rest)


@lowers
def floor_divide(g, x, y):
    if "float" in x.dtype:
        return g.Floor(g.Div(x, y))
    return g.Div(g.Sub(x, g.Mod(x, y)), y)


# Choices


@lowers
def where(g, condition, x, y):
    if x.dtype in SMALL:
        x, y = g.cast(x, "int64"), g.cast(y, "int64")
    return g.Where(g.cast(condition, "bool"), x, y)


@lowers
def choose(g, condition, then, otherwise):
    return where(g, g.Reshape(condition, np.array([], "int64")), then, otherwise)


# Reductions


def reduction(kind):
    """The lowering to a node that folds axes away."""
    def lowering(g, x, axis, keepdims):
        x = g.cast(x, "int64") if x.dtype in SMALL else x
        return g.emit(kind, [x, np.array(axis, "int64")], {
            "keepdims": int(keepdims), "noop_with_empty_axes": 1})
    return lowering


lower.update({name: reduction(kind) for name, kind in {
    "sum": "ReduceSum", "average": "ReduceMean", "prod": "ReduceProd", "max": "ReduceMax",
    "min": "ReduceMin"}.items()})
lower["any"] = lambda g, x, axis, keepdims: lower["sum"](g, g.cast(x, "bool"), axis, keepdims)
lower["all"] = lambda g, x, axis, keepdims: g.Not(g.cast(
    lower["any"](g, lower["logical_not"](g, x), axis, keepdims), "bool"))
lower["argmax"] = lambda g, x, axis: g.ArgMax(x, axis=axis, keepdims=0)
lower["argmin"] = lambda g, x, axis: g.ArgMin(x, axis=axis, keepdims=0)
lower["cumsum"] = lambda g, x, axis: g.CumSum(x, np.array(axis))
lower["softmax"] = lambda g, x, axis: g.Softmax(x, axis=axis)
lower["log_softmax"] = lambda g, x, axis: g.LogSoftmax(x, axis=axis)


@lowers
def in_top_k(g, predictions, targets, k):
    count = g.Gather(g.Shape(predictions), np.array(1))
    targets = g.cast(targets, "int64")
    inside = g.And(g.GreaterOrEqual(targets, np.array(0)), g.Less(targets, count))
    own = pick(g, predictions, g.Where(inside, targets, np.array(0)))
    above = g.cast(g.Greater(predictions, g.Unsqueeze(own, [1])), "int64")
    near = g.Less(g.ReduceSum(above, [1], keepdims=0), np.array(k))
    return g.And(g.And(near, inside), g.Less(g.Abs(own), own.number(np.inf)))


@lowers
def cumprod(g, x, axis):
    # A product of all elements up to each place: ONNX Runtime has no loop over nothing.
    places = g.Range(np.array(0), g.Gather(g.Shape(x), np.array(axis)), np.array(1))
    behind = list(range(2, x.ndim - axis + 1))
    upto = g.LessOrEqual(g.Unsqueeze(places, [0, *behind]), g.Unsqueeze(places, [1, *behind]))
    factors = g.Where(upto, g.Unsqueeze(x, [axis]), np.array(1, x.dtype))
    return g.ReduceProd(factors, [axis + 1], keepdims=0)


@lowers
def moments(g, x, axes):
    off = g.Sub(x, lower["average"](g, x, axes, True))
    return lower["average"](g, x, axes, False), lower["average"](g, g.Mul(off, off), axes, False)


@lowers
def pick(g, x, indices):
    indices = g.Unsqueeze(g.cast(indices, "int64"), [-1])
    return g.Squeeze(g.GatherElements(x, indices, axis=-1), [-1])


# Shaping

lower["shape"] = lambda g, x: g.Shape(x)
lower["permute_dimensions"] = lambda g, x, pattern: g.Transpose(x, perm=pattern)
lower["expand_dims"] = lambda g, x, axis: g.Unsqueeze(x, [axis])
lower["squeeze"] = lambda g, x, axis: g.Squeeze(x, [axis])
lower["join"] = lambda g, tensors, axis: g.Concat(*tensors, axis=axis)
lower["pile"] = lambda g, x, axis: g.Concat(*(g.Unsqueeze(y, [axis]) for y in x), axis=axis)
lower["tile"] = lambda g, x, n: g.Tile(x, g.sizes(n))
lower["reverse"] = lambda g, x, axes: g.Slice(
    x, [LAST] * len(axes), [FIRST] * len(axes), axes, [-1] * len(axes)) if axes else x
lower["gather"] = lambda g, x, indices: g.Gather(x, g.cast(indices, "int64"))
lower["full"] = lambda g, shape, value, dtype: g.sized(shape, np.array(value, dtype))
lower["zeros_like"] = lambda g, x, dtype: g.sized(g.Shape(x), np.array(0, dtype))
lower["ones_like"] = lambda g, x, dtype: g.sized(g.Shape(x), np.array(1, dtype))
lower["count"] = lambda g, start, stop, step, dtype: g.Range(start, stop, step)


@lowers
def reshape(g, x, shape):
    # A size that is 0 in the run stays 0, except beside a -1, where ONNX does not allow that.
    return g.Reshape(x, g.sizes(shape), allowzero=int(-1 not in shape))


@lowers
def repeat_elements(g, x, rep, axis):
    each = [rep if i == axis else 1 for i in range(x.ndim)]
    beside = [1] * (axis + 1) + [rep] + [1] * (x.ndim - axis - 1)
    y = g.Tile(g.Unsqueeze(x, [axis + 1]), beside)
    return g.Reshape(y, g.Mul(g.Shape(x), each), allowzero=1)


@lowers
def zero_pad(g, x, padding):
    return g.Pad(x, [before for before, _ in padding] + [after for _, after in padding])


@lowers
def select(g, x, key):
    kept = [part for part in key if part is not None]
    spans = {axis: part for axis, part in enumerate(kept)
             if isinstance(part, tuple) and part != (None, None, None)}
    if spans:
        steps = [1 if step is None else step for _, _, step in spans.values()]
        starts = [(0 if step > 0 else LAST) if start is None else start
                  for (start, _, _), step in zip(spans.values(), steps)]
        stops = [(LAST if step > 0 else FIRST) if stop is None else stop
                 for (_, stop, _), step in zip(spans.values(), steps)]
        x = g.Slice(x, g.sizes(starts), g.sizes(stops), list(spans), steps)
    for axis in reversed(range(len(kept))):
        if not isinstance(kept[axis], tuple):
            place = kept[axis]
            x = g.Gather(x, place if isinstance(place, Value) else np.array(place), axis=axis)
    left = [part for part in key if part is None or isinstance(part, tuple)]
    new = [i for i, part in enumerate(left) if part is None]
    return g.Unsqueeze(x, new) if new else x


# Matrices

lower["matrices"] = lambda g, x, y: g.MatMul(x, y)


@lowers
def dot(g, x, y):
    if y.ndim <= 2:
        return g.MatMul(x, y)
    first = [y.ndim - 2, *range(y.ndim - 2), y.ndim - 1]
    rows = g.Unsqueeze(g.Gather(g.Shape(y), np.array(-2)), [0])
    matrix = g.Reshape(g.Transpose(y, perm=first), g.Concat(rows, [-1], axis=0))
    sizes = g.Concat(g.Shape(x, end=-1), g.Shape(y, end=-2), g.Shape(y, start=-1), axis=0)
    return g.Reshape(g.MatMul(x, matrix), sizes, allowzero=1)


# Convolution and pooling


def channels_second(g, x):
    """x with its channels at axis 1."""
    return g.Transpose(x, perm=(0, x.ndim - 1, *range(1, x.ndim - 1)))


def channels_last(g, y, n):
    """y, which has n spatial axes behind its channels, with these at the end."""
    return g.Transpose(y, perm=(0, *range(2, n + 2), 1))


def frame(x, window, strides, padding, dilation):
    """The attributes that say how a window slides over x."""
    found = {"kernel_shape": window, "strides": strides}
    pairs = [(0, 0)] * len(window)
    if padding == "same":
        # Where the step is 1 the padding does not depend on the size.
        sizes = [w if s == 1 else n for n, w, s in zip(x.shape[1:], window, strides)]
        if None in sizes:
            return {**found, "auto_pad": "SAME_UPPER"}
        pairs = [same_padding(*rest) for rest in zip(sizes, window, strides, dilation)]
    return {**found, "pads": [a for a, _ in pairs] + [b for _, b in pairs]}


@lowers
def convolution(g, x, kernel, strides, padding, dilation, groups):
    n = kernel.ndim - 2
    y = g.Conv(channels_second(g, x), g.Transpose(kernel, perm=(n + 1, n, *range(n))),
               group=groups, dilations=dilation,
               **frame(x, kernel.shape[:n], strides, padding, dilation))
    return channels_last(g, y, n)


@lowers
def transposed_convolution(g, x, kernel, output_shape, strides, padding, dilation):
    n = kernel.ndim - 2
    window, axes = kernel.shape[:n], list(range(2, n + 2))
    weights = g.Transpose(kernel, perm=(n + 1, n, *range(n)))
    y = g.ConvTranspose(channels_second(g, x), weights, strides=strides, dilations=dilation,
                        kernel_shape=window)
    y = g.Pad(y, [0] * (n + 2) + [0, 0] + list(strides))  # the convolution may have left cells out
    sizes = g.sizes(output_shape[1:-1])
    reach = [(w - 1) * d + 1 for w, d in zip(window, dilation)]
    start = np.zeros(n, "int64")
    if padding == "same":
        cells = g.Mul(g.Sub(g.Shape(x, start=1, end=-1), [1]), list(strides))
        start = g.Div(g.Max(g.Sub(g.Add(cells, reach), sizes), [0]), [2])
    return channels_last(g, g.Slice(y, start, g.Add(start, sizes), axes), n)


@lowers
def pool(g, x, window, strides, padding, mode):
    form = frame(x, window, strides, padding, (1,) * len(window))
    y = g.emit("MaxPool" if mode == "max" else "AveragePool", [channels_second(g, x)], form)
    return channels_last(g, y, len(window))


# Random numbers, where a layer is asked for them outside training


@lowers
def normal(g, shape, mean, stddev, dtype, seed):
    like = g.sized(shape, np.array(0, dtype))
    return g.RandomNormalLike(like, mean=float(mean), scale=float(stddev), seed=float(seed))


@lowers
def uniform(g, shape, minval, maxval, dtype, seed):
    like = g.sized(shape, np.array(0, "float32"))
    drawn = g.RandomUniformLike(like, low=float(minval), high=float(maxval), seed=float(seed))
    return drawn if "float" in dtype else g.Floor(drawn)


@lowers
def bernoulli(g, shape, p, dtype, seed):
    return g.Less(uniform(g, shape, 0, 1, "float32", seed), np.array(p, "float32"))


@lowers
def drop(g, x, level, noise_shape, seed):
    sizes = g.Shape(x)
    if noise_shape is not None:
        given = g.sizes(noise_shape)
        sizes = g.Where(g.Less(given, [0]), sizes, given)
    kept = g.cast(bernoulli(g, sizes, 1 - level, "bool", seed), x.dtype)
    return g.Mul(x, g.Div(kept, x.number(1 - level)))


# Recurrence


def turned(g, x):
    """x (samples, steps, n), or (steps, samples, n), with those axes exchanged."""
    return g.Transpose(x, perm=(1, 0, 2))


def stacked(g, kernels, order):
    """Kernels (gates, n, units) as ONNX wants them: (1, gates * units, n), gates in `order`."""
    y = g.Transpose(g.Gather(kernels, order), perm=(0, 2, 1))
    return g.Reshape(y, [1, -1, kernels.shape[1]])


# Networks that ONNX has: its kind, the order of its gates (LSTM: i, o, f, candidate), and for which
# of our activations, of the candidate and of the gates, it asks one by one.
NETWORKS = {"simple": ("RNN", [0], [0]), "lstm": ("LSTM", [0, 3, 1, 2], [1, 0, 0]),
            "gru": ("GRU", [0, 1, 2], [1, 0]), "gru_reset_after": ("GRU", [0, 1, 2], [1, 0])}
ACTIVATIONS = {"tanh": "Tanh", "sigmoid": "Sigmoid", "hard_sigmoid": "HardSigmoid", "relu": "Relu"}


def beyond(node, resolve):
    """Whether a recurrence is none of ONNX's networks: these have no masks of any sort, and ONNX
    Runtime has them for float32 alone.

    Arguments
        node: Node.
        resolve: function of a tensor that gives that of the plan: masks of dropout are ones there.
    """
    args = dict(zip(node.op.names, node.args))
    masks = [args["input_mask"], args["mask"], *args["state_masks"]]
    return (any(mask is not None and not is_one(resolve(mask)) for mask in masks)
            or args["x"].dtype != "float32"
            or any(name not in ACTIVATIONS for name in args["activations"]))


def is_one(x):
    """Whether a tensor of a plan is a single 1."""
    return isinstance(x, Constant) and x.value.size == 1 and x.value.item() == 1


@lowers
def recurrence(g, kind, x, states, kernels, recurrent_kernels, bias, state_bias, activations,
               backwards, body, input_mask, state_masks, mask):
    network, order, asked = NETWORKS[kind]
    x = lower["reverse"](g, x, (1,)) if backwards else x
    biases = Value("", None)
    if bias is not None:
        own = g.Reshape(g.Gather(bias, order), [1, -1])
        biases = g.Concat(own, g.Mul(own, bias.number(0)) if state_bias is None else g.Reshape(
            g.Gather(state_bias, order), [1, -1]), axis=1)
    inputs = [turned(g, x), stacked(g, kernels, order), stacked(g, recurrent_kernels, order),
              biases, Value("", None), *(g.Unsqueeze(state, [0]) for state in states)]
    options = {"linear_before_reset": 1} if kind == "gru_reset_after" else {}
    outputs = g.emit(network, inputs, {
        "hidden_size": kernels.shape[2], **options,
        "activations": [ACTIVATIONS[activations[i]] for i in asked]}, 1 + len(states))
    last = [g.Squeeze(y, [0]) for y in outputs[1:]]
    return last[0], turned(g, g.Squeeze(outputs[0], [1])), *last


@lowers
def loop(g, body, sequences, states, captures, backwards, wanted):
    """`body`: PlannedBody; `wanted`: which results anybody reads."""
    plan, count = body.plan, body.outputs
    inner = g.inner()
    given = plan.inputs[:len(sequences) + len(states)]
    values = {x: Value(g.name(x.name), x.dtype, x.shape) for x in given}
    values.update(zip(plan.inputs[len(given):], captures))
    results = inner.run(plan, values)
    every = [i for i in range(count) if wanted[i] or wanted[count + i]]
    results = results[count:] + [results[i] for i in every]
    names = [g.name("result") for _ in results]
    for name, y in zip(names, results):
        inner.give(y, name)
    steps, before = given[:len(sequences)], given[len(sequences):]
    graph = inner.proto("body", [info(values[x].name, x.dtype) for x in [*before, *steps]],
                        [info(name, y.dtype) for name, y in zip(names, results)])
    found = g.emit("Scan", [*states, *sequences], {
        "body": graph, "num_scan_inputs": len(sequences),
        "scan_input_directions": [int(backwards)] * len(sequences)}, len(results))
    found = found if isinstance(found, list) else [found]
    outputs = dict(zip(every, found[len(states):]))
    last = {i: last_of(g, y) for i, y in outputs.items() if wanted[count + i]}
    return (*(outputs.get(i) for i in range(count)), *(last.get(i) for i in range(count)),
            *found[:len(states)])


def last_of(g, y):
    """The last of the slices along the first axis; zeros where there is none."""
    padded = g.Pad(g.Slice(y, [-1], [LAST], [0]), [1, 0], np.array(0, y.dtype), [0])
    return g.Gather(padded, np.array(-1))
