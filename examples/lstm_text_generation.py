"""Text written letter by letter, by a network that learnt to guess the next letter.

    python lstm_text_generation.py [--quick] [--epochs N] [--text FILE]

Shows: a sequence to one class (`LSTM`, `Dense`), `LambdaCallback` that writes a sample after an
epoch, and drawing from probabilities at different temperatures.
Source: Graves, "Generating sequences with recurrent neural networks" (2013), section 3; the manual
names the task in 3.1.5.
At full size: with a text of 600,000 letters expect words after some 20 epochs and phrases after 40,
some minutes an epoch on a processor; not run here.
Data: any text in UTF-8, of 100,000 letters and better 1,000,000: a book of Project Gutenberg, say.
--quick takes the 13,000 letters in which scikit-learn describes its data sets.
"""

import argparse
from pathlib import Path

import numpy as np

from keras.callbacks import LambdaCallback
from keras.layers import LSTM, Dense
from keras.models import Sequential
from keras.optimizers import RMSprop


def descriptions():
    """The texts that come with scikit-learn's data sets, one after the other."""
    from sklearn import datasets

    names = ["breast_cancer", "diabetes", "digits", "iris", "linnerud", "wine"]
    return "\n".join(getattr(datasets, "load_" + name)().DESCR for name in names)


def windows(codes, length, step):
    """(pieces of `length` letters, the letter that follows each), one piece every `step`."""
    starts = range(0, len(codes) - length, step)
    return (
        np.array([codes[start : start + length] for start in starts]),
        np.array([codes[start + length] for start in starts]),
    )


def next_letter(length, letters, units):
    """The compiled network: one-hot (n, length, letters) -> (n, letters) probabilities."""
    model = Sequential()
    model.add(LSTM(units, input_shape=(length, letters)))
    model.add(Dense(letters, activation="softmax"))
    model.compile(
        loss="sparse_categorical_crossentropy", optimizer=RMSprop(lr=0.01), metrics=["accuracy"]
    )
    return model


def drawn(probabilities, temperature):
    """A letter's code by its probability: below 1 the likely ones gain, above 1 the others."""
    logits = np.log(probabilities.astype("float64") + 1e-9) / temperature
    weights = np.exp(logits - logits.max())
    return np.random.choice(len(weights), p=weights / weights.sum())


def written(model, seed, count, temperature, letters):
    """The codes of `count` letters that the network goes on with after `seed`."""
    codes = list(seed)
    one_hot = np.eye(letters, dtype="float32")
    for _ in range(count):
        (probabilities,) = model.predict(one_hot[codes[-len(seed) :]][None])
        codes.append(drawn(probabilities, temperature))
    return codes[len(seed) :]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--text", type=Path, help="a file in UTF-8; needed unless --quick")
    parser.add_argument("--epochs", type=int, help="60, or 9 with --quick")
    options = parser.parse_args()
    if not options.quick and options.text is None:
        parser.error("--text FILE is the text to learn from; try --quick without one")

    np.random.seed(0)
    length, step, units, epochs, shown = 40, 3, 128, 60, 400
    if options.quick:
        length, step, units, epochs, shown = 12, 2, 96, 9, 100
    if options.epochs is not None:
        epochs = options.epochs

    text = descriptions() if options.text is None else options.text.read_text(encoding="utf-8")
    text = " ".join(text.lower().split())
    alphabet = sorted(set(text))
    codes = [alphabet.index(letter) for letter in text]
    one_hot = np.eye(len(alphabet), dtype="float32")
    end = len(codes) * 9 // 10  # what comes after it is never trained on
    x, y = windows(codes[:end], length, step)
    x_test, y_test = windows(codes[end:], length, step)
    print(f"{len(text)} letters of {len(alphabet)} kinds, {len(x)} pieces to learn from")

    model = next_letter(length, len(alphabet), units)

    def sample(epoch, logs):
        start = np.random.randint(len(codes) - length)
        seed = codes[start : start + length]
        for temperature in (0.2, 0.5, 1.0):
            new = written(model, seed, shown, temperature, len(alphabet))
            read, wrote = ("".join(alphabet[code] for code in part) for part in (seed, new))
            print(f"  temperature {temperature}: [{read}]{wrote}")

    model.fit(
        one_hot[x],
        y,
        batch_size=128,
        epochs=epochs,
        verbose=2,
        callbacks=[LambdaCallback(on_epoch_end=sample)],
    )
    loss, accuracy = model.evaluate(one_hot[x_test], y_test, verbose=0)
    print(f"result: next letters of new text right {accuracy:.3f} (with --quick at least 0.3)")


if __name__ == "__main__":
    main()
