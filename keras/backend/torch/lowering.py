"""What each op is in torch: arrays and canonical parameters in, an array out.

Arrays have their channels last; where a kernel of torch wants them second it gets a view.
"""
import operator
import sys

import torch
import torch.nn.functional as F

from ...config import epsilon
from ...graph.shapes import same_padding
from ...ops import ctc
from .devices import current_device

lower = {}
unsupported = {}  # name of a primitive -> why torch cannot have it


def lowers(function):
    """Makes `function` the lowering of the op of its name."""
    lower[function.__name__] = function
    return function


DTYPES = {name: getattr(torch, name) for name in (
    "float16 bfloat16 float32 float64 bool uint8 int8 int16 int32 int64 uint16 uint32 "
    "uint64").split()}

# Elementwise

HALF = torch.tensor(0.5)  # a Python number would be made a tensor at each call

lower.update({name: getattr(torch, name) for name in (
    "subtract divide remainder maximum minimum greater greater_equal less less_equal "
    "logical_and logical_or logical_not negative abs sign round square exp log log1p sin cos "
    "tanh sigmoid floor_divide pow multiply add softmax log_softmax").split()})
lower["equal"] = torch.eq
lower["not_equal"] = torch.ne
lower["positive_root"] = torch.sqrt
# hardtanh is one kernel backwards, clamp five.
lower["bounded"] = lambda x, low, high: torch.clamp(x, low, high) if (
    low is None or high is None or not x.is_floating_point()) else F.hardtanh(x, low, high)
lower["rectify"] = torch.relu
lower["identity"] = lambda x: x
lower["cast"] = lambda x, dtype: x.to(DTYPES[dtype])
lower["detached"] = torch.Tensor.detach
lower["softplus"] = lambda x: F.softplus(x, threshold=30.0)
lower["elu"] = lambda x, alpha: F.elu(x, alpha)
# torch's own has a slope of 1 / 6, and no second derivative.
lower["hard_sigmoid"] = lambda x: F.hardtanh(torch.add(HALF, x, alpha=0.2), 0, 1)

# These take a Python number as their second argument, and the arithmetic ones as the first.
takes_numbers = set(
    "subtract divide multiply add remainder greater greater_equal less less_equal equal "
    "not_equal pow floor_divide".split())
number_first = {"subtract", "divide", "multiply", "add", "pow"}

# Reductions


@lowers
def sum(x, axis, keepdims):
    if x.dtype is torch.bool:
        x = x.to(torch.int32)
    if not axis:
        return x
    return torch.sum(x, axis, keepdims, dtype=x.dtype)


@lowers
def average(x, axis, keepdims):
    if len(axis) == x.ndim and not keepdims:
        return torch.mean(x)
    return torch.mean(x, axis, keepdims)


@lowers
def prod(x, axis, keepdims):
    # torch.prod takes one axis at a time
    for i in reversed(axis):
        x = torch.prod(x, i, keepdims, dtype=x.dtype)
    return x


class Extreme(torch.autograd.Function):
    """torch.amax or amin; equals share the gradient. torch's own derivative does the same by
    way of masks of bool and int64: fifteen times as long for a large x."""

    @staticmethod
    def forward(ctx, x, amax, axis, keepdims):
        y = amax(x, axis, True)
        ctx.axis, ctx.keepdims = axis, keepdims
        ctx.save_for_backward(x, y)
        return y if keepdims else y.squeeze(axis)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        with torch.no_grad():
            mask = torch.eq(x, y, out=torch.empty_like(x))
            count = mask.sum(ctx.axis, True)
        g = (g if ctx.keepdims else g.view_as(y)) / count
        return (mask * g if torch.is_grad_enabled() else mask.mul_(g)), None, None, None


def _extreme(amax):
    def lowering(x, axis, keepdims):
        if x.requires_grad and axis and x.numel() > 1 << 14:
            return Extreme.apply(x, amax, axis, keepdims)
        return amax(x, axis, keepdims)
    return lowering


lower["max"] = _extreme(torch.amax)
lower["min"] = _extreme(torch.amin)
lower["any"] = lambda x, axis, keepdims: torch.any(x, axis, keepdims) if axis else x.bool()
lower["all"] = lambda x, axis, keepdims: torch.all(x, axis, keepdims) if axis else x.bool()
lower["argmax"] = torch.argmax
lower["argmin"] = torch.argmin
lower["cumsum"] = lambda x, axis: torch.cumsum(x, axis, dtype=x.dtype)
lower["cumprod"] = lambda x, axis: torch.cumprod(x, axis, dtype=x.dtype)

