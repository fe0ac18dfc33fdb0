"""The heaps in which HDF5 keeps strings, looked over before HDF5 reads them: in a damaged one its
own search for an object may never end."""
import io
import struct
from contextlib import contextmanager

SIGNATURE = b"GCOL\x01\0\0\0"
HEADER = 16
CHUNK = 1 << 24
VARIABLE = 9  # the class of types of any length
SHARED = 1  # the type is not told here


def damaged_heap(file, source):
    """Where in the file the first damaged heap begins, or None.

    Arguments
        file: h5py.File.
        source: path, or the open binary file behind it.
    """
    with _opened(source) as opened:
        return next((place for place in _places(file, opened, SIGNATURE)
                     if not _sound(opened, place, _end(opened))), None)


def claimed(file, source, name):
    """The most bytes that the strings of one attribute `name` claim to have, of all attributes of
    that name with at most one axis; None if there is none. HDF5 asks for so much memory before it
    looks for them.

    Arguments
        file, source: as for `damaged_heap`.
        name: string.
    """
    name = name.encode("utf-8") + b"\0"
    with _opened(source) as opened:
        found = [_lengths(opened, place, len(name)) for place in _places(file, opened, name)]
    return max((n for n in found if n is not None), default=None)


def _lengths(source, place, size):
    """The sum of the lengths of the strings of an attribute whose name begins at a place; None if
    none does, or its strings lie in it."""
    start = max(place - 9, 0)
    source.seek(start)
    head = source.read(place - start).rjust(9, b"\0")
    # Version 3 has a byte more between the sizes and the name.
    forms = [head[i:i + 8] for i, versions in ((0, (3,)), (1, (1, 2))) if head[i] in versions
             and struct.unpack_from("<H", head, i + 2)[0] == size]
    if not forms:
        return None
    version, flags, *sizes = struct.unpack("<BB3H", forms[0])  # of name, type and shape
    if version == 1:  # each fills up eight bytes
        sizes = [-(-n // 8) * 8 for n in sizes]
    source.seek(place + sizes[0])
    kind, shape = source.read(sizes[1]), source.read(sizes[2])
    if len(shape) < 2 or shape[1] > 1 or kind[0] & 15 != VARIABLE and not flags & SHARED:
        return None
    count = struct.unpack_from("<Q", shape, 8 if shape[0] == 1 else 4)[0] if shape[1] else 1
    data = source.read(min(16 * count, CHUNK))
    return sum(n for n, in struct.iter_unpack("<I12x", data[:len(data) // 16 * 16]))


@contextmanager
def _opened(source):
    if hasattr(source, "seek"):
        yield source
    else:
        with open(source, "rb") as opened:
            yield opened


def _end(source):
    return source.seek(0, io.SEEK_END)


def _places(file, source, sign):
    """Where some bytes are in a file, outside the arrays in it."""
    for start, stop in gaps(file, _end(source)):
        while start < stop:
            source.seek(start)
            block = source.read(min(CHUNK, stop - start))
            place = block.find(sign)
            while place >= 0:
                yield start + place
                place = block.find(sign, place + 1)
            start += max(len(block) - len(sign), 1) if start + len(block) < stop else stop


def gaps(file, end):
    """[(start, stop)] of a file without the arrays in it: what HDF5 keeps for itself."""
    import h5py
    arrays = []

    def note(name, one):
        if isinstance(one, h5py.Dataset) and one.id.get_offset() is not None:
            arrays.append((one.id.get_offset(), one.id.get_storage_size()))

    file.visititems(note)
    found, start = [], 0
    for offset, size in sorted(arrays):
        found.append((start, min(offset, end)))
        start = max(start, offset + size)
    return [(start, stop) for start, stop in [*found, (start, end)] if start < stop]


def _sound(source, start, end):
    """Whether the objects of a heap follow on one another up to its end."""
    source.seek(start + len(SIGNATURE))
    (size,) = struct.unpack("<Q", source.read(8).ljust(8, b"\0"))
    if not HEADER <= size <= end - start:
        return False
    heap = source.read(size - HEADER)
    at = 0
    while at + HEADER <= len(heap):
        index, size = struct.unpack_from("<H6xQ", heap, at)
        at += HEADER + -(-size // 8) * 8 if index else size
        if at > len(heap) or not index and size < HEADER:
            return False
    return True
