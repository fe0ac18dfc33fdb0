"""get_file: files from the network, kept in ~/.keras (manual 20.6).

A file has its final name only when it is whole and its hash is right. What has come so far waits
beside it as `.name.part`, and the next attempt goes on from there. One process downloads at a
time; the others wait for it and take what it got.
"""
import hashlib
import json
import os
import re
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from ..config import home
from ..training.progress import Progbar
from .archives import ArchiveError, extract_archive

ATTEMPTS = 3
TIMEOUT = 60  # seconds without a byte
SCHEMES = ("http", "https", "ftp", "file")


class DownloadError(OSError):
    """A file that could not be had, or is not the one that was asked for."""


def get_file(fname, origin, untar=False, md5_hash=None, file_hash=None, cache_subdir="datasets",
             hash_algorithm="auto", extract=False, archive_format="auto", cache_dir=None):
    """The path of a file, downloaded unless it is in the cache already.

    Arguments
        fname: name of the file in the cache; an absolute path puts it there. None for the last
            part of `origin`.
        origin: URL of the file.
        untar: whether the file is a tar archive; then `fname` is the name of what is in it.
            `extract` is the newer way.
        md5_hash: the older way to give `file_hash`.
        file_hash: SHA-256 or MD5 that the file must have, in hexadecimal digits. A file in the
            cache with another one is downloaded again.
        cache_subdir: folder in the cache; an absolute path is taken as it is.
        hash_algorithm: 'md5', 'sha256', or 'auto' to tell from the length.
        extract: whether to unpack the file, a tar or zip archive, into its folder.
        archive_format: 'auto', 'tar', 'zip', a list of them, or None.
        cache_dir: folder of the cache; None for ~/.keras.

    Returns
        string, the path of the file; with `untar`, that of what was in it.

    Raises
        DownloadError: tells what to do without a network.
        ArchiveError: for an archive that is none, is damaged or would do harm.
        ValueError: for names and URLs that make no sense.
    """
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    name = checked_name(fname, origin)
    folder = _folder(cache_dir, cache_subdir)
    target = os.path.join(folder, name)
    path = target + ".tar.gz" if untar else target
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not _is_there(path, file_hash, hash_algorithm) or extract or untar:
        with locked(path):
            if not _is_there(path, file_hash, hash_algorithm, told=True):
                Download(origin, path, file_hash, hash_algorithm).run()
            if untar and not os.path.exists(target):
                _unpack(path, "tar")
            if extract and not untar:
                _unpack(path, archive_format)
    return target if untar else path


def _unpack(path, archive_format):
    """Unpack an archive into its folder."""
    if not extract_archive(path, os.path.dirname(path), archive_format) and archive_format:
        raise ArchiveError(f"{path} is to be unpacked and is no archive of the format "
                           f"{archive_format!r}, whatever its name says. Look into it; if it is "
                           f"not what you want, delete it and download it again.")


# Names and folders


def checked_name(fname, origin):
    """The name of a file in the cache. ValueError for one that would lead out of it; only the
    caller, not a URL, may name an absolute path.

    Arguments
        fname: string or path, or None.
        origin: URL.
    """
    if fname is not None and os.path.isabs(os.fspath(fname)) and "\0" not in os.fspath(fname):
        return os.fspath(fname)
    if fname is None:
        from urllib.parse import unquote, urlsplit
        fname = unquote(urlsplit(origin).path.rsplit("/", 1)[-1])
    name = os.fspath(fname)
    if name in ("", ".", "..") or re.search(r"[/\\\0]|^[A-Za-z]:", name):
        raise ValueError(f"get_file: fname is the name of a file, without folders; given "
                         f"{name!r:.100}. Folders below the cache go into cache_subdir; an "
                         f"absolute path is taken as it is.")
    return name


def _folder(cache_dir, cache_subdir):
    """The folder of the cache that files go to; made, if it is not there."""
    base = Path(cache_dir).expanduser() if cache_dir is not None else _writable_home()
    folder = base / cache_subdir
    if ".." in Path(cache_subdir).parts:
        raise ValueError(f"get_file: cache_subdir is a folder below the cache, or an absolute "
                         f"path; given {str(cache_subdir)!r:.100}.")
    folder.mkdir(parents=True, exist_ok=True)
    return os.path.abspath(folder)


