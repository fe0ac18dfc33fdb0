"""Rewrites of a plan before it is compiled: pairs of ops that torch runs as one.

Each rule looks at a node and its arguments and returns the outputs of what replaces it, or
None. Values that are fetched, or used twice, are left alone.
"""
from collections import Counter
from math import log

import torch
import torch.nn.functional as F

from ...config import epsilon
from ...graph.tensor import OPS, Node, Tensor, tensors_in
from ..plan import Plan
from .lowering import gather, lower, sums_of_rows
from .parts import apart, span, taken_apart, whole

kernels = {}  # what this engine's own ops are


def kernel(function):
    """Makes `function` the kernel of its name."""
    kernels[function.__name__] = function
    return function


class Kernel:
    """An op of this engine alone."""

    pure = differentiable = True
    kind = "primitive"

    def __init__(self, name, names):
        self.name = name
        self.names = names
        self.lists = ()


AFFINE = Kernel("affine", ["x", "y", "bias"])
BIASED = Kernel("biased_convolution",
                ["x", "kernel", "strides", "padding", "dilation", "groups", "bias"])
MEAN_LOSS = Kernel("mean_binary_crossentropy", ["target", "output", "from_logits"])
SIGMOID_LOSS = Kernel("mean_crossentropy_of_sigmoid", ["target", "logits"])
IN_PLACE = Kernel("rectify_in_place", ["x"])
RECTIFY = OPS["rectify"].op
MEAN_OF_ROWS = Kernel("mean_of_rows", ["x", "indices"])
PRODUCT_AND = Kernel("product_and", ["x", "y", "other"])
APART = Kernel("apart", ["x", "axis", "spans"])


@kernel
def affine(x, y, bias):
    """x y + bias in one call; x has any number of axes."""
    if x.ndim == 2:
        return torch.addmm(bias, x, y)
    return torch.addmm(bias, x.reshape(-1, x.shape[-1]), y).view(*x.shape[:-1], -1)


@kernel
def mean_binary_crossentropy(target, output, from_logits):
    """The mean of `binary_crossentropy` over everything."""
    if target.dtype != output.dtype:
        target = target.to(output.dtype)
    if from_logits:
        return F.binary_cross_entropy_with_logits(output, target)
    return F.binary_cross_entropy(F.hardtanh(output, epsilon(), 1 - epsilon()), target)


class SigmoidLoss(torch.autograd.Function):
    """The mean of log(1 + exp(z)) - y z. Its derivative as torch puts it together takes twice as
    many calls."""

    @staticmethod
    def forward(ctx, y, z):
        ctx.save_for_backward(y, z)
        return torch.addcmul(F.softplus(z), y, z, value=-1).mean()

    @staticmethod
    def backward(ctx, d):
        y, z = ctx.saved_tensors
        d = d / z.numel()
        return -z * d if ctx.needs_input_grad[0] else None, (torch.sigmoid(z) - y) * d


@kernel
def mean_crossentropy_of_sigmoid(target, logits):
    """`mean_binary_crossentropy` of sigmoid(logits): the clip to probabilities in [epsilon,
    1 - epsilon] is one of the logits."""
    limit = log(1 / epsilon() - 1)
    z = F.hardtanh(logits, -limit, limit)
    return SigmoidLoss.apply(target.to(z.dtype), z)


class MeanOfRows(torch.autograd.Function):
    """For each row of indices the mean of the rows of a matrix that they name."""

    @staticmethod
    def forward(ctx, x, indices):
        ctx.shape = x.shape
        ctx.save_for_backward(indices)
        return F.embedding_bag(indices, x, mode="mean")

    @staticmethod
    def backward(ctx, g):
        indices, = ctx.saved_tensors
        n = indices.shape[1]
        rows = (g / n).unsqueeze(1).expand(-1, n, -1).reshape(-1, g.shape[1])
        return sums_of_rows(ctx.shape, indices.reshape(-1), rows), None


@kernel
def mean_of_rows(x, indices):
    """The mean of gather(x, indices) over its second axis, without its elements in memory."""
    if x.device.type != "cpu" or 0 in indices.shape:
        return gather(x, indices).mean(1)
    return MeanOfRows.apply(x, indices.long())


@kernel
def product_and(x, y, other):
    """x y + other for stacks of matrices, in one call where `other` is not the larger one."""
    n = max(len(x), len(y))
    if any(a not in (1, b) for a, b in zip(other.shape[::-1], (y.shape[2], x.shape[1], n))):
        return torch.matmul(x, y) + other
    x, y = (t if len(t) == n else t.expand(n, -1, -1) for t in (x, y))
    return torch.baddbmm(other, x, y)


kernels["apart"] = apart
kernels["biased_convolution"] = lower["convolution"]
kernels["rectify_in_place"] = torch.relu_
FRESH = {"affine", "biased_convolution", "convolution", "pool", "dot"}  # keep no output for later


