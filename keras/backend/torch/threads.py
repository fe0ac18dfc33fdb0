"""Small plans run on one thread: for them OpenMP's barriers cost more than the work, and on a
busy machine a hundred times as much."""
from math import prod

SMALL = 3e6  # multiplications and element operations of one run

WINDOWED = {"convolution", "biased_convolution", "transposed_convolution"}


def work_per_sample(plan):
    """Roughly how many operations a plan does per sample; unknown sizes count as 1."""
    total = 0
    for node in plan.order:
        cells = sum(prod(size or 1 for size in x.shape) for x in node.outputs)
        if node.op.name in ("dot", "affine", "matrices", "product_and"):
            cells *= node.args[0].shape[-1] or 1
        elif node.op.name in WINDOWED:
            cells *= prod(size or 1 for size in node.args[1].shape[:-1])
        elif node.op.name == "recurrence":
            x, kernels = node.args[1], node.args[3:5]
            cells += (x.shape[1] or 64) * sum(prod(kernel.shape) for kernel in kernels)
        elif node.op.name == "loop":
            cells += (node.args[1][0].shape[0] or 64) * work_per_sample(node.args[0].plan)
        total += cells
    return total
