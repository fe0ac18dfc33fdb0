"""Images: transforms against definitions, iterators that agree whatever asks for them."""

import math
import pickle

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("PIL")
pytest.importorskip("scipy")

from keras.preprocessing import image
from keras.preprocessing.image import ImageDataGenerator, Iterator
from keras.utils import OrderedEnqueuer


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


PADS = {"nearest": {"mode": "edge"}, "constant": {"constant_values": -5},
        "reflect": {"mode": "symmetric"}, "wrap": {"mode": "wrap"}}


def bilinear(x, row, column, fill_mode):
    """The value of a channel at a place between its points, by definition."""
    rows, columns = x.shape
    if fill_mode == "constant" and not (0 <= row <= rows - 1 and 0 <= column <= columns - 1):
        return -5
    margin = 60
    padded = np.pad(x, margin, **PADS[fill_mode])
    row, column = row + margin, column + margin
    total = 0
    for i in (math.floor(row), math.floor(row) + 1):
        for j in (math.floor(column), math.floor(column) + 1):
            total += (1 - abs(row - i)) * (1 - abs(column - j)) * padded[i, j]
    return total


@pytest.mark.parametrize("given", [
    {"theta": 25}, {"shear": 20}, {"zx": 1.3, "zy": 0.6}, {"tx": 1.3, "ty": -0.7},
    {"theta": -70, "tx": 1, "shear": 12, "zx": 0.7}, {"tx": -3, "ty": 40}])
@pytest.mark.parametrize("fill_mode", PADS)
@pytest.mark.parametrize("rows, columns, dtype", [
    (5, 6, "float64"), (5, 6, "float32"), (45, 50, "float32")])