class Rewriter:
    """One pass over a plan."""

    def __init__(self, plan):
        self.plan = plan
        self.swapped = {}
        self.uses = Counter(x for node in [*plan.order, *plan.updates] for x in node.inputs)
        self.uses.update(plan.outputs)
        self.asked = {x for node in plan.order if node.op.name == "gradients_of"
                      for x in node.args[1]}
        self.parts = whole(plan.order)
        self.done = {}  # (tensor, axis) -> its parts

    def result(self):
        """The plan after all rewrites."""
        for node in self.plan.order:
            args = tuple([self.swap(arg) for arg in node.args])
            new = self.replacement(node, args)
            if new is None and args != node.args:
                new = copied(node, node.op, args)
            if new is not None:
                for x, y in zip(node.outputs, new):
                    self.swapped[x] = y
                    self.uses[y] = self.uses[x]
        updates = [node if args == node.args else copied(node, node.op, args)[0].node
                   for node in self.plan.updates
                   for args in [tuple([self.swap(arg) for arg in node.args])]]
        plan = Plan(self.plan.inputs, [self.swap(x) for x in self.plan.outputs], updates)
        plan.nested = self.plan.nested
        return plan

    def swap(self, arg):
        if isinstance(arg, Tensor):
            return self.swapped.get(arg, arg)
        return tuple([self.swap(part) for part in arg]) if type(arg) is tuple else arg

    def alone(self, x, *names):
        """Whether x is made by one of the ops `names` and used just once, by the next node."""
        return (x.node is not None and x.node.op.name in names and self.uses[x] == 1
                and x not in self.asked)

    def replacement(self, node, args):
        """The outputs of what replaces `node`, or None."""
        name = node.op.name
        if node in self.parts:
            return self.part(node, args[0], *self.parts[node])
        if name == "add":
            return self.with_bias(node, *args) or self.with_bias(node, *reversed(args))
        if name == "rectify" and self.alone(args[0], *FRESH):
            return copied(node, IN_PLACE, args)
        if (name == "max" or name == "pool" and args[4] == "max") and self.alone(
                args[0], "rectify", "rectify_in_place"):
            # The largest of what is cut off at 0 is the largest, cut off at 0; and there are far
            # fewer of them.
            largest = copied(node, node.op, (args[0].node.args[0], *args[1:]))
            self.uses[largest[0]] = 1
            return copied(node, IN_PLACE if name in FRESH else RECTIFY, largest)
        if name == "divide" and sums_to_one(*args):
            return (args[0],)
        if name == "average" and args[1:] == ((1,), False) and self.alone(args[0], "gather"):
            return self.mean_of_rows(node, args[0].node)
        if name == "average" and len(args[1]) == args[0].ndim and not args[2] and self.alone(
                args[0], "binary_crossentropy"):
            return self.mean_loss(node, *args[0].node.args)
        return None

    def mean_loss(self, node, target, output, from_logits):
        """The mean of a binary cross-entropy over everything."""
        if from_logits or output.node is None or output.node.op.name != "sigmoid" or any(
                self.swap(x) is output for x in self.asked):
            return copied(node, MEAN_LOSS, (target, output, from_logits))
        return copied(node, SIGMOID_LOSS, (target, *output.node.args))

    def mean_of_rows(self, node, rows):
        """The mean of rows of a matrix over the second axis of their indices."""
        x, indices = rows.args
        if x.ndim != 2 or indices.ndim != 2 or x.dtype != "float32":
            return None
        made = copied(node, MEAN_OF_ROWS, (x, indices))
        made[0].node.scope = rows.scope  # errors are about the rows
        return made

    def part(self, node, x, original, axis, spans):
        """What a `select` takes, as an output of the node that takes all of x apart."""
        if (original, axis) not in self.done:
            self.done[original, axis] = taken_apart(APART, node, x, axis, spans)
        return (self.done[original, axis][spans.index(span(node)[1:])],)

    def with_bias(self, node, x, bias):
        """x + bias, where x is a product or a convolution, as one call."""
        if self.alone(x, "matrices") and x.ndim == 3 and bias.ndim <= 3:
            return copied(node, PRODUCT_AND, (*x.node.args, bias))
        if bias.ndim != 1 or bias.shape[0] is None or x.shape[-1:] != bias.shape:
            return None
        if self.alone(x, "dot") and x.node.args[1].ndim == 2 and x.ndim > 1:
            return copied(node, AFFINE, (*x.node.args, bias))
        if self.alone(x, "convolution"):
            return copied(node, BIASED, (*x.node.args, bias))
        return None


def sums_to_one(x, total):
    """Whether `total` is the sum of x, a softmax, along its axis."""
    if x.node is None or total.node is None:
        return False
    return (x.node.op.name == "softmax" and total.node.op.name == "sum"
            and total.node.args[0] is x and total.node.args[1:] == ((x.node.args[1],), True))


def copied(node, op, args):
    """The outputs of a new node like `node` with another op or other arguments."""
    new = Node(op, args, tuple(x for arg in args for x in tensors_in(arg)))
    new.scope, new.device, new.stream, new.pure = node.scope, node.device, node.stream, node.pure
    new.outputs = tuple([Tensor(x.shape, x.dtype, new, i) for i, x in enumerate(node.outputs)])
    return new.outputs


def fused(plan):
    """`plan` with the rewrites done."""
    return Rewriter(plan).result()

