"""New classes for InceptionV3: first a new top on a frozen network, then its upper blocks too.

    python fine_tune_inception_v3.py [--quick] [--epochs N] [--images FOLDER] [--out FOLDER]

Shows: a network of `keras.applications` without its top as the beginning of one's own;
`trainable = False`, and that `compile` comes after it; `flow_from_directory` and `fit_generator`.
Source: the manual's 13.2.4; Szegedy et al., "Rethinking the Inception architecture" (2015).
At full size: two classes with some hundred pictures each are commonly told apart with well over
90 % accuracy in a few epochs. Not run here.
Data: a folder with `train` and `test`, each with a subfolder of pictures for each class; the
weights, 88 MB, are downloaded at first use. --quick writes such a folder of pieces of two
photographs, and begins with random weights that are brought to scale.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from keras import backend as K
from keras.applications.inception_v3 import InceptionV3, preprocess_input
from keras.layers import BatchNormalization, Dense, GlobalAveragePooling2D
from keras.models import Model
from keras.optimizers import SGD
from keras.preprocessing.image import ImageDataGenerator

FROZEN = 249  # layers below the two blocks on top that are tuned


def write_crops(folder):
    """A folder like the one that --images names, of pieces of scikit-learn's photographs."""
    from small_data import crops

    for part, (images, labels) in zip(("train", "test"), crops(24, 24, size=139)):
        for i, (image, label) in enumerate(zip(images, labels)):
            path = folder / part / ("temple", "flower")[label] / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)


def bring_to_scale(model, images):
    """Give each BatchNormalization of a random network the mean and variance that it meets.

    Trained weights come with these; random ones would make each layer's output vanish.
    """
    layers = [layer for layer in model.layers if isinstance(layer, BatchNormalization)]
    axes = [0, 1, 2]
    met = [(K.mean(x, axes), K.var(x, axes)) for x in (layer.input for layer in layers)]
    training = 1
    values = K.function([model.input, K.learning_phase()], sum(met, ()))([images, training])
    for layer, mean, variance in zip(layers, values[::2], values[1::2]):
        *learnt, _, _ = layer.get_weights()
        layer.set_weights([*learnt, mean, variance])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--images", type=Path, help="a folder; needed unless --quick")
    parser.add_argument("--epochs", type=int, help="of each of the two parts: 10, or 4")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()
    if not options.quick and options.images is None:
        parser.error("--images FOLDER holds train and test; try --quick without it")

    np.random.seed(0)
    weights, size, units, batch, epochs = "imagenet", 299, 1024, 32, 10
    if options.quick:
        weights, size, units, batch, epochs = None, 139, 64, 12, 4
        options.images = options.out / "fine_tune_inception_v3"
        write_crops(options.images)
    if options.epochs is not None:
        epochs = options.epochs

    pictures = ImageDataGenerator(preprocessing_function=preprocess_input, horizontal_flip=True)
    train = pictures.flow_from_directory(
        options.images / "train", target_size=(size, size), batch_size=batch
    )
    pictures = ImageDataGenerator(preprocessing_function=preprocess_input)
    test = pictures.flow_from_directory(
        options.images / "test", target_size=(size, size), batch_size=batch
    )

    base = InceptionV3(weights=weights, include_top=False, input_shape=(size, size, 3))
    if weights is None:
        bring_to_scale(base, np.concatenate([train[i][0] for i in range(len(train))]))
    x = GlobalAveragePooling2D()(base.output)
    x = Dense(units, activation="relu")(x)
    model = Model(base.input, Dense(train.num_classes, activation="softmax")(x))

    print("the new top:")
    for layer in base.layers:
        layer.trainable = False
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit_generator(train, epochs=epochs, verbose=2)

    print(f"and what is above layer {FROZEN}, {model.layers[FROZEN].name}:")
    for layer in model.layers[FROZEN:]:
        layer.trainable = True
    model.compile(  # slowly, so as not to spoil what is there
        optimizer=SGD(lr=0.0001, momentum=0.9),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit_generator(train, epochs=epochs, verbose=2)

    loss, accuracy = model.evaluate_generator(test)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.8)")


if __name__ == "__main__":
    main()