# Shaping

lower["reshape"] = torch.reshape
lower["permute_dimensions"] = torch.permute
lower["expand_dims"] = torch.unsqueeze
lower["squeeze"] = torch.squeeze
lower["join"] = torch.cat
lower["pile"] = torch.stack
lower["tile"] = torch.tile
lower["reverse"] = torch.flip
lower["zeros_like"] = lambda x, dtype: torch.zeros_like(x, dtype=DTYPES[dtype])
lower["ones_like"] = lambda x, dtype: torch.ones_like(x, dtype=DTYPES[dtype])
lower["full"] = lambda shape, value, dtype: torch.full(
    shape, value, dtype=DTYPES[dtype], device=current_device())
lower["count"] = lambda start, stop, step, dtype: torch.arange(
    int(start), int(stop), int(step), dtype=DTYPES[dtype], device=current_device())
lower["shape"] = lambda x: torch.tensor(x.shape, dtype=torch.int32)


def sums_of_rows(shape, indices, rows):
    """A matrix whose rows are the sums of those of `rows` that have their index."""
    return rows.new_zeros(shape).index_add_(0, indices, rows)


class Rows(torch.autograd.Function):
    """Rows of a matrix. Its derivative as torch has it takes two to four times as long."""

    @staticmethod
    def forward(ctx, x, indices):
        ctx.shape = x.shape
        ctx.save_for_backward(indices)
        return x.index_select(0, indices)

    @staticmethod
    def backward(ctx, g):
        indices, = ctx.saved_tensors
        return sums_of_rows(ctx.shape, indices, g.contiguous()), None


@lowers
def gather(x, indices):
    indices = indices.long()
    if x.ndim != 2 or not x.is_floating_point():
        return x[indices]
    if x.device.type != "cpu":  # there sums in no certain order would differ from run to run
        return F.embedding(indices, x)
    return Rows.apply(x, indices.reshape(-1)).view(*indices.shape, x.shape[1])


@lowers
def repeat_elements(x, rep, axis):
    # torch.repeat_interleave gives the same; its derivative takes ten times as long
    sizes = [-1] * x.ndim
    sizes.insert(axis + 1, rep)
    return x.unsqueeze(axis + 1).expand(sizes).flatten(axis, axis + 1)


@lowers
def enlarged(x, factors):
    if not x.is_floating_point():
        for axis, factor in enumerate(factors, 1):
            x = repeat_elements(x, factor, axis)
        return x
    sizes = [size * factor for size, factor in zip(x.shape[1:], factors)]
    return F.interpolate(_channels_second(x), sizes).movedim(1, -1)


@lowers
def zero_pad(x, padding):
    return F.pad(x, [cells for pair in reversed(padding) for cells in pair])


@lowers
def select(x, key):
    parts, turned, axis, place = [], [], 0, 0
    for part in key:
        if isinstance(part, tuple):
            part = slice(*(v if v is None else int(v) for v in part))
            if part.step is not None and part.step < 0:  # torch has no negative steps
                kept = range(x.shape[axis])[part]
                part = slice(kept[-1], kept[0] + 1, -part.step) if kept else slice(0, 0)
                turned.append(place)
        elif part is not None:
            part = int(part)
        axis += part is not None
        place += not isinstance(part, int)
        parts.append(part)
    y = x[tuple(parts)]
    return torch.flip(y, turned) if turned else y


# Matrices


@lowers
def dot(x, y):
    if y.ndim <= 2:
        return torch.matmul(x, y)
    return torch.tensordot(x, y, ([x.ndim - 1], [y.ndim - 2]))


lower["matrices"] = torch.matmul

# Networks

@lowers
def binary_crossentropy(target, output, from_logits):
    if target.dtype != output.dtype:
        target = target.to(output.dtype)
    if from_logits:
        return F.binary_cross_entropy_with_logits(output, target, reduction="none")
    output = F.hardtanh(output, epsilon(), 1 - epsilon())
    return F.binary_cross_entropy(output, target, reduction="none")


@lowers
def pick(x, indices):
    return torch.gather(x, -1, indices.unsqueeze(-1)).squeeze(-1)


