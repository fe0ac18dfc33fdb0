"""From the gradients of batches to those of a step: their mean over several batches, and the scale
that keeps float16's from vanishing."""
from numbers import Real

from . import backend as K
from .graph import Variable

FIRST = 2.0**15  # the scale that 'dynamic' begins with
PATIENCE = 2000  # steps without an overflow after which it is doubled


def check_gathering(options):
    """ValueError for options of an optimizer that make no sense.

    Arguments
        options: dict that may hold 'gradient_accumulation_steps' and 'loss_scale'.
    """
    steps = options.get("gradient_accumulation_steps")
    if steps is not None and (type(steps) is not int or steps < 1):
        raise ValueError(f"gradient_accumulation_steps is an int >= 1; given {steps!r}.")
    scale = options.get("loss_scale")
    if scale not in (None, "dynamic") and not (
            isinstance(scale, Real) and not isinstance(scale, bool) and scale > 0):
        raise ValueError(f"loss_scale is a number > 0, 'dynamic' or None; given {scale!r}.")


class Gathering:
    """The gradients for the steps of an optimizer.

    Arguments
        optimizer: Optimizer, whose `gradient_accumulation_steps` and `loss_scale` say what to do.
        loss: scalar tensor.
        params: list of variables.

    `grads`: list of tensors, clipped. `due`: scalar, whether this batch makes a step. `updates`
    carry the state on, which is in `variables`.
    """

    def __init__(self, optimizer, loss, params):
        self.updates, self.variables = [], []
        grads, finite = self.scaled(optimizer, loss, params)
        steps = optimizer.gradient_accumulation_steps or 1
        if steps > 1:
            grads, self.due = self.summed(grads, finite, steps, params)
        else:
            self.due = finite
        self.grads = optimizer.clipped(grads)

    def number(self, value, dtype, name):
        """A number that stays between runs, on the host."""
        x = Variable(value, dtype, name, host=True)
        self.variables.append(x)
        return x

    def scaled(self, optimizer, loss, params):
        """The gradients by way of a loss that is scaled up; and whether they are finite, None where
        nobody needs to know."""
        if not optimizer.loss_scale:
            return optimizer.plain_gradients(loss, params), None
        if optimizer.loss_scale != "dynamic":
            scale = float(optimizer.loss_scale)
            return [g / scale for g in optimizer.plain_gradients(loss * scale, params)], None
        scale = self.number(FIRST, "float32", "loss_scale")
        good = self.number(0, "int64", "good_steps")
        grads = [g / scale for g in optimizer.plain_gradients(loss * scale, params)]
        finite = K.less(sum(K.sum(K.abs(g)) for g in grads), float("inf"))
        grown = K.greater_equal(good, PATIENCE - 1)
        larger = K.switch(grown, scale * 2.0, scale * 1.0)
        self.updates += [
            K.update(scale, K.switch(finite, larger, K.maximum(scale / 2.0, 1.0))),
            K.update(good, K.switch(finite & ~grown, good + 1, good * 0))]
        return grads, finite

    def summed(self, grads, finite, steps, params):
        """The mean gradients of `steps` batches; and whether they are complete. A batch whose
        gradients are not finite counts as zeros."""
        count = self.number(0, "int64", "gathered_batches")
        due = K.equal(count, steps - 1)
        sums = [K.zeros(K.int_shape(p), K.dtype(p), f"gathered_{i}") for i, p in enumerate(params)]
        self.variables += sums
        if finite is not None:
            grads = [K.switch(finite, g, K.zeros_like(g)) for g in grads]
        totals = [total + g for total, g in zip(sums, grads)]
        self.updates += [K.update(s, K.switch(due, K.zeros_like(total), total))
                         for s, total in zip(sums, totals)]
        self.updates.append(K.update(count, (count + 1) % steps))
        return [total / float(steps) for total in totals], due
