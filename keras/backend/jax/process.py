"""What is settled once for the process, before jax is loaded: how memory is kept for its arrays."""
from .. import glibc

# XLA asks for the memory of a whole step in one piece, from a thread of its own. Else that comes
# from the kernel anew each time, which zeroes it page by page: a fifth of the time of a small
# convolutional network, a third of that of one over texts.
glibc.keep_freed(1 << 30, shared=True)