@lowers
def in_top_k(predictions, targets, k):
    targets = targets.long().unsqueeze(1)
    inside = (targets >= 0) & (targets < predictions.shape[1])
    own = predictions.gather(1, targets.clamp(0, predictions.shape[1] - 1))
    return ((predictions > own).sum(1) < k) & inside.squeeze(1) & own.isfinite().squeeze(1)


@lowers
def moments(x, axes):
    var, mean = torch.var_mean(x, axes, correction=0)
    return mean, var


@lowers
def normalize_batch_in_training(x, gamma, beta, axes, eps, flows=False):
    """`flows`: gradients also come through the mean or the variance."""
    channel = next((i for i in range(x.ndim) if i not in axes), None)
    if len(axes) != x.ndim - 1 or any(v is not None and v.ndim != 1 for v in (gamma, beta)):
        var, mean = torch.var_mean(x, axes, correction=0)
        shape = [1 if i in axes else n for i, n in enumerate(x.shape)]
        y = (x - mean.view(shape)) * torch.rsqrt(var.view(shape) + eps)
        y = y if gamma is None else y * gamma.view(shape)
        return (y if beta is None else y + beta.view(shape)), mean, var
    y, mean, scale = torch.native_batch_norm(
        x.movedim(channel, 1), gamma, beta, None, None, True, 0.0, eps)
    var = (1 / scale.detach().square()) - eps
    if flows:
        var, mean = torch.var_mean(x, axes, correction=0)
    return y.movedim(1, channel), mean, var


@lowers
def ctc_loss(labels, logits, input_length, label_length):
    return F.ctc_loss(torch.log_softmax(logits, 2).transpose(0, 1), labels, input_length,
                      label_length, blank=logits.shape[2] - 1, reduction="none")


@lowers
def ctc_best_path(logits, input_length):
    return _in_numpy(ctc.best_path, logits, input_length)


@lowers
def ctc_beams(log_probabilities, input_length, beam_width, top_paths):
    return _in_numpy(ctc.beam_search, log_probabilities, input_length, beam_width, top_paths)


def _in_numpy(function, x, lengths, *options):
    """What a NumPy function computes from two tensors, on the device of the first."""
    results = function(x.detach().cpu().numpy(), lengths.cpu().numpy(), *options)
    return tuple(torch.from_numpy(result).to(x.device) for result in results)


# Convolution and pooling


def _channels_second(x):
    return x.movedim(-1, 1)


def _spread(x, window, strides, dilation, padding, value=0.0):
    """x (channels second) padded for 'same', and the padding that is left to the kernel."""
    if padding == "valid":
        return x, 0
    pairs = [same_padding(size, w, s, d)
             for size, w, s, d in zip(x.shape[2:], window, strides, dilation)]
    if all(a == b for a, b in pairs):
        return x, [a for a, b in pairs]
    return F.pad(x, [cells for pair in reversed(pairs) for cells in pair], value=value), 0


CONVOLVE = {2: F.conv2d, 3: F.conv3d}
CHANNELS_LAST = {2: torch.channels_last, 3: torch.channels_last_3d}


@lowers
def convolution(x, kernel, strides, padding, dilation, groups, bias=None):
    n = kernel.ndim - 2
    if n == 1:  # as a picture one pixel high: torch has no conv1d with channels last
        y = convolution(x.unsqueeze(1), kernel.unsqueeze(0), (1, *strides), padding,
                        (1, *dilation), groups, bias)
        return y.squeeze(1)
    # Where the input has one channel or one pixel, the kernel's memory order decides for all.
    weight = kernel.permute(n + 1, n, *range(n)).contiguous(memory_format=CHANNELS_LAST[n])
    y, pad = _spread(_channels_second(x), kernel.shape[:n], strides, dilation, padding)
    return CONVOLVE[n](y, weight, bias, strides, pad, dilation, groups).movedim(1, -1)


