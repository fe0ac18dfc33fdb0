"""Images from folders and tables: which files, which targets, and what becomes of broken ones."""

import os
import struct
import warnings
import zlib

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("PIL")
pytest.importorskip("scipy")

from PIL import Image

from keras.preprocessing.image import ImageDataGenerator, load_img


def painted(path, gray):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 5), (gray, gray, gray)).save(path)


@pytest.mark.parametrize("mode, want", [
    ("categorical", [[1, 0], [1, 0], [0, 1]]), ("binary", [0, 0, 1]), ("sparse", [0, 0, 1])])
def test_folders(tmp_path, mode, want):
    for name in ("cats/1.png", "cats/inner/2.PNG", "dogs/3.jpg", "dogs/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("txt"):
            path.write_text("no image")
        else:
            Image.new("RGB", (6, 5), (255, 0, 0)).save(path)
    saved = tmp_path / "saved"
    saved.mkdir()
    flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        tmp_path, target_size=(4, 3), classes=["cats", "dogs"], class_mode=mode, shuffle=False,
        save_to_dir=str(saved), save_prefix="made")
    x, y = next(flow)
    assert flow.class_indices == {"cats": 0, "dogs": 1} and flow.samples == 3
    assert x.shape == (3, 4, 3, 3) and y.tolist() == want
    np.testing.assert_allclose(x[0, 0, 0], [1, 0, 0])
    assert len(list(saved.glob("made_*.png"))) == 3


def test_links_to_folders(tmp_path):
    painted(tmp_path / "elsewhere" / "a.png", 1)
    painted(tmp_path / "top" / "cats" / "b.png", 2)
    os.symlink(tmp_path / "elsewhere", tmp_path / "top" / "cats" / "more")
    os.symlink(tmp_path / "top" / "cats", tmp_path / "top" / "cats" / "again")  # a circle
    flow = ImageDataGenerator().flow_from_directory(tmp_path / "top")
    assert flow.filenames == [os.path.join("cats", "b.png")]
    flow = ImageDataGenerator().flow_from_directory(tmp_path / "top", follow_links=True)
    assert sorted(map(os.path.basename, flow.filenames)) == ["a.png", "b.png"]
    assert all(map(os.path.exists, flow.filepaths))


# ------------------------------------------------------------------------------ tables


@pytest.fixture
def table(tmp_path):
    """A table as pandas would give it, column by name, and the folder of its files."""
    for i in range(4):
        painted(tmp_path / f"{i}.png", 10 * i)
    return {"filename": ["3.png", "1.png", "gone.png", "0.png", "2.png"],
            "class": ["cat", "dog", "dog", "dog", "cat"],
            "tags": [["x"], ["x", "y"], ["x"], [], ["z"]],
            "left": [3.0, 1.0, 9.0, 0.0, 2.0], "right": [30, 10, 90, 0, 20],
            "weight": [1, 2, 3, 4, 5]}, tmp_path


def rows_of(table, **arguments):
    columns, folder = table
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ImageDataGenerator().flow_from_dataframe(
            columns, str(folder), target_size=(2, 2), shuffle=False, **arguments)


@pytest.mark.parametrize("arguments, want", [
    ({}, [[1, 0], [0, 1], [0, 1], [1, 0]]),
    ({"classes": ["dog", "cat"]}, [[0, 1], [1, 0], [1, 0], [0, 1]]),
    ({"class_mode": "binary"}, [0, 1, 1, 0]), ({"class_mode": "sparse"}, [0, 1, 1, 0]),
    ({"class_mode": "raw", "y_col": "left"}, [3, 1, 0, 2]),
    ({"class_mode": "other", "y_col": ["left", "right"]}, [[3, 30], [1, 10], [0, 0], [2, 20]])])
def test_targets_of_tables(table, arguments, want):
    flow = rows_of(table, **arguments)
    x, y = next(flow)
    assert x[:, 0, 0, 0].tolist() == [30, 10, 0, 20]
    assert y.tolist() == want
    assert flow.filenames == ["3.png", "1.png", "0.png", "2.png"] and flow.samples == 4


