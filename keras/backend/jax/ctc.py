"""The loss of connectionist temporal classification, by Graves' forward recursion."""
import jax.numpy as jnp
from jax import lax, nn

NEVER = -1e30  # the logarithm of no probability; -inf would make NaN gradients


def alignments(labels, logits, input_length, label_length):
    """What `ops.ctc.ctc_loss` computes.

    State 2i is the blank before label i, state 2i + 1 that label, of the sequence with blanks
    between all labels and around them.
    """
    blank = logits.shape[2] - 1
    log_p = nn.log_softmax(logits)
    samples, length = labels.shape
    states = jnp.full((samples, 2 * length + 1), blank, "int32")
    states = states.at[:, 1::2].set(labels.astype("int32"))
    # A label may follow the one before it without a blank unless they are equal.
    skips = jnp.zeros(states.shape, "bool").at[:, 3::2].set(labels[:, 1:] != labels[:, :-1])
    emitted = jnp.take_along_axis(log_p, states[:, None, :], 2, mode="clip")
    start = jnp.full(states.shape, NEVER, log_p.dtype).at[:, 0].set(0.0)
    # Before the first step only a blank or the first label can come: as if from one state earlier.

    def turn(before, given):
        step, t = given
        by_one = jnp.pad(before, ((0, 0), (1, 0)), constant_values=NEVER)[:, :-1]
        by_two = jnp.pad(before, ((0, 0), (2, 0)), constant_values=NEVER)[:, :-2]
        reached = jnp.logaddexp(jnp.logaddexp(before, by_one), jnp.where(skips, by_two, NEVER))
        new = jnp.maximum(reached + step, NEVER)
        return jnp.where((t < input_length)[:, None], new, before), None

    steps = jnp.arange(log_p.shape[1])
    last, _ = lax.scan(turn, start, (emitted.transpose(1, 0, 2), steps))
    ends = jnp.stack([2 * label_length, jnp.maximum(2 * label_length - 1, 0)], 1)
    final = jnp.take_along_axis(last, ends, 1, mode="clip")
    by_label = jnp.where(label_length > 0, final[:, 1], NEVER)
    total = jnp.logaddexp(final[:, 0], by_label)
    return jnp.where(total < NEVER / 2, jnp.inf, -total)
