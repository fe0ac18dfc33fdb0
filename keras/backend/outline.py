"""What engines that run a plan node by node ask of it first."""
from collections import Counter

from ..graph.walk import ancestors


class Outline:
    """What there is to know of a plan before it is evaluated.

    `read`: the tensors that somebody reads. `sides`: for each choice the nodes that its first
    alternative alone needs, and those of the second. `common`: the nodes on no side. `watch`:
    what looks at the values, or None.
    """

    def __init__(self, plan, watch=None):
        self.watch = watch
        nodes = [*plan.order, *plan.updates]
        self.read = {*plan.outputs, *(x for node in nodes for x in node.inputs)}
        self.users = Counter(x.node for node in nodes for x in set(node.inputs))
        self.users.update(x.node for x in plan.outputs)
        self.sides, aside = {}, set()
        for node in plan.order:
            if node.op.name == "choose":
                condition, then, otherwise = node.args
                self.sides[node] = (self.side(node, then, (condition, otherwise), aside),
                                    self.side(node, otherwise, (condition, then), aside))
                aside.update(*self.sides[node])
        self.common = set(plan.order) - aside

    def side(self, choice, x, others, aside):
        """The nodes that only `choice` needs, and only for x."""
        shared = set(ancestors(others))
        uses = Counter({x.node: 1})
        own = []
        for node in reversed(ancestors([x])):  # each after all that use it
            if uses[node] == self.users[node] and node not in shared:
                own.append(node)
                uses.update(y.node for y in set(node.inputs))
        return [node for node in reversed(own) if node not in aside]


def streams(plan):
    """The streams of the random nodes in a plan and in the loops inside it."""
    found = []
    for node in plan.order:
        if node.stream is not None:
            found.append(node.stream)
        if node.op.name == "loop":
            found += streams(node.args[0].plan)
    return list(dict.fromkeys(found))
