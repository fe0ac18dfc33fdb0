"""tiny in jax, as fast as we know: all steps of a call are one program."""
from functools import partial

from jax_program import Best, adam
from plain_jax.tiny import mean_loss

setup = partial(Best, "tiny", adam, mean_loss)
