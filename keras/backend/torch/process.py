"""What is settled once for the process, before torch is loaded: how its threads wait, and how
memory is kept for its tensors. What the user has settled by environment variables stays."""
import os

from .. import glibc

# By default OpenMP's threads spin for a millisecond while they wait for each other, on cores that
# other programs may need: on a busy machine small steps took a hundred times as long. Not spinning
# at all costs half as much again on an idle one; this is some microseconds.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# Else every step's large arrays come from the kernel anew, which zeroes them page by page: 8 to
# 14 % of the time of a small convolutional network.
glibc.keep_freed(256 << 20)
