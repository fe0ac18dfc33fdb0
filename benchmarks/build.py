"""How long building takes with our package: no array is touched, only the graph is made.

    python benchmarks/build.py

- 3,000 chained K operations (bar: 1 s);
- a model of ResNet-50's size: 16 bottleneck blocks, 53 convolutions, each with BatchNormalization,
  written with the functional API as in keras.applications (bar: 0.3 s).

Seconds, medians of 15; a status other than 0 if a bar is missed.
"""
import gc
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras  # noqa: E402
from keras import backend as K  # noqa: E402
from keras.layers import (  # noqa: E402
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    add,
)
from keras.models import Model  # noqa: E402

ROUNDS = 15
OPS = 3000
STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))


def chain():
    """A graph of `OPS` operations, one upon the other."""
    x = K.placeholder(shape=(None, 8))
    for _ in range(OPS // 5):
        x = K.relu(x)
        x = x + 1.0
        x = K.tanh(x)
        x = x * 0.5
        x = K.square(x)
    return x


def normalized_convolution(x, filters, size, strides=1, activated=True):
    x = Conv2D(filters, size, strides=strides, padding="same")(x)
    x = BatchNormalization()(x)
    return Activation("relu")(x) if activated else x


def bottleneck(x, filters, strides, projected):
    """Three convolutions beside a shortcut, which is projected where the shape changes."""
    shortcut = x
    if projected:
        shortcut = normalized_convolution(x, 4 * filters, 1, strides, activated=False)
    x = normalized_convolution(x, filters, 1, strides)
    x = normalized_convolution(x, filters, 3)
    x = normalized_convolution(x, 4 * filters, 1, activated=False)
    return Activation("relu")(add([x, shortcut]))


def resnet():
    image = Input(shape=(224, 224, 3))
    x = normalized_convolution(image, 64, 7, 2)
    x = MaxPooling2D(3, strides=2)(x)
    for filters, blocks, strides in STAGES:
        for i in range(blocks):
            x = bottleneck(x, filters, strides if i == 0 else 1, projected=i == 0)
    x = GlobalAveragePooling2D()(x)
    return Model(image, Dense(1000, activation="softmax")(x))


def seconds(build):
    """Median seconds of `ROUNDS` buildings, after one that is not counted."""
    times = []
    for _ in range(ROUNDS + 1):
        K.clear_session()
        gc.collect()
        begin = time.perf_counter()
        built = build()
        times.append(time.perf_counter() - begin)
        del built
    return statistics.median(times[1:])


def main():
    convolutions = sum(isinstance(layer, Conv2D) for layer in resnet().layers)
    print(f"keras {keras.__version__}, medians of {ROUNDS}")
    missed = False
    for name, build, bar in ((f"{OPS:,} chained K operations", chain, 1.0),
                             (f"ResNet-50's size, {convolutions} convolutions", resnet, 0.3)):
        figure = seconds(build)
        missed |= figure > bar
        print(f"{name}: {figure:.3f} s (bar {bar} s)")
    sys.exit(missed)


if __name__ == "__main__":
    main()
