"""Writing a file so that its name holds the old content or the new one, never half of it."""
import errno
import os
import re
import secrets
import stat
from contextlib import contextmanager


def asks(path):
    """Ask at the terminal whether a file may be overwritten; a bool (Keras 2 asks likewise)."""
    answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]")
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).')
    return answer == "y"


def may_write(path, overwrite):
    """Whether to write: always over nothing, else if told so, or if the user says so."""
    return overwrite or not os.path.isfile(path) or asks(path)


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
    folder = os.path.dirname(path)
    new = os.path.join(folder, f".{os.path.basename(path)[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        _make(new, path)
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


def _make(new, path):
    """An empty file `new`, with the permissions of the old one."""
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    if os.path.exists(path):
        os.chmod(new, stat.S_IMODE(os.stat(path).st_mode))


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
    """The errno behind an error; None for one that is not the file system's. HDF5 tells a full
    disk in words."""
    text = str(error)
    if isinstance(error, (OSError, RuntimeError)) and "errno = " in text:
        return int(re.search(r"errno = (\d+)", text)[1])
    if isinstance(error, OSError):
        return error.errno or errno.EIO
    return None


def _told(number, error, path):
    """The error with the path and what became of the file."""
    left = "the file that was there is unchanged" if os.path.exists(path) else "nothing was written"
    reason = os.strerror(number) if number != errno.EIO else str(error)
    return OSError(number, f"could not write: {reason}; {left}", path)
