"""Images: transforms against definitions, iterators that agree whatever asks for them."""

import pickle

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("PIL")
pytest.importorskip("scipy")

from PIL import Image

from keras.preprocessing import image
from keras.preprocessing.image import ImageDataGenerator


@pytest.fixture
def images():
    return (np.random.RandomState(1).rand(20, 8, 9, 3) * 255).astype("float32")


EVERYTHING = dict(
    rotation_range=30, width_shift_range=0.2, height_shift_range=[1, 2], zoom_range=0.2,
    shear_range=10, channel_shift_range=5, brightness_range=(0.5, 1.5), horizontal_flip=True,
    vertical_flip=True)


def test_turns_shifts_and_flips():
    x = np.arange(27, dtype="float32").reshape(3, 3, 3)
    shifted = image.apply_affine_transform(x, tx=1, fill_mode="constant", cval=-1)
    assert np.array_equal(shifted[:2], x[1:]) and (shifted[2] == -1).all()
    shifted = image.apply_affine_transform(x, ty=1, fill_mode="nearest")
    assert np.array_equal(shifted[:, :2], x[:, 1:]) and np.array_equal(shifted[:, 2], x[:, 2])
    assert image.apply_affine_transform(x) is x
    generator = ImageDataGenerator()
    flipped = generator.apply_transform(x, {"flip_horizontal": True, "flip_vertical": True})
    assert np.array_equal(flipped, x[::-1, ::-1])
    first = ImageDataGenerator(data_format="channels_first")
    assert np.array_equal(first.apply_transform(x, {"flip_horizontal": True}), x[:, :, ::-1])


def test_standardize(images):
    generator = ImageDataGenerator(featurewise_std_normalization=True)
    with pytest.warns(UserWarning, match="fit"):
        generator.standardize(images[0])
    generator.fit(images)
    got = generator.standardize(images)
    np.testing.assert_allclose(got.mean((0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(got.std((0, 1, 2)), 1, atol=1e-4)
    one = ImageDataGenerator(samplewise_std_normalization=True, rescale=1 / 255).standardize(
        images[0])
    assert abs(one.mean()) < 1e-5 and abs(one.std() - 1) < 1e-3
    doubled = ImageDataGenerator(preprocessing_function=lambda x: 2 * x).standardize(images[0])
    assert np.array_equal(doubled, 2 * images[0])


def test_whitening():
    x = np.random.RandomState(1).rand(400, 3, 3, 1)
    generator = ImageDataGenerator(zca_whitening=True, dtype="float64")
    generator.fit(x)
    white = generator.standardize(x).reshape(400, 9)
    np.testing.assert_allclose(white.T @ white / 400, np.eye(9), atol=1e-4)


def test_same_seed_same_batches(images):
    def flow():
        return ImageDataGenerator(**EVERYTHING).flow(images, np.arange(20), 6, seed=4)

    one, other = flow(), flow()
    by_next = [next(one) for _ in range(8)]
    by_index = []
    for _ in range(2):
        found = {i: other[i] for i in (3, 1, 0, 2)}  # whatever order workers ask in
        by_index += [found[i] for i in range(4)]
        other.on_epoch_end()
    for (x, y), (u, v) in zip(by_next, by_index):
        assert np.array_equal(x, u) and np.array_equal(y, v)
    assert sorted(np.concatenate([y for _, y in by_next[:4]])) == list(range(20))
    assert not np.array_equal(by_next[0][1], by_next[4][1])
    copy = pickle.loads(pickle.dumps(one))
    assert np.array_equal(next(copy)[0], next(one)[0])


def test_subsets_and_more_inputs(images):
    generator = ImageDataGenerator(validation_split=0.25)
    train = generator.flow(images, np.arange(20), shuffle=False, subset="training")
    test = generator.flow(images, np.arange(20), shuffle=False, subset="validation")
    assert next(train)[1].tolist() == list(range(5, 20))
    assert next(test)[1].tolist() == list(range(5))
    (x, more), y, weights = next(generator.flow(
        (images, [np.arange(20)]), np.arange(20), 4, sample_weight=np.ones(20), seed=1))
    assert x.shape == (4, 8, 9, 3) and np.array_equal(more, y) and weights.tolist() == [1] * 4
    with pytest.raises(ValueError, match="same length"):
        generator.flow(images, np.arange(3))
    with pytest.raises(ValueError, match="rank 4"):
        generator.flow(images[0])


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


def test_files(tmp_path, images):
    path = str(tmp_path / "a.png")
    x = images[0].astype("uint8").astype("float32")
    image.save_img(path, x, scale=False)
    assert np.array_equal(image.img_to_array(image.load_img(path)), x)
    assert image.img_to_array(image.load_img(path), "channels_first").shape == (3, 8, 9)
    gray = image.load_img(path, color_mode="grayscale", target_size=(4, 5))
    assert image.img_to_array(gray).shape == (4, 5, 1)
    assert image.list_pictures(str(tmp_path)) == [path]
    with pytest.raises(ValueError, match="interpolation"):
        image.load_img(path, target_size=(2, 2), interpolation="cubic")


@pytest.mark.parametrize("bad", [
    {"zoom_range": (1, 2, 3)}, {"validation_split": 2}, {"data_format": "last"}])
def test_bad_arguments(bad):
    with pytest.raises(ValueError):
        ImageDataGenerator(**bad)
