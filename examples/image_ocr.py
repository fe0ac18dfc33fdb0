"""Words read from pictures, with no word of where a letter begins: CTC.

    python image_ocr.py [--quick] [--epochs N] [--out FOLDER]

Shows: convolutions, then `Bidirectional` recurrent layers over the columns of a picture;
`K.ctc_batch_cost` as a layer whose output is the loss; `K.ctc_decode` to read.
Into the folder goes image_ocr.png, some words and how they were read.
Source: Graves et al., "Connectionist temporal classification" (ICML 2006); the network as in Shi,
Bai, Yao, "An end-to-end trainable neural network for image-based sequence recognition" (2015).
At full size: words of up to 8 of the 26 letters; after a first time in which all that it says is
"blank", expect nearly all of these plain prints to be read rightly. Not run here.
Data: painted by the script with Pillow: random words, shifted and blurred by noise. --quick: words
of 2 to 4 of 8 letters.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from keras import backend as K
from keras.layers import GRU, Bidirectional, Conv2D, Dense, Input, Lambda, MaxPooling2D, Reshape
from keras.models import Model
from keras.optimizers import Adam

HEIGHT = 16  # pixels of a line of text
PER_LETTER = 9  # pixels that a letter and its gap may take
FONT = ImageFont.load_default()


def painted(word, width):
    """(width, HEIGHT, 1): the word black on white, its columns first, with some noise."""
    image = Image.new("L", (width, HEIGHT), 255)
    free = width - int(ImageDraw.Draw(image).textlength(word, font=FONT))
    corner = np.random.randint(1, max(free - 1, 2)), np.random.randint(0, 4)
    ImageDraw.Draw(image).text(corner, word, fill=0, font=FONT)
    pixels = np.asarray(image, dtype="float32").T / 255
    return (pixels + np.random.normal(0, 0.1, size=pixels.shape))[..., None]


def words(count, alphabet, shortest, longest):
    lengths = np.random.randint(shortest, longest + 1, size=count)
    return ["".join(np.random.choice(list(alphabet), size=length)) for length in lengths]


def labels(texts, alphabet, longest):
    """(numbers of the letters, filled up with 0; how many count)."""
    codes = np.zeros((len(texts), longest), dtype="int32")
    for row, text in zip(codes, texts):
        row[: len(text)] = [alphabet.index(letter) for letter in text]
    return codes, np.array([[len(text)] for text in texts], dtype="int32")


def reader(width, letters, filters, units):
    """Pictures (n, width, HEIGHT, 1) -> (n, width / 2, letters + 1), the last one "blank"."""
    picture = Input((width, HEIGHT, 1))
    x = Conv2D(filters, (3, 3), padding="same", activation="relu")(picture)
    x = MaxPooling2D((2, 2))(x)
    x = Conv2D(2 * filters, (3, 3), padding="same", activation="relu")(x)
    x = MaxPooling2D((1, 2))(x)
    x = Reshape((width // 2, HEIGHT // 4 * 2 * filters))(x)  # a column is a step
    x = Dense(units, activation="relu")(x)
    x = Bidirectional(GRU(units, return_sequences=True))(x)
    return Model(picture, Dense(letters + 1, activation="softmax")(x))


def trainer(model, longest, lr):
    """The compiled model of (pictures, labels, steps, lengths), whose output is its loss."""
    word = Input((longest,), dtype="int32")
    steps, length = Input((1,), dtype="int32"), Input((1,), dtype="int32")
    cost = Lambda(lambda x: K.ctc_batch_cost(*x), output_shape=(1,), name="ctc")
    trained = Model([model.input, word, steps, length], cost([word, model.output, steps, length]))
    trained.compile(loss={"ctc": lambda truth, loss: loss}, optimizer=Adam(lr, clipnorm=5))
    return trained


def texts(model, pictures, alphabet):
    """What the network reads: the likeliest letter of each step, repeats and blanks dropped."""
    probabilities = model.predict(pictures)
    steps = np.full(len(pictures), probabilities.shape[1])
    (codes,), _ = K.ctc_decode(K.constant(probabilities), K.constant(steps, dtype="int32"))
    return ["".join(alphabet[code] for code in row if code >= 0) for row in K.eval(codes)]


def draw(pictures, truths, found, path):
    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, picture, truth, read in zip(figure.subplots(4, 4).ravel(), pictures, truths, found):
        axes.imshow(picture[..., 0].T, cmap="gray")
        axes.set_title(f"read: {read}" + ("" if read == truth else f" ({truth})"), fontsize=9)
        axes.axis("off")
    figure.savefig(path, dpi=100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="30, or 10 with --quick")
    parser.add_argument("--out", type=Path, default=Path("example_output"), help="folder")
    options = parser.parse_args()

    np.random.seed(0)
    alphabet, shortest, longest = "abcdefghijklmnopqrstuvwxyz", 3, 8
    count, filters, units, lr, epochs = 20_000, 16, 128, 0.001, 30
    if options.quick:
        alphabet, shortest, longest = "acehkrtw", 2, 4
        count, filters, units, lr, epochs = 2000, 8, 32, 0.01, 10
    if options.epochs is not None:
        epochs = options.epochs

    width = PER_LETTER * longest // 2 * 2
    spelled = words(count + 200, alphabet, shortest, longest)
    pictures = np.stack([painted(word, width) for word in spelled])
    codes, lengths = labels(spelled, alphabet, longest)

    model = reader(width, len(alphabet), filters, units)
    model.summary()
    steps = np.full((count, 1), width // 2)
    trainer(model, longest, lr).fit(
        [pictures[:count], codes[:count], steps, lengths[:count]],
        np.zeros(count),  # the loss is computed within: nothing to compare with
        batch_size=32,
        epochs=epochs,
        verbose=2,
    )

    read = texts(model, pictures[count:], alphabet)
    options.out.mkdir(parents=True, exist_ok=True)
    draw(pictures[count:], spelled[count:], read, options.out / "image_ocr.png")
    right = np.mean([found == word for found, word in zip(read, spelled[count:])])
    print(f"result: new words right {right:.3f} (with --quick at least 0.6)")


if __name__ == "__main__":
    main()
