"""The progress bar: on a terminal and in a notebook it moves, in a file it writes no line per
step."""
import os
import sys
import time

import numpy as np


def is_terminal(stream):
    """Whether `stream` shows a line that is written over: a terminal or a notebook."""
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")


def spelled(seconds):
    """A duration in a few letters: `3s`, `12ms`, `1:02:03`."""
    if seconds >= 3600:
        return f"{seconds // 3600:.0f}:{seconds % 3600 // 60:02.0f}:{seconds % 60:02.0f}"
    if seconds >= 60:
        return f"{seconds // 60:.0f}:{seconds % 60:02.0f}"
    if seconds >= 1:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


class Progbar:
    """Shows how far some work is, and numbers beside it.

    Arguments
        target: total number of steps expected, None if unknown.
        width: width of the bar, characters.
        verbose: 0 nothing, 1 a bar, 2 one line at the end.
        interval: least time between two drawings, seconds; None for 0.1, in notebooks 0.5.
        stateful_metrics: names of numbers that are shown as they are, not averaged.
    """

    def __init__(self, target, width=30, verbose=1, interval=None, stateful_metrics=None):
        self.target = target
        self.width = width
        self.verbose = verbose
        self.stream = sys.stdout
        self.moves = verbose == 1 and is_terminal(self.stream)
        self.interval = interval if interval is not None else (
            0.1 if self.stream.isatty() else 0.5)
        self.stateful_metrics = set(stateful_metrics or [])
        self.values = {}  # name -> [weighted sum, weight], or a number that is shown as it is
        self.start = time.time()
        self.drawn_at = 0.0
        self.length = 0
        self.seen = 0

    def due(self, current):
        """Whether `update` would draw now."""
        if self.target is not None and current >= self.target:
            return self.verbose > 0
        return self.moves and time.time() - self.drawn_at >= self.interval

    def update(self, current, values=None):
        """Show that `current` steps are done.

        Arguments
            current: number of steps done.
            values: list of pairs (name, number); numbers are averaged over the steps.
        """
        for name, value in values or []:
            if name in self.stateful_metrics:
                self.values[name] = value
            else:
                kept = self.values.setdefault(name, [0.0, 0])
                kept[0] += value * (current - self.seen)
                kept[1] += current - self.seen
        self.seen = current
        if self.due(current):
            self.draw(current, {name: kept if not isinstance(kept, list)
                                else kept[0] / max(1, kept[1])
                                for name, kept in self.values.items()})

    def add(self, n, values=None):
        """Show that `n` more steps are done."""
        self.update(self.seen + n, values)

    def draw(self, current, means):
        """Write the line: the bar, the time, and the numbers `means`, a dict."""
        now = time.time()
        done = self.target is not None and current >= self.target
        elapsed = now - self.start
        text = self.bar(current) if self.verbose == 1 else ""
        per_step = elapsed / max(current, 1)
        if done or self.target is None:
            text += f" - {spelled(elapsed)}"
            if self.verbose == 1:
                text += f" {spelled(per_step)}/step"
        else:
            text += f" - ETA: {spelled(per_step * (self.target - current))}"
        for name, value in means.items():
            value = float(np.mean(value))
            text += f" - {name}: " + (f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}")
        self.show(text, done)
        self.drawn_at = now

    def bar(self, current):
        if self.target is None:
            return f"{current:7d}/Unknown"
        digits = len(str(self.target))
        filled = int(self.width * min(current, self.target) / max(self.target, 1))
        head = "=" * filled if filled >= self.width else (
            "=" * max(filled - 1, 0) + (">" if filled else ""))
        return f"{current:{digits}d}/{self.target} [{head.ljust(self.width, '.')}]"

    def show(self, text, done):
        if self.moves:
            width = self._columns()
            if not done and len(text) >= width:
                text = text[:width - 1]
            text = "\r" + text.ljust(self.length)
            self.length = len(text) - 1
        self.stream.write(text + ("\n" if done else ""))
        self.stream.flush()

    def _columns(self):
        try:
            return os.get_terminal_size(self.stream.fileno()).columns or 80
        except (OSError, ValueError, AttributeError):
            return 1000  # a notebook wraps by itself
