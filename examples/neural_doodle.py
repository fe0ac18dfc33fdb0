"""A doodle filled in by example: where it has a colour, texture of what has it in the example.

    python neural_doodle.py [--quick] [--epochs N] [--example FILE] [--map FILE] [--doodle FILE]
                            [--out FOLDER]

Shows: losses on regions of a picture, which are brought to the size of each layer; a model for
pictures of any size; `K.gradients` and `K.function` for SciPy's L-BFGS, which starts from noise.
Into the folder goes neural_doodle.png: example, its map, the doodle, and what was made.
Source: Champandard, "Semantic style transfer and turning two-bit doodles into fine artworks"
(2016), for the idea; the loss, a Gram matrix for each region, from Gatys et al., "Controlling
perceptual factors in neural style transfer" (CVPR 2017).
At full size: 300 pixels high, 15 rounds of 20 steps; expect each texture in its place. Minutes on a
GPU; not run here.
Data: an example, its map and a doodle, these two in the same few flat colours; the weights, 80 MB,
are downloaded at first use. --quick: scikit-learn's photograph of a flower, 64 pixels high, a
doodle of two flowers, and random weights (see neural_style_transfer.py).
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy.optimize import fmin_l_bfgs_b

from keras import backend as K
from keras.applications.vgg19 import VGG19, preprocess_input

LAYERS = ["block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1"]
SMOOTHNESS = 1e-5  # what a squared step of grey between neighbours costs


def resized(image, height, filter=None):
    """(height, width, 3) of 0..255."""
    size = image.width * height // image.height, height
    return np.asarray(image.convert("RGB").resize(size, filter))


def flower_and_doodle(example):
    """(map, doodle): the flower of the example, found by its colour, and two that are drawn."""
    red, green, blue = example.astype(int).transpose(2, 0, 1)
    petal = (red > green + 15) & (red > 90)
    drawn = np.where(petal[..., None], (255, 0, 0), (0, 128, 0)).astype("uint8")
    height, width = petal.shape
    doodle = Image.new("RGB", (width, height), (0, 128, 0))
    for x, y, radius in [(0.25, 0.4, 0.3), (0.72, 0.55, 0.38)]:
        x, y, radius = x * width, y * height, radius * height
        ImageDraw.Draw(doodle).ellipse((x - radius, y - radius, x + radius, y + radius), "red")
    return drawn, np.asarray(doodle)


def regions(pixels, colours, shape):
    """(regions, height * width, 1) of 0..1: how much of each place of a layer has each colour."""
    found = []
    for colour in colours:
        mask = Image.fromarray((pixels == colour).all(axis=-1).astype("float32"))
        found.append(np.asarray(mask.resize(shape[::-1], Image.Resampling.BOX)).reshape(-1, 1))
    return found


def gram(features, region):
    """(channels, channels): which features are met together, for each pixel of the region."""
    rows = K.reshape(features, (-1, K.int_shape(features)[-1])) * K.constant(region)
    return K.dot(K.transpose(rows), rows) / np.maximum(np.sum(region**2), 1)


def unlike(x, goal):
    """The squared distance from a constant array, as a fraction of that array's own square."""
    return K.sum(K.square(x - K.constant(goal))) / np.sum(goal**2)


def steps_of_grey(image):
    """The sum of the squared differences of neighbouring pixels."""
    down, right = image[:, 1:] - image[:, :-1], image[:, :, 1:] - image[:, :, :-1]
    return K.sum(K.square(down)) + K.sum(K.square(right))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    for name in ("example", "map", "doodle"):
        parser.add_argument(f"--{name}", type=Path, help="a picture; needed unless --quick")
    parser.add_argument("--epochs", type=int, help="rounds of 20 steps: 15, or 2 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()
    files = [options.example, options.map, options.doodle]
    if not options.quick and None in files:
        parser.error("--example, --map and --doodle are needed; try --quick without them")

    np.random.seed(0)
    if options.quick:
        from sklearn.datasets import load_sample_image

        weights, epochs = None, 2
        example = resized(Image.fromarray(load_sample_image("flower.jpg")), height=64)
        example_map, doodle = flower_and_doodle(example)
    else:
        weights, epochs = "imagenet", 15
        example = resized(Image.open(options.example), height=300)
        example_map, doodle = (
            resized(Image.open(path), 300, Image.Resampling.NEAREST) for path in files[1:]
        )
    if options.epochs is not None:
        epochs = options.epochs

    model = VGG19(weights=weights, include_top=False, input_shape=(None, None, 3))
    outputs = [model.get_layer(name).output for name in LAYERS]
    features = K.function([model.input], outputs)
    there = features([preprocess_input(example[None].astype("float32"))])
    noise = np.random.uniform(-20, 20, size=(1, *doodle.shape)).astype("float32")
    here = features([noise])

    colours = np.unique(doodle.reshape(-1, 3), axis=0)
    loss = SMOOTHNESS / doodle.size * steps_of_grey(model.input)
    for output, in_example, in_noise in zip(outputs, there, here):
        regions_there = regions(example_map, colours, in_example.shape[1:3])
        regions_here = regions(doodle, colours, in_noise.shape[1:3])
        for region_there, region_here in zip(regions_there, regions_here):
            goal = K.eval(gram(K.constant(in_example), region_there))
            share = 1 / len(outputs) / len(colours)
            loss += share * unlike(gram(output, region_here), goal)
    loss_and_gradient = K.function([model.input], [loss, *K.gradients(loss, model.input)])

    def evaluated(x):
        """As SciPy wants them: a number, and a flat array in float64."""
        value, gradient = loss_and_gradient([x.reshape(noise.shape).astype("float32")])
        return float(value), gradient.ravel().astype("float64")

    x = noise.ravel().astype("float64")
    start, _ = value, _ = evaluated(x)
    for round_ in range(epochs):
        x, value, _ = fmin_l_bfgs_b(evaluated, x, maxfun=20, pgtol=0)
        print(f"round {round_ + 1}: loss {value:.4f}")

    made = x.reshape(doodle.shape)[..., ::-1] + (123.68, 116.779, 103.939)  # RGB again, not BGR
    page = [example, example_map, doodle, np.clip(made, 0, 255).astype("uint8")]
    options.out.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(page, axis=1)).save(options.out / "neural_doodle.png")
    print(f"result: loss beside that of noise {value / start:.3f} (with --quick at most 0.3)")


if __name__ == "__main__":
    main()