def _writable_home():
    """~/.keras, or where that cannot be written a folder for temporary files of our own."""
    folder = home()
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.access(folder, os.W_OK):
        return folder
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f".keras-{user}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if folder.is_symlink() or not folder.is_dir() or hasattr(os, "getuid") and (
            found.st_uid != os.getuid() or found.st_mode & 0o077):
        return Path(tempfile.mkdtemp(prefix=".keras-"))  # somebody else put it there
    return folder


# Hashes


def _hasher(algorithm, file_hash):
    """A new hash object, of the kind that the name or the length of a hash tells."""
    if algorithm not in ("auto", "md5", "sha256"):
        raise ValueError(f"hash_algorithm is 'md5', 'sha256' or 'auto'; given {algorithm!r}.")
    if algorithm == "auto":
        algorithm = "md5" if file_hash is not None and len(file_hash) == 32 else "sha256"
    return hashlib.new(algorithm, usedforsecurity=False)


def _hash_file(fpath, algorithm="sha256", chunk_size=65535, file_hash=None):
    """The hash of a file, in hexadecimal digits.

    Arguments
        fpath: path.
        algorithm: 'sha256', 'md5', or 'auto' to go by the length of `file_hash`.
        chunk_size: bytes read at once.
    """
    hasher = _hasher(algorithm, file_hash)
    with open(fpath, "rb") as file:
        while chunk := file.read(chunk_size):
            hasher.update(chunk)
    return hasher.hexdigest()


def validate_file(fpath, file_hash, algorithm="auto", chunk_size=65535):
    """Whether a file has a hash.

    Arguments
        fpath: path.
        file_hash: the SHA-256 or MD5 expected, in hexadecimal digits.
        algorithm: 'auto', 'sha256' or 'md5'.
        chunk_size: bytes read at once.

    Returns
        bool.
    """
    return _hash_file(fpath, algorithm, chunk_size, file_hash) == str(file_hash).lower()


def _is_there(path, file_hash, algorithm, told=False):
    if not os.path.isfile(path):
        return False
    if file_hash is None or validate_file(path, file_hash, algorithm):
        return True
    if told:
        print(f"A local file was found, but it seems to be incomplete or outdated: {path} does "
              f"not have the hash {file_hash}. It is downloaded again.")
    return False


# One at a time


