"""Training on a folder of pictures, one folder in it for each class.

    python image_folder.py [--quick] [--epochs N] [--data FOLDER]

Shows: `flow_from_directory`, which finds the classes, reads the files while the network trains
and changes each picture at random on the way; `fit_generator` and `evaluate_generator`.
Source: the manual's 6.3.1.
At full size: about 80 % of cats and dogs after 50 epochs on 2,000 pictures is what Chollet's
"Building powerful image classification models using very little data" (2016), to which the
manual's FAQ 3.3.17 points, reports for a network of this kind.
Data: a folder with train/ and validation/, each with a folder for every class. For cats and dogs:
Kaggle's "Dogs vs. Cats", sorted into train/cats, train/dogs and so on. --quick draws four kinds
of shapes into a temporary folder.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import small_data

from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator, array_to_img


def draw(folder, size):
    """PNG files of shapes in folder/train/KIND and folder/validation/KIND."""
    rng = np.random.RandomState(0)
    for part, count in (("train", 120), ("validation", 50)):
        for kind in ("disc", "ring", "cross", "blank"):
            (folder / part / kind).mkdir(parents=True)
            for number in range(count):
                picture = array_to_img(small_data.picture(kind, size, rng), scale=False)
                picture.save(folder / part / kind / f"{number}.png")


def network(image_shape, filters, num_classes):
    """The compiled network: pictures around zero -> probabilities of the classes."""
    model = Sequential()
    model.add(Conv2D(filters[0], (3, 3), activation="relu", input_shape=image_shape))
    model.add(MaxPooling2D((2, 2)))
    for count in filters[1:]:
        model.add(Conv2D(count, (3, 3), activation="relu"))
        model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(64, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(num_classes, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def accuracy_on(folder, size, filters, batch_size, epochs):
    """That on folder/validation of a network trained on folder/train."""
    scaled = dict(rescale=1 / 255, samplewise_center=True)
    changed = ImageDataGenerator(shear_range=10, zoom_range=0.2, horizontal_flip=True, **scaled)
    same = ImageDataGenerator(**scaled)
    about = dict(target_size=(size, size), batch_size=batch_size, class_mode="categorical")
    train = changed.flow_from_directory(folder / "train", **about)
    validation = same.flow_from_directory(folder / "validation", **about)
    print("classes:", train.class_indices)

    model = network((size, size, 3), filters, train.num_classes)
    model.summary()
    model.fit_generator(
        train,
        steps_per_epoch=len(train),
        epochs=epochs,
        validation_data=validation,
        validation_steps=len(validation),
    )
    return model.evaluate_generator(validation, steps=len(validation))[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="50, or 12 with --quick")
    parser.add_argument("--data", type=Path, help="folder with train/ and validation/")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 12 if quick else 50
    if not quick and options.data is None:
        parser.error("--data FOLDER is missing; the first comment of this file says what it holds")
    np.random.seed(0)  # weights, dropout, order and changes follow from it

    if quick:
        with tempfile.TemporaryDirectory() as folder:
            draw(Path(folder), size=20)
            accuracy = accuracy_on(Path(folder), 20, (16, 32), batch_size=16, epochs=epochs)
    else:
        accuracy = accuracy_on(options.data, 150, (32, 32, 64), batch_size=32, epochs=epochs)
    print(f"result: validation accuracy {accuracy:.3f} (with --quick at least 0.70)")


if __name__ == "__main__":
    main()
