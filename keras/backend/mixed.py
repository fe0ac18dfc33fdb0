"""Mixed precision: a plan of float32 in which products and convolutions are made of halves.

Products, convolutions and their kin take float16 or bfloat16 and give it; what follows them and
loses nothing by it stays so; all else, sums and losses first, is of float32, as are the variables.
"""
from ..graph.tensor import Tensor, Variable
from ..ops.elementwise import cast
from .plan import Plan, copied

PRODUCTS = {"dot", "matrices", "convolution", "transposed_convolution"}
ALONG = {"add", "rectify", "drop", "identity", "reshape", "permute_dimensions", "expand_dims",
         "squeeze", "zero_pad", "join", "select", "tile"}
FULL = "float32"


def mixed(plan, dtype):
    """`plan` with its products in another precision.

    Arguments
        plan: Plan of float32.
        dtype: 'float16' or 'bfloat16'.
    """
    return Mixing(plan, dtype).result()


class Mixing:
    """The rewriting of one plan."""

    def __init__(self, plan, dtype):
        self.plan = plan
        self.dtype = dtype
        self.full = {}  # tensor -> what stands for it in its own dtype
        self.half = {}  # tensor of float32 -> what stands for it in the lower precision
        self.lowered = set()  # tensors that are made in the lower precision
        self.asked = {x for node in plan.order if node.op.name == "gradients_of"
                      for x in node.args[1]}

    def result(self):
        """The plan after all rewrites."""
        for node in self.plan.order:
            self.step(node)
        updates = [copied(node, self.swapped(node.args, self.in_full))[0].node
                   for node in self.plan.updates]
        return Plan(self.plan.inputs, [self.in_full(x) for x in self.plan.outputs], updates)

    def step(self, node):
        """Copy a node in the one or the other precision."""
        half = self.may_be_half(node)
        args = self.swapped(node.args, self.in_half if half else self.in_full)
        dtype = self.dtype if half else None
        new = node.outputs if args == node.args else copied(node, args, dtype)
        for x, y in zip(node.outputs, new):
            if half and x not in self.asked:
                self.half[x] = y
                self.lowered.add(x)
            else:
                self.full[x] = cast(y, x.dtype) if half else y

    def may_be_half(self, node):
        """Whether a node is made in the lower precision."""
        given = [x for x in node.inputs if x.dtype == FULL]
        if not given or node.outputs[0].dtype != FULL:
            return False
        name = node.op.name
        if name == "pool" and node.args[4] == "max" or name in ALONG:
            return (not self.lowered.isdisjoint(given) and
                    all(x in self.lowered or isinstance(x, Variable) for x in given))
        return name in PRODUCTS

    def in_half(self, x):
        """x in the lower precision, if it is of float32."""
        if x.dtype != FULL:
            return self.in_full(x)
        if x not in self.half:
            self.half[x] = cast(self.in_full(x), self.dtype)
        return self.half[x]

    def in_full(self, x):
        """x in its own dtype."""
        if x not in self.full:
            self.full[x] = cast(self.half[x], x.dtype) if x in self.lowered else x
        return self.full[x]

    def swapped(self, arg, swap):
        """An argument with `swap` done to the tensors in it."""
        if isinstance(arg, Tensor):
            return swap(arg)
        if type(arg) is tuple:
            return tuple([self.swapped(part, swap) for part in arg])
        return arg
