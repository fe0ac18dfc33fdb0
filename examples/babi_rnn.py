"""Questions on a story, answered by two recurrent networks and no memory but their states.

    python babi_rnn.py [--quick] [--epochs N] [--tar FILE] [--task NAME]

Shows: a functional model of two inputs of different lengths; `Embedding` with `mask_zero`, which
lets the recurrent layers pass over what fills up short texts; `concatenate`.
Source: Weston et al., "Towards AI-complete question answering: a set of prerequisite toy tasks"
(2015), whose table 3 has an LSTM as baseline; babi_memnn.py is the better answer.
At full size: that baseline answers 50 % of task 1 and 20 % of task 2 after 1,000 stories.
Data: the tar file of the bAbI tasks, version 1.2, from their authors at Facebook AI Research.
--quick takes stories like those of task 1 from small_data.py.
"""

import argparse
from pathlib import Path

import numpy as np
from babi_stories import load_tar

from keras.layers import GRU, Dense, Dropout, Embedding, Input, concatenate
from keras.models import Model
from keras.optimizers import Adam
from keras.preprocessing.sequence import pad_sequences


def answerer(words, units, lr):
    """The compiled network: (story, question) in numbers of words -> (n, words) probabilities."""
    story, question = Input((None,), dtype="int32"), Input((None,), dtype="int32")
    embedding = Embedding(words, units, mask_zero=True)
    read = GRU(units)(embedding(story))
    asked = GRU(units)(embedding(question))
    x = Dropout(0.2)(concatenate([read, asked]))
    x = Dense(units, activation="relu")(x)
    model = Model([story, question], Dense(words, activation="softmax")(x))
    model.compile(loss="sparse_categorical_crossentropy", optimizer=Adam(lr), metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--tar", type=Path, help="the tasks; needed unless --quick")
    parser.add_argument("--task", default="qa1_single-supporting-fact")
    parser.add_argument("--epochs", type=int, help="40, or 5 with --quick")
    options = parser.parse_args()
    if not options.quick and options.tar is None:
        parser.error("--tar FILE holds the tasks; try --quick without it")

    np.random.seed(0)
    units, lr, epochs = 50, 0.001, 40
    if options.quick:
        from small_data import stories

        units, lr, epochs = 32, 0.01, 5
        train, test = stories()
    else:
        train, test = load_tar(options.tar, options.task)
    if options.epochs is not None:
        epochs = options.epochs

    joined = [
        [(sum(story, []), question, answer) for story, question, answer in part]
        for part in (train, test)
    ]
    words = sorted({word for part in joined for a, b, c in part for word in (*a, *b, c)})
    numbers = {word: i for i, word in enumerate(words, start=1)}
    (x_train, y_train), (x_test, y_test) = (
        (
            [
                pad_sequences([[numbers[word] for word in row[column]] for row in part])
                for column in (0, 1)
            ],
            np.array([numbers[answer] for *_, answer in part]),
        )
        for part in joined
    )

    model = answerer(len(words) + 1, units, lr)
    model.summary()
    model.fit(x_train, y_train, batch_size=32, epochs=epochs, verbose=2)

    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"result: new questions right {accuracy:.3f} (with --quick at least 0.4)")


if __name__ == "__main__":
    main()
