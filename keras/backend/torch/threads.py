"""Small plans, and those of small ops, run on one thread: for them OpenMP's barriers cost more than
the work that another thread takes, and on a busy machine a hundred times as much."""
from math import inf, prod

SMALL = 3e6  # multiplications and element operations of one run
GRAIN = 1e6  # of its largest op, below which two threads gain nothing by their number

WINDOWED = {"convolution", "biased_convolution", "transposed_convolution"}


def costs(plan):
    """Roughly what each node does per sample: pairs (steps one after the other, operations of a
    step); unknown sizes count as 1."""
    for node in plan.order:
        sizes = [prod(size or 1 for size in x.shape) for x in node.outputs]
        cells = sum(sizes)
        if node.op.name == "gradients_of":
            yield from ((1, size) for size in sizes)
            continue
        if node.op.name in ("dot", "affine", "matrices", "product_and"):
            cells *= node.args[0].shape[-1] or 1
        elif node.op.name in WINDOWED:
            cells *= prod(size or 1 for size in node.args[1].shape[:-1])
        elif node.op.name == "recurrence":
            x, kernels = node.args[1], node.args[3:5]
            yield x.shape[1] or 64, sum(prod(kernel.shape) for kernel in kernels)
        elif node.op.name == "loop":
            for steps, inner in costs(node.args[0].plan):
                yield steps * (node.args[1][0].shape[0] or 64), inner
        yield 1, cells


def work_per_sample(plan):
    """Roughly how many operations a plan does per sample."""
    return sum(steps * cells for steps, cells in costs(plan))


def grain_per_sample(plan):
    """Roughly how many operations its largest op does per sample, infinite where sizes other than
    the number of samples are unknown."""
    if any(None in x.shape[1:] for node in plan.order for x in node.outputs):
        return inf
    return max((cells for _, cells in costs(plan)), default=0)


def alone(run, samples):
    """Whether the plan `run` gets one thread for so many samples."""
    return run.work * samples < SMALL or run.grain * samples < GRAIN
