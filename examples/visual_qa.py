"""Questions on a picture, then on a film: "what is its colour" "red", "where does it go" "left".

    python visual_qa.py [--quick] [--epochs N]

Shows: a `Sequential` used as a layer of a functional model; two kinds of input made one by
`concatenate`; the trained vision model applied to each frame (`TimeDistributed`) and the trained
question encoder used again, in a second model.
Source: the manual's 3.2.7.4 and 3.2.7.5; the task: Antol et al., "VQA: visual question answering"
(ICCV 2015).
At full size: the manual's networks for pictures of 224 x 224, but films of 10 frames in place of
100, which would not fit into most memories; here they see one thing at a time, which is easy. They
want a GPU. On VQA's photographs Antol et al. answer 57.8 % with a stronger model of this kind
("deeper LSTM Q + norm I"). Not run here.
Data: drawn by the script, up to 3 GB. --quick: 16 x 16 pixels, films of 5 frames, fewer filters.
"""

import argparse

import numpy as np

from keras.layers import (
    LSTM,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    Input,
    MaxPooling2D,
    TimeDistributed,
    concatenate,
)
from keras.models import Model, Sequential
from keras.optimizers import Adam
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer

COLOURS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
SHAPES = ("square", "cross", "frame")
WAYS = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
QUESTIONS = {
    "colour": ["what is its colour", "which colour does it have"],
    "shape": ["what is its shape", "which shape do you see"],
    "way": ["where does it go", "which way does it move"],
}
ANSWERS = [*COLOURS, *SHAPES, *WAYS]


def painted(shape, colour, centre, size):
    """(size, size, 3) of 0..1: the shape on black, with some noise."""
    image = np.random.uniform(0, 0.2, size=(size, size, 3))
    y, x = (abs(axis - c) * 16 / size for axis, c in zip(np.mgrid[:size, :size], centre))
    far, near = np.maximum(x, y), np.minimum(x, y)
    inside = {"square": far <= 3, "cross": (far <= 3) & (near <= 1), "frame": abs(far - 2.5) <= 0.5}
    image[inside[shape]] = COLOURS[colour]
    return image.astype("float32")


def asked(count, frames, size):
    """(films (count, frames, size, size, 3), questions, answers): of one thing that moves."""
    films, questions, answers = [], [], []
    for _ in range(count):
        what = {
            "colour": np.random.choice(list(COLOURS)),
            "shape": np.random.choice(SHAPES),
            "way": np.random.choice(list(WAYS)),
        }
        subject = np.random.choice(list(what)[: 3 if frames > 1 else 2])  # a picture has no way
        start = np.random.uniform(size * 0.4, size * 0.6, size=2)
        step = np.array(WAYS[what["way"]]) * size / 16 * (frames > 1)
        centres = [start + i * step for i in range(frames)]
        films.append([painted(what["shape"], what["colour"], c, size) for c in centres])
        questions.append(np.random.choice(QUESTIONS[subject]))
        answers.append(ANSWERS.index(what[subject]))
    return np.array(films), questions, np.array(answers)


def vision(size, blocks):
    """A picture as a vector; each of `blocks` is the filters of its convolutions."""
    model = Sequential(name="vision")
    shape = {"input_shape": (size, size, 3)}
    for filters in blocks:
        for i, width in enumerate(filters):
            padding = "same" if i == 0 else "valid"
            model.add(Conv2D(width, (3, 3), activation="relu", padding=padding, **shape))
            shape = {}
        model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    return model


def compiled(inputs, merged, lr):
    model = Model(inputs, Dense(len(ANSWERS), activation="softmax")(merged))
    model.compile(loss="sparse_categorical_crossentropy", optimizer=Adam(lr), metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="of each model: 10, or 6 with --quick")
    options = parser.parse_args()

    np.random.seed(0)
    size, frames, units, count, lr, epochs = 224, 10, 256, 500, 0.0003, 10
    blocks = [(64, 64), (128, 128), (256, 256, 256)]
    if options.quick:
        size, frames, units, count, lr, epochs = 16, 5, 32, 800, 0.005, 6
        blocks = [(8,), (16,)]
    if options.epochs is not None:
        epochs = options.epochs

    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(sum(QUESTIONS.values(), []))
    words = len(tokenizer.word_index) + 1

    def numbered(questions):
        return pad_sequences(tokenizer.texts_to_sequences(questions), maxlen=5)

    vision_model = vision(size, blocks)
    image = Input((size, size, 3))
    question = Input((5,), dtype="int32")
    encoded_question = LSTM(units)(Embedding(words, units, input_length=5)(question))
    merged = concatenate([encoded_question, vision_model(image)])
    image_model = compiled([image, question], merged, lr)

    films, questions, answers = asked(count, 1, size)
    held = count // 5  # never trained on
    x, y = [films[:, 0], numbered(questions)], answers
    print("pictures:")
    image_model.fit([part[held:] for part in x], y[held:], batch_size=32, epochs=epochs, verbose=2)
    _, on_pictures = image_model.evaluate([part[:held] for part in x], y[:held], verbose=0)

    # The same vision model and question encoder, trained by now, for films.
    question_encoder = Model(question, encoded_question)
    film = Input((frames, size, size, 3))
    film_question = Input((5,), dtype="int32")
    encoded_film = LSTM(units)(TimeDistributed(vision_model)(film))
    merged = concatenate([encoded_film, question_encoder(film_question)])
    film_model = compiled([film, film_question], merged, lr)
    film_model.summary()

    films, questions, y = asked(count, frames, size)
    x = [films, numbered(questions)]
    print("films:")
    film_model.fit([part[held:] for part in x], y[held:], batch_size=32, epochs=epochs, verbose=2)
    _, on_films = film_model.evaluate([part[:held] for part in x], y[:held], verbose=0)

    guesses = film_model.predict([part[:5] for part in x]).argmax(axis=-1)
    for text, guess, answer in zip(questions, guesses, y):
        print(f"{text}? {ANSWERS[guess]}" + ("" if guess == answer else f", no: {ANSWERS[answer]}"))
    print(f"new questions on pictures right {on_pictures:.3f}, on films {on_films:.3f}")
    least = min(on_pictures, on_films)
    print(f"result: the lower of the two {least:.3f} (with --quick at least 0.7)")


if __name__ == "__main__":
    main()