def test_transforms_by_definition(given, fill_mode, rows, columns, dtype):
    x = (np.random.RandomState(0).rand(rows, columns, 2) * 100).astype(dtype)
    get = {"theta": 0, "shear": 0, "tx": 0, "ty": 0, "zx": 1, "zy": 1, **given}
    angle, slant = math.radians(get["theta"]), math.radians(get["shear"])
    got = image.apply_affine_transform(x, **given, fill_mode=fill_mode, cval=-5)
    assert got.dtype == dtype
    for i in range(0, rows, rows // 4):
        for j in range(0, columns, columns // 4):
            # From the result back to x: the middle at the origin; zoom, shear, shift, turn.
            middle = rows / 2 + 0.5, columns / 2 + 0.5
            row, column = (i - middle[0]) * get["zx"], (j - middle[1]) * get["zy"]
            row, column = row - math.sin(slant) * column, math.cos(slant) * column
            row, column = row + get["tx"], column + get["ty"]
            row, column = (math.cos(angle) * row - math.sin(angle) * column + middle[0],
                           math.sin(angle) * row + math.cos(angle) * column + middle[1])
            want = [bilinear(x[..., k], row, column, fill_mode) for k in range(2)]
            np.testing.assert_allclose(got[i, j], want, atol=1e-9 if dtype == "float64" else 2e-5)


def test_half_precision():
    x = (np.random.RandomState(0).rand(6, 5, 3) * 100).astype("float16")
    got = image.apply_affine_transform(x, theta=20)
    want = image.apply_affine_transform(x.astype("float64"), theta=20)
    assert got.dtype == "float16"
    np.testing.assert_allclose(got, want, rtol=1e-3)


@pytest.mark.parametrize("given", [
    {"zx": 80}, {"tx": 1e6, "ty": -1e6}, {"theta": 45, "zx": 0.01}])
def test_far_beyond_the_border(given):
    """Neither memory nor time grow with what a transform would show."""
    x = np.random.RandomState(0).rand(400, 30, 2)
    want = image.apply_affine_transform(x, **given)
    got = image.apply_affine_transform(x.astype("float32"), **given)
    np.testing.assert_allclose(got, want, atol=1e-5)


@pytest.mark.parametrize("fill_mode, pad", [
    ("nearest", {"mode": "edge"}), ("constant", {"constant_values": 9}),
    ("reflect", {"mode": "symmetric"}), ("wrap", {"mode": "wrap"})])
def test_what_is_beyond_the_border(fill_mode, pad):
    values = np.array([1.0, 2, 3, 4])
    padded = np.pad(values, 6, **pad)
    for tx in range(-6, 7):
        got = image.apply_affine_transform(values[:, None, None], tx=tx, fill_mode=fill_mode,
                                           cval=9)
        assert got.ravel().tolist() == padded[6 + tx:10 + tx].tolist()


def test_colours_by_definition(images):
    x = images[0]
    shifted = image.apply_channel_shift(x, 40)
    np.testing.assert_allclose(shifted, np.clip(x + 40, x.min(), x.max()))
    x = np.arange(256, dtype="float32").repeat(3).reshape(16, 16, 3)
    for factor in (0.25, 1, 1.5):
        bright = image.apply_brightness_shift(x, factor)
        np.testing.assert_allclose(bright, np.clip(np.floor(x * factor), 0, 255), atol=1)


def test_standardize(images):
    generator = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True)
    with pytest.warns(UserWarning, match="fit"):
        generator.standardize(images[0])
    generator.fit(images)
    got = generator.standardize(images)
    np.testing.assert_allclose(got.mean((0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(got.std((0, 1, 2)), 1, atol=1e-4)
    one = ImageDataGenerator(samplewise_center=True, samplewise_std_normalization=True,
                             rescale=1 / 255).standardize(images[0])
    assert abs(one.mean()) < 1e-5 and abs(one.std() - 1) < 1e-3
    whole = ImageDataGenerator(rescale=1 / 255).standardize(images[0].astype("uint8"))
    np.testing.assert_allclose(whole, images[0].astype("uint8") / 255, rtol=1e-6)
    doubled = ImageDataGenerator(preprocessing_function=lambda x: 2 * x).standardize(images[0])
    assert np.array_equal(doubled, 2 * images[0])


@pytest.mark.parametrize("data_format, axes", [
    ("channels_last", (0, 1, 2)), ("channels_first", (0, 2, 3))])
def test_statistics_of_many_images(data_format, axes):
    x = np.random.default_rng(0).random((100, 90, 60, 3), "float32") * 255
    x = np.moveaxis(x, 3, 1) if data_format == "channels_first" else x
    generator = ImageDataGenerator(featurewise_std_normalization=True, featurewise_center=True,
                                   data_format=data_format)
    generator.fit(x)
    np.testing.assert_allclose(generator.mean.ravel(), x.mean(axes, "float64"), rtol=3e-7)
    np.testing.assert_allclose(generator.std.ravel(), x.std(axes, "float64"), rtol=3e-7)


def test_whitening():
    x = np.random.RandomState(1).rand(400, 3, 3, 1)
    generator = ImageDataGenerator(featurewise_center=True, zca_whitening=True, dtype="float64")
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


@pytest.mark.parametrize("workers, processes", [(1, False), (3, False), (2, True)])
def test_workers_change_nothing(images, workers, processes):
    def flow():
        return ImageDataGenerator(**EVERYTHING).flow(images, np.arange(20), 6, seed=4)

    alone = flow()
    queue = OrderedEnqueuer(flow(), use_multiprocessing=processes)
    queue.start(workers, 4)
    made = queue.get()
    for _ in range(8):  # two epochs
        for got, want in zip(next(made), next(alone)):
            assert np.array_equal(got, want)
    queue.stop()


def test_images_and_masks_agree(images):
    masks = images[..., :1] * 0 + (images[..., :1] > 100)
    given = dict(rotation_range=90, width_shift_range=0.1, zoom_range=0.2, horizontal_flip=True)
    pair = [ImageDataGenerator(**given, interpolation_order=0).flow(x, batch_size=8, seed=3)
            for x in (images, masks)]
    for x, mask in [tuple(map(next, pair)) for _ in range(5)]:
        assert np.array_equal(mask, x[..., :1] > 100)


class Doubled(Iterator):
    """An iterator as they were written in those years."""

    def __init__(self, x, batch_size):
        self.x = x
        super().__init__(len(x), batch_size, shuffle=False, seed=1)

    def _get_batches_of_transformed_samples(self, index_array):
        return np.array([2 * self.x[i] for i in index_array])

    def next(self):
        with self.lock:
            index_array = next(self.index_generator)
        return self._get_batches_of_transformed_samples(index_array)


def test_iterators_of_users():
    flow = Doubled(np.arange(5), 2)
    assert [next(flow).tolist() for _ in range(4)] == [[0, 2], [4, 6], [8], [0, 2]]
    assert flow[1].tolist() == [4, 6] and len(flow) == 3
    with pytest.raises(ValueError, match="Doubled has no samples"):
        next(Doubled(np.arange(0), 2))


def drawn(**arguments):
    """The parameters of many transforms of images of 10 x 20 points."""
    generator = ImageDataGenerator(**arguments)
    return [generator.get_random_transform((10, 20, 3)) for _ in range(200)]


@pytest.mark.parametrize("span, whole, most", [
    (3, True, 2), (2.5, False, 2.5), (0.25, False, 5), ([1, 4], True, 4), ([0.1, 0.2], True, 4)])
def test_shifts(span, whole, most):
    np.random.seed(0)
    steps = np.array([one["ty"] for one in drawn(width_shift_range=span)])
    assert 0.9 * most < np.abs(steps).max() <= most
    assert np.array_equal(steps, np.round(steps)) == whole
    assert steps.min() < 0 < steps.max()
    assert all(one["tx"] == 0 for one in drawn(width_shift_range=span))


@pytest.mark.parametrize("given, overridden", [
    ("zca_whitening", "featurewise_center"), ("samplewise_std_normalization", "samplewise_center"),
    ("featurewise_std_normalization", "featurewise_center")])
def test_what_an_argument_overrides(given, overridden):
    with pytest.warns(UserWarning, match=f"`{given}`, which overrides setting of `{overridden}`"):
        generator = ImageDataGenerator(**{given: True})
    assert getattr(generator, overridden) is True
    with pytest.warns(UserWarning, match="overrides setting of `featurewise_std_normalization`"):
        generator = ImageDataGenerator(True, False, True, zca_whitening=True)
    assert generator.featurewise_std_normalization is False


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
    {"zoom_range": (1, 2, 3)}, {"validation_split": 2}, {"data_format": "last"},
    {"brightness_range": 0.5}])
def test_bad_arguments(bad):
    with pytest.raises(ValueError):
        ImageDataGenerator(**bad)
