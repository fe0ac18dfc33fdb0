"""What networks trained on ImageNet see in a picture: names, features, and a use of features.

    python feature_extraction.py [--quick] [--epochs N] [--images FOLDER]

Shows: `ResNet50` naming what is in a picture (the manual's 13.2.1), VGG16 without its top
(13.2.2), the output of any layer of VGG19 (13.2.3), and a small classifier trained on such
features in place of pixels.
Source: the manual's 13.2; He et al., "Deep residual learning" (2015); Simonyan, Zisserman, "Very
deep convolutional networks" (2014); Donahue et al., "DeCAF" (2013) for features put to other uses.
At full size: names that fit (the manual's elephant is an Indian elephant with 0.83), and classes
told apart from a few pictures each. Not run here.
Data: a folder with a subfolder of pictures for each class; the networks' weights, 240 MB, are
downloaded at first use. --quick: random weights, as nothing is downloaded, on pieces of two
photographs; even random convolutions tell them apart better than by chance.
"""

import argparse
from pathlib import Path

import numpy as np

from keras.applications import resnet50, vgg16, vgg19
from keras.layers import BatchNormalization, Dense
from keras.models import Model, Sequential
from keras.optimizers import Adam
from keras.preprocessing.image import img_to_array, load_img


def pictures(folder, size):
    """((x_train, y_train), (x_test, y_test)): every fourth picture of a class is to test with."""
    found = {True: [], False: []}
    for label, part in enumerate(sorted(path for path in folder.iterdir() if path.is_dir())):
        for i, path in enumerate(sorted(part.iterdir())):
            pixels = img_to_array(load_img(path, target_size=(size, size)))
            found[i % 4 == 3].append((pixels, label))
    return [[np.array(column) for column in zip(*found[test])] for test in (False, True)]


def name(images):
    """Print what ResNet50 takes the images (n, 224, 224, 3) for."""
    model = resnet50.ResNet50(weights="imagenet")
    predictions = model.predict(resnet50.preprocess_input(images.copy()))
    for guesses in resnet50.decode_predictions(predictions, top=3):
        print(", ".join(f"{word} {sure:.2f}" for _, word, sure in guesses))


def features(images, weights):
    """(n, features): the ends of VGG16 and the fourth block of VGG19, averaged over the picture."""
    shape = images.shape[1:]
    base = vgg16.VGG16(weights=weights, include_top=False, input_shape=shape)
    last = base.predict(vgg16.preprocess_input(images.copy()))

    base = vgg19.VGG19(weights=weights, include_top=False, input_shape=shape)
    model = Model(inputs=base.input, outputs=base.get_layer("block4_pool").output)
    middle = model.predict(vgg19.preprocess_input(images.copy()))
    print(f"features: {last.shape} of VGG16's end, {middle.shape} of VGG19's block4_pool")
    return np.concatenate([last.mean(axis=(1, 2)), middle.mean(axis=(1, 2))], axis=-1)


def classifier(count, classes):
    """The compiled network on top: features (n, count) -> probabilities (n, classes)."""
    model = Sequential()
    model.add(BatchNormalization(momentum=0.8, input_shape=(count,)))
    model.add(Dense(classes, activation="softmax"))
    model.compile(
        loss="sparse_categorical_crossentropy", optimizer=Adam(0.01), metrics=["accuracy"]
    )
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--images", type=Path, help="a folder; needed unless --quick")
    parser.add_argument("--epochs", type=int, help="30")
    options = parser.parse_args()
    if not options.quick and options.images is None:
        parser.error("--images FOLDER holds pictures, a subfolder a class; try --quick without it")

    np.random.seed(0)
    epochs = 30 if options.epochs is None else options.epochs
    if options.quick:
        from small_data import crops

        weights = None
        (x_train, y_train), (x_test, y_test) = crops(64, 64, size=48)
    else:
        weights = "imagenet"
        (x_train, y_train), (x_test, y_test) = pictures(options.images, size=224)
        name(x_test[:8])

    x = features(np.concatenate([x_train, x_test]).astype("float32"), weights)
    model = classifier(x.shape[1], classes=y_train.max() + 1)
    model.fit(x[: len(x_train)], y_train, batch_size=32, epochs=epochs, verbose=0)

    loss, accuracy = model.evaluate(x[len(x_train) :], y_test, verbose=0)
    print(f"result: test accuracy {accuracy:.3f} (with --quick at least 0.8)")


if __name__ == "__main__":
    main()
