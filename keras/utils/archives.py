"""Unpacking tar and zip archives that nobody vouches for.

Every member is looked at before the first is written, and a bad one refuses the whole archive. The
files are written below a new folder, and moved to their places when all are there; so a damaged
archive leaves what was there before. Links become copies of what they point to inside the archive:
none is ever made on the disk, and nothing can be reached through one.
"""
import os
import re
import shutil
import stat
import tempfile

MOST_MEMBERS = 250_000
MOST_PARTS = 64  # folders in folders
EXPANSION = 1000  # times as large as the archive, at most, from FREE bytes on
FREE = 1 << 26
TAR_MODES = "r:*"  # gzip, bzip2, xz or none


class ArchiveError(OSError, ValueError):
    """An archive that is damaged, or has a member that would do harm; the text tells which."""


def is_archive(path, kind):
    """Whether a file is an archive.

    Arguments
        path: of the file.
        kind: 'tar', which may be compressed by gzip, bzip2 or xz, or 'zip'.

    Raises
        ArchiveError: for a tar archive of which not even the beginning is whole.
    """
    try:
        if kind == "tar":
            import tarfile
            return tarfile.is_tarfile(path)
        import zipfile
        return zipfile.is_zipfile(path)
    except _damages() as error:  # it begins as one does, and ends too soon
        raise _damaged(path, error) from error


def extract_archive(file_path, path=".", archive_format="auto"):
    """Unpack an archive.

    Arguments
        file_path: of the archive.
        path: folder to unpack into.
        archive_format: 'auto' for tar or zip, whichever it is; 'tar', 'zip', a list of them, or
            None for neither.

    Returns
        bool, whether the file is an archive of these formats.

    Raises
        ArchiveError: for one that is damaged or would do harm. Nothing is unpacked then.
    """
    kinds = {"auto": ("tar", "zip"), None: ()}.get(
        archive_format if isinstance(archive_format, (str, type(None))) else "", archive_format)
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    unknown = [kind for kind in kinds if kind not in ("tar", "zip")]
    if unknown:
        raise ValueError(f"archive_format is 'auto', 'tar', 'zip', a list of them, or None; given "
                         f"{unknown[0]!r}.")
    for kind in kinds:
        if is_archive(file_path, kind):
            _extract(os.path.abspath(file_path), os.path.abspath(path), kind)
            return True
    return False


def _extract(file_path, folder, kind):
    os.makedirs(folder, exist_ok=True)
    new = tempfile.mkdtemp(prefix=f".{os.path.basename(file_path)[:60]}.", dir=folder)
    try:
        opened = _opened_tar(file_path) if kind == "tar" else _opened_zip(file_path)
        with opened as archive:
            limit = Limit(file_path, new)
            members = (_tar_members if kind == "tar" else _zip_members)(archive, limit)
            _write(members, new)
        _move(new, folder)
    except ArchiveError as error:
        raise ArchiveError(f"{file_path}: {error} Nothing was unpacked.") from error
    except (*_damages(), OSError) as error:
        if getattr(error, "errno", None) is not None:  # the disk's fault, not the archive's
            raise
        raise _damaged(file_path, error) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _damaged(path, error):
    return ArchiveError(f"{path} is damaged ({type(error).__name__}: {error}). Nothing was "
                        f"unpacked; delete it and download it again.")


def _damages():
    """What a damaged archive raises."""
    import lzma
    import tarfile
    import zipfile
    import zlib
    return (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError,
            NotImplementedError, RuntimeError)


def _opened_tar(path):
    import tarfile
    return tarfile.open(path, TAR_MODES)


def _opened_zip(path):
    import zipfile
    return zipfile.ZipFile(path)


# Members: pairs (parts of the name, size, function that opens the content; None for a folder)


