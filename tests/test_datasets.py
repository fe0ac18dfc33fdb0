"""The data sets, on small files in the official formats, and files that would do harm."""

import gzip
import io
import json
import pickle
import struct
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("torch")

from numpy.lib import format as npy

from keras import backend as K
from keras import datasets
from keras.datasets import (
    boston_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reading,
    reuters,
)
from keras.utils import data_utils


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """get_file finds everything in a folder; what was asked for is taken down."""
    found = SimpleNamespace(folder=tmp_path, asked=[])

    def get_file(fname, origin, **options):
        found.asked.append((fname, origin, options))
        return str(tmp_path / fname)

    monkeypatch.setattr(data_utils, "get_file", get_file)
    return found


@pytest.fixture(autouse=True)
def same_format_afterwards():
    before, state = K.image_data_format(), np.random.get_state()
    yield
    K.set_image_data_format(before)
    np.random.set_state(state)


def old_npy(array):
    """An npy file as NumPy 1 under Python 2 wrote it: protocol 2, the old module's name."""
    file = io.BytesIO()
    npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(array))
    if array.dtype.hasobject:
        file.write(pickle.dumps(array, protocol=2).replace(b"numpy._core", b"numpy.core"))
    else:
        file.write(array.tobytes())
    return file.getvalue()


def save_old(path, **arrays):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", old_npy(array))


# ------------------------------------------------------------------------------ images


