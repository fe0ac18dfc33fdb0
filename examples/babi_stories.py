"""Stories, questions and answers from the tar file of the bAbI tasks, for both examples."""

import re
import tarfile


def spelled(text):
    """The words of a sentence, without its full stop or question mark."""
    return re.findall(r"\w+", text.lower())


def read_stories(lines):
    """[(sentences so far, question, answer)]: "1 sentence", or "3 question TAB answer TAB why"."""
    stories, story = [], []
    for line in lines:
        number, line = line.rstrip("\n").split(" ", 1)
        if number == "1":
            story = []
        if "\t" in line:
            question, answer = line.split("\t")[:2]
            stories.append((list(story), spelled(question), answer.lower()))
        else:
            story.append(spelled(line))
    return stories


def load_tar(path, task):
    """(stories to train on, stories to test on) of a task, such as "qa1_single-supporting-fact"."""
    found = []
    with tarfile.open(path) as tar:
        for part in ("train", "test"):
            file = tar.extractfile(f"tasks_1-20_v1-2/en/{task}_{part}.txt")
            found.append(read_stories(file.read().decode("utf-8").splitlines()))
    return found
