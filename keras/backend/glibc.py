"""The memory of the process, where its C library is GNU's."""
import ctypes
import sys
from functools import cache

TRIM, MMAP = -1, -3  # mallopt's numbers for M_TRIM_THRESHOLD and M_MMAP_THRESHOLD


@cache
def library():
    """The C library, or None if it is another one."""
    found = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    return found if hasattr(found, "gnu_get_libc_version") else None


def keep_freed():
    """Let it keep up to 256 MB that were given back, for those who ask next."""
    if library():
        library().mallopt(MMAP, 32 << 20)  # the highest that glibc's own rule would reach
        library().mallopt(TRIM, 256 << 20)


def give_back():
    """Give what is free, but lies between what is not, back to the system."""
    if library():
        library().malloc_trim(0)