def test_mnist(cache):
    random = np.random.RandomState(1)
    arrays = {
        "x_train": random.randint(0, 256, (6, 28, 28)).astype("uint8"),
        "y_train": random.randint(0, 10, 6).astype("uint8"),
        "x_test": random.randint(0, 256, (3, 28, 28)).astype("uint8"),
        "y_test": random.randint(0, 10, 3).astype("uint8"),
    }
    np.savez_compressed(cache.folder / "digits.npz", **arrays)
    (x_train, y_train), (x_test, y_test) = mnist.load_data("digits.npz")
    got = dict(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    for name, array in arrays.items():
        assert np.array_equal(got[name], array) and got[name].dtype == "uint8"
    x_train[0] = 0  # arrays of one's own
    assert cache.asked == [(
        "digits.npz", "https://s3.amazonaws.com/img-datasets/mnist.npz",
        {"file_hash": "8a61469f7ea1b51cbae51d4f78837e45"})]


def idx(array):
    magic = 0x800 + array.ndim
    return gzip.compress(struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.tobytes())


def test_fashion_mnist(cache):
    random = np.random.RandomState(1)
    want = []
    for part, count in (("train", 5), ("t10k", 2)):
        images = random.randint(0, 256, (count, 28, 28)).astype("uint8")
        labels = random.randint(0, 10, count).astype("uint8")
        (cache.folder / f"{part}-images-idx3-ubyte.gz").write_bytes(idx(images))
        (cache.folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(idx(labels))
        want.append((images, labels))
    for pair, expected in zip(fashion_mnist.load_data(), want):
        for array, other in zip(pair, expected):
            assert np.array_equal(array, other) and array.dtype == "uint8"
    assert {options["cache_subdir"] for _, _, options in cache.asked} == {"datasets/fashion-mnist"}
    base = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    assert cache.asked[0][1] == f"{base}train-labels-idx1-ubyte.gz" and len(cache.asked) == 4


@pytest.mark.parametrize("content", [
    b"", b"nothing", gzip.compress(b""), gzip.compress(b"\0\0\x08\x03"),
    idx(np.zeros((2, 28, 28), "uint8"))[:-9],
    gzip.compress(struct.pack(">4I", 0x803, 4, 28, 28) + b"\0" * 99),
    gzip.compress(struct.pack(">4I", 0x803, 2 ** 31, 28, 28)),
    gzip.compress(struct.pack(">4I", 0x803, 2, 2 ** 30, 28)),
    idx(np.zeros(9, "uint8")),
], ids=["empty", "no gzip", "no header", "half a header", "cut off", "too few", "too many samples",
        "large images", "labels"])
def test_broken_idx(content, tmp_path):
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(reading.UnsafeFileError, match="images.gz"):
        fashion_mnist.idx_array(str(path), fashion_mnist.IMAGES)


def python_2_batch(images, **labels):
    """A batch of CIFAR, byte for byte as Python 2's cPickle makes it."""
    def text(value):
        return b"U" + bytes([len(value)]) + value

    data = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tU\x01btR(K\x01(K"
    data += bytes([len(images)]) + b"M\0\x0ctcnumpy\ndtype\n(U\x02u1K\0K\x01tR(K\x03U\x01|NNN"
    data += b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89T" + struct.pack("<I", images.size)
    data += images.tobytes() + b"tb"
    entries = text(b"data") + data
    for name, values in labels.items():
        numbers = b"".join(b"K" + bytes([value]) for value in values)
        entries += text(name.encode()) + b"](" + numbers + b"e"
    return b"\x80\x02}(" + entries + b"u."


def test_python_2_batch_is_one():
    images = np.arange(6144).reshape(2, 3072).astype("uint8")
    content = pickle.loads(python_2_batch(images, labels=[3, 4]), encoding="bytes")
    assert np.array_equal(content[b"data"], images) and content[b"labels"] == [3, 4]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_cifar10(cache, data_format):
    K.set_image_data_format(data_format)
    random = np.random.RandomState(1)
    folder = cache.folder / "cifar-10-batches-py"
    folder.mkdir()
    images = random.randint(0, 256, (6, 2, 3072)).astype("uint8")
    labels = random.randint(0, 10, (6, 2))
    for i, name in enumerate([f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]):
        (folder / name).write_bytes(python_2_batch(images[i], labels=labels[i].tolist()))
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    want = images.reshape(12, 3, 32, 32)
    if data_format == "channels_last":
        want = want.transpose(0, 2, 3, 1)
    assert np.array_equal(x_train, want[:10]) and np.array_equal(x_test, want[10:])
    assert np.array_equal(y_train, labels[:5].reshape(10, 1)) and y_train.dtype == "uint8"
    assert np.array_equal(y_test, labels[5:].reshape(2, 1)) and y_test.dtype == "int64"
    assert cache.asked == [(
        "cifar-10-batches-py", "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        {"untar": True})]


@pytest.mark.parametrize("mode, key", [("fine", 0), ("coarse", 1)])
def test_cifar100(cache, mode, key):
    K.set_image_data_format("channels_last")
    folder = cache.folder / "cifar-100-python"
    folder.mkdir()
    labels = {"train": ([7, 99, 3], [1, 2, 0]), "test": ([50], [19])}
    for name, (fine, coarse) in labels.items():
        images = np.zeros((len(fine), 3072), "uint8")
        images[:, :1024] = 255  # red
        (folder / name).write_bytes(
            python_2_batch(images, fine_labels=fine, coarse_labels=coarse))
    (x_train, y_train), (x_test, y_test) = cifar100.load_data(label_mode=mode)
    assert x_train.shape == (3, 32, 32, 3) and (x_train == [255, 0, 0]).all()
    assert y_train.tolist() == [[label] for label in labels["train"][key]]
    assert y_test.tolist() == [[label] for label in labels["test"][key]]
    assert y_train.dtype == "int64"
    with pytest.raises(ValueError, match="label_mode"):
        cifar100.load_data("middle")


def test_batch_without_its_parts(tmp_path):
    path = tmp_path / "batch"
    for content in ({b"data": 3}, [1, 2], {b"labels": [1]}):
        path.write_bytes(pickle.dumps(content, protocol=2))
        with pytest.raises(reading.UnsafeFileError, match="batch"):
            datasets.cifar10.load_batch(str(path))


# ------------------------------------------------------------------------------ texts


def texts(count, seed):
    random = np.random.RandomState(seed)
    lists = [random.randint(1, 60, random.randint(1, 12)).tolist() for _ in range(count)]
    return reading.object_array(lists), random.randint(0, 5, count)


def by_the_book(parts, first, options):
    """(x, y), (x, y) as the steps of facts/datasets.json make them."""
    o = dict(num_words=None, skip_top=0, maxlen=None, seed=113, start_char=1, oov_char=2,
             index_from=3)
    o.update(options)
    np.random.seed(o["seed"])
    xs, labels = [], []
    for x, y in parts:
        order = np.arange(len(x))
        np.random.shuffle(order)
        xs += [x[i] for i in order]
        labels += [y[i] for i in order]
    if o["start_char"] is not None:
        xs = [[o["start_char"]] + [w + o["index_from"] for w in x] for x in xs]
    elif o["index_from"]:
        xs = [[w + o["index_from"] for w in x] for x in xs]
    if o["maxlen"]:
        pairs = [(x, y) for x, y in zip(xs, labels) if len(x) < o["maxlen"]]
        xs, labels = [x for x, _ in pairs], [y for _, y in pairs]
    most = o["num_words"] or max(max(x) for x in xs)
    if o["oov_char"] is not None:
        xs = [[w if o["skip_top"] <= w < most else o["oov_char"] for w in x] for x in xs]
    else:
        xs = [[w for w in x if o["skip_top"] <= w < most] for x in xs]
    cut = first(xs)
    return (xs[:cut], labels[:cut]), (xs[cut:], labels[cut:])


def check_texts(got, want):
    for (x, y), (lists, labels) in zip(got, want):
        assert x.dtype == object and x.tolist() == lists
        assert y.dtype == "int64" and y.tolist() == labels
        assert all(type(item) is list for item in x)


OPTIONS = [
    {}, {"num_words": 20}, {"skip_top": 10}, {"maxlen": 7}, {"seed": 3}, {"start_char": None},
    {"start_char": None, "index_from": 0}, {"oov_char": None, "num_words": 30, "skip_top": 5},
    {"oov_char": 0}, {"index_from": 10}, {"num_words": 40, "maxlen": 9, "start_char": 0},
]


@pytest.mark.parametrize("save", [np.savez_compressed, save_old])
@pytest.mark.parametrize("options", OPTIONS)
def test_imdb(cache, options, save):
    train, test = texts(30, 1), texts(20, 2)
    save(cache.folder / "imdb.npz", x_train=train[0], y_train=train[1], x_test=test[0],
         y_test=test[1])
    got = imdb.load_data(**options)
    check_texts(got, by_the_book([train, test], lambda xs: 30, options))
    assert cache.asked == [("imdb.npz", "https://s3.amazonaws.com/text-datasets/imdb.npz",
                            {"file_hash": "599dadb1135973df5b59232a0e9a887c"})]


@pytest.mark.parametrize("options", [*OPTIONS, {"test_split": 0.35}])
def test_reuters(cache, options):
    xs, labels = texts(40, 3)
    np.savez(cache.folder / "reuters.npz", x=xs, y=labels)
    split = options.get("test_split", 0.2)
    got = reuters.load_data(**options)
    check_texts(got, by_the_book([(xs, labels)], lambda xs: int(len(xs) * (1 - split)), options))
    assert cache.asked[0][2] == {"file_hash": "87aedbeb0cb229e378797a632c1997b6"}


def test_lists_of_one_length_stay_lists(cache):
    xs = reading.object_array([[1, 2], [3, 4], [5, 6], [7, 8], [9, 9]])
    np.savez(cache.folder / "reuters.npz", x=xs, y=np.arange(5))
    (x_train, _), (x_test, _) = reuters.load_data()
    assert x_train.shape == (4,) and x_test.shape == (1,)


def test_too_short_a_maxlen(cache):
    xs, labels = texts(10, 1)
    np.savez(cache.folder / "imdb.npz", x_train=xs, y_train=labels, x_test=xs, y_test=labels)
    np.savez(cache.folder / "reuters.npz", x=xs, y=labels)
    with pytest.raises(ValueError, match="maxlen=1"):
        imdb.load_data(maxlen=1)
    (x_train, _), (x_test, _) = reuters.load_data(maxlen=1)
    assert len(x_train) == len(x_test) == 0


@pytest.mark.parametrize("module", [imdb, reuters])
def test_old_spellings(cache, module):
    xs, labels = texts(10, 1)
    np.savez(cache.folder / "imdb.npz", x_train=xs, y_train=labels, x_test=xs, y_test=labels)
    np.savez(cache.folder / "reuters.npz", x=xs, y=labels)
    want = module.load_data(num_words=20)
    with pytest.warns(UserWarning, match="num_words"):
        got = module.load_data(nb_words=20)
    assert got[0][0].tolist() == want[0][0].tolist()
    with pytest.raises(TypeError, match="words"):
        module.load_data(words=20)


@pytest.mark.parametrize("module, checksum", [
    (imdb, "bfafd718b763782e994055a2d397834f"), (reuters, "4d44cc38712099c9e383dc6e5f11a921")])
def test_word_index(cache, module, checksum):
    (cache.folder / "words.json").write_text(json.dumps({"the": 1, "café": 2}))
    assert module.get_word_index("words.json") == {"the": 1, "café": 2}
    assert cache.asked[0][2] == {"file_hash": checksum}
    assert cache.asked[0][1].startswith("https://s3.amazonaws.com/text-datasets/")


def test_boston_housing(cache):
    x = np.arange(50 * 13).reshape(50, 13) / 7
    np.savez(cache.folder / "boston_housing.npz", x=x, y=x[:, 0])
    (x_train, y_train), (x_test, y_test) = boston_housing.load_data(seed=5, test_split=0.3)
    order = np.arange(50)
    np.random.seed(5)
    np.random.shuffle(order)
    assert np.array_equal(np.concatenate([x_train, x_test]), x[order])
    assert np.array_equal(np.concatenate([y_train, y_test]), x[order, 0])
    assert len(x_train) == 35 and x_train.dtype == "float64"
    for split in (-0.1, 1):
        with pytest.raises(AssertionError, match="test_split"):
            boston_housing.load_data(test_split=split)


# ------------------------------------------------------------------------------ hostile files


class Calls:
    """Pickled, it makes whoever unpickles it write a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("protocol", range(6))
def test_foreign_names_are_refused(tmp_path, protocol):
    canary = tmp_path / "canary"
    for content in (Calls(str(canary)), [Calls(str(canary))], np.load, np.memmap, np.matrix,
                    np.random.RandomState(1), K):
        try:
            data = pickle.dumps(content, protocol=protocol)
        except TypeError:  # a module
            continue
        with pytest.raises(reading.UnsafeFileError, match="some file"):
            reading.unpickled(io.BytesIO(data), "some file")
    assert not canary.exists()


def test_foreign_names_within_an_array(tmp_path):
    canary = tmp_path / "canary"
    array = reading.object_array([[1], Calls(str(canary))])
    path = tmp_path / "evil.npz"
    np.savez(path, x=array, y=np.zeros(2))
    with pytest.raises(reading.UnsafeFileError, match="evil.npz.*'x'"):
        reading.npz_arrays(str(path), ["x"])
    assert not canary.exists()
    assert reading.npz_arrays(str(path), ["y"])[0].tolist() == [0, 0]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("value", [
    np.arange(6.).reshape(2, 3), np.arange(4, dtype=">i4"), np.asfortranarray(np.eye(3)[:2]),
    np.array(True), np.zeros((0, 3), "uint8"), {"a": np.arange(3), "b": [1, 2.5, "x", None]},
    np.float32(2.5), {b"bytes": b"\xff"}], ids=repr)
def test_plain_values_are_read(value, protocol):
    if protocol == 5 and "frombuffer" in str(pickle.dumps(value, protocol=5)):
        pytest.skip("np.save writes protocol 4 at most")
    got = reading.unpickled(io.BytesIO(pickle.dumps(value, protocol=protocol)), "file")
    pairs = zip(got.values(), value.values()) if isinstance(value, dict) else [(got, value)]
    for one, other in pairs:
        assert np.array_equal(one, other)
        if isinstance(other, np.ndarray):
            assert one.dtype == other.dtype and one.shape == other.shape


def member(path, content, declared=None):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", content)
    if declared is not None:  # the size that the directory at the end claims
        data = bytearray(path.read_bytes())
        entry = data.index(b"PK\x01\x02")
        struct.pack_into("<I", data, entry + 24, declared)
        path.write_bytes(data)


def header(shape, dtype="|u1"):
    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue()


@pytest.mark.parametrize("content, declared, reason", [
    (header((10 ** 15,)), None, "needs"),
    (header((10 ** 15,), "|O") + pickle.dumps([1]), None, "no array of shape"),
    (header((4,)) + b"1234", 3 * 10 ** 9, "claim"),
    (header((4,)) + b"12", None, "cut off|needs"),
    (b"not numpy", None, "no array"),
    (b"", None, "no array"),
    (header((3,), "|O") + b"\x80\x02nonsense", None, "broken|not read"),
])
def test_sizes_that_lie(content, declared, reason, tmp_path):
    path = tmp_path / "lie.npz"
    member(path, content, declared)
    with pytest.raises(reading.UnsafeFileError, match=reason):
        reading.npz_arrays(str(path), ["x"])


def test_array_in_a_pickle_that_lies():
    data = pickle.dumps(np.arange(3, dtype="uint8"), protocol=2)
    assert b"K\x03" in data
    lie = data.replace(b"K\x03\x85", b"J\xff\xff\xff\x7f\x85")
    assert lie != data
    with pytest.raises(reading.UnsafeFileError, match="in 3 bytes"):
        reading.unpickled(io.BytesIO(lie), "file")


def test_no_npz(tmp_path):
    path = tmp_path / "page.npz"
    path.write_text("<html>not found</html>")
    with pytest.raises(reading.UnsafeFileError, match="no npz"):
        reading.npz_arrays(str(path), ["x"])
    np.savez(path, other=np.zeros(1))
    with pytest.raises(reading.UnsafeFileError, match="'x'.* other.npy"):
        reading.npz_arrays(str(path), ["x"])


@pytest.mark.parametrize("cut", range(0, 900, 90))
def test_truncated(cut, tmp_path):
    path = tmp_path / "part.npz"
    np.savez(path, x=reading.object_array([[1, 2], [3]]), y=np.arange(2))
    data = path.read_bytes()
    path.write_bytes(data[:cut * len(data) // 900])
    with pytest.raises(reading.UnsafeFileError, match="part.npz"):
        reading.npz_arrays(str(path), ["x", "y"])
