"""What is settled once for the process, before torch is loaded: how its threads wait, and how glibc
keeps memory for its tensors. What the user has settled by environment variables stays."""
import ctypes
import os
import sys

TRIM, MMAP = -1, -3  # mallopt's numbers for M_TRIM_THRESHOLD and M_MMAP_THRESHOLD
MEMORY = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES", "LD_PRELOAD")


def wait_briefly():
    """Let OpenMP's threads spin for a few microseconds only while they wait for each other, then
    sleep. By default they spin for a millisecond, on cores that other programs may need: on a
    busy machine small steps took a hundred times as long. Not spinning at all costs half as much
    again on an idle one."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def keep_freed():
    """Let glibc keep up to 256 MB that tensors gave back, for those of the next step.

    Without it every step's large arrays come from the kernel anew, which zeroes them page by
    page: 8 to 14 % of the time of a small convolutional network.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in MEMORY):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "gnu_get_libc_version"):
        libc.mallopt(MMAP, 32 << 20)  # the highest that glibc's own rule would reach
        libc.mallopt(TRIM, 256 << 20)


wait_briefly()
keep_freed()
