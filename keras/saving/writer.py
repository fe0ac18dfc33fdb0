"""Writing a file so that its name holds the old content or the new one, never half of it."""
import errno
import os
import re
import secrets
import stat
import time
from contextlib import contextmanager, suppress

from . import processes

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

JUST_NOW = 1  # seconds; between making a file and locking it lies far less


def asks(path):
    """Ask at the terminal whether a file may be overwritten; a bool (Keras 2 asks likewise)."""
    answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]")
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).')
    return answer == "y"


def may_write(path, overwrite):
    """Whether this process is to write a file: over nothing, if told so, or if the user says so.
    Of several processes the first one writes; the others wait here until it has."""
    new = overwrite or not os.path.isfile(path)
    if processes.place()[0] == 0:
        return new or asks(path)
    if new:
        processes.wait_for(path)
    return False


@contextmanager
def replacing(path):
    """In `with replacing(path) as new:` the file is written as `new`, a path in the same folder;
    at the end it takes the place of `path`, which keeps its permissions. An error, also a full
    disk, leaves `path` as it was.

    Arguments
        path: where the file is to be; a symbolic link stays, its target is replaced.
    """
    path = os.path.realpath(os.fspath(path))
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "a directory has this name; give that of a file",
                                path)
    folder, stem = os.path.dirname(path), f".{os.path.basename(path)[:80]}."
    new, held = os.path.join(folder, f"{stem}{secrets.token_hex(6)}.tmp"), None
    try:
        held = _made(new, path)
        _remove_left(folder, stem)
        yield new
        _flush(new)
        os.replace(new, path)
        _flush(folder)
    except BaseException as error:
        _remove(new)
        number = _number(error)
        if number is None:
            raise
        raise _told(number, error, path) from error
    finally:
        if held is not None:
            os.close(held)


def locks():
    """Whether files are locked here: the user has not told HDF5 whether to lock them itself."""
    return fcntl is not None and "HDF5_USE_FILE_LOCKING" not in os.environ


def _made(new, path):
    """A handle of an empty file `new` with the permissions of the old one. It is locked as long as
    the handle is open: a killed process leaves a file that is not."""
    held = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
    if locks():
        with suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_SH)  # as readers do, whom it is not to keep out
    if os.path.exists(path):
        os.chmod(new, stat.S_IMODE(os.stat(path).st_mode))
    return held


def _remove_left(folder, stem):
    """Remove what killed processes left of their writing of the same file: nobody has it locked,
    and it was not begun just now."""
    for entry in os.scandir(folder) if locks() else ():
        if not re.fullmatch(re.escape(stem) + r"[0-9a-f]{12}\.tmp", entry.name):
            continue
        with suppress(OSError):
            held = os.open(entry.path, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - os.fstat(held).st_mtime > JUST_NOW:
                    os.unlink(entry.path)
            finally:
                os.close(held)


def _flush(path):
    """Wait until a file, or the entries of a folder, are on the disk."""
    if os.name == "nt" and os.path.isdir(path):
        return
    handle = os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path):
    try:
        os.unlink(path)
    except OSError:
        return  # it was not made, or is in place already


def _number(error):
    """The errno behind an error; None for one that is not the file system's. HDF5 and safetensors
    tell a full disk in words."""
    told = re.search(r"(?:errno = |os error )(\d+)", str(error))
    if told and isinstance(error, Exception):
        return int(told[1])
    if isinstance(error, OSError):
        return error.errno or errno.EIO
    return None


def _told(number, error, path):
    """The error with the path and what became of the file."""
    left = "the file that was there is unchanged" if os.path.exists(path) else "nothing was written"
    reason = os.strerror(number) if number != errno.EIO else str(error)
    return OSError(number, f"could not write: {reason}; {left}", path)