def checked_name(name):
    """The parts of a member's name. ArchiveError for one that may lead elsewhere.

    Arguments
        name: as it stands in the archive.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    reason = None
    if "\0" in name or "\\" in name:
        reason = "holds a backslash or a zero byte"
    elif name.startswith("/") or re.match("[A-Za-z]:", name):
        reason = "is an absolute path"
    elif ".." in parts:
        reason = "leads out of the folder"
    elif len(parts) > MOST_PARTS or any(len(part.encode("utf-8", "replace")) > 255
                                        for part in parts):
        reason = "is nested too deeply or too long"
    if reason:
        raise ArchiveError(f"the name of the member {name[:100]!r} {reason}.")
    return tuple(parts)


class Limit:
    """Counts members and bytes, and refuses too many.

    Arguments
        file_path: of the archive.
        folder: where the content goes.
    """

    def __init__(self, file_path, folder):
        self.room = shutil.disk_usage(folder).free
        self.most = max(FREE, EXPANSION * os.path.getsize(file_path))
        self.members = self.bytes = 0

    def add(self, size):
        """Count a member of `size` bytes."""
        self.members += 1
        if self.members > MOST_MEMBERS:
            raise ArchiveError(f"it has more than {MOST_MEMBERS:,} members.")
        self.add_bytes(size)

    def add_bytes(self, count):
        """Count bytes that are read or written."""
        self.bytes += count
        if self.bytes > self.room:
            raise ArchiveError(f"it would unpack to {self.bytes:,} bytes or more; the disk has "
                               f"room for {self.room:,}.")
        if self.bytes > self.most:
            raise ArchiveError(f"it would unpack to {self.bytes:,} bytes or more, over "
                               f"{EXPANSION} times its own size: a thing made to fill disks.")


def _tar_members(archive, limit):
    found = {}
    for member in archive:
        limit.add(member.size)
        found[checked_name(member.name)] = member
    while block := archive.fileobj.read(1 << 20):  # at its very end gzip compares the sum
        limit.add_bytes(len(block))
    for parts, member in found.items():
        if member.isdir():
            yield parts, 0, None
            continue
        source = _linked(found, parts, member)
        if source is not member:
            limit.add(source.size)
        yield parts, source.size, lambda source=source: archive.extractfile(source)


def _linked(found, parts, member):
    """The regular file that a member is, or that its links end in."""
    for _ in range(40):
        if member.isreg():
            return member
        if not (member.islnk() or member.issym()):
            raise ArchiveError(f"the member {member.name[:100]!r} is neither a file nor a folder.")
        base = parts[:-1] if member.issym() else ()
        target = _joined(base, member)
        if target not in found:
            break
        parts, member = target, found[target]
    raise ArchiveError(f"the member {member.name[:100]!r} is a link to {member.linkname[:100]!r}, "
                       f"which is no file of the archive.")


def _joined(base, member):
    """The name that a link points to; one out of the archive is refused."""
    if member.linkname.startswith(("/", "\\")) or "\\" in member.linkname:
        raise ArchiveError(f"the member {member.name[:100]!r} is a link to "
                           f"{member.linkname[:100]!r}, out of the archive.")
    parts = list(base)
    for part in member.linkname.split("/"):
        if part == ".." and not parts:
            raise ArchiveError(f"the member {member.name[:100]!r} is a link to "
                               f"{member.linkname[:100]!r}, out of the archive.")
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return tuple(parts)


def _zip_members(archive, limit):
    for member in archive.infolist():
        limit.add(member.file_size)
        parts = checked_name(member.orig_filename)
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ArchiveError(f"the member {member.filename[:100]!r} is a link or a device.")
        if member.is_dir():
            yield parts, 0, None
        else:
            yield parts, member.file_size, lambda member=member: archive.open(member)


# Writing


def _write(members, new):
    """Check all members, then write them below the folder `new`."""
    for parts, size, content in list(members):
        if not parts:
            continue
        place = os.path.join(new, *parts)
        try:
            if content is None:
                os.makedirs(place, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with content() as source, open(place, "wb") as target:
                _copy(source, target, size)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise ArchiveError(f"the member {'/'.join(parts)[:100]!r} is both a file and a "
                               f"folder.") from error


def _copy(source, target, size):
    left = size
    while left:
        block = source.read(min(left, 1 << 20))
        if not block:
            raise EOFError("a member ends early")
        target.write(block)
        left -= len(block)
    if source.read(1):  # for zip the sum of the content is checked here, too
        raise ArchiveError("a member is longer than the archive says.")


def _move(new, folder):
    """Move everything below `new` to the same places below `folder`."""
    for where, folders, files in os.walk(new):
        there = os.path.normpath(os.path.join(folder, os.path.relpath(where, new)))
        for name in folders:
            os.makedirs(os.path.join(there, name), exist_ok=True)
        for name in files:
            os.replace(os.path.join(where, name), os.path.join(there, name))
