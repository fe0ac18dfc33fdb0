"""Small data in the form that `keras.datasets` has, for the examples' `--quick`.

Each function returns `(x_train, y_train), (x_test, y_test)`, the same at every call. Nothing is
downloaded: the digits ship with scikit-learn, everything else is drawn or written here.
"""

import numpy as np

SHAPES = "disc ring square frame diamond cross rows columns board blank".split()


def digits():
    """As `mnist.load_data()`: 1,198 and 599 real scans, uint8, but of 8 x 8 pixels."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    found = load_digits()
    images = (found.images * (255 / 16)).astype("uint8")
    x_train, x_test, y_train, y_test = train_test_split(
        images, found.target, test_size=1 / 3, stratify=found.target, random_state=0
    )
    return (x_train, y_train), (x_test, y_test)


def shapes(train=1600, test=500, size=16):
    """As `cifar10.load_data()`: pictures of the ten SHAPES, anywhere, in any two colours."""
    rng = np.random.RandomState(0)
    labels = rng.randint(len(SHAPES), size=train + test)
    images = np.stack([picture(SHAPES[label], size, rng) for label in labels])
    labels = labels.reshape(-1, 1)
    return (images[:train], labels[:train]), (images[train:], labels[train:])


def picture(kind, size, rng):
    """uint8 (size, size, 3): one of SHAPES on a ground of another colour, with some noise."""
    radius = size * rng.uniform(0.25, 0.4)
    row, column = rng.uniform(radius, size - radius, size=2)
    y, x = np.mgrid[:size, :size] + 0.5
    y, x = (y - row) / radius, (x - column) / radius  # -1 ... 1 within the shape
    square, disc = np.maximum(abs(x), abs(y)), np.hypot(x, y)
    odd_row, odd_column = np.floor(2 * y) % 2 == 0, np.floor(2 * x) % 2 == 0
    inside = {
        "disc": disc < 1,
        "ring": (disc < 1) & (disc > 0.6),
        "square": square < 0.9,
        "frame": (square < 0.9) & (square > 0.55),
        "diamond": abs(x) + abs(y) < 1.1,
        "cross": (square < 1) & (np.minimum(abs(x), abs(y)) < 0.3),
        "rows": (square < 1) & odd_row,
        "columns": (square < 1) & odd_column,
        "board": (square < 1) & (odd_row ^ odd_column),
        "blank": square < 0,
    }[kind]
    ground = rng.uniform(0, 255, size=3)
    colour = (ground + rng.choice([-1, 1], size=3) * rng.uniform(90, 128, size=3)) % 256
    image = np.where(inside[..., None], colour, ground) + rng.normal(0, 8, size=(size, size, 3))
    return np.clip(image, 0, 255).astype("uint8")


def reviews(train=2000, test=500):
    """As `imdb.load_data()`: praise (1) and blame (0) of films, in numbers of words.

    Three opinions follow one another; in one of four a word like "hardly" turns the next one
    into its opposite, so that counting words is not enough.
    """
    rng = np.random.RandomState(0)
    labels = rng.randint(2, size=train + test)
    texts = [review(label, rng).split() for label in labels]
    words, counts = np.unique(np.concatenate(texts), return_counts=True)
    rank = {word: i for i, word in enumerate(words[np.argsort(-counts, kind="stable")], start=1)}
    numbers = np.empty(len(texts), dtype=object)
    numbers[:] = [[1] + [3 + rank[word] for word in text] for text in texts]  # 1 starts a text
    return (numbers[:train], labels[:train]), (numbers[train:], labels[train:])


def review(label, rng):
    """A text of three sentences: praise if `label` is 1, blame if it is 0."""
    subjects = "plot cast music story ending hero camera dialogue pace humour".split()
    adjectives = [
        "bad dull poor slow silly cold weak awful stale false".split(),
        "good great fine clever moving warm funny superb fresh honest".split(),
    ]
    stories = ["we saw it on a monday", "it runs for two hours", "my sister came along", "so"]
    sentences = []
    for _ in range(3):
        turned = rng.rand() < 0.25
        adverb = rng.choice(["not", "hardly", "never"] if turned else ["very", "truly", "quite"])
        adjective = rng.choice(adjectives[label ^ turned])
        sentences.append(
            f"{rng.choice(stories)} the {rng.choice(subjects)} was {adverb} {adjective}"
        )
    return " and ".join(sentences)


def newswires(train=1500, test=500, topics=8, words=990):
    """As `reuters.load_data()`: texts in numbers of words, each on one of `topics`.

    A fifth of the words are the topic's own, the others are common to all, by Zipf's law.
    """
    rng = np.random.RandomState(0)
    labels = rng.randint(topics, size=train + test)
    zipf = 1 / np.arange(1, words + 1)
    own = [rng.permutation(words) for _ in range(topics)]
    texts = np.empty(len(labels), dtype=object)
    for i, topic in enumerate(labels):
        drawn = rng.choice(words, size=rng.randint(20, 60), p=zipf / zipf.sum())
        special = rng.rand(len(drawn)) < 0.2
        texts[i] = [1, *(4 + np.where(special, own[topic][drawn], drawn))]
    return (texts[:train], labels[:train]), (texts[train:], labels[train:])


def stories(train=1000, test=300, longest=6):
    """[(sentences, question, answer)] twice, in words: who went where, and where someone is."""
    rng = np.random.RandomState(0)
    told = [story(rng.randint(2, longest + 1), rng) for _ in range(train + test)]
    return told[:train], told[train:]


def story(length, rng):
    people = ["anna", "boris", "clara", "david"]
    rooms = ["kitchen", "garden", "office", "cellar", "attic", "garage"]
    ways = [["went", "to"], ["walked", "to"], ["moved", "to"], ["ran", "to"]]
    sentences, places = [], {}
    for _ in range(length):
        person, room = rng.choice(people), rng.choice(rooms)
        sentences.append([person, *ways[rng.randint(len(ways))], "the", room])
        places[person] = room
    person = rng.choice(sorted(places))
    return sentences, ["where", "is", person], places[person]


def crops(train=40, test=40, size=64):
    """Square pieces of scikit-learn's photographs of a temple (0) and a flower (1), uint8.

    Those to train on are from the left half of a photograph, those to test with from the right.
    """
    from sklearn.datasets import load_sample_image

    rng = np.random.RandomState(0)
    photographs = [load_sample_image(name) for name in ("china.jpg", "flower.jpg")]
    labels = rng.randint(2, size=train + test)
    images = []
    for i, label in enumerate(labels):
        height, width, _ = photographs[label].shape
        first, last = (0, width // 2 - size) if i < train else (width // 2, width - size)
        row, column = rng.randint(height - size), rng.randint(first, last)
        images.append(photographs[label][row : row + size, column : column + size])
    images = np.stack(images)
    return (images[:train], labels[:train]), (images[train:], labels[train:])


def vision_model(epochs=6):
    """A stand-in for a network trained on ImageNet: it tells `shapes` apart, after some seconds.

    Pictures (n, any height, any width, 3) of -1..1 -> (n, 10). Its layers are named as VGG's.
    """
    from keras.layers import Conv2D, Dense, GlobalMaxPooling2D, Input, MaxPooling2D
    from keras.models import Model

    (images, labels), _ = shapes()
    image = x = Input((None, None, 3))
    for block, filters in enumerate((16, 32), start=1):
        for i in (1, 2):
            name = f"block{block}_conv{i}"
            x = Conv2D(filters, (3, 3), activation="relu", padding="same", name=name)(x)
        x = MaxPooling2D((2, 2), name=f"block{block}_pool")(x)
    x = GlobalMaxPooling2D()(x)
    model = Model(image, Dense(len(SHAPES), activation="softmax")(x))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(images / 127.5 - 1, labels, batch_size=16, epochs=epochs, verbose=2)
    return model
