"""The same data preparation with our package or with keras-preprocessing, whichever the argument
names: `keras` or `keras_preprocessing`. One thread, as one worker does it."""
import importlib
import sys
import tempfile
from pathlib import Path

import numpy as np
from protocol import absent, serve

IMAGES, WORDS, DOCUMENT = 256, 50_000, 200

try:
    name = sys.argv[1] + (".preprocessing" if sys.argv[1] == "keras" else "")
    image = importlib.import_module(f"{name}.image")
    text = importlib.import_module(f"{name}.text")
except ImportError as error:
    absent(error)

GEOMETRY = dict(rotation_range=20, width_shift_range=0.1, height_shift_range=0.1, shear_range=10,
                zoom_range=0.2, horizontal_flip=True)
COLOURS = dict(brightness_range=(0.5, 1.5), channel_shift_range=20)


def pixels(size):
    """Smooth images: sums of a few waves."""
    random = np.random.RandomState(0)
    place = np.linspace(0, 6, size)
    waves = random.rand(IMAGES, 3, 2, 1) * 2
    rows, columns = np.sin(waves * place).transpose(2, 0, 3, 1)
    return (127.5 * (1 + rows[:, :, None] * columns[:, None])).astype("float32")


def batches(generator, size):
    flow = generator.flow(pixels(size), np.arange(IMAGES), batch_size=32, seed=1)
    return lambda steps: [next(flow) for _ in range(steps)]


def folder(**arguments):
    """Batches from JPEG files of 256 x 256 points, made 224 x 224."""
    top = tempfile.TemporaryDirectory()
    for i, x in enumerate(pixels(256)):
        path = Path(top.name, f"class{i % 4}", f"{i}.jpg")
        path.parent.mkdir(exist_ok=True)
        image.array_to_img(x, scale=False).save(path)
    flow = image.ImageDataGenerator(rescale=1 / 255, **arguments).flow_from_directory(
        top.name, target_size=(224, 224), batch_size=32, seed=1)

    def steps(count):
        for _ in range(count):
            next(flow)
        return top  # the folder stays as long as this function

    return steps


def documents(count):
    """Texts of words as common as those of a language: the n-th word 1/n as often as the first."""
    random = np.random.RandomState(0)
    shares = 1 / np.arange(1, WORDS + 1)
    numbers = random.choice(WORDS, (count, DOCUMENT), p=shares / shares.sum())
    return [" ".join(f"Word{i:x}," if i % 7 == 0 else f"word{i:x}" for i in row) + "."
            for row in numbers]


def fitting():
    texts = documents(2000)
    return lambda steps: [text.Tokenizer(num_words=20_000).fit_on_texts(texts)
                          for _ in range(steps)]


def fitted(method, *arguments, **options):
    texts = documents(2000)
    tokenizer = text.Tokenizer(num_words=2000, **options)
    tokenizer.fit_on_texts(texts)
    return lambda steps: [getattr(tokenizer, method)(texts, *arguments) for _ in range(steps)]


JOBS = {
    "flips_32x32": lambda: batches(image.ImageDataGenerator(horizontal_flip=True), 32),
    "geometry_32x32": lambda: batches(image.ImageDataGenerator(**GEOMETRY), 32),
    "geometry_224x224": lambda: batches(image.ImageDataGenerator(**GEOMETRY), 224),
    "colours_32x32": lambda: batches(image.ImageDataGenerator(**COLOURS), 32),
    "samplewise_32x32": lambda: batches(
        image.ImageDataGenerator(samplewise_center=True, samplewise_std_normalization=True), 32),
    "jpeg_folder": folder,
    "jpeg_folder_geometry": lambda: folder(**GEOMETRY),
    "fit_on_texts": fitting,
    "texts_to_sequences": lambda: fitted("texts_to_sequences"),
    "texts_to_tfidf": lambda: fitted("texts_to_matrix", "tfidf"),
    "characters": lambda: fitted("texts_to_sequences", char_level=True),
}


def versions():
    module = importlib.import_module(sys.argv[1])
    return {"python": sys.version.split()[0], sys.argv[1]: module.__version__,
            "numpy": np.__version__}


if __name__ == "__main__":
    serve(versions, lambda name: JOBS[name]())