@lowers
def transposed_convolution(x, kernel, output_shape, strides, padding, dilation):
    n = kernel.ndim - 2
    weight = kernel.permute(n + 1, n, *range(n)).contiguous()  # torch's float64 kernels want it
    sizes = [int(size) for size in output_shape[1:-1]]
    pairs = [same_padding(size, w, s, d) if padding == "same" else (0, 0)
             for size, w, s, d in zip(sizes, kernel.shape[:n], strides, dilation)]
    padded = [size + a + b for size, (a, b) in zip(sizes, pairs)]
    reach = [(length - 1) * s + (w - 1) * d + 1 for length, s, w, d in zip(
        x.shape[1:-1], strides, kernel.shape[:n], dilation)]
    extra = [max(size - r, 0) for size, r in zip(padded, reach)]
    y = TRANSPOSE[n](_channels_second(x), weight, None, strides, 0, 0, 1, dilation)
    y = F.pad(y, [cells for e in reversed(extra) for cells in (0, e)])
    for axis, (size, (before, _)) in enumerate(zip(sizes, pairs), 2):
        y = y.narrow(axis, before, size)
    return y.movedim(1, -1)


TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
POOL = {("max", 2): F.max_pool2d, ("max", 3): F.max_pool3d,
        ("avg", 2): F.avg_pool2d, ("avg", 3): F.avg_pool3d}


@lowers
def pool(x, window, strides, padding, mode):
    n = len(window)
    if n == 1:
        return pool(x.unsqueeze(1), (1, *window), (1, *strides), padding, mode).squeeze(1)
    x = _channels_second(x)
    y, pad = _spread(x, window, strides, (1,) * n, padding,
                     float("-inf") if mode == "max" else 0.0)
    whole = y is x and not (pad and max(pad))
    if mode == "max" and pad and any(2 * p > w for p, w in zip(pad, window)):
        raise AssertionError("'same' never pads more than half a window")
    result = POOL[mode, n](y, window, strides, pad)
    if mode == "avg" and not whole:  # padded cells do not count
        ones = torch.ones((1, 1, *x.shape[2:]), dtype=x.dtype, device=x.device)
        cells, pad = _spread(ones, window, strides, (1,) * n, padding)
        result = result / POOL[mode, n](cells, window, strides, pad)
    return result.movedim(1, -1)


# Control


@lowers
def choose(condition, then, otherwise):
    return then if condition else otherwise


lower["where"] = torch.where


@lowers
def print_tensor(x, message):
    print(message, x.detach().cpu().numpy(), file=sys.stderr)
    return x


@lowers
def opaque(function, xs, results):
    return tuple(function(*xs))


@lowers
def loop(body, sequences, states, captures, backwards, wanted=None):
    """`body`: the compiled body and the number of its outputs; `wanted`: which results anybody
    reads. Outputs of single turns are kept only where somebody reads them all."""
    run, count = body
    turns = list(zip(*map(steps_of, sequences)))
    if not turns:
        return no_turn(run, count, sequences, states, captures)
    kept = [(i, []) for i in range(count) if wanted[i]]
    for step in reversed(turns) if backwards else turns:
        results = run(*step, *states, *captures)
        states = results[count:]
        for i, outputs in kept:
            outputs.append(results[i])
    stacked = dict.fromkeys(range(count))
    stacked.update((i, torch.stack(outputs)) for i, outputs in kept)
    return (*stacked.values(), *results)


def steps_of(x):
    """The slices along the first axis, taken where that axis lies in memory: the derivative then
    puts the gradients together in the order of x, not in another that would be copied again."""
    order = sorted(range(x.ndim), key=x.stride, reverse=True)
    place = order.index(0)
    if order[:place] + order[place + 1:] != list(range(1, x.ndim)):
        return x.unbind(0)
    return x.permute(order).unbind(place)


def no_turn(run, count, sequences, states, captures):
    """The results of a loop without steps; a turn on zeros tells the shapes of its outputs."""
    outputs = run(*(x.new_zeros(x.shape[1:]) for x in sequences), *states, *captures)[:count]
    return (*(y.new_zeros((0, *y.shape)) for y in outputs), *map(torch.zeros_like, outputs),
            *states)


# Numbers on the host: hyperparameters and sizes. They never reach the device.

host = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
        "divide": operator.truediv, "pow": operator.pow, "maximum": max, "minimum": min,
        "floor_divide": operator.floordiv, "remainder": operator.mod, "negative": operator.neg,
        "positive_root": lambda x: x ** 0.5, "greater": operator.gt, "less": operator.lt,
        "greater_equal": operator.ge, "less_equal": operator.le, "equal": operator.eq,
        "identity": lambda x: x, "square": lambda x: x * x,
        "cast": lambda x, dtype: float(x) if "float" in dtype else bool(x) if dtype == "bool"
        else int(x)}
