"""The translator of lstm_seq2seq.py restored from its file, to answer in a process of its own.

    python lstm_seq2seq_restore.py [--quick] [--epochs N] [--out FOLDER]

Shows: `load_model`, then an encoder and a decoder for answering made of the layers of the loaded
model, found by name.
Source: as lstm_seq2seq.py; the manual's 3.3.6.1 for files.
At full size: the answers that lstm_seq2seq.py gave, letter by letter.
Data: the files that lstm_seq2seq.py left in the folder: run it first, with your pairs of sentences.
With --quick, and where they are missing, this script runs it by itself.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from keras.layers import Input
from keras.models import Model, load_model

START, END = "\t", "\n"  # of an answer


def split(model):
    """(sentence -> states, (last letter, states) -> (next letter, states)) of a loaded model."""
    _, *states = model.get_layer("encoder").output
    encoder = Model(model.get_layer("source").input, states)

    decoder = model.get_layer("decoder")
    target = model.get_layer("target").input
    before = [Input((decoder.units,)) for _ in states]
    decoded, *after = decoder(target, initial_state=before)
    letters = model.get_layer("letters")(decoded)
    return encoder, Model([target, *before], [letters, *after])


def answer(encoder, decoder, sentence, alphabets, longest):
    """The answer to one sentence, always going on with the likeliest letter."""
    source, target = (np.eye(len(alphabet), dtype="float32") for alphabet in alphabets)
    states = encoder.predict(source[[alphabets[0].index(letter) for letter in sentence]][None])
    text, last = "", START
    while last != END and len(text) < longest:
        letter = target[alphabets[1].index(last)]
        probabilities, *states = decoder.predict([letter[None, None], *states])
        last = alphabets[1][probabilities[0, 0].argmax()]
        text += last
    return text.rstrip(END)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="of lstm_seq2seq.py, if it must run first")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()

    path = options.out / "lstm_seq2seq.h5"
    if options.quick or not path.exists():
        script = Path(__file__).with_name("lstm_seq2seq.py")
        command = [sys.executable, str(script), "--out", str(options.out)]
        command += ["--quick"] if options.quick else []
        command += [] if options.epochs is None else ["--epochs", str(options.epochs)]
        subprocess.run(command, check=True)

    encoder, decoder = split(load_model(path))
    saved = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))

    right = []
    for i, (sentence, target) in enumerate(saved["pairs"]):
        text = answer(encoder, decoder, sentence, saved["alphabets"], saved["longest"])
        right.append(text == target)
        if i < 8:
            print(f"{sentence} -> {text}" + ("" if right[-1] else f", not {target}"))
    print(f"result: new answers right {np.mean(right):.3f} (with --quick at least 0.5)")


if __name__ == "__main__":
    main()
