"""A photograph painted in the manner of another picture.

    python neural_style_transfer.py [--quick] [--epochs N] [--content FILE] [--style FILE]
                                    [--out FOLDER]

Shows: `K.gradients` of a loss with respect to a picture, not to weights; `K.function` that gives
loss and gradient to SciPy's L-BFGS, which changes the picture; features from the middle of VGG19.
Into the folder goes neural_style_transfer.png.
Source: Gatys, Ecker, Bethge, "A neural algorithm of artistic style" (2015). Its loss, but each term
is divided by the size of what is to be met, so that one pair of weights serves all networks, and
rough pictures cost something, as in Mahendran, Vedaldi, "Understanding deep image representations
by inverting them" (CVPR 2015).
At full size: 400 pixels high, 10 rounds of 20 steps; expect the painting's colours and strokes on
the photograph's things. Minutes on a GPU; not run here.
Data: two pictures of your own; the weights, 80 MB, are downloaded at first use. --quick: two
photographs of scikit-learn, 64 pixels high, and random weights, whose convolutions tell textures
too: Ustyuzhaninov et al., "Texture synthesis using shallow convolutional networks with random
filters" (2016).
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.optimize import fmin_l_bfgs_b

from keras import backend as K
from keras.applications.vgg19 import VGG19, preprocess_input

CONTENT_LAYER = "block4_conv2"
STYLE_LAYERS = [f"block{i}_conv1" for i in range(1, 6)]
STYLE_WEIGHT = 1  # beside 1 for the content
SMOOTHNESS = 1e-4  # what a squared step of grey between neighbours costs


def resized(image, height, size=None):
    """(1, height, width, 3) of 0..255; `size` (width, height) is taken without regard to shape."""
    image = image.convert("RGB")
    size = size or (image.width * height // image.height, height)
    return np.asarray(image.resize(size), dtype="float32")[None]


def picture(x):
    """What `preprocess_input` was applied to: BGR and the mean colour taken back."""
    return np.clip(x[..., ::-1] + (123.68, 116.779, 103.939), 0, 255).astype("uint8")


def gram(features):
    """(channels, channels): which features of one picture are met together, wherever it is."""
    rows = K.reshape(features, (-1, K.int_shape(features)[-1]))
    return K.dot(K.transpose(rows), rows) / K.cast(K.shape(rows)[0], K.floatx())


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
    parser.add_argument("--content", type=Path, help="a photograph; needed unless --quick")
    parser.add_argument("--style", type=Path, help="a picture; needed unless --quick")
    parser.add_argument("--epochs", type=int, help="rounds: 10 of 20 steps, or 2 of 15")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()
    if not options.quick and (options.content is None or options.style is None):
        parser.error("--content FILE and --style FILE are needed; try --quick without them")

    np.random.seed(0)
    weights, height, steps, epochs = "imagenet", 400, 20, 10
    if options.quick:
        from sklearn.datasets import load_sample_image

        weights, height, steps, epochs = None, 64, 15, 2
        content, style = (
            Image.fromarray(load_sample_image(name)) for name in ("china.jpg", "flower.jpg")
        )
    else:
        content, style = Image.open(options.content), Image.open(options.style)
    if options.epochs is not None:
        epochs = options.epochs

    content = preprocess_input(resized(content, height))
    style = preprocess_input(resized(style, height, size=content.shape[2:0:-1]))

    model = VGG19(weights=weights, include_top=False, input_shape=content.shape[1:])
    kept = model.get_layer(CONTENT_LAYER).output
    grams = [gram(model.get_layer(name).output) for name in STYLE_LAYERS]
    (kept_goal,) = K.function([model.input], [kept])([content])
    gram_goals = K.function([model.input], grams)([style])

    loss = unlike(kept, kept_goal) + SMOOTHNESS / content.size * steps_of_grey(model.input)
    for found, goal in zip(grams, gram_goals):
        loss += STYLE_WEIGHT / len(grams) * unlike(found, goal)
    loss_and_gradient = K.function([model.input], [loss, *K.gradients(loss, model.input)])

    def evaluated(x):
        """As SciPy wants them: a number, and a flat array in float64."""
        value, gradient = loss_and_gradient([x.reshape(content.shape).astype("float32")])
        return float(value), gradient.ravel().astype("float64")

    x = content.ravel().astype("float64")
    start, _ = value, _ = evaluated(x)
    for round_ in range(epochs):
        x, value, _ = fmin_l_bfgs_b(evaluated, x, maxfun=steps, pgtol=0)
        print(f"round {round_ + 1}: loss {value:.4f}")

    options.out.mkdir(parents=True, exist_ok=True)
    shown = [content, style, x.reshape(content.shape)]
    page = np.concatenate([picture(image[0]) for image in shown], axis=1)
    Image.fromarray(page).save(options.out / "neural_style_transfer.png")
    share = value / start
    print(f"result: loss beside that of the photograph {share:.3f} (with --quick at most 0.3)")


if __name__ == "__main__":
    main()
