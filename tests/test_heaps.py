"""The heaps of HDF5's strings: sound ones are told from damaged ones, wherever they lie."""

import struct

import h5py
import numpy as np
import pytest

from keras.saving import heaps
from keras.saving.errors import ModelFileError
from keras.saving.reader import SafeH5


def written(path, strings=3, numbers=1000):
    with h5py.File(path, "w") as f:
        for i in range(strings):
            f.attrs[f"s{i}"] = "word " * (i + 1)
            f[f"d{i}"] = np.arange(numbers)
    return path.read_bytes()


def refused(path, data):
    """Whether a string of a file with these bytes is refused for a damaged heap."""
    path.write_bytes(data)
    with SafeH5(path) as file:
        try:
            assert file.root.attribute("s2") == "word word word "
        except ModelFileError as error:
            assert "what lies at byte" in str(error) and path.name in str(error)
            return True
    return False


def test_damaged_heaps(tmp_path):
    good = written(tmp_path / "a.h5")
    start = good.index(heaps.SIGNATURE)
    assert not refused(tmp_path / "a.h5", good)
    first = start + 16  # index and size of the first object
    assert struct.unpack_from("<H6xQ", good, first) == (1, 5)
    end = start + 16 + sum(16 + n for n in (8, 16, 16))  # of the objects, each padded to eight
    assert good[end] == 0  # the free space
    for place, size in ((first, 2 ** 40), (first, 4097), (end, 0), (end, 15), (end, 2 ** 63),
                        (start, 2 ** 40)):
        data = bytearray(good)
        struct.pack_into("<Q", data, place + 8, size)
        assert refused(tmp_path / "b.h5", bytes(data)), (place, size)


def test_heaps_are_not_looked_for_in_arrays(tmp_path):
    """Arrays are left out, and what looks like a heap in one is none."""
    fake = np.frombuffer(heaps.SIGNATURE + bytes(56), "u1")
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f["d"] = fake
        f.attrs["s2"] = "word word word "
    with h5py.File(tmp_path / "a.h5") as f:
        start = f["d"].id.get_offset()
        size = f["d"].id.get_storage_size()
        found = heaps.gaps(f, 10_000)
        assert not any(a < start + size and start < b for a, b in found)
        assert sum(b - a for a, b in found) == 10_000 - size
        with open(tmp_path / "a.h5", "rb") as opened:
            assert heaps.damaged_heap(f, opened) is None
            assert heaps.damaged_heap(f, tmp_path / "a.h5") is None


@pytest.mark.parametrize("chunk", [40, 64, 1 << 24])
def test_a_heap_across_two_blocks(chunk, tmp_path, monkeypatch):
    monkeypatch.setattr(heaps, "CHUNK", chunk)
    good = bytearray(written(tmp_path / "a.h5"))
    assert not refused(tmp_path / "a.h5", bytes(good))
    struct.pack_into("<Q", good, good.index(heaps.SIGNATURE) + 24, 2 ** 40)
    assert refused(tmp_path / "b.h5", bytes(good))


@pytest.mark.parametrize("version", ["earliest", "latest"])
@pytest.mark.parametrize("many", [False, True])
def test_lengths_of_strings(version, many, tmp_path):
    """HDF5 would ask for the memory that a length claims, up to 4 GB, before it looks."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver=version) as f:
        f.attrs["fixed"] = np.array([b"a", b"b"])
        f.attrs["one"] = "word " * 7
        f.attrs.create("list", ["a", "bb", "c" * 15], dtype=h5py.string_dtype())
        f.create_group("g").attrs["one"] = "x"
        for i in range(20 if many else 0):  # these do not fit into the header
            f.attrs[f"more{i}"] = "y"
    with h5py.File(path) as f:
        assert heaps.claimed(f, path, "one") == 35 and heaps.claimed(f, path, "list") == 18
        assert heaps.claimed(f, path, "fixed") is None
    good = path.read_bytes()
    if version == "latest":
        return  # there HDF5 has a sum to check
    for name, length, wrong in (("one", 35, 0xffffffff), ("list", 15, 10 ** 6)):
        data, start = bytearray(good), good.index(name.encode() + b"\0")
        place = good.index(struct.pack("<I", length), start)
        struct.pack_into("<I", data, place, wrong)
        path.write_bytes(data)
        told = f"{name}.*claim {wrong if name == 'one' else wrong + 3} bytes"
        with SafeH5(path) as file, pytest.raises(ModelFileError, match=told):
            file.root.attribute(name)
