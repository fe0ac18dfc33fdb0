"""A photograph changed until a network sees in it more of what it knows.

    python deep_dream.py [--quick] [--epochs N] [--image FILE] [--out FOLDER]

Shows: gradients of a layer's output with respect to the picture, followed upwards; a network that
takes pictures of any size, so that the dream grows from small to large ("octaves") while the detail
that the small one lost is given back.
Into the folder goes deep_dream.png: the photograph and what became of it.
Source: Mordvintsev, Olah, Tyka, "Inceptionism: going deeper into neural networks" (2015).
At full size: InceptionV3 and 3 octaves of 20 steps; expect eyes, fur and buildings out of clouds.
Minutes on a processor; not run here.
Data: any photograph; the weights, 88 MB, are downloaded at first use. --quick: scikit-learn's
photograph of a temple, 192 pixels high, and a small network that is first trained to tell rings,
crosses, boards and other shapes apart: it dreams of the coloured edges that these are made of.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import zoom

from keras import backend as K
from keras.applications.inception_v3 import InceptionV3

SHRINK = 1.4  # from one octave to the next smaller one


def resized(image, height, width):
    """(1, height, width, 3) of an image (1, any, any, 3)."""
    factors = 1, height / image.shape[1], width / image.shape[2], 1
    return zoom(image, factors, order=1, grid_mode=True, mode="nearest")


def climbed(image, excitement, steps, rate):
    """The image after `steps` along the gradient; a pixel moves by `rate` on the average."""
    for _ in range(steps):
        _, gradient = excitement([image])
        image = np.clip(image + rate * gradient / (np.abs(gradient).mean() + 1e-12), -1, 1)
    return image


def dreamt(photograph, excitement, octaves, steps, rate):
    """What becomes of a photograph (1, height, width, 3) of -1..1."""
    _, height, width, _ = photograph.shape
    sizes = [(int(height / SHRINK**i), int(width / SHRINK**i)) for i in range(octaves)][::-1]
    image = before = resized(photograph, *sizes[0])
    for size in sizes:
        now = resized(photograph, *size)
        image = resized(image, *size) + now - resized(before, *size)  # with its lost detail
        image = climbed(image, excitement, steps, rate)
        value, _ = excitement([image])
        print(f"{size[1]} x {size[0]} pixels: excitement {value:.4f}")
        before = now
    return image


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--image", type=Path, help="a photograph; needed unless --quick")
    parser.add_argument("--epochs", type=int, help="steps of an octave: 20, or 6 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()
    if not options.quick and options.image is None:
        parser.error("--image FILE is what to dream of; try --quick without it")

    np.random.seed(0)
    if options.quick:
        from sklearn.datasets import load_sample_image
        from small_data import vision_model

        model, layers, height, steps, rate = vision_model(), {"block2_conv2": 1}, 192, 6, 0.02
        image = Image.fromarray(load_sample_image("china.jpg"))
    else:
        model = InceptionV3(weights="imagenet", include_top=False, input_shape=(None, None, 3))
        layers, height, steps, rate = {"mixed2": 0.2, "mixed3": 1, "mixed4": 1}, 500, 20, 0.01
        image = Image.open(options.image).convert("RGB")
    if options.epochs is not None:
        steps = options.epochs

    image = image.resize((image.width * height // image.height, height))
    photograph = np.asarray(image, dtype="float32")[None] / 127.5 - 1

    loss = sum(
        weight * K.mean(K.square(model.get_layer(name).output)) for name, weight in layers.items()
    )
    excitement = K.function([model.input], [loss, *K.gradients(loss, model.input)])
    dream = dreamt(photograph, excitement, 3, steps, rate)

    options.out.mkdir(parents=True, exist_ok=True)
    page = np.concatenate([photograph[0], dream[0]], axis=1)
    page = Image.fromarray(((page + 1) * 127.5).clip(0, 255).astype("uint8"))
    page.save(options.out / "deep_dream.png")
    grown = excitement([dream])[0] / excitement([photograph])[0]
    print(f"result: excitement, times that of the photograph {grown:.2f} (with --quick at least 3)")


if __name__ == "__main__":
    main()
