"""A larger network takes over what a smaller one has learned, and begins where that one ended.

    python mnist_net2net.py [--quick] [--epochs N]

Shows: `get_weights` and `set_weights`: new weights computed from old ones in NumPy. Wider: units
are doubled up, and what follows divides by how often each one is there. Deeper: a layer is put in
that does nothing yet. Either way the student computes what its teacher did.
Source: Chen, Goodfellow and Shlens, "Net2Net: accelerating learning via knowledge transfer"
(2015).
At full size: the teacher reads 99 % after 3 epochs; both students begin there.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead.
"""

import argparse

import numpy as np
import small_data

from keras.datasets import mnist
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.utils import to_categorical

NUM_CLASSES = 10


def network(image_shape, filters, units, extra=False):
    """The compiled network: images -> (n, 10) probabilities; with one more layer if `extra`."""
    model = Sequential()
    model.add(Conv2D(filters, (3, 3), padding="same", activation="relu", input_shape=image_shape))
    model.add(MaxPooling2D((2, 2)))
    model.add(Conv2D(filters, (3, 3), padding="same", activation="relu", name="conv_2"))
    if extra:
        model.add(Conv2D(filters, (3, 3), padding="same", activation="relu", name="conv_3"))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(units, activation="relu", name="hidden"))
    model.add(Dense(NUM_CLASSES, activation="softmax", name="digits"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def widen(kernel, bias, following, width, rng):
    """(kernel, bias, following) of a layer with `width` outputs: some old ones several times.

    What follows takes each copy by a share of the old weight. A little noise tells them apart.
    """
    old = kernel.shape[-1]
    source = np.concatenate([np.arange(old), rng.randint(old, size=width - old)])
    times = np.bincount(source, minlength=old)[source]
    shares = following[..., source, :] / times[:, None]
    noise = rng.normal(0, 1e-4 * kernel.std(), size=kernel.shape[:-1] + (width,))
    return kernel[..., source] + noise, bias[source], shares


def wider(teacher, image_shape, filters, units, rng):
    """A network of `units` hidden units that computes what the teacher does."""
    student = network(image_shape, filters, units)
    weights = teacher.get_weights()
    kernel, bias, following, last = weights[-4:]
    student.set_weights([*weights[:-4], *widen(kernel, bias, following, units, rng), last])
    return student


def deeper(teacher, image_shape, filters, units):
    """A network with one more convolution, which passes on what it gets."""
    student = network(image_shape, filters, units, extra=True)
    identity = np.zeros((3, 3, filters, filters))
    identity[1, 1] = np.eye(filters)  # relu of what a relu gave changes nothing
    weights = teacher.get_weights()
    student.set_weights([*weights[:4], identity, np.zeros(filters), *weights[4:]])
    return student


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="of the teacher: 3, or 10 with --quick")
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    if epochs is None:
        epochs = 10 if quick else 3
    np.random.seed(0)  # weights and order follow from it
    rng = np.random.RandomState(0)  # which units are doubled

    (x_train, y_train), (x_test, y_test) = small_data.digits() if quick else mnist.load_data()
    x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))
    y_train, y_test = (to_categorical(y, NUM_CLASSES) for y in (y_train, y_test))
    image_shape, filters, units = x_train.shape[1:], 32, 64

    teacher = network(image_shape, filters, units)
    teacher.fit(x_train, y_train, batch_size=32, epochs=epochs, verbose=0)
    known = teacher.evaluate(x_test, y_test, verbose=0)[1]
    print(f"{'teacher':22} {known:.3f}")

    students = {
        "wider": wider(teacher, image_shape, filters, 2 * units, rng),
        "deeper": deeper(teacher, image_shape, filters, units),
        "wider, from nothing": network(image_shape, filters, 2 * units),
        "deeper, from nothing": network(image_shape, filters, units, extra=True),
    }
    born = {}
    for name, student in students.items():
        born[name] = student.evaluate(x_test, y_test, verbose=0)[1]
        student.fit(x_train, y_train, batch_size=32, epochs=1, verbose=0)
        grown = student.evaluate(x_test, y_test, verbose=0)[1]
        print(f"{name:22} {born[name]:.3f}, and after an epoch {grown:.3f}")
    least = min(born["wider"], born["deeper"])
    print(f"result: test accuracy of students at birth {least:.3f} (with --quick at least 0.90)")


if __name__ == "__main__":
    main()
