"""Sums learnt from their spelling: "23+81" in, "104" out, character by character.

    python addition_seq2seq.py [--quick] [--epochs N] [--digits 3]

Shows: an encoder that reads a sequence into one vector (`LSTM`), `RepeatVector` that hands the
vector to each step of a decoder (`return_sequences=True`), and one softmax per character
(`TimeDistributed`). Questions are read backwards, which shortens the way from the first digit of
the question to the first of the answer.
Source: Sutskever, Vinyals, Le, "Sequence to sequence learning with neural networks" (NIPS 2014),
for the two LSTMs and the reversal; Zaremba, Sutskever, "Learning to execute" (2014), for the sums.
At full size: 50,000 different sums of 3 digits, 100 epochs; expect few mistakes. The LSTM of
"Learning to execute", larger and longer trained, adds numbers of 9 digits with 99 % accuracy. Not
run here.
Data: made by the script. --quick: 6,000 sums of 2 digits.
"""

import argparse

import numpy as np

from keras.layers import LSTM, Dense, RepeatVector, TimeDistributed
from keras.models import Sequential
from keras.optimizers import Adam

ALPHABET = "0123456789+ "


def one_hot(texts, length):
    """(texts, length, letters of the alphabet): each text filled up with blanks."""
    codes = [[ALPHABET.index(letter) for letter in text.ljust(length)] for text in texts]
    return np.eye(len(ALPHABET), dtype="float32")[codes]


def spelled(probabilities):
    """The texts that are most probable, character by character."""
    return ["".join(ALPHABET[code] for code in codes) for codes in probabilities.argmax(axis=-1)]


def different_sums(count, digits):
    """(questions, answers): `count` sums, none twice, of numbers of up to `digits` digits."""
    chosen = np.random.choice(100**digits, size=count, replace=False)
    pairs = [divmod(int(number), 10**digits) for number in chosen]
    return [f"{a}+{b}" for a, b in pairs], [str(a + b) for a, b in pairs]


def adder(digits, lr):
    """The compiled network: spelled questions -> probabilities of the letters of the answer."""
    model = Sequential()
    model.add(LSTM(128, input_shape=(2 * digits + 1, len(ALPHABET))))
    model.add(RepeatVector(digits + 1))
    model.add(LSTM(128, return_sequences=True))
    model.add(TimeDistributed(Dense(len(ALPHABET), activation="softmax")))
    model.compile(loss="categorical_crossentropy", optimizer=Adam(lr), metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--digits", type=int, default=3, help="of a number; 2 with --quick")
    parser.add_argument("--epochs", type=int, help="100, or 20 with --quick")
    options = parser.parse_args()

    np.random.seed(0)
    digits, count, lr, epochs = options.digits, 50_000, 0.001, 100
    if options.quick:
        digits, count, lr, epochs = 2, 6000, 0.006, 20
    if options.epochs is not None:
        epochs = options.epochs

    length = 2 * digits + 1
    questions, answers = different_sums(count, digits)
    x = one_hot([question.ljust(length)[::-1] for question in questions], length)
    y = one_hot(answers, digits + 1)
    held = count // 10  # these sums are never trained on

    model = adder(digits, lr)
    model.summary()
    model.fit(x[held:], y[held:], batch_size=128, epochs=epochs, verbose=2)

    guesses = [guess.rstrip() for guess in spelled(model.predict(x[:held]))]
    for question, answer, guess in list(zip(questions, answers, guesses))[:10]:
        print(f"{question} = {guess}" + ("" if guess == answer else f", no: {answer}"))
    right = np.mean([guess == answer for guess, answer in zip(guesses, answers)])
    print(f"result: new sums right {right:.3f} (with --quick at least 0.5)")


if __name__ == "__main__":
    main()
