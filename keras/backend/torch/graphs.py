"""CUDA graphs: a pass over a model, forward and backward, that a GPU is asked for in one call.

To launch a kernel takes the host some microseconds, often more than the kernel takes the GPU. So
when shapes come again the pass is captured: run on buffers that stay where they are, with no
result, while CUDA notes the launches. From then on the inputs are copied into these buffers and
the graph is launched. Random numbers are drawn outside of it, into buffers of their own, from the
same streams as ever. The step of the optimizer stays outside: its numbers (the learning rate, the
count of steps) live on the host and a graph would keep them as they were.

Nobody has tried this on a GPU yet, and a capture that goes wrong deep in a library may leave a
process without a working GPU: KERAS_CUDA_GRAPHS=1 turns it on. Errors that torch raises, and a
replay that does not give what the pass gave, leave the pass as it was.
"""
import os

import torch

from ...graph.tensor import Constant
from .devices import default_device
from .drawing import drawn_by

# What these do depends on shapes alone too, but replay.py gains nothing by them.
CAPTURED = set(
    "convolution biased_convolution transposed_convolution pool repeat_elements enlarged select "
    "apart product_and any all cumsum cumprod in_top_k detached recurrence shape".split())
SIZED = {"full", "count", "normal", "uniform", "bernoulli", "clipped_normal"}  # arrays, from sizes
CAPTURED |= SIZED
MOST = 8  # graphs of a plan
WARM = 3  # passes before the capture, in which libraries settle what they settle but once


def wanted():
    """Whether passes are to be captured."""
    return os.environ.get("KERAS_CUDA_GRAPHS", "0") not in ("", "0") and (
        default_device().type == "cuda")


def parted(writer, last, steady):
    """The nodes of a plan as `replay.parted` gives them. All that is worked out from the inputs is
    in the core: with their shapes it keeps the sizes that it needs.

    Arguments
        writer: compile.Writer.
        last: the place of the gradient, or the number of nodes.
        steady: names of ops that may be captured beside those above.
    """
    plan = writer.plan
    before, core, after = [], [], []
    moving, late = {*plan.inputs, *writer.sources}, set()
    numbers = {x for x in plan.variables if x.host}
    own = set()  # numbers that the core works out
    for i, node in enumerate(plan.order):
        number = node.op.name == "shape" or node.inputs and node.op.name not in SIZED and all(
            x in numbers or isinstance(x, Constant) for x in node.inputs)
        numbers.update(node.outputs if number else ())
        inside = not moving.isdisjoint(node.inputs)
        fits = (node.op.name in steady or node.op.name in CAPTURED) and not node.device and (
            numbers - own).isdisjoint(node.inputs) and late.isdisjoint(node.inputs)
        if i <= last and inside and not fits:
            return plan.order, [], []
        if i > last and not fits:
            after.append(node)
            late.update(node.outputs)
        elif inside:
            core.append(node)
            moving.update(node.outputs)
            own.update(node.outputs if number else ())
        else:
            before.append(node)
    outside = {x for node in [*after, *plan.updates] for x in node.inputs}
    escape = not own.isdisjoint(outside.union(plan.outputs))
    return (plan.order, [], []) if escape else (before, core, after)


class Pool:
    """The memory that the graphs of one plan share, and the stream on which they are captured.
    They run one after the other, and none needs what another left."""

    def __init__(self):
        self.handle = torch.cuda.graph_pool_handle()
        self.stream = torch.cuda.Stream(default_device())


def program(core):
    """What runs a pass for new shapes, of a replay.Core. There are not graphs without end: what the
    others hold of the GPU's memory stays theirs."""
    if len(core.programs) >= MOST:
        return core.eager
    return Graphed(core.eager, core.private, core.pool)


class Graphed:
    """A pass for inputs of the same shapes: as written the first time, captured the second.

    Arguments
        eager: the pass as written.
        private: for each result whether it is used up before the next call.
        pool: Pool.
    """

    light = False  # as a Script's function

    def __init__(self, eager, private, pool):
        self.eager = eager
        self.private = private
        self.pool = pool
        self.run = self.first

    def __call__(self, *inputs):
        return self.run(*inputs)

    def first(self, *inputs):
        """Shapes that do not come again are not worth a capture."""
        self.run = self.second
        return self.eager(*inputs)

    def second(self, *inputs):
        """The pass as written; and its capture, which must give the same."""
        self.run, self.draws = self.eager, []
        with drawn_by(self.noted):
            values = [x.detach() for x in self.eager(*inputs)]
        try:
            self.capture(inputs)
            self.graph.replay()
            if all(map(alike, self.results, values)):
                self.run = self.replay
        except RuntimeError:  # those of torch and CUDA; the pass itself has just been made
            pass
        if self.run is self.eager:
            self.graph = self.results = self.inputs = self.draws = None
        return values

    def noted(self, draw, stream, args):
        """A draw, and what is needed to make it again."""
        buffer = draw(stream, *args)
        self.draws.append((buffer, draw, stream, args))
        return buffer

    def capture(self, inputs):
        """Make the graph, with the inputs and the draws of this call in its buffers."""
        self.inputs = [x.detach().clone().requires_grad_(x.requires_grad) for x in inputs]
        here, side = torch.cuda.current_stream(default_device()), self.pool.stream
        side.wait_stream(here)
        with torch.cuda.stream(side):  # torch's own context of a capture that fails stays on it
            for _ in range(WARM):
                self.once_more()
            self.graph = torch.cuda.CUDAGraph()
            # Other threads may go on: no call of theirs spoils the capture or fails by it.
            with torch.cuda.graph(self.graph, self.pool.handle, side, "thread_local"):
                results = self.once_more()
        here.wait_stream(side)
        self.results = [x.detach() for x in results]

    def once_more(self):
        """The pass on the buffers."""
        buffers = iter(self.draws)
        with drawn_by(lambda *draw: next(buffers)[0]):
            return self.eager(*self.inputs)

    def replay(self, *inputs):
        """The results by way of the graph."""
        if inputs:
            torch._foreach_copy_(self.inputs, inputs)
        for buffer, draw, stream, args in self.draws:
            buffer.copy_(draw(stream, *args))
        self.graph.replay()
        return [x if mine else x.clone() for x, mine in zip(self.results, self.private)]


def alike(x, y):
    """Whether x is y up to what sums in another order differ by: kernels of a GPU may add up in
    any order."""
    if not x.is_floating_point() or not x.numel():
        return torch.equal(x, y)
    largest = y.nan_to_num(0, 0, 0).abs().max().item()
    return torch.allclose(x, y, 0, torch.finfo(y.dtype).eps ** 0.5 * largest, equal_nan=True)
