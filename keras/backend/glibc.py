"""The memory of the process, where its C library is GNU's."""
import ctypes
import os
import sys
from functools import cache

# mallopt's numbers for M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX
TRIM, MMAP, ARENAS = -1, -3, -8
OURS_NOT = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_ARENA_MAX",
            "GLIBC_TUNABLES", "LD_PRELOAD")  # by these the user has settled it


@cache
def library():
    """The C library, or None if it is another one."""
    found = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    return found if hasattr(found, "gnu_get_libc_version") else None


def keep_freed(most, shared=False):
    """Let it keep what was given back for those who ask next, unless the user has settled that.

    Arguments
        most: the bytes that it keeps; a larger piece comes from the kernel and goes back to it.
            Before version 2.35 so does one of more than 32 MB.
        shared: whether all threads ask the same heap. A thread's own one has room for pieces of
            64 MB at most.
    """
    if library() and not any(name in os.environ for name in OURS_NOT):
        library().mallopt(MMAP, most) or library().mallopt(MMAP, 32 << 20)
        library().mallopt(TRIM, most)
        if shared:
            library().mallopt(ARENAS, 1)


def give_back():
    """Give what is free, but lies between what is not, back to the system."""
    if library():
        library().malloc_trim(0)
