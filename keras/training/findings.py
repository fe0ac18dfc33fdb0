"""Which layer or gradient first held a value that is not finite, for TerminateOnNaN."""
import numpy as np

from .. import backend as K


class Findings:
    """Looks at every step of a training.

    Arguments
        loss: scalar tensor that is trained on.
        updates: those of the optimizer.

    `sums`: tensor to be fetched with each step; it has an entry for what is fed, for each output of
    a layer, the loss and each gradient, its sum: which is finite only if all elements are.
    """

    def __init__(self, loss, updates):
        fed, outputs, gradients = K.watched(loss, updates)
        self.names = [*(f"what was fed as {name}" for name in fed.values()),
                      *(f"the output of {name}" for name in outputs.values()), "the loss",
                      *(f"the gradient of {name}" for name in gradients.values())]
        self.forward = len(self.names) - len(gradients)  # entries that are not of gradients
        self.sums = K.stack([K.sum(K.cast(x, "float32"))
                             for x in (*fed, *outputs, loss, *gradients)])
        self.before = self.now = None

    def taken(self, row):
        """What a step returned, without the sums, which are kept."""
        self.before, self.now = self.now, row[-1]
        return row[:-1]

    def told(self):
        """Where a value that is not finite first showed, in words; it may have been in a gradient
        of the step before."""
        for sums, when in ((self.before, " in the batch before"), (self.now, "")):
            if sums is not None:
                bad = np.flatnonzero(~np.isfinite(np.asarray(sums)))
                if bad.size:
                    # Gradients flow from the loss back: that of the last layer comes first.
                    first = bad[0] if bad[0] < self.forward else bad[-1]
                    return f"the first value that is not finite was in {self.names[first]}{when}"
        return "all outputs of layers and all gradients are finite"
