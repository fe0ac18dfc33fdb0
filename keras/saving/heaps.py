"""The heaps in which HDF5 keeps strings, looked over before HDF5 reads them: in a damaged one its
own search for an object may never end."""
import io
import struct

SIGNATURE = b"GCOL\x01\0\0\0"
HEADER = 16
CHUNK = 1 << 24


def damaged_heap(file, source):
    """Where in the file the first damaged heap begins, or None.

    Arguments
        file: h5py.File.
        source: path, or the open binary file behind it.
    """
    if hasattr(source, "seek"):
        return _search(source, file)
    with open(source, "rb") as opened:
        return _search(opened, file)


def _search(source, file):
    end = source.seek(0, io.SEEK_END)
    for start, stop in gaps(file, end):
        while start < stop:
            source.seek(start)
            block = source.read(min(CHUNK, stop - start))
            place = block.find(SIGNATURE)
            while place >= 0:
                if not _sound(source, start + place, end):
                    return start + place
                place = block.find(SIGNATURE, place + 1)
            start += max(len(block) - len(SIGNATURE), 1) if start + len(block) < stop else stop
    return None


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
