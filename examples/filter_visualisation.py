"""What the filters of a convolutional network look for: pictures that excite them most.

    python filter_visualisation.py [--quick] [--epochs N] [--layer NAME] [--out FOLDER]

Shows: `K.gradients` of a layer's output with respect to the input, for many filters at once; a
`K.function` of two inputs; gradient ascent from noise.
Into the folder goes filter_visualisation.png, a tile for each filter.
Source: Simonyan, Vedaldi, Zisserman, "Deep inside convolutional networks" (2013), section 2; the
manual names the task in 3.3.17.
At full size: 64 filters of VGG16; expect edges and colours in low layers, textures in the middle,
shreds of things at block5_conv1. Minutes on a processor; not run here.
Data: none but the weights, 59 MB, downloaded at first use. --quick: a small network that is first
trained to tell rings, crosses, boards and other shapes apart. The result compares the pictures with
two photographs of scikit-learn.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

from keras import backend as K
from keras.applications.vgg16 import VGG16, preprocess_input

AT_ONCE = 8  # filters


def ascended(images, chosen, excitement, steps, rate):
    """The images after `steps` along the gradients; a pixel moves by `rate` on the average."""
    for _ in range(steps):
        _, gradients = excitement([images, chosen])
        lengths = np.abs(gradients).mean(axis=(1, 2, 3), keepdims=True)
        images = images + rate * gradients / (lengths + 1e-12)
        images = np.clip(images, -64 * rate, 64 * rate)
    return images


def tile(image):
    """An image as uint8, its contrast brought to what is easily seen."""
    image = (image - image.mean()) / (image.std() + 1e-6)
    return np.clip(image * 48 + 128, 0, 255).astype("uint8")


def page(images, columns=8, gap=3):
    """The images (n, size, size, 3) as one, in lines of `columns`."""
    size = images.shape[1] + gap
    lines = -(-len(images) // columns)
    whole = np.zeros((lines * size, columns * size, 3), dtype="uint8")
    for i, image in enumerate(images):
        row, column = i // columns * size, i % columns * size
        whole[row : row + size - gap, column : column + size - gap] = tile(image)
    return whole


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--layer", help="block5_conv1, or block2_conv2 with --quick")
    parser.add_argument("--epochs", type=int, help="steps of the ascent: 40, or 30 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()

    np.random.seed(0)
    if options.quick:
        from small_data import vision_model

        model, layer, size, count, rate, steps = vision_model(), "block2_conv2", 32, 32, 1 / 64, 30
    else:
        model = VGG16(weights="imagenet", include_top=False)
        layer, size, count, rate, steps = "block5_conv1", 128, 64, 2, 40
    if options.epochs is not None:
        steps = options.epochs

    output = model.get_layer(options.layer or layer).output
    chosen = K.placeholder((None, K.int_shape(output)[-1]))  # each picture's filter, one-hot
    means = K.mean(output, axis=[1, 2])
    excited = K.sum(means * chosen, axis=-1)
    excitement = K.function(
        [model.input, chosen], [excited, *K.gradients(K.sum(excited), model.input)]
    )

    filters = np.eye(K.int_shape(output)[-1], dtype="float32")[:count]
    noise = rate * np.random.uniform(-20, 20, size=(len(filters), size, size, 3))
    parts = [slice(i, i + AT_ONCE) for i in range(0, len(filters), AT_ONCE)]
    images = np.concatenate(
        [ascended(noise[part], filters[part], excitement, steps, rate) for part in parts]
    )

    photographs = np.array(load_sample_images().images, dtype="float32")
    photographs = photographs / 127.5 - 1 if options.quick else preprocess_input(photographs)
    (by_photographs,) = K.function([model.input], [means])([photographs])
    values = np.concatenate([excitement([images[part], filters[part]])[0] for part in parts])
    for i, value in enumerate(values[:8]):
        print(f"filter {i}: {value:.3f}, by photographs {by_photographs[:, i].max():.3f}")

    options.out.mkdir(parents=True, exist_ok=True)
    shown = images if options.quick else images[..., ::-1]  # VGG16 sees blue, green, red
    Image.fromarray(page(shown)).save(options.out / "filter_visualisation.png")
    more = np.mean(values > 2 * by_photographs[:, : len(values)].max(axis=0))
    print(
        f"result: filters twice as excited as by photographs {more:.3f} (with --quick at least 0.6)"
    )


if __name__ == "__main__":
    main()