def test_more_targets_of_tables(table):
    flow = rows_of(table, y_col="tags")  # rows without a label are left out
    assert next(flow)[1].tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert flow.class_indices == {"x": 0, "y": 1, "z": 2}
    x, (left, right) = next(rows_of(table, class_mode="multi_output", y_col=["left", "right"]))
    assert left.tolist() == [3, 1, 0, 2] and right.tolist() == [30, 10, 0, 20]
    x, y = next(rows_of(table, class_mode="input"))
    assert np.array_equal(x, y)
    assert next(rows_of(table, class_mode=None)).shape == (4, 2, 2, 3)
    x, y, weights = next(rows_of(table, weight_col="weight", classes=["cat"]))
    assert weights.tolist() == [1, 5] and y.tolist() == [[1], [1]]


def test_names_of_tables(table):
    columns, folder = table
    with pytest.warns(UserWarning, match=r"Found 1 invalid .*'gone.png'"):
        ImageDataGenerator().flow_from_dataframe(columns, str(folder))
    stems = {**columns, "filename": ["3", "1", "0", "2", "0"]}
    flow = rows_of((stems, folder), has_ext=False, class_mode=None)
    assert next(flow)[:, 0, 0, 0].tolist() == [30, 10, 0, 20, 0]
    paths = {"path": [str(folder / "3.png"), str(folder / "1.png")]}
    flow = ImageDataGenerator(validation_split=0.5).flow_from_dataframe(
        paths, x_col="path", class_mode=None, subset="validation")
    assert flow.filepaths == [str(folder / "3.png")]
    with pytest.raises(ValueError, match="no column 'label'; it has .'filename', 'class'"):
        rows_of(table, y_col="label")
    with pytest.raises(ValueError, match="'binary' takes two classes; there are 3"):
        rows_of(table, y_col="tags", class_mode="binary")
    with pytest.raises(ValueError, match="Invalid class_mode: 'many'"):
        rows_of(table, class_mode="many")


# ------------------------------------------------------------------------------ broken images


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width, height):
    """A PNG of a few bytes that says it is very large."""
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))


def truncated(tmp_path):
    painted(tmp_path / "whole.jpg", 7)
    return (tmp_path / "whole.jpg").read_bytes()[:-60]


BROKEN = {
    "empty.png": lambda _: b"", "text.png": lambda _: b"no image at all",
    "cut.jpg": truncated, "bomb.png": lambda _: bomb(60_000, 60_000),
    "short.png": lambda _: bomb(300, 300)[:60],
    "program.png": lambda _: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_images(tmp_path, name):
    content = BROKEN[name](tmp_path)
    path = tmp_path / "set" / "cats" / name
    painted(path.with_name("a.png"), 50)
    painted(path.with_name("z.png"), 60)
    path.write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OSError, match=f"{name} (holds no image|is damaged|is refused)"):
        load_img(str(path))
    flow = ImageDataGenerator().flow_from_directory(
        tmp_path / "set", class_mode="sparse", shuffle=False)
    with pytest.raises(OSError, match=name):
        next(flow)
    flow = ImageDataGenerator().flow_from_directory(
        tmp_path / "set", class_mode=None, shuffle=False, skip_broken=True, target_size=(2, 2))
    with pytest.warns(UserWarning, match=f"{name} is skipped"):
        x = next(flow)
    assert x[:, 0, 0, 0].tolist() == [50, 60, 60]  # the next one stands in for it
    assert np.array_equal(next(flow), x)  # and no second warning
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_but_broken_images(tmp_path):
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "a.png").write_bytes(b"")
    flow = ImageDataGenerator().flow_from_directory(tmp_path, skip_broken=True)
    with pytest.warns(UserWarning, match="skipped"), pytest.raises(OSError, match="not one of"):
        next(flow)


def test_the_name_of_a_file_says_nothing(tmp_path):
    painted(tmp_path / "a.png", 9)
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert np.array(load_img(tmp_path / "a.jpg")).max() == 9


def test_sixteen_bits(tmp_path):
    values = np.arange(30, dtype="uint16").reshape(5, 6) * 2000
    Image.fromarray(values).save(tmp_path / "deep.png")
    read = load_img(tmp_path / "deep.png", color_mode="grayscale")
    assert np.array_equal(np.array(read), values)
