"""How glibc keeps memory for torch's tensors on the CPU."""
import ctypes
import os
import sys

TRIM, MMAP = -1, -3  # mallopt's numbers for M_TRIM_THRESHOLD and M_MMAP_THRESHOLD
CHOSEN = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES", "LD_PRELOAD")


def keep_freed():
    """Let glibc keep up to 256 MB that tensors gave back, for those of the next step.

    Without it every step's large arrays come from the kernel anew, which zeroes them page by
    page: 8 to 14 % of the time of a small convolutional network. Settings of the user's own, by
    glibc's environment variables or another allocator, are left alone.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in CHOSEN):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "gnu_get_libc_version"):
        libc.mallopt(MMAP, 32 << 20)  # the highest that glibc's own rule would reach
        libc.mallopt(TRIM, 256 << 20)
