"""One sentence turned into another, character by character: encoder, decoder, and decoding.

    python lstm_seq2seq.py [--quick] [--epochs N] [--pairs FILE] [--out FOLDER]

Shows: an encoder whose states (`return_state=True`) start a decoder (`initial_state=`), and
`Masking`, so that sentences may have different lengths; training with the right beginning of the
answer as input ("teacher forcing"); two further models made of the same layers, which write an
answer letter by letter. The trained model, its alphabets and the sentences kept for the test go
into the folder, for lstm_seq2seq_restore.py.
Source: Sutskever, Vinyals, Le, "Sequence to sequence learning with neural networks" (NIPS 2014);
Cho et al., "Learning phrase representations using RNN encoder-decoder" (EMNLP 2014).
At full size: 10,000 short pairs of sentences, 100 epochs. Such a set is learnt nearly by heart, and
new sentences often come out wrong; the paper's systems saw 12 million pairs. Not run here.
Data: lines "sentence TAB its translation", such as the pairs of the Tatoeba project that
www.manythings.org/anki offers. --quick: dates, "7 may 1998" into "1998-05-07".
"""

import argparse
import json
from pathlib import Path

import numpy as np

from keras.layers import LSTM, Dense, Input, Masking
from keras.models import Model
from keras.optimizers import Adam

START, END = "\t", "\n"  # of an answer


def dates(count):
    """Pairs of the same day as people write it and as ISO 8601 does, none twice."""
    months = "january february march april may june july august september october november december"
    pairs = [
        (f"{day} {name} {year}", f"{year}-{month:02}-{day:02}")
        for year in range(1960, 2020)
        for month, name in enumerate(months.split(), start=1)
        for day in range(1, 29)
    ]
    return [pairs[i] for i in np.random.permutation(len(pairs))[:count]]


def read_pairs(path, count):
    """The first `count` lines of "sentence TAB translation"; further columns do not matter."""
    with path.open(encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t")[:2] for _, line in zip(range(count), lines)]
    return [rows[i] for i in np.random.permutation(len(rows))]


def one_hot(texts, alphabet):
    """(texts, the longest, letters): zeros after the end of a text."""
    x = np.zeros((len(texts), max(map(len, texts)), len(alphabet)), dtype="float32")
    for row, text in zip(x, texts):
        row[range(len(text)), [alphabet.index(letter) for letter in text]] = 1
    return x


def translator(source_letters, target_letters, units, lr):
    """The compiled network: (sentence, answer so far) -> each next letter of the answer."""
    source = Input((None, source_letters), name="source")
    read = Masking(name="read")(source)  # not the zeros after the end of a short sentence
    _, *states = LSTM(units, return_state=True, name="encoder")(read)

    target = Input((None, target_letters), name="target")
    decoder = LSTM(units, return_sequences=True, return_state=True, name="decoder")
    decoded, _, _ = decoder(target, initial_state=states)
    letters = Dense(target_letters, activation="softmax", name="letters")(decoded)

    model = Model([source, target], letters)
    model.compile(loss="categorical_crossentropy", optimizer=Adam(lr))
    return model


def split(model):
    """(sentence -> states, (last letter, states) -> (next letter, states)): the layers shared."""
    _, *states = model.get_layer("encoder").output
    encoder = Model(model.get_layer("source").input, states)

    decoder = model.get_layer("decoder")
    target = model.get_layer("target").input
    before = [Input((decoder.units,)) for _ in states]
    decoded, *after = decoder(target, initial_state=before)
    letters = model.get_layer("letters")(decoded)
    return encoder, Model([target, *before], [letters, *after])


def answers(encoder, decoder, sentences, alphabet, longest):
    """The answers to one-hot sentences, always going on with the likeliest letter."""
    states = encoder.predict(sentences)
    letters = np.eye(len(alphabet), dtype="float32")
    last = np.full(len(sentences), alphabet.index(START))
    written = [""] * len(sentences)
    for _ in range(longest):
        probabilities, *states = decoder.predict([letters[last][:, None], *states])
        last = probabilities[:, 0].argmax(axis=-1)
        written = [text + alphabet[code] for text, code in zip(written, last)]
    return [text.split(END)[0] for text in written]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--pairs", type=Path, help="the file to learn from; needed unless --quick")
    parser.add_argument("--epochs", type=int, help="100, or 15 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()
    if not options.quick and options.pairs is None:
        parser.error("--pairs FILE holds what to learn from; try --quick without one")

    np.random.seed(0)
    units, lr, epochs = 256, 0.001, 100
    if options.quick:
        units, lr, epochs = 64, 0.01, 15
    if options.epochs is not None:
        epochs = options.epochs

    pairs = dates(2000) if options.quick else read_pairs(options.pairs, 10_000)
    sentences, targets = [a for a, _ in pairs], [START + b + END for _, b in pairs]
    alphabets = [sorted(set("".join(texts))) for texts in (sentences, targets)]
    x, y = (one_hot(texts, alphabet) for texts, alphabet in zip((sentences, targets), alphabets))
    held = len(x) // 10  # these pairs are never trained on

    model = translator(*map(len, alphabets), units, lr)
    model.summary()
    inputs, outputs = [x[held:], y[held:, :-1]], y[held:, 1:]  # an answer is one letter ahead
    model.fit(inputs, outputs, batch_size=64, epochs=epochs, verbose=2)

    written = answers(*split(model), x[:held], alphabets[1], longest=y.shape[1])
    for (sentence, target), text in list(zip(pairs, written))[:8]:
        print(f"{sentence} -> {text}" + ("" if text == target else f", not {target}"))

    options.out.mkdir(parents=True, exist_ok=True)
    model.save(options.out / "lstm_seq2seq.h5")
    saved = {"alphabets": alphabets, "longest": y.shape[1], "pairs": pairs[:held]}
    (options.out / "lstm_seq2seq.json").write_text(json.dumps(saved), encoding="utf-8")

    right = np.mean([text == target for (_, target), text in zip(pairs, written)])
    print(f"result: new answers right {right:.3f} (with --quick at least 0.5)")


if __name__ == "__main__":
    main()
