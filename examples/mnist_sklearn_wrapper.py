"""A network as an estimator of scikit-learn, and the best of several found by cross-validation.

    python mnist_sklearn_wrapper.py [--quick] [--epochs N]

Shows: `KerasClassifier` around a function that builds a network; a pipeline that scales the data
first; `GridSearchCV` over arguments of that function; the best network, taken out as a plain
Keras model.
Source: the manual's chapter 19; the grid search and pipelines of scikit-learn's user guide.
At full size: about 97 %, as the search sees 10,000 of the 60,000 digits.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's
scans of 8 x 8 pixels instead.
"""

import argparse

import numpy as np
import small_data
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from keras.datasets import mnist
from keras.layers import Dense, Dropout
from keras.models import Sequential
from keras.wrappers.scikit_learn import KerasClassifier

NUM_CLASSES = 10


def network(pixels=784, hidden=(128,), dropout=0.2):
    """The compiled network: (n, pixels) values in 0..1 -> (n, 10) probabilities."""
    model = Sequential()
    for i, units in enumerate(hidden):
        first = {"input_shape": (pixels,)} if i == 0 else {}
        model.add(Dense(units, activation="relu", **first))
        model.add(Dropout(dropout))
    model.add(Dense(NUM_CLASSES, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    quick, epochs = options.quick, options.epochs
    np.random.seed(0)  # weights, dropout and order follow from it

    (x_train, y_train), (x_test, y_test) = small_data.digits() if quick else mnist.load_data()
    x_train, y_train = x_train[:10000].reshape(-1, x_train[0].size), y_train[:10000]
    x_test = x_test.reshape(len(x_test), -1)

    classifier = KerasClassifier(
        network, pixels=x_train.shape[1], epochs=epochs, batch_size=32, verbose=0
    )
    choices = {
        "kerasclassifier__hidden": [(8,), (128,), (64, 64)],
        "kerasclassifier__dropout": [0.0, 0.3],
    }
    search = GridSearchCV(make_pipeline(MinMaxScaler(), classifier), choices, cv=2)
    search.fit(x_train, y_train)

    results = search.cv_results_
    for accuracy, parameters in zip(results["mean_test_score"], results["params"]):
        print(f"{accuracy:.3f}", *parameters.values())
    best = search.best_estimator_[-1].model
    best.summary()
    accuracy = search.score(x_test, y_test)
    print(f"result: test accuracy of the best {accuracy:.3f} (with --quick at least 0.93)")


if __name__ == "__main__":
    main()