@contextmanager
def locked(path):
    """Within it no other process has the lock of the file `path`. It is gone with the process, so
    that none is left behind. Where the system has no such locks, the last writer wins.

    Arguments
        path: of the file; the lock lies beside it for the time being.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    name = os.path.join(os.path.dirname(path), f".{os.path.basename(path)[:200]}.lock")
    while True:
        handle = os.open(name, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), os.stat(name)):
                break
        os.close(handle)  # its last owner took it away; a new one is there, or will be
    try:
        yield
    finally:
        os.unlink(name)
        os.close(handle)


# Downloading


class Download:
    """One file on its way from `origin` to `path`.

    Arguments
        origin: URL.
        path: where the file goes.
        file_hash: its hash, or None.
        algorithm: of the hash.
    """

    def __init__(self, origin, path, file_hash=None, algorithm="auto"):
        self.origin = origin
        self.path = path
        self.file_hash = file_hash
        self.algorithm = algorithm
        folder, name = os.path.split(path)
        self.part = os.path.join(folder, f".{name[:200]}.part")
        self.note = self.part + ".json"  # which file the part is of
        if _scheme(origin) not in SCHEMES:
            raise ValueError(f"get_file: origin is a URL that begins with one of "
                             f"{', '.join(s + '://' for s in SCHEMES)}; given {origin!r:.100}.")

    def run(self):
        """Fetch, check, and put in place. DownloadError if that cannot be done."""
        print("Downloading data from", self.origin, flush=True)
        resumed = self._fetch()
        if not self._is_right() and resumed:
            self._forget()  # the file on the server has changed in between
            self._fetch()
        if not self._is_right():
            found = _hash_file(self.part, self.algorithm, file_hash=self.file_hash)
            self._forget()
            raise DownloadError(
                f"{self.origin} has the hash {found}, expected is {self.file_hash}: it is another "
                f"file, or it was changed on its way. It was thrown away; nothing was put at "
                f"{self.path}.")
        with open(self.part, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(self.part, self.path)
        self._forget()

    def _is_right(self):
        return self.file_hash is None or validate_file(self.part, self.file_hash, self.algorithm)

    def _forget(self):
        for path in (self.part, self.note):
            with suppress(FileNotFoundError):
                os.unlink(path)

    def _fetch(self):
        """Fetch the rest; whether there was a part. After a break in the line, try again."""
        from http.client import HTTPException
        resumed = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                resumed = self._fetch_once() or resumed
                return resumed
            except (OSError, HTTPException) as error:
                final = attempt == ATTEMPTS or not _may_pass(error)
                if final:
                    raise DownloadError(self._advice(error)) from error
                time.sleep(0.5 * attempt)

    def _fetch_once(self):
        start, request = self._request()
        with _opener().open(request, timeout=TIMEOUT) as response:
            if start and getattr(response, "status", 200) != 206:
                start = 0  # the server sends everything, or another file
            total = _length(response)
            total = None if total is None else start + total
            self._note_origin(response)
            with open(self.part, "ab" if start else "wb") as file:
                received = self._receive(response, file, start, total)
        if total is not None and received < total:
            raise ConnectionError(f"the connection ended after {received:,} of {total:,} bytes")
        return start > 0

    def _receive(self, response, file, received, total):
        bar = Progbar(total)
        while block := response.read(1 << 16):
            file.write(block)
            received += len(block)
            bar.update(received)
        return received

    def _request(self):
        """(bytes that are here already, the request for the others)"""
        from urllib.request import Request
        request = Request(self.origin, headers={"User-Agent": "keras-classic"})
        try:
            note = json.loads(Path(self.note).read_text(encoding="utf-8"))
            start = os.path.getsize(self.part)
        except (OSError, ValueError):
            return 0, request
        if not start or not isinstance(note, dict) or note.get("origin") != self.origin \
                or not note.get("version"):
            return 0, request
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", str(note["version"]))
        return start, request

    def _note_origin(self, response):
        version = response.headers.get("ETag") or response.headers.get("Last-Modified")
        if version is not None and version.startswith("W/"):
            version = response.headers.get("Last-Modified")
        Path(self.note).write_text(json.dumps({"origin": self.origin, "version": version}),
                                   encoding="utf-8")

    def _advice(self, error):
        reason = getattr(error, "reason", None) or error
        check = "" if self.file_hash is None else f" (its hash is {self.file_hash})"
        return (f"URL fetch failure on {self.origin}: {reason}. Without a network, download that "
                f"file elsewhere{check} and put it at {self.path}; it is taken from there.")


def _scheme(url):
    from urllib.parse import urlsplit
    return urlsplit(str(url)).scheme.lower()


def _length(response):
    text = response.headers.get("Content-Length")
    return int(text) if text is not None and text.isdigit() else None


def _may_pass(error):
    """Whether a new attempt has a chance: not after an answer, or without a network or disk."""
    from urllib.error import HTTPError, URLError
    if isinstance(error, HTTPError):
        return error.code >= 500
    if isinstance(error, URLError):
        return False
    return isinstance(error, (ConnectionError, TimeoutError)) or not isinstance(error, OSError)


def _opener():
    """urllib's opener, proxies included, that follows no redirection to a file, to FTP, or from
    https to http."""
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, build_opener

    class Redirections(HTTPRedirectHandler):
        def redirect_request(self, req, fp, code, msg, headers, newurl):
            here, there = _scheme(req.full_url), _scheme(newurl)
            if there not in ("http", "https") or here == "https" and there == "http":
                raise HTTPError(newurl, code, f"a redirection from {here} to {there} is refused",
                                headers, fp)
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    return build_opener(Redirections)
